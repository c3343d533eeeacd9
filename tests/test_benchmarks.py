"""
The benchmarks do the work they claim, and their guard speaks up when it should.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from benchmarks import instructions, macro, table
from benchmarks.kits import Kit, present, pure
from benchmarks.works import WORKS

from twisted import _accel


@pytest.fixture(scope="module")
def kits() -> dict[str, Kit]:
    return {"present": present(), "pure": pure()}


@pytest.mark.parametrize("copy", ["present", "pure"])
@pytest.mark.parametrize("name", WORKS)
def test_everyWorkDoesItsWorkTwice(kits: dict[str, Kit], name: str, copy: str) -> None:
    """Each checks its own results; a second run must find things as the first did."""
    with kits[copy].active():
        run = WORKS[name].make(kits[copy])
        run()
        run()
    assert WORKS[name].says.endswith(".")


def test_theCopiesDiffer(kits: dict[str, Kit]) -> None:
    ours, other = kits["present"], kits["pure"]
    assert ours.defer.Deferred is not other.defer.Deferred
    bases = [base.__module__ for base in other.defer.Deferred.__mro__]
    assert "twisted.internet._chain_py" in bases
    if next(choice for choice in _accel.report() if choice.part == "deferred").compiled:
        assert "twisted.internet._chain_c" in [b.__module__ for b in ours.defer.Deferred.__mro__]
    with other.active():
        import twisted.internet.defer as found

        assert found is other.defer
    import twisted.internet.defer as ofOurs

    assert ofOurs is ours.defer


@pytest.mark.parametrize("name", macro.LOADS)
def test_everyLoadIsServed(name: str) -> None:
    load = macro.LOADS[name]
    with macro.serving(load.kind) as server, contextlib.ExitStack() as stack:
        batch = load.make(server, stack)
        before = server.cpu()
        assert batch() > 0
        assert server.cpu() > before


def test_theClockIsTheServers() -> None:
    other = time.clock_gettime_ns(macro.cpuClock(os.getpid()))
    assert 0 <= time.process_time_ns() - other < 1e9


def test_aServerThatDoesNotStart() -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        with macro.serving("nonsense", program="of_twisted.py"):
            pass


def test_theTable() -> None:
    figures = {"a/b": {"compiled": 100.0, "pure": 300.0}, "net/c": {"pure": 25_000.0}}
    lines = table.rows(figures, ["compiled", "pure"])
    assert lines[1].split() == ["a/b", "100", "ns", "300", "ns", "3.00x"]
    assert lines[2].split() == ["net/c", "-", "25.0", "us", "-"]


def test_comparingWithARelease(tmp_path: Path) -> None:
    then = {
        "same": {"compiled": 100.0, "pure": 300.0},
        "lost": {"compiled": 100.0, "pure": 300.0},
        "won": {"compiled": 100.0, "genuine": 300.0},
        "gone": {"compiled": 1.0, "pure": 1.0},
    }
    path = tmp_path / "0.1.0.json"
    path.write_text(json.dumps(table.document(then)))
    # Another machine, twice as fast: only the ratios count.
    now = {
        "same": {"compiled": 50.0, "pure": 150.0},
        "lost": {"compiled": 100.0, "pure": 150.0},
        "won": {"compiled": 25.0, "genuine": 150.0},
        "new": {"compiled": 1.0, "pure": 1.0},
    }
    head, same, lost, won = table.compared(now, path)
    assert head.startswith("since 0.1.0")
    assert same.split() == ["same", "(pure)", "3.00x", "3.00x", "1.00x"]
    assert lost.split()[-1] == "slower"
    assert won.split() == ["won", "(genuine)", "3.00x", "6.00x", "2.00x", "faster"]


def test_releasesAreInOrder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("0.10.0", "0.2.0", "0.1.0"):
        (tmp_path / f"{version}.json").write_text("{}")
    monkeypatch.setattr(table, "HISTORY", tmp_path)
    assert [path.stem for path in table.releases()] == ["0.1.0", "0.2.0", "0.10.0"]


def test_theHistoryCanBeRead() -> None:
    known = {*WORKS, *macro.LOADS, table.IMPORT}
    for path in table.releases():
        kept = json.loads(path.read_text())
        assert kept["figures"].keys() & known
        assert table.compared(kept["figures"], path)


def test_moreInstructionsAreTold() -> None:
    stored = {"compiled": {"a": 100.0, "b": 100.0}, "pure": {"a": 1000.0}}
    now = {"compiled": {"a": 126.0, "b": 124.0}, "pure": {"a": 10.0, "new": 1.0}}
    assert instructions.worse(stored, now, 1.25) == [
        "a (compiled): 126 instructions per operation, +26% of 100"
    ]
    assert instructions.worse(now, now, 1.25) == []


def test_lessGainIsTold() -> None:
    stored = {"a": 3.0, "b": 3.0}
    assert instructions.worseRatios(stored, {"a": 1.9, "b": 2.1, "new": 1.0}, 1.5) == [
        "a: compiled is 1.90 times faster than pure; it was 3.00 times"
    ]


def test_theSectionsOfCallgrind(tmp_path: Path) -> None:
    for number, total in ((1, 500), (2, 30), (10, 7)):
        (tmp_path / f"counted.{number}").write_text(f"events: Ir\nsummary: {total}\n1 2\n")
    (tmp_path / "counted").write_text("summary: 1\n")
    assert instructions.sections(tmp_path) == [500, 30, 7]


def test_whatIsStoredIsWhatIsWatched() -> None:
    stored = instructions.load()
    assert stored["ratios"].keys() == set(instructions.WATCHED)
    for twins in stored["callgrind"].values():
        for works in twins.values():
            assert works.keys() == set(instructions.WATCHED)


def test_withoutValgrindRatiosAreCompared(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    stored = instructions.load()["ratios"]
    monkeypatch.setattr(instructions.shutil, "which", lambda name: None)
    monkeypatch.setattr("sys.argv", ["instructions"])
    monkeypatch.setattr(instructions, "ratios", lambda: dict(stored))
    assert instructions.main() == 0
    monkeypatch.setattr(instructions, "ratios", lambda: {n: v / 2 for n, v in stored.items()})
    assert instructions.main() == 1
    said = capsys.readouterr().out
    assert "valgrind is not here" in said
    assert said.count("SLOWER") == len(stored)

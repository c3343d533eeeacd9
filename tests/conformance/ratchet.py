"""
The ratchet: tests of genuine Twisted's suite that pass must go on passing.

F{ratchet.json} has their ids, for both twins and for one alone.  Each run holds
what the conformance tool finds to it and to L{known_differences}: nothing that
passed is lost, what must differ does, and no failure is without a reason.

    ratchet.py --python PYTHON --tool CONFORM        as CI does it
    ratchet.py ... --whole                           every module in both modes
    ratchet.py ... --only PATTERN --mode pure        a part
    ratchet.py ... --whole --update 3                take in what passes thrice

Rooms that are not built yet are layered from the genuine wheel by the tool, so
that their suites run on our engine.  The tool takes the wheel from the package
index and keeps it; where it cannot, nothing is held and a line tells so.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

# As a script, this stands in no package.
sys.path.insert(0, str(Path(__file__).parent))

import known_differences as known

RATCHET = Path(__file__).with_name("ratchet.json")
LIST = Path(__file__).with_name("modules.txt")
MODES = ("compiled", "pure")

#: What runs in pure mode in CI as well: where the twins are what is tested.
CORE = (
    "twisted.internet.test.*",
    "twisted.protocols.test.*",
    "twisted.test.test_abstract",
    "twisted.test.test_defer*",
    "twisted.test.test_failure",
    "twisted.test.test_internet",
    "twisted.test.test_tcp*",
    "twisted.test.test_unix",
    "twisted.mail.test.test_imap",
    "twisted.spread.test.test_pb",
    "twisted.web.test.test_web",
    "twisted.words.test.test_irc",
)

#: What CI leaves to C{--whole}: these make keys, for minutes.
SLOW = ("twisted.conch.test.test_ckeygen", "twisted.test.test_sslverify")

#: Test names by module.
Tests = dict[str, set[str]]


class NotFetched(Exception):
    """The genuine wheel is not to be had."""


class Run(NamedTuple):
    """
    What the tool found in one mode.

    @ivar ours: the tests that passed.
    @ivar genuine: the tests that genuine Twisted passes, of the same modules.
    @ivar seconds: how long it took.
    """

    ours: Tests
    genuine: Tests
    seconds: float


def run(options: argparse.Namespace, mode: str, only: Iterable[str], retry: int) -> Run:
    """
    Run the tool.

    @param only: patterns of modules; none for all of F{modules.txt}.
    @param retry: how often a test may fail before it counts as failed.
    @raise NotFetched: there is no wheel.
    @raise RuntimeError: the tool failed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PURE_PYTHON"}
    if mode == "pure":
        environment["PURE_PYTHON"] = "1"
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        command = [sys.executable, options.tool, "--python", options.python, "--quiet"]
        command += ["--overlay", "auto", "--fill", "all", "--class", "public"]
        command += ["--modules-from", str(LIST)]
        command += ["--retry", str(retry), "--jobs", str(options.jobs), "--json", str(out)]
        command += [word for pattern in only for word in ("--only", pattern)]
        if not options.whole and not options.only:
            command += [word for pattern in SLOW for word in ("--exclude", pattern)]
        # Its status tells of failures, which are looked at here.
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if not out.exists():
            tail = (done.stdout + done.stderr)[-2000:]
            raise (NotFetched if "cannot download" in tail else RuntimeError)(tail)
        report = json.loads(out.read_text())
    baseline = Path(options.tool).parent / "data" / report["meta"]["baseline"]
    genuine = json.loads(baseline.read_text())
    modules = report["modules"]
    took = time.monotonic() - started
    return Run(passedIn(modules, modules), passedIn(genuine["modules"], modules), took)


def passedIn(modules: dict[str, Any], wanted: Iterable[str]) -> Tests:
    """Return the tests that passed, of the *wanted* modules."""
    return {
        name: {test for test, state in modules[name]["tests"].items() if state == "pass"}
        for name in wanted
        if name in modules
    }


def ids(tests: Tests) -> set[str]:
    """Return whole ids; what is inherited from another module has one as name."""
    return {
        test if test.startswith("twisted.") else f"{module}.{test}"
        for module, names in tests.items()
        for test in names
    }


def matching(names: set[str], patterns: Iterable[str]) -> set[str]:
    """Return those of *names* that a pattern stands for."""
    return {name for pattern in patterns for name in fnmatch.filter(names, pattern)}


def problems(found: Run, kept: Tests) -> Iterator[str]:
    """
    Hold a run to what is known.

    @param kept: what must pass, by module.
    @return: a line for each that is not as it should be.
    """
    passed, genuine = ids(found.ours), ids(found.genuine)
    held = ids({module: names for module, names in kept.items() if module in found.ours})
    for name in sorted(held - passed):
        yield f"lost: {name}"
    for name in sorted(matching(passed, known.TESTS)):
        yield f"passes, but is to fail: {name}"
    excused = matching(genuine, [*known.TESTS, *known.EITHER, *known.NOT_YET])
    for name in sorted(genuine - passed - excused - held):
        yield f"fails for no known reason: {name}"


def load() -> dict[str, Tests]:
    """Return what must pass in each mode."""
    stored = json.loads(RATCHET.read_text())
    modes: dict[str, Tests] = {}
    for mode in MODES:
        tests: Tests = {}
        for part in ("both", mode):
            for module, names in stored[part].items():
                tests.setdefault(module, set()).update(names)
        modes[mode] = tests
    return modes


def store(modes: dict[str, Tests]) -> None:
    """Write what must pass, once for what passes in both modes."""
    both = {
        module: modes["compiled"].get(module, set()) & modes["pure"].get(module, set())
        for module in sorted({*modes["compiled"], *modes["pure"]})
    }
    parts = {"both": both}
    for mode in MODES:
        parts[mode] = {module: modes[mode].get(module, set()) - both[module] for module in both}
    plain = {
        part: {module: sorted(names) for module, names in tests.items() if names}
        for part, tests in parts.items()
    }
    RATCHET.write_text(json.dumps(plain, indent=0) + "\n")


def update(options: argparse.Namespace, mode: str, only: Iterable[str]) -> None:
    """Add what passes each time; what passes only now and then stays out."""
    always: Tests = {}
    for turn in range(options.update):
        found = run(options, mode, only, 0).ours
        for module, names in found.items():
            always[module] = always[module] & names if turn else names
        print(f"{mode}: {len(ids(found))} passed in run {turn + 1}", flush=True)
    modes = load()
    for module, names in always.items():
        unsure = [*known.TESTS, *known.EITHER]
        excluded = {name for name in names if matching(ids({module: {name}}), unsure)}
        modes[mode].setdefault(module, set()).update(names - excluded)
    store(modes)
    print(f"{mode}: {len(ids(modes[mode]))} in the ratchet")


def check(options: argparse.Namespace, mode: str, only: Iterable[str]) -> bool:
    """Run, print what is wrong, and tell whether nothing is."""
    kept = load()[mode]
    found = run(options, mode, only, 2)
    wrong = list(problems(found, kept))
    held = ids({module: names for module, names in kept.items() if module in found.ours})
    passed, genuine = ids(found.ours), ids(found.genuine)
    print(
        f"{mode}: {len(passed & genuine)} of the {len(genuine)} that genuine Twisted passes,"
        f" {len(passed & held)} of {len(held)} kept, {len(passed - held)} new,"
        f" {found.seconds:.0f} s",
        flush=True,
    )
    print("".join(f"  {line}\n" for line in wrong), end="")
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", required=True, help="the interpreter that has ours")
    parser.add_argument("--tool", required=True, help="the path of conform.py")
    parser.add_argument("--whole", action="store_true", help="every module in both modes")
    parser.add_argument("--only", action="append", default=[], help="pattern of modules")
    parser.add_argument("--mode", choices=MODES, action="append", default=[])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--update", type=int, default=0, metavar="RUNS")
    options = parser.parse_args()
    act = update if options.update else check
    good = True
    for mode in options.mode or MODES:
        narrow = () if options.whole or mode == "compiled" else CORE
        try:
            good = act(options, mode, options.only or narrow) is not False and good
        except NotFetched as problem:
            print(f"skipped: genuine Twisted is not to be had\n{problem}")
            return 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

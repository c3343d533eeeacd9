"""
The guard against large regressions: instructions, counted, not time.

    python -m benchmarks.instructions [--update] [--limit PERCENT]

A few works run on the compiled and on the pure twins under Valgrind's
callgrind, which counts what the processor would execute: the same on a busy
machine as on a quiet one.  More than --limit (25 %) above what is stored in
instructions.json fails.  --update stores what was counted.

Without Valgrind, or on a Python for which nothing is stored, how many times
faster the compiled twin is takes the place of the count; that is a ratio of
CPU times of the same minute, and it must not fall to two thirds of what is
stored.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

STORED = Path(__file__).parent / "instructions.json"
ROOT = Path(__file__).parent.parent
TWINS = {"compiled": {"PURE_PYTHON": "", "TWISTED_ACCEL": ""}, "pure": {"PURE_PYTHON": "1"}}
WATCHED = [
    "deferred/callbacks_1",
    "deferred/callbacks_3",
    "deferred/errback_trap",
    "deferred/chain_pending",
    "deferred/gatherResults",
    "deferred/inlineCallbacks_pending",
    "deferred/coroutine_pending",
    "framing/line_short_64K",
    "framing/line_7_bytes",
    "framing/int32_64K",
    "framing/netstring_64K",
    "timer/callLater_cancel",
    "timer/fire",
    "thread/callFromThread",
    "logger/filtered",
    "failure/made",
    "memory/line_echo",
]
RATIO_LIMIT = 1.5
#: Each work is counted so often, and the least taken: now and then memory is
#: fetched from the system or given back, and that has nothing to do with it.
TIMES = 5

Counts = dict[str, dict[str, float]]


def child() -> None:
    """
    Run every watched work between two fences, which are calls of getppid(2):
    at each, callgrind writes down what it has counted since the last.
    """
    # Late: the parent needs nothing of the package.
    from benchmarks.kits import present
    from benchmarks.works import WORKS

    kit = present()
    for name in WATCHED:
        run = WORKS[name].make(kit)
        run()
        run()
        gc.collect()
        gc.disable()
        for _ in range(TIMES):
            os.getppid()
            run()
        os.getppid()
        gc.enable()


def sections(directory: Path) -> list[int]:
    """The totals that callgrind wrote, in order."""
    found = {}
    for path in directory.glob("counted.*"):
        total = re.search(r"^(?:totals|summary): (\d+)", path.read_text(), re.MULTILINE)
        number = path.name.rsplit(".", 1)[1]
        if total is not None and number.isdigit():
            found[int(number)] = int(total[1])
    return [found[number] for number in sorted(found)]


def count(environment: dict[str, str]) -> dict[str, float]:
    """Instructions per operation of each watched work, on the twins of *environment*."""
    # Late: as above; the sizes only.
    from benchmarks.works import WORKS

    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/counted",
             "--dump-before=getppid", sys.executable, "-m", "benchmarks.instructions", "--child"],
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"counting failed:\n{done.stderr}")
        totals = sections(Path(directory))
    # A section ends at each fence: what came before the work, and the work TIMES times.
    each = TIMES + 1
    if len(totals) != each * len(WATCHED):
        raise RuntimeError(f"{len(totals)} sections for {len(WATCHED)} works")
    return {
        name: round(min(totals[each * i + 1 : each * (i + 1)]) / WORKS[name].operations, 1)
        for i, name in enumerate(WATCHED)
    }


def ratios(rounds: int = 3) -> dict[str, float]:
    """How many times less CPU each watched work takes compiled, from interleaved rounds."""
    seen: dict[str, list[float]] = {name: [] for name in WATCHED}
    for _ in range(rounds):
        found = {}
        for twin, environment in TWINS.items():
            words = [sys.executable, "-m", "benchmarks.measure", "--repeats=3", *WATCHED]
            done = subprocess.run(
                words,
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=subprocess.PIPE,
                check=True,
            )
            found[twin] = json.loads(done.stdout)
        for name in WATCHED:
            seen[name].append(found["pure"][name] / found["compiled"][name])
    return {name: round(median(values), 2) for name, values in seen.items()}


def place() -> str:
    """What counts depend on: the interpreter and the kind of machine."""
    version = "".join(platform.python_version_tuple()[:2])
    return f"{sys.implementation.name}-{version}-{platform.machine()}"


def worse(stored: Counts, now: Counts, limit: float) -> list[str]:
    """Tell what needs more than *limit* (1.25) times the stored instructions."""
    lines = []
    for twin, works in now.items():
        for name, value in works.items():
            before = stored.get(twin, {}).get(name)
            if before is not None and value > before * limit:
                lines.append(
                    f"{name} ({twin}): {value:.0f} instructions per operation,"
                    f" {value / before - 1:+.0%} of {before:.0f}"
                )
    return lines


def worseRatios(stored: dict[str, float], now: dict[str, float], limit: float) -> list[str]:
    """Tell where compiling gains less than it did, by more than *limit*."""
    return [
        f"{name}: compiled is {value:.2f} times faster than pure; it was {stored[name]:.2f} times"
        for name, value in now.items()
        if name in stored and value * limit < stored[name]
    ]


def report(now: Counts, stored: Counts) -> None:
    print(
        f"{'instructions per operation':36}{'compiled':>10}{'stored':>9}{'pure':>10}{'stored':>9}"
    )
    for name in WATCHED:
        line = f"{name:36}"
        for twin, width in (("compiled", 10), ("pure", 10)):
            before = stored.get(twin, {}).get(name)
            change = f"{now[twin][name] / before - 1:+.0%}" if before else "new"
            line += f"{now[twin][name]:{width}.0f}{change:>9}"
        print(line)


def load() -> dict[str, Any]:
    if not STORED.exists():
        return {"callgrind": {}, "ratios": {}}
    found: dict[str, Any] = json.loads(STORED.read_text())
    return found


def save(stored: dict[str, Any]) -> None:
    STORED.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n")
    print(f"stored in {STORED.name}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--limit", type=float, default=25, help="in per cent")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child()
        return 0
    stored = load()
    valgrind = shutil.which("valgrind") is not None
    if options.update and not valgrind:
        print("valgrind is not here: nothing was counted, nothing stored")
        return 2
    if valgrind and (options.update or place() in stored["callgrind"]):
        now = {twin: count(environment) for twin, environment in TWINS.items()}
        report(now, stored["callgrind"].get(place(), {}))
        if options.update:
            stored["callgrind"][place()] = now
            stored["ratios"] = ratios()
            save(stored)
            return 0
        found = worse(stored["callgrind"][place()], now, 1 + options.limit / 100)
    else:
        why = f"no counts are stored for {place()}" if valgrind else "valgrind is not here"
        print(f"{why}: comparing how much faster the compiled twins are")
        found = worseRatios(stored["ratios"], ratios(), RATIO_LIMIT)
    print(*(f"SLOWER: {line}" for line in found), sep="\n", end="\n" if found else "")
    if found:
        print("If that is meant: python -m benchmarks.instructions --update")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

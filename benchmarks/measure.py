"""
Measures works in this process, with whichever C{twisted} it finds, and prints
one JSON object: nanoseconds of CPU per operation.

    python -m benchmarks.measure [--target SECONDS] [--repeats N] [PATTERN …]
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from fnmatch import fnmatch
from statistics import median

from benchmarks.kits import Kit, present
from benchmarks.works import WORKS, Run, Work


def names(patterns: list[str]) -> list[str]:
    """The works that match one of *patterns*; all, without any."""
    return [n for n in WORKS if not patterns or any(fnmatch(n, p) for p in patterns)]


def timed(run: Run, times: int) -> int:
    """Nanoseconds of this process's CPU for *times* runs."""
    start = time.process_time_ns()
    for _ in range(times):
        run()
    return time.process_time_ns() - start


def measure(work: Work, kit: Kit, target: float, repeats: int) -> float:
    """
    Nanoseconds per operation: the median of *repeats*, each of which lasts
    about *target* seconds.
    """
    run = work.make(kit)
    once = max(timed(run, 1), 1)
    once = min(once, max(timed(run, 1), 1))
    times = max(1, int(target * 1e9 / once))
    found = []
    for _ in range(repeats):
        gc.collect()
        found.append(timed(run, times) / times / work.operations)
    return median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=float, default=0.02)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    kit = present()
    found = {}
    for name in names(options.patterns):
        found[name] = measure(WORKS[name], kit, options.target, options.repeats)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()

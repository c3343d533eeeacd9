"""
asyncio's servers on several event loops, in interleaved rounds.

    python -m benchmarks.loops [--rounds N] [--seconds S]

The loops are asyncio's own; ours, by itself and in a reactor that runs; and with
TORSION_BENCH_GENUINE=PYTHON, an interpreter that has it, uvloop.  Figures are CPU of
the server per operation, the median over the rounds, and how many times less that
is than asyncio's loop needs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from statistics import median

from benchmarks import macro
from benchmarks.table import Subject, figure

PROGRAM = "of_asyncio.py"

#: The same as the reactor's servers have, and what only asyncio has.
LOADS = {
    **{name: macro.LOADS[name] for name in ("net/echo_64", "net/echo_10K", "net/churn")},
    "streams/echo_64": macro.Load("streams", macro._rounds(b"x" * 64, 1), "by a coroutine"),
}


def subjects() -> list[Subject]:
    """The loops that are there."""
    found = [
        Subject(name, sys.executable, {"TORSION_BENCH_LOOP": name}, PROGRAM)
        for name in ("asyncio", "torsion", "reactor")
    ]
    genuine = os.environ.get("TORSION_BENCH_GENUINE")
    if genuine:
        found.append(Subject("uvloop", genuine, {"TORSION_BENCH_LOOP": "uvloop"}, PROGRAM))
    return found


def measure(who: list[Subject], rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """The median of each figure, C{{load: {subject: ns}}}."""
    seen: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(rounds):
        for name, load in LOADS.items():
            for subject in who if number % 2 == 0 else reversed(who):
                with macro.serving(
                    load.kind, subject.python, subject.environment, subject.program
                ) as server:
                    cost = macro.cpuPerOperation(server, load, seconds)
                seen[name][subject.name].append(cost)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    return {n: {s: median(v) for s, v in of.items()} for n, of in seen.items()}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description="CPU of asyncio's servers, by event loop")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each, in a round")
    options = parser.parse_args()
    who = subjects()
    print(f"{'CPU per operation':20}" + "".join(f"{each.name:>20}" for each in who))
    for name, found in measure(who, options.rounds, options.seconds).items():
        line = f"{name:20}"
        for each in who:
            times = found["asyncio"] / found[each.name]
            line += f"{figure(found[each.name]):>13} {times:>5.2f}x"
        print(line)


if __name__ == "__main__":
    main()

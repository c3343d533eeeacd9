"""
The table: every work and every load, on every subject, in interleaved rounds.

    python -m benchmarks.table [--rounds N] [--quick] [--json FILE]
                               [--compare [FILE]] [--save VERSION] [PATTERN …]

Subjects are torsion compiled and pure; and, with TORSION_BENCH_GENUINE=PYTHON
(an interpreter that has genuine Twisted, and uvloop or not), these two.
Figures are nanoseconds of CPU per operation, the median over the rounds, and
how many times less that is than the reference needs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import macro
from benchmarks.works import WORKS

HISTORY = Path(__file__).parent / "history"
IMPORT = "import/reactor"
#: A comparison of ratios speaks up beyond this.
NOTABLE = 1.25


class Subject(NamedTuple):
    """Whom we measure: an interpreter, its environment, its servers."""

    name: str
    python: str
    environment: dict[str, str]
    program: str = "of_twisted.py"


def subjects() -> list[Subject]:
    """Those that are there."""
    found = [
        Subject("compiled", sys.executable, {"PURE_PYTHON": "", "TWISTED_ACCEL": ""}),
        Subject("pure", sys.executable, {"PURE_PYTHON": "1"}),
    ]
    genuine = os.environ.get("TORSION_BENCH_GENUINE")
    if genuine:
        found.append(Subject("genuine", genuine, {}))
        if subprocess.run([genuine, "-c", "import uvloop"], capture_output=True).returncode == 0:
            environment = {"TORSION_BENCH_LOOP": "uvloop"}
            found.append(Subject("uvloop", genuine, environment, "of_asyncio.py"))
    return found


def micro(subject: Subject, patterns: list[str], target: float) -> dict[str, float]:
    """Measure the works that match, in one fresh process."""
    words = [subject.python, "-m", "benchmarks.measure", f"--target={target}", *patterns]
    done = subprocess.run(
        words,
        env={**os.environ, **subject.environment},
        cwd=macro.ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def oneRound(subject: Subject, chosen: list[str], quick: bool) -> dict[str, float]:
    """Every chosen figure of one subject, once."""
    found: dict[str, float] = {}
    inside = [name for name in chosen if name in WORKS]
    if inside and subject.program == "of_twisted.py":
        found.update(micro(subject, inside, 0.005 if quick else 0.02))
    for name in chosen:
        if name in macro.LOADS:
            load = macro.LOADS[name]
            with macro.serving(
                load.kind, subject.python, subject.environment, subject.program
            ) as server:
                found[name] = macro.cpuPerOperation(server, load, 0.2 if quick else 0.5)
    if IMPORT in chosen:
        statement = "from twisted.internet import reactor"
        if subject.program == "of_asyncio.py":
            statement = "import uvloop, asyncio"
        found[IMPORT] = macro.importTime(
            subject.python, subject.environment, statement, 2 if quick else 5
        )
    return found


def grouped(chosen: list[str]) -> list[list[str]]:
    """
    The works of one kind together, each load by itself: subjects take turns with
    each of these, since what else a machine does lasts for seconds.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name in chosen:
        groups[name if name in macro.LOADS else name.partition("/")[0]].append(name)
    return list(groups.values())


def measure(
    who: list[Subject], chosen: list[str], rounds: int, quick: bool
) -> dict[str, dict[str, float]]:
    """The median of each figure, C{{work: {subject: ns}}}; every other turn runs backwards."""
    seen: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for turn, group in enumerate(grouped(chosen), number):
            for subject in who if turn % 2 == 0 else reversed(who):
                for name, value in oneRound(subject, group, quick).items():
                    seen[name][subject.name].append(value)
    return {n: {s: median(v) for s, v in seen[n].items()} for n in chosen if n in seen}


def figure(value: float) -> str:
    """Nanoseconds as people read them."""
    for unit, size in (("ms", 1e6), ("us", 1e3)):
        if value >= 10 * size:
            return f"{value / size:.1f} {unit}"
    return f"{value:.0f} ns"


def rows(figures: dict[str, dict[str, float]], who: Iterable[str]) -> list[str]:
    """The table's lines."""
    names = list(who)
    reference = "genuine" if "genuine" in names else "pure"
    head = f"{'CPU per operation':36}" + "".join(f"{name:>12}" for name in names)
    for name in names:
        if name != reference:
            head += f"{name[:8] + '/' + reference[:3]:>14}"
    lines = [head]
    for work, found in figures.items():
        line = f"{work:36}"
        for name in names:
            line += f"{figure(found[name]) if name in found else '-':>12}"
        for name in names:
            if name != reference:
                known = name in found and reference in found
                line += f"{f'{found[reference] / found[name]:.2f}x' if known else '-':>14}"
        lines.append(line)
    return lines


def releases() -> list[Path]:
    """The files of the history, the oldest first."""
    return sorted(HISTORY.glob("*.json"), key=lambda path: _number(path.stem))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(word) for word in version.split(".") if word.isdigit())


def compared(figures: dict[str, dict[str, float]], path: Path) -> list[str]:
    """
    What has changed since *path* was saved, in ratios of pure to compiled, and
    of genuine Twisted to compiled where both have it: those outlive a change
    of machine, nanoseconds do not.
    """
    before = json.loads(path.read_text())["figures"]
    lines = [f"{f'since {path.stem}':36}{'then':>10}{'now':>10}{'better':>10}"]
    for work, found in figures.items():
        old = before.get(work, {})
        for base in ("genuine", "pure"):
            if all(name in side for side in (old, found) for name in (base, "compiled")):
                then, now = old[base] / old["compiled"], found[base] / found["compiled"]
                mark = ""
                if now * NOTABLE < then:
                    mark = "  slower"
                elif now > then * NOTABLE:
                    mark = "  faster"
                label = f"{work} ({base})"
                lines.append(f"{label:36}{then:9.2f}x{now:9.2f}x{now / then:9.2f}x{mark}")
                break
    return lines


def document(figures: dict[str, dict[str, float]]) -> dict[str, Any]:
    """What is kept of a measurement."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "unit": "nanoseconds of CPU per operation",
        "figures": {n: {s: round(v, 1) for s, v in found.items()} for n, found in figures.items()},
    }


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one short round; rough figures")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--save", metavar="VERSION", help="write them into the history")
    parser.add_argument("--compare", nargs="?", const="", help="with a release; the last one")
    parser.add_argument("patterns", nargs="*")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    known = [*WORKS, *macro.LOADS, IMPORT]
    patterns = chosen.patterns
    names = [n for n in known if not patterns or any(fnmatch(n, p) for p in patterns)]
    if not names:
        print("no such work; there are:", *known, sep="\n  ")
        return 2
    earlier = None
    if chosen.compare is not None:
        past = [HISTORY / f"{chosen.compare}.json"] if chosen.compare else releases()[-1:]
        if not past or not past[0].exists():
            print("nothing to compare with: benchmarks/history has no release of that name")
            return 2
        earlier = past[0]
    who = subjects()
    figures = measure(who, names, 1 if chosen.quick else chosen.rounds, chosen.quick)
    print(*rows(figures, [subject.name for subject in who]), sep="\n")
    if "genuine" not in [subject.name for subject in who]:
        print("\nTORSION_BENCH_GENUINE=/path/to/python adds genuine Twisted and uvloop.")
    if earlier is not None:
        print("", *compared(figures, earlier), sep="\n")
    targets = [chosen.json] if chosen.json else []
    if chosen.save:
        targets.append(HISTORY / f"{chosen.save}.json")
    for target in targets:
        target.write_text(json.dumps(document(figures), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

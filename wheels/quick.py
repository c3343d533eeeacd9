"""
The short form of making wheels, for CI: one for this machine, by its own
compiler, and the pure one, each installed outside the checkout and tried.

    python -m wheels.quick

Needs what the extra ``dev`` has.  What is installed needs other packages:
where there is no index to have them from, this says that it is skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wheels import audit, tryout
from wheels.interpreters import ROOT, ask
from wheels.make import Problems, frontend, moment, unpacked

#: Small, and required.
PROBE = "incremental"


def hasIndex() -> bool:
    """Whether there is a package index."""
    with tempfile.TemporaryDirectory() as directory:
        words = ["download", "-q", "--no-deps", "--retries=0", "--timeout=10", "-d", directory]
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words, PROBE], env=tryout.clean(), capture_output=True
        )
        return done.returncode == 0


def build(directory: Path) -> dict[str, Path]:
    """Make the source distribution, and of that the wheels, by kind."""
    python, common = Path(sys.executable), {"SOURCE_DATE_EPOCH": moment()}
    (directory / "source").mkdir()
    tree = unpacked(frontend(python, "sdist", ROOT, directory, common), directory / "source")
    translated = ROOT / "build" / "cython"
    if translated.exists():
        # What Cython makes of the same sources is the same.
        shutil.copytree(translated, tree / "build" / "cython")
    return {
        kind: frontend(python, "wheel", tree, directory, {**common, "TORSION_BUILD": how})
        for kind, how in (("pure", "pure"), ("compiled", "require"))
    }


def main() -> int:
    here = ask(sys.executable)
    if here is None:
        print("skipped: this Python has no headers to build with")
        return 0
    if not hasIndex():
        print("skipped: there is no package index to install dependencies from")
        return 0
    with tempfile.TemporaryDirectory(prefix="torsion-quick-") as scratch:
        try:
            wheels = build(Path(scratch))
        except Problems as problems:
            print(problems)
            return 1
        wrong = audit.checkWheel(wheels["pure"], None)
        with ThreadPoolExecutor() as pool:
            results = pool.map(lambda kind: tryout.tryWheel(wheels[kind], here, kind), wheels)
        for (kind, wheel), (well, said) in zip(wheels.items(), results, strict=True):
            size = os.path.getsize(wheel) // 1024
            print(f"{wheel.name}, {size} KiB: {said.strip().splitlines()[-1]}")
            if not well:
                wrong.append(f"the {kind} wheel does not work:\n{said}")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""
Make the source distribution and all wheels, look into them, try them.

    python -m wheels.make [--out DIRECTORY] [--target NAME …] [--python PROGRAM …]
                          [--no-fetch] [--no-try] [--list]

For each CPython from 3.11 to 3.14 that is here, or that Debian has (which is
then fetched into the output's C{.cache}), and each target of
``wheels/targets.py`` one wheel, built by zig, which pins the oldest system
that it runs on; one without compiled parts for all other systems; the
metadata-only ``Twisted 26.10.0+torsion``; and beside them a bill of materials
of each and ``SHA256SUMS``.  Two runs on one commit give the same bytes.

Needs what the extra ``wheels`` has (``pip install -e '.[wheels]'``).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wheels import audit, bill, debian, provided, tryout, zig
from wheels.backend import EARLIEST, infoOf, readWheel, writeWheel
from wheels.interpreters import ROOT, VERSIONS, Interpreter, buildEnvironment, interpreters
from wheels.targets import PURE, TARGETS, Target, native
from wheels.windows import prepare

OUT = ROOT / "wheels" / "out"
#: Where what outlives a run is kept: environments to build in, compiled libraries.
CACHE = ".cache"
#: Targets that another machine's Python can be had for, and where it is kept.
ELSEWHERE = {
    "windows-x86_64": (tryout.tryUnderWine, "windows"),
    "manylinux-aarch64": (tryout.tryUnderQemu, "arm"),
}


#: What a compiler has to say; that there is nothing of a kind to be left out of
#: the distribution, setuptools calls a warning, too.
WARNED = re.compile(r"\bwarning: (?!no (previously-included )?(files|director))")


class Problems(Exception):
    """What is wrong with what was made, a sentence each."""


def say(text: str) -> None:
    print(f"== {text}", flush=True)


def moment() -> str:
    """The time for SOURCE_DATE_EPOCH: the commit's, if it is not set."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    done = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip() or str(EARLIEST)


def refuseWarnings(kind: str, said: str) -> None:
    """
    @param kind: what was made.
    @param said: what was said meanwhile.
    @raise Problems: a warning was among it.
    """
    warned = [line for line in said.splitlines() if WARNED.search(line)]
    if warned:
        raise Problems(f"the {kind} was built with warnings:\n" + "\n".join(warned))


def frontend(python: Path, kind: str, tree: Path, out: Path, variables: Mapping[str, str]) -> Path:
    """
    Build by the frontend, and return what was built.

    @param python: the program that has the frontend and what a build requires.
    @param kind: "sdist" or "wheel".
    """
    with tempfile.TemporaryDirectory(dir=out) as directory:
        done = subprocess.run(
            [python, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", directory, "."],
            cwd=tree,
            env={**tryout.clean(), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise Problems(f"the {kind} could not be built:\n{done.stdout[-6000:]}")
        refuseWarnings(kind, done.stdout)
        (found,) = Path(directory).iterdir()
        return Path(shutil.move(found, out / found.name))


def tagged(wheel: Path, tags: tuple[str, ...]) -> Path:
    """Give a wheel other platform tags, in its name and in itself."""
    files = readWheel(wheel)
    name, version, python, abi, _ = wheel.stem.split("-")
    description = f"{infoOf(files)}/WHEEL"
    lines = [
        line
        for line in files[description].decode().splitlines()
        if line and not line.startswith("Tag: ")
    ]
    lines += [f"Tag: {python}-{abi}-{tag}" for tag in tags]
    files[description] = ("\n".join(lines) + "\n").encode()
    target = wheel.with_name(f"{name}-{version}-{python}-{abi}-{'.'.join(tags)}.whl")
    wheel.unlink()
    writeWheel(target, files)
    return target


def unpacked(source: Path, directory: Path) -> Path:
    """Unpack the source distribution; return its one directory."""
    with tarfile.open(source) as archive:
        archive.extractall(directory, filter="data")
    (tree,) = directory.iterdir()
    return tree


class Workshop:
    """
    One run: where things are, and what is the same for all that is built.

    @ivar out: the directory that is filled.
    @ivar tree: what everything is built from: the unpacked source distribution.
    """

    def __init__(self, out: Path, scratch: Path) -> None:
        self.out = out
        self.scratch = scratch
        self.cache = out / CACHE
        self.pythons: dict[str, Path] = {}
        self.common = {"SOURCE_DATE_EPOCH": moment(), "TORSION_BUILD": "require"}
        os.environ["SOURCE_DATE_EPOCH"] = self.common["SOURCE_DATE_EPOCH"]
        self.source = frontend(Path(sys.executable), "sdist", ROOT, out, self.common)
        (scratch / "source").mkdir()
        self.tree = unpacked(self.source, scratch / "source")

    def pure(self) -> Path:
        """The wheel without compiled parts."""
        variables = {**self.common, "TORSION_BUILD": "pure"}
        return frontend(Path(sys.executable), "wheel", self.tree, self.out, variables)

    def compiled(self, target: Target, interpreter: Interpreter) -> Path:
        """The wheel for one target and one version of Python."""
        place = self.scratch / f"{target.name}-{interpreter.tag}"
        place.mkdir()
        headers = zig.headersFor(
            target.format, interpreter.include, interpreter.config, place / "include"
        )
        library = None
        if target.format == "pe":
            library = zig.importLibrary(interpreter.code, interpreter.version, place)
        variables = {
            **self.common,
            **zig.environment(target.zig, headers, library, target.link),
            "_PYTHON_HOST_PLATFORM": target.platform,
            "SETUPTOOLS_EXT_SUFFIX": target.suffixOf(interpreter.version),
        }
        # In a tree of its own, where no module of another is found and taken.
        tree = Path(shutil.copytree(self.tree, place / "tree"))
        python = self.pythons[interpreter.version]
        made = tagged(frontend(python, "wheel", tree, place, variables), target.tags)
        shutil.rmtree(tree)
        say(f"{target.name}, Python {interpreter.version}")
        return Path(shutil.move(made, self.out / made.name))

    def translate(self, python: Path, targets: Sequence[Target]) -> None:
        """Have Cython translate in the common tree; what it makes is the same for all."""
        for target in {each.platform.partition("-")[0]: each for each in targets}.values():
            # Whatever it is asked, the script translates what it would build.
            done = subprocess.run(
                [os.fspath(python), "setup.py", "-q", "--version"],
                cwd=self.tree,
                env={
                    **tryout.clean(),
                    **self.common,
                    "_PYTHON_HOST_PLATFORM": target.platform,
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode:
                raise Problems(f"Cython could not translate:\n{done.stdout[-6000:]}")
            refuseWarnings("translation", done.stdout)

    def all(
        self, targets: Sequence[Target], here: Sequence[Interpreter]
    ) -> dict[Path, Interpreter | None]:
        """The wheels for all targets and interpreters, as many at a time as there are cores."""
        for each in here:
            self.pythons[each.version] = buildEnvironment(each, self.cache / each.tag)
        if here:
            self.translate(self.pythons[here[0].version], targets)
        wanted = [(target, each) for each in here for target in targets]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(lambda one: self.compiled(*one), wanted))
        return {path: each for path, (_, each) in zip(made, wanted, strict=True)}


def size(count: int) -> str:
    return f"{count / 1024:.0f} KiB"


def report(files: list[Path]) -> None:
    """The table: each file, its size, and that of the modules in it."""
    for path in files:
        line = f"{path.name:74}{size(path.stat().st_size):>10}"
        if path.suffix == ".whl":
            compiled = {
                name.rpartition("/")[2].partition(".")[0]: len(data)
                for name, data in readWheel(path).items()
                if name.endswith((".so", ".pyd"))
            }
            line += "  " + ", ".join(f"{n} {size(c)}" for n, c in sorted(compiled.items()))
        print(line.rstrip())


def checked(wheels: dict[Path, Interpreter | None], hidden: list[str]) -> list[str]:
    """What is wrong with the wheels."""
    wrong = []
    for wheel in wheels:
        target = audit.targetOf(wheel)
        wrong += audit.checkWheel(wheel, target, hidden)
        if target is not None and target.name.startswith("manylinux"):
            wrong += audit.checkPolicy(wheel, target.tags)
    return wrong


def tried(wheels: dict[Path, Interpreter | None], here: list[Interpreter], out: Path) -> list[str]:
    """Try all that can run here; what is wrong with them."""
    wrong = []

    def tell(name: str, result: tuple[bool, str]) -> None:
        well, said = result
        print(f"{'ok    ' if well else 'FAILED'}  {name}: {said.strip().splitlines()[-1]}")
        if not well:
            wrong.append(f"{name} does not work:\n{said}")

    for wheel, interpreter in wheels.items():
        target = audit.targetOf(wheel)
        if interpreter is None:
            for each in here:
                tell(f"pure, on {each.version}", tryout.tryWheel(wheel, each, "pure"))
        elif target is not None and target.name == native():
            tell(wheel.name, tryout.tryWheel(wheel, interpreter, "compiled"))
        elif target is not None and target.name in ELSEWHERE:
            attempt, where = ELSEWHERE[target.name]
            try:
                tell(wheel.name, attempt(wheel, interpreter, out / CACHE / where))
            except prepare.Unavailable as problem:
                print(f"skipped {wheel.name}: {problem}")
            except SystemExit as problem:
                tell(wheel.name, (False, f"what it runs on is not in order: {problem}"))
        else:
            print(f"skipped {wheel.name}: does not run here")
    return wrong


def completed(here: list[Interpreter], cache: Path) -> list[Interpreter]:
    """Add the versions that are not here, if Debian has them; tell of those that it has not."""
    found = {each.version: each for each in here}
    for version in VERSIONS:
        if version not in found:
            try:
                found[version] = debian.interpreter(cache / "debian", version)
            except prepare.Unavailable as problem:
                print(f"skipped Python {version}: {problem}")
    return [found[version] for version in VERSIONS if version in found]


def make(
    out: Path,
    targets: list[Target],
    here: list[Interpreter],
    pure: bool = True,
    trying: bool = True,
) -> list[Path]:
    """
    Make everything.

    @return: the files that were made.
    @raise Problems: something is wrong with one of them.
    """
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        if old.is_file():
            old.unlink()
    with tempfile.TemporaryDirectory(prefix="torsion-make-") as scratch:
        say("source distribution")
        shop = Workshop(out, Path(scratch))
        wheels: dict[Path, Interpreter | None] = {}
        if pure:
            say("pure wheel")
            wheels[shop.pure()] = None
        wheels |= shop.all(targets, here)
        provides = provided.build(out, shop.source.name.split("-")[1].removesuffix(".tar.gz"))
        for wheel in wheels:
            bill.writeBill(wheel)
        bill.writeHashes(out)
        say("looking into them")
        hidden = [scratch, os.fspath(ROOT), os.fspath(Path.home())]
        files = [shop.source, *wheels, provides]
        wrong = [*checked(wheels, hidden), *audit.checkByOthers(files)]
        report(files)
        if trying:
            say("trying them")
            wrong += tried(wheels, here, out)
    if wrong:
        raise Problems("\n".join(wrong))
    return files


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--target", action="append", choices=[*TARGETS, PURE])
    parser.add_argument("--python", action="append", default=[], metavar="PROGRAM")
    parser.add_argument("--no-fetch", action="store_true", help="only the Pythons that are here")
    parser.add_argument("--no-try", action="store_true", help="do not run the smoke suite")
    parser.add_argument("--list", action="store_true", help="tell what would be built")
    asked = parser.parse_args()
    here = interpreters(asked.python)
    if not (asked.python or asked.no_fetch or asked.list):
        here = completed(here, asked.out.resolve() / CACHE)
    names = asked.target or [PURE, *TARGETS]
    targets = [TARGETS[name] for name in names if name != PURE]
    if asked.list:
        print("interpreters:", *(each.version for each in here))
        print("targets:", *names)
        return 0
    try:
        make(asked.out.resolve(), targets, here, PURE in names, not asked.no_try)
    except Problems as problems:
        print(f"\nWRONG:\n{problems}")
        return 1
    say(f"all is well; see {asked.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

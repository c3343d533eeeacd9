"""
Looking into finished wheels: is there what should be, and nothing besides?

Three of others' checks (auditwheel, check-wheel-contents, twine) look at what
they know of; what they do not is looked at here, for every system alike: that
each compiled module is for the right machine, needs no library but the
system's own and no newer version of that than promised, is stripped, and has
no path of the building machine in it.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from wheels.backend import infoOf, readWheel, recordLine
from wheels.targets import TARGETS, Target

#: The only libraries that a module may ask for, by format.
SYSTEM = {
    "elf": re.compile(r"lib(c|m|pthread|dl|rt)\.so(\.\d+)?|ld-linux[-\w]*\.so\.\d"),
    "pe": re.compile(
        r"python3\d+\.dll|api-ms-win-crt-[-\w]+\.dll|(kernel32|ntdll|ws2_32)\.dll", re.I
    ),
    "macho": re.compile(r"/usr/lib/libSystem\.B\.dylib"),
}
MACHINES: dict[str, dict[str, object]] = {
    "x86_64": {"elf": "EM_X86_64", "pe": 0x8664, "macho": 0x01000007},
    "aarch64": {"elf": "EM_AARCH64", "macho": 0x0100000C},
    "arm64": {"macho": 0x0100000C},
}
#: What the wheel may have at its root, besides the directories of its metadata.
ROOTS = {"twisted"}


class Module(NamedTuple):
    """
    What a compiled module tells of itself.

    @ivar machine: as the format calls it.
    @ivar needs: the libraries that it asks for.
    @ivar newest: the newest version of the system that it asks for, as C{(2, 14)}.
    @ivar stripped: whether its symbols are gone.
    """

    machine: object
    needs: list[str]
    newest: tuple[int, ...]
    stripped: bool


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def readELF(data: bytes) -> Module:
    # Late, as in the other two: who only builds needs none of these.
    from elftools.elf.elffile import ELFFile

    file = ELFFile(io.BytesIO(data))
    dynamic: Any = file.get_section_by_name(".dynamic")
    needs = [tag.needed for tag in dynamic.iter_tags("DT_NEEDED")] if dynamic else []
    versions: list[tuple[int, ...]] = [(0,)]
    wanted: Any = file.get_section_by_name(".gnu.version_r")
    for _, names in wanted.iter_versions() if wanted else ():
        versions += [_numbers(n.name) for n in names if n.name.startswith("GLIBC_")]
    symbols = file.get_section_by_name(".symtab") or file.get_section_by_name(".debug_info")
    return Module(file["e_machine"], needs, max(versions), symbols is None)


def readPE(data: bytes) -> Module:
    import pefile

    file = pefile.PE(data=data)
    needs = [entry.dll.decode() for entry in getattr(file, "DIRECTORY_ENTRY_IMPORT", [])]
    debug = any(section.Name.startswith(b".debug") for section in file.sections)
    stripped = file.FILE_HEADER.PointerToSymbolTable == 0 and not debug
    return Module(file.FILE_HEADER.Machine, needs, (0,), stripped)


def readMachO(data: bytes) -> Module:
    import tempfile

    from macholib import mach_o
    from macholib.MachO import MachO
    from macholib.SymbolTable import SymbolTable

    # It reads from paths alone.
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        macho = MachO(file.name)
        (header,) = macho.headers
        # The linker's own, which carry nothing but the name of what is imported.
        local = [n for _, n in SymbolTable(macho).localsyms or () if not n.endswith(b"__thunk")]
    needs = []
    oldest: tuple[int, ...] = (0,)
    for load, command, rest in header.commands:
        if load.cmd == mach_o.LC_LOAD_DYLIB:
            needs.append(rest.rstrip(b"\0").decode())
        elif load.cmd == mach_o.LC_BUILD_VERSION:
            oldest = (command.minos >> 16, command.minos >> 8 & 0xFF)
        elif load.cmd == mach_o.LC_VERSION_MIN_MACOSX:
            oldest = (command.version >> 16, command.version >> 8 & 0xFF)
    return Module(header.header.cputype & 0xFFFFFFFF, needs, oldest, not local)


READERS: dict[str, Callable[[bytes], Module]] = {
    "elf": readELF,
    "pe": readPE,
    "macho": readMachO,
}


def checkModule(name: str, data: bytes, target: Target, hidden: Iterable[str]) -> list[str]:
    """
    What is wrong with one compiled module.

    @param hidden: what must not occur in it: paths of the building machine.
    """
    try:
        module = READERS[target.format](data)
    except Exception as error:
        return [f"{name}: is not of format {target.format}: {error}"]
    wrong = []
    machine = target.platform.rpartition("-")[2].replace("amd64", "x86_64")
    if module.machine != MACHINES[machine][target.format]:
        wrong.append(f"{name}: is for machine {module.machine}, not {machine}")
    wrong += [
        f"{name}: needs {library}"
        for library in module.needs
        if not SYSTEM[target.format].fullmatch(library)
    ]
    promised = _numbers(re.sub(r"^\w+?-(linux-gnu|linux-musl|windows-gnu|macos)", "", target.zig))
    if promised and module.newest > promised:
        wrong.append(f"{name}: needs version {module.newest}, {promised} was promised")
    if not module.stripped:
        wrong.append(f"{name}: is not stripped")
    wrong += [f"{name}: contains {path}" for path in hidden if path.encode() in data]
    return wrong


def checkWheel(wheel: Path, target: Target | None, hidden: Iterable[str] = ()) -> list[str]:
    """
    What is wrong with a wheel, in sentences.

    @param target: for what it is; L{None}: for all, without compiled parts.
    """
    files = readWheel(wheel)
    info = infoOf(files)
    record = files[f"{info}/RECORD"].decode().splitlines(keepends=True)
    expected = [recordLine(n, data) for n, data in files.items() if n != f"{info}/RECORD"]
    wrong = []
    if sorted(record) != sorted([*expected, f"{info}/RECORD,,\n"]):
        wrong.append("RECORD does not say what is in it")
    metadata = (info, f"{info.removesuffix('.dist-info')}.data")
    for name in files:
        root = name.partition("/")[0]
        if root not in ROOTS and root not in metadata:
            wrong.append(f"{name}: does not belong there")
        if name.endswith((".pyc", ".c", ".pyx", ".o", ".orig", "dropin.cache")):
            wrong.append(f"{name}: is left over from building")
    compiled = {name: data for name, data in files.items() if name.endswith((".so", ".pyd"))}
    built = json.loads(files.get(f"{info}/BUILD.json", b"{}"))
    version = re.search(r"-cp(\d+)-", wheel.name)
    suffix = target.suffixOf(version[1]) if target and version else ""
    wanted = {name.replace(".", "/") + suffix for name in built.get("built", ())}
    wrong += [f"{name}: is missing" for name in sorted(wanted - compiled.keys())]
    wrong += [f"{name}: is too much" for name in sorted(compiled.keys() - wanted)]
    if bool(compiled) != (target is not None):
        wrong.append("has compiled parts" if compiled else "has no compiled part")
    if built.get("failed"):
        wrong.append(f"not all was compiled: {built['failed']}")
    if target is not None:
        for name, data in compiled.items():
            wrong += checkModule(name, data, target, hidden)
    return [f"{wheel.name}: {what}" for what in wrong]


def tool(*words: str | Path) -> tuple[int, str]:
    """Run a tool of this environment; return its exit status and what it said."""
    program = Path(sys.executable).with_name(os.fspath(words[0]))
    done = subprocess.run(
        [program, *words[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def checkPolicy(wheel: Path, tags: Iterable[str]) -> list[str]:
    """What auditwheel has against a wheel that says *tags* of itself."""
    status, said = tool("auditwheel", "show", wheel)
    found = re.search(r'consistent with\s+the following platform tag:\s+"(\w+)"', said)
    if status or found is None:
        return [f"{wheel.name}: auditwheel: {said.strip()}"]
    # The least that it could be called; glibc's versions order the policies.
    could, promised = _numbers(found[1])[:2], max(_numbers(tag)[:2] for tag in tags)
    if "manylinux" not in found[1] or could > promised:
        return [f"{wheel.name}: auditwheel calls it {found[1]}"]
    return []


def checkByOthers(files: Iterable[Path]) -> list[str]:
    """What check-wheel-contents and twine have against the files."""
    known = list(files)
    wheels = [path for path in known if path.suffix == ".whl"]
    wrong = []
    for words, paths in (
        # By intention the second dist-info looks like a second package that has
        # no module (W009, W010), and what is only metadata is empty (W008).
        (
            ["check-wheel-contents", "--ignore=W009,W010"],
            [w for w in wheels if not w.name.startswith("twisted-")],
        ),
        (["twine", "check", "--strict"], known),
    ):
        status, said = tool(*words, *paths)
        if status:
            wrong.append(f"{words[0]}: {said.strip()}")
    return wrong


def targetOf(wheel: Path) -> Target | None:
    """For what a wheel is, by its name."""
    tags = wheel.stem.split("-")[-1].split(".")
    for target in TARGETS.values():
        if target.tags[0] in tags:
            return target
    return None

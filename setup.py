"""
The compiled parts of Torsion, each optional.

What is built is one table, :data:`MODULES`.  Switches in the environment:

``TORSION_BUILD=require``  a part that does not build fails the build (CI, wheels)
``TORSION_BUILD=pure``     build nothing; the result is a pure-Python install
``TORSION_SANITIZE=1``     build with AddressSanitizer and UBSan, for the tests
``TORSION_LINETRACE=1``    build with line tracing, for coverage of Cython code
``TORSION_OPTIMIZE=-O0``    in place of -O2: tests that are built anew have no time to lose
``TORSION_POLLER=kqueue``   wait by that instead of by what the system has (tests, on a shim)
``TORSION_PARTS=a,b``      build only the modules whose name has one of these words
``TORSION_RECORD=FILE``    write there, as JSON, what was built, how, and what was not

Without a compiler the package installs pure and says so, one line a part;
``python -m twisted --about`` says it again at run time.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

MODE = os.environ.get("TORSION_BUILD", "auto")
SANITIZE = os.environ.get("TORSION_SANITIZE") == "1"
LINETRACE = os.environ.get("TORSION_LINETRACE") == "1"
#: The system that is built for; under cross-compilation not the one that builds.
SYSTEM = sysconfig.get_platform().split("-")[0]
OPTIMIZE = os.environ.get("TORSION_OPTIMIZE") or "-O2"
#: How the compiled reactor waits: a file of _ext/poller.
POLLER = os.environ.get("TORSION_POLLER") or ("epoll" if SYSTEM == "linux" else "kqueue")
PARTS = [word for word in os.environ.get("TORSION_PARTS", "").split(",") if word]

# name of the module: (Cython source, further C sources, headers it depends on);
# what lies beside the Cython source, it depends on anyway
MODULES = {
    "twisted.internet._chain_c": ("_ext/deferred/_chain_c.pyx", [], []),
    "twisted.protocols._framing_c": ("_ext/framing/_framing_c.pyx", [], []),
    "twisted.internet._reactor_c": (
        "_ext/reactor/_reactor_c.pyx",
        [f"_ext/poller/{POLLER}.c"],
        ["_ext/poller/poller.h", "_ext/reactor/portable.h"],
    ),
    "twisted.internet._proactor_c": (
        "_ext/proactor/_proactor_c.pyx",
        ["_ext/proactor/iocp.c"],
        ["_ext/proactor/proactor.h"],
    ),
}
#: What there is a poller for, as sysconfig.get_platform() begins there.
POLLED = ("linux", "macosx", "freebsd", "netbsd", "openbsd", "dragonfly")
POLLED_ONLY = {"twisted.internet._reactor_c"}
WINDOWS_ONLY = {"twisted.internet._proactor_c"}


def say(text: str) -> None:
    print(f"torsion: {text}", file=sys.stderr)


def version() -> str:
    """The version that the package says, for the compiled parts to say it, too."""
    for line in Path("src/twisted/__init__.py").read_text(encoding="utf-8").splitlines():
        if line.startswith("__torsion__ = "):
            return line.split('"')[1]
    raise ValueError("src/twisted/__init__.py has no __torsion__")


def record(**facts: object) -> None:
    """Add *facts* to the record of this build, if one is wanted."""
    name = os.environ.get("TORSION_RECORD")
    if name:
        path = Path(name)
        known = json.loads(path.read_text(encoding="utf-8") or "{}") if path.exists() else {}
        path.write_text(json.dumps({**known, **facts}, sort_keys=True), encoding="utf-8")


#: What could not be compiled, and why.
FAILED: dict[str, str] = {}


def dropped(name: str, error: Exception) -> None:
    say(f"WARNING: {name} not compiled, its pure twin is used: {error}")
    FAILED[name] = str(error)
    record(failed=FAILED)


def included(source: str) -> list[str]:
    """What a Cython source is put together from."""
    parts = sorted(Path(source).parent.glob("*.pxi"))
    return [*map(str, parts), "_ext/version.pxi", "_ext/stream_api.h", "_ext/inline_values.h"]


class BuildWhatCanBeBuilt(build_ext):
    """Build each extension on its own; drop, and name, those that fail."""

    def run(self) -> None:
        # What is developed keeps its symbols, for profilers and debuggers.  Asked
        # here, since setuptools builds even that elsewhere and copies it.
        self.keepsSymbols = bool(self.inplace or self.editable_mode or SANITIZE)
        super().run()

    def build_extensions(self) -> None:
        built = []
        strip = SYSTEM == "linux" and not self.keepsSymbols
        for extension in self.extensions:
            if strip:
                extension.extra_link_args.append("-s")
            try:
                super().build_extension(extension)
            except Exception as error:
                if MODE == "require":
                    raise
                dropped(extension.name, error)
            else:
                built.append(extension)
        self.extensions[:] = built
        words = getattr(self.compiler, "compiler_so", None) or ["unknown"]
        own = built[0].extra_compile_args if built else []
        record(
            compiler=os.environ.get("TORSION_COMPILER") or " ".join([*words, *own]),
            built=[extension.name for extension in built],
        )


def extensions() -> list[Extension]:
    if MODE == "pure":
        say("TORSION_BUILD=pure: no part is compiled")
        record(pure="TORSION_BUILD=pure")
        return []
    try:
        from Cython.Build import cythonize  # optional: without it the install is pure
    except ImportError:
        if MODE == "require":
            raise
        say("WARNING: Cython is missing: no part is compiled")
        record(pure="Cython was missing")
        return []
    flags = [OPTIMIZE, "-fno-strict-aliasing"] if os.name != "nt" else []
    link: list[str] = []
    macros: list[tuple[str, str | None]] = [("TORSION_VERSION", f'"{version()}"')]
    if SANITIZE:
        flags = ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined"]
        link = ["-fsanitize=address,undefined"]
    if LINETRACE:
        macros.append(("CYTHON_TRACE", "1"))
    found = [
        Extension(
            name,
            [source, *more],
            depends=[*depends, *included(source)],
            include_dirs=["_ext", "_ext/poller", "_ext/reactor", "_ext/proactor"],
            libraries=["ws2_32", "ntdll"] if name in WINDOWS_ONLY else [],
            extra_compile_args=flags,
            extra_link_args=link,
            define_macros=macros,
            optional=MODE != "require",
        )
        for name, (source, more, depends) in MODULES.items()
        if Path(source).exists()
        and (name not in POLLED_ONLY or SYSTEM in POLLED)
        and (name not in WINDOWS_ONLY or SYSTEM == "win")
        and (not PARTS or any(part in name for part in PARTS))
    ]
    return [module for extension in found for module in translated(cythonize, extension)]


def translated(cythonize: Callable[..., list[Extension]], extension: Extension) -> list[Extension]:
    """Have a part translated to C; drop, and name, it if it cannot be."""
    try:
        return cythonize(
            [extension],
            build_dir="build/cython",
            include_path=["_ext"],
            compiler_directives={
                "language_level": 3,
                "binding": True,
                "embedsignature": True,
                "linetrace": LINETRACE,
                "freethreading_compatible": True,
            },
            quiet=True,
        )
    except Exception as error:
        if MODE == "require":
            raise
        dropped(extension.name, error)
        return []


setup(
    ext_modules=extensions(),
    cmdclass={"build_ext": BuildWhatCanBeBuilt},
)

"""
For which systems wheels are built, and what differs from one to the next.

Everything is built on Linux by zig's C compiler, which carries the headers
and the link-time libraries of the systems that it builds for; the oldest
version of each is pinned by its target's name.
"""

from __future__ import annotations

import sysconfig
from typing import NamedTuple


class Target(NamedTuple):
    """
    One system that wheels are built for.

    @ivar name: what the command line calls it.
    @ivar zig: zig's name of it, with the oldest version that must do.
    @ivar platform: what L{sysconfig.get_platform} says there.
    @ivar suffix: of an extension module, C{%(version)s} being "311".
    @ivar tags: the platform tags of the wheel, the first one the oldest.
    @ivar link: further words for the linker.
    @ivar format: of its extension modules: elf, pe or macho.
    """

    name: str
    zig: str
    platform: str
    suffix: str
    tags: tuple[str, ...]
    link: tuple[str, ...] = ()
    format: str = "elf"

    def suffixOf(self, version: str) -> str:
        """The suffix of an extension module for Python *version* ("3.11")."""
        return self.suffix % {"version": version.replace(".", "")}


def _linux(machine: str) -> Target:
    return Target(
        f"manylinux-{machine}",
        f"{machine}-linux-gnu.2.17",
        f"linux-{machine}",
        f".cpython-%(version)s-{machine}-linux-gnu.so",
        (f"manylinux_2_17_{machine}", f"manylinux2014_{machine}"),
    )


def _musl(machine: str) -> Target:
    return Target(
        f"musllinux-{machine}",
        f"{machine}-linux-musl",
        f"linux-{machine}",
        f".cpython-%(version)s-{machine}-linux-musl.so",
        (f"musllinux_1_2_{machine}",),
    )


def _macos(machine: str, cpu: str, oldest: str) -> Target:
    return Target(
        f"macos-{machine}",
        f"{cpu}-macos.{oldest}",
        f"macosx-{oldest}-{machine}",
        ".cpython-%(version)s-darwin.so",
        (f"macosx_{oldest.replace('.', '_')}_{machine}",),
        # What is Python's is found in the program that loads the module; local
        # names are not left out by -s there.
        ("-Wl,-undefined,dynamic_lookup", "-Wl,-x"),
        "macho",
    )


TARGETS = {
    target.name: target
    for target in (
        _linux("x86_64"),
        _linux("aarch64"),
        _musl("x86_64"),
        _musl("aarch64"),
        Target(
            "windows-x86_64",
            "x86_64-windows-gnu",
            "win-amd64",
            ".cp%(version)s-win_amd64.pyd",
            ("win_amd64",),
            format="pe",
        ),
        _macos("arm64", "aarch64", "11.0"),
        _macos("x86_64", "x86_64", "10.13"),
    )
}
#: The one wheel without compiled parts, for all other systems.
PURE = "pure"


def native() -> str | None:
    """The name of the target whose wheels run here, if there is one."""
    for target in TARGETS.values():
        if target.platform == sysconfig.get_platform() and target.name.startswith("manylinux"):
            return target.name
    return None

"""
The distribution ``Twisted 26.10.0+torsion``: metadata, and no file besides.

Who installs torsion *first* does not need it: the wheel of torsion answers to
the name.  It is for commands and lock files that name torsion together with
something that requires Twisted, where the installer decides before anything is
installed; see ``docs/install.md``.
"""

from __future__ import annotations

from pathlib import Path

from wheels.backend import PROVIDED, PROVIDES, writeWheel


def build(directory: Path, torsion: str) -> Path:
    """
    Write the wheel into *directory*.

    @param torsion: the version of torsion that it stands for, and requires.
    @return: where it is.
    """
    metadata = (PROVIDES / "METADATA").read_text(encoding="utf-8")
    # In torsion's own wheel the requirement is met by what it lies in; here it
    # brings a torsion in, and only the one that it was made with is known to do.
    metadata = metadata.replace("Requires-Dist: torsion\n", f"Requires-Dist: torsion=={torsion}\n")
    target = directory / f"{PROVIDED.removesuffix('.dist-info')}-py3-none-any.whl"
    writeWheel(
        target,
        {
            f"{PROVIDED}/METADATA": metadata.encode(),
            f"{PROVIDED}/WHEEL": (PROVIDES / "WHEEL").read_bytes(),
        },
    )
    return target

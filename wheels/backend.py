"""Build backend: setuptools', with one more dist-info, a record, and the same bytes each time.

Programs that need Twisted ask the installation for the *metadata name*
``Twisted`` (``importlib.metadata.version("Twisted")``), and installers do the
same before they fetch genuine Twisted over our files.  A wheel can carry only
one ``.dist-info`` at its root, so the second one travels in
``torsion-X.data/purelib`` (or ``platlib``: the one that the root is not; they
are one directory where it matters) and is listed in our own RECORD: it comes and goes
with us.  It has no RECORD of its own, which is what makes
``pip uninstall Twisted`` stop instead of removing our files.

``BUILD.json`` in our own dist-info is what the build wrote down of itself, for
``python -m twisted --about``.

Archives are written in order, with one time (SOURCE_DATE_EPOCH if it is set),
one owner and two modes, so that two builds of one commit are the same.

Everything else is :mod:`setuptools.build_meta`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from setuptools import build_meta as _setuptools
from setuptools.build_meta import (  # noqa: F401  (PEP 517 hooks)
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

HERE = Path(__file__).parent
PROVIDES = HERE / "provides"
PROVIDED = "twisted-26.10.0+torsion.dist-info"
#: The first moment that a ZIP archive can tell; what is not dated has it.
EARLIEST = 315532800

Config = Mapping[str, Any] | None


def moment() -> int:
    """The time that everything in an archive has, in seconds."""
    return max(int(os.environ.get("SOURCE_DATE_EPOCH") or EARLIEST), EARLIEST)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A file to write, which takes the place of *target* once it is whole."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def recordLine(name: str, data: bytes) -> str:
    """A line of RECORD (binary distribution format, "The .dist-info directory")."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def infoOf(files: Iterable[str]) -> str:
    """The directory of a wheel's own metadata, of the names of its files."""
    own = [name for name in files if name.count("/") == 1 and name.endswith(".dist-info/WHEEL")]
    (description,) = own
    return description.partition("/")[0]


def writeWheel(target: Path, files: Mapping[str, bytes]) -> None:
    """
    Write a wheel: *files* in order, its RECORD made anew and last.

    @param files: what is in it, by name; any RECORD among them is left out.
    """
    info = infoOf(files)
    record = f"{info}/RECORD"
    lines = ""
    with replacing(target) as path, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:

        def write(name: str, data: bytes) -> None:
            entry = zipfile.ZipInfo(name, time.gmtime(moment())[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name.endswith((".so", ".pyd")) else 0o100644) << 16
            # As on POSIX, whichever system writes it.
            entry.create_system = 3
            archive.writestr(entry, data)

        # The dist-info comes last, as the format recommends.
        for name in sorted(files, key=lambda name: (name.startswith(info), name)):
            if name != record:
                write(name, files[name])
                lines += recordLine(name, files[name])
        write(record, f"{lines}{record},,\n".encode())


def readWheel(path: Path) -> dict[str, bytes]:
    """The files of a wheel, by name."""
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n) for n in archive.namelist() if not n.endswith("/")}


def finishWheel(wheel: Path, record: Mapping[str, Any]) -> None:
    """
    Give *wheel* the second dist-info and the record of its build.

    It is written next to the old one and takes its place in one rename, so a
    build that is interrupted leaves no half a wheel.
    """
    files = readWheel(wheel)
    info = infoOf(files)
    other = "platlib" if b"Root-Is-Purelib: true" in files[f"{info}/WHEEL"] else "purelib"
    data = f"{info.removesuffix('.dist-info')}.data/{other}/{PROVIDED}"
    for file in PROVIDES.iterdir():
        if file.is_file():
            files[f"{data}/{file.name}"] = file.read_bytes()
    text = json.dumps(record, indent=1, sort_keys=True) + "\n"
    files[f"{info}/BUILD.json"] = text.encode()
    writeWheel(wheel, files)


def finishSource(sdist: Path) -> None:
    """Write the source distribution anew, its members in order and without a trace of who did it."""
    with tarfile.open(sdist) as old:
        members = [
            (member, file.read())
            for member in old.getmembers()
            if (file := old.extractfile(member)) is not None
        ]
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member, data in sorted(members, key=lambda pair: pair[0].name):
            entry = tarfile.TarInfo(member.name)
            entry.size = len(data)
            entry.mtime = moment()
            entry.mode = 0o755 if member.mode & 0o100 else 0o644
            new.addfile(entry, io.BytesIO(data))
    with replacing(sdist) as path:
        path.write_bytes(gzip.compress(inner.getvalue(), mtime=moment()))


def versionOf(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def _recorded(
    build: Callable[..., str],
    directory: str,
    config_settings: Config,
    metadata_directory: str | None,
) -> str:
    """Build by setuptools' hook, and finish what it built."""
    handle, path = tempfile.mkstemp(suffix=".json")
    os.close(handle)
    before = os.environ.get("TORSION_RECORD")
    os.environ["TORSION_RECORD"] = path
    try:
        name = build(directory, config_settings, metadata_directory)
        record = json.loads(Path(path).read_text(encoding="utf-8") or "{}")
    finally:
        if before is None:
            del os.environ["TORSION_RECORD"]
        else:
            os.environ["TORSION_RECORD"] = before
        os.unlink(path)
    if not record.get("pure"):
        record["cython"] = versionOf("Cython")
    record["setuptools"] = versionOf("setuptools")
    finishWheel(Path(directory, name), record)
    return name


def build_wheel(
    wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None
) -> str:
    return _recorded(_setuptools.build_wheel, wheel_directory, config_settings, metadata_directory)


def build_editable(
    wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None
) -> str:
    return _recorded(
        _setuptools.build_editable, wheel_directory, config_settings, metadata_directory
    )


def build_sdist(sdist_directory: str, config_settings: Config = None) -> str:
    name = _setuptools.build_sdist(sdist_directory, config_settings)
    finishSource(Path(sdist_directory, name))
    return name

"""Build backend: setuptools', and one more dist-info in every wheel.

Programs that need Twisted ask the installation for the *metadata name*
``Twisted`` (``importlib.metadata.version("Twisted")``), and installers do the
same before they fetch genuine Twisted over our files.  A wheel can carry only
one ``.dist-info`` at its root, so the second one travels in
``torsion-X.data/purelib`` and is listed in our own RECORD: it comes and goes
with us.  It has no RECORD of its own, which is what makes
``pip uninstall Twisted`` stop instead of removing our files.

Everything else is :mod:`setuptools.build_meta`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from setuptools import build_meta as _setuptools
from setuptools.build_meta import (  # noqa: F401  (PEP 517 hooks)
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

HERE = Path(__file__).parent
PROVIDES = HERE / "provides"
PROVIDED = "twisted-26.10.0+torsion.dist-info"

Config = Mapping[str, Any] | None


def _recordLine(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def addProvided(wheel: Path) -> None:
    """
    Put the files of ``wheels/provides`` into *wheel* as a second dist-info.

    The archive is written anew next to the old one and takes its place in one
    rename, so a build that is interrupted leaves no half a wheel.
    """
    extra = {f.name: f.read_bytes() for f in sorted(PROVIDES.iterdir()) if f.is_file()}
    handle, temporary = tempfile.mkstemp(dir=wheel.parent, suffix=".whl.part")
    os.close(handle)
    with (
        zipfile.ZipFile(wheel) as old,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        record = next(n for n in old.namelist() if n.endswith(".dist-info/RECORD"))
        root = record.split(".dist-info/")[0]
        added = ""
        for name, data in extra.items():
            path = f"{root}.data/purelib/{PROVIDED}/{name}"
            new.writestr(path, data)
            added += _recordLine(path, data)
        for item in old.infolist():
            data = old.read(item)
            if item.filename == record:
                data = added.encode() + data
            new.writestr(item, data)
    os.chmod(temporary, 0o644)
    os.replace(temporary, wheel)


def build_wheel(
    wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None
) -> str:
    name = _setuptools.build_wheel(wheel_directory, config_settings, metadata_directory)
    addProvided(Path(wheel_directory, name))
    return name


def build_editable(
    wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None
) -> str:
    name = _setuptools.build_editable(wheel_directory, config_settings, metadata_directory)
    addProvided(Path(wheel_directory, name))
    return name

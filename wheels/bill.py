"""
The bill of materials of a wheel or source distribution: CycloneDX 1.6, as JSON.

It names what was built, what it needs at run time, what it was built with, and
each compiled module with its hash.  Nothing in it depends on when, where or by
whom it was built, but for the versions of the tools.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from wheels.backend import infoOf, moment, readWheel

#: Of which the names of bills are made (RFC 9562, name-based).
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/torsion")
COMPILED = (".so", ".pyd")


def sha256(data: bytes) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()}]


def package(name: str, version: str = "") -> str:
    """A package URL of the Python Package Index."""
    name = name.lower().replace("_", "-").replace(".", "-")
    return f"pkg:pypi/{name}" + (f"@{version}" if version else "")


def _needs(metadata: Message) -> list[dict[str, Any]]:
    """The components that it requires; those of extras are optional."""
    found: dict[str, dict[str, Any]] = {}
    for line in metadata.get_all("Requires-Dist", []):
        requirement = Requirement(line)
        if requirement.name == metadata["Name"]:
            continue
        always = "extra" not in str(requirement.marker or "")
        known = found.setdefault(
            requirement.name,
            {
                "type": "library",
                "bom-ref": package(requirement.name),
                "name": requirement.name,
                "purl": package(requirement.name),
                "scope": "optional",
                "properties": [{"name": "specifier", "value": str(requirement.specifier)}],
            },
        )
        if always:
            known["scope"] = "required"
    return [found[name] for name in sorted(found)]


def _modules(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [
        {"type": "file", "bom-ref": name, "name": name, "hashes": sha256(data)}
        for name, data in sorted(files.items())
        if name.endswith(COMPILED)
    ]


def _tools(record: dict[str, Any]) -> list[dict[str, str]]:
    tools = [
        {"type": "application", "name": name, "version": record[name]}
        for name in ("cython", "setuptools")
        if record.get(name)
    ]
    if record.get("compiler") and record.get("built"):
        tools.append({"type": "application", "name": record["compiler"]})
    return tools


def bill(wheel: Path) -> dict[str, Any]:
    """The bill of one wheel."""
    files = readWheel(wheel)
    info = infoOf(files)
    metadata = message_from_bytes(files[f"{info}/METADATA"])
    record = json.loads(files.get(f"{info}/BUILD.json", b"{}"))
    data = wheel.read_bytes()
    us = package(metadata["Name"], metadata["Version"])
    needs = _needs(metadata)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(SPACE, hashlib.sha256(data).hexdigest())}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment())),
            "tools": {"components": _tools(record)},
            "component": {
                "type": "library",
                "bom-ref": us,
                "name": metadata["Name"],
                "version": metadata["Version"],
                "description": metadata["Summary"],
                "licenses": [{"license": {"id": "MIT"}}],
                "purl": us,
                "hashes": sha256(data),
                "properties": [{"name": "file", "value": wheel.name}],
            },
        },
        "components": [*needs, *_modules(files)],
        "dependencies": [
            {"ref": us, "dependsOn": [need["bom-ref"] for need in needs]},
            *({"ref": need["bom-ref"], "dependsOn": []} for need in needs),
        ],
    }


def writeBill(wheel: Path) -> Path:
    """Write the bill beside the wheel; return where."""
    target = wheel.with_name(f"{wheel.name}.cdx.json")
    target.write_text(json.dumps(bill(wheel), indent=1) + "\n", encoding="utf-8")
    return target


def writeHashes(directory: Path) -> Path:
    """Write C{SHA256SUMS} of all that lies in *directory*; C{sha256sum -c} reads it."""
    target = directory / "SHA256SUMS"
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(directory.iterdir())
        if path.is_file() and path != target and not path.name.startswith(".")
    ]
    target.write_text("".join(lines), encoding="ascii")
    return target

"""
Wheels: how they are built, what they say of themselves, what is found wrong.

What needs neither an index nor minutes is here; the making of the whole set
is C{make wheels}, and a part of it in the tests marked C{wheels}.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

pytest.importorskip("setuptools", reason="setuptools is in the dev extra")

from wheels import (
    arm,
    audit,
    backend,
    bill,
    debian,
    interpreters,
    make,
    provided,
    quick,
    targets,
    tryout,
    zig,
)

import twisted
from twisted import _accel

ROOT = Path(__file__).parent.parent
INFO = "torsion-0.1.0.dist-info"
METADATA = b"""\
Metadata-Version: 2.4
Name: torsion
Version: 0.1.0
Summary: A test.
Requires-Dist: attrs>=22.2.0
Requires-Dist: idna>=3.0; extra == "tls"
Requires-Dist: torsion[tls]; extra == "all"

Words.
"""
NATIVE = targets.TARGETS["manylinux-x86_64"]


def files(**more: bytes) -> dict[str, bytes]:
    return {
        "twisted/__init__.py": b"",
        f"{INFO}/METADATA": METADATA,
        f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **more,
    }


def wheel(directory: Path, name: str = "py3-none-any", **more: bytes) -> Path:
    target = directory / f"torsion-0.1.0-{name}.whl"
    backend.writeWheel(target, files(**more))
    return target


# -- archives -------------------------------------------------------------------------


def test_theSameBytesWhateverTheOrder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    one = wheel(tmp_path).read_bytes()
    target = tmp_path / "other.whl"
    backend.writeWheel(target, dict(reversed(files().items())))
    assert target.read_bytes() == one
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000002")
    assert wheel(tmp_path).read_bytes() != one


def test_whatAWheelSaysOfItsFiles(tmp_path: Path) -> None:
    path = wheel(tmp_path, **{"twisted/_x.so": b"\x7fELF", f"{INFO}/RECORD": b"lies"})
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        record = archive.read(f"{INFO}/RECORD").decode().splitlines()
    assert [e.filename for e in entries][-1] == f"{INFO}/RECORD"
    assert {e.external_attr >> 16 for e in entries if e.filename.endswith(".so")} == {0o100755}
    assert {e.external_attr >> 16 for e in entries if not e.filename.endswith(".so")} == {0o100644}
    assert [line.split(",")[0] for line in record] == [e.filename for e in entries]
    assert audit.checkWheel(path, None) != []


def test_theTimeHasABound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    assert backend.moment() == backend.EARLIEST
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert backend.moment() == backend.EARLIEST


@pytest.mark.parametrize(("pure", "place"), [("true", "platlib"), ("false", "purelib")])
def test_theSecondNameTravelsWhereTheRootIsNot(tmp_path: Path, pure: str, place: str) -> None:
    words = f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: a-b-c\n".encode()
    path = wheel(tmp_path, **{f"{INFO}/WHEEL": words})
    backend.finishWheel(path, {"built": []})
    inside = backend.readWheel(path)
    assert f"torsion-0.1.0.data/{place}/{backend.PROVIDED}/METADATA" in inside
    assert json.loads(inside[f"{INFO}/BUILD.json"]) == {"built": []}


def test_aSourceDistributionTellsNothingOfItsMaker(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("#!")
    (tmp_path / "run").chmod(0o700)
    (tmp_path / "text").write_text("words")
    path = tmp_path / "t.tar.gz"
    for order in (["run", "text"], ["text", "run"]):
        with tarfile.open(path, "w:gz") as archive:
            for name in order:
                archive.add(tmp_path / name, f"t/{name}")
        backend.finishSource(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with tarfile.open(path) as archive:
            seen = [(m.name, m.mode, m.uid, m.uname, m.mtime) for m in archive.getmembers()]
        epoch = backend.moment()
        assert seen == [("t/run", 0o755, 0, "", epoch), ("t/text", 0o644, 0, "", epoch)]
    os.utime(tmp_path / "text", (1, 1))
    backend.finishSource(path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_aBuildThatFailsLeavesTheOldFile(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        backend.writeWheel(path, {**files(), "twisted/bad": None})  # type: ignore[dict-item]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# -- targets and their compiler -------------------------------------------------------


def test_targetsAreTold() -> None:
    for name, target in targets.TARGETS.items():
        assert name == target.name
        machine = name.rpartition("-")[2]
        assert all(tag.endswith((machine, "amd64")) for tag in target.tags)
        assert target.format in audit.READERS
        assert "311" in target.suffixOf("3.11") or target.format == "macho"
    assert targets.TARGETS["windows-x86_64"].suffixOf("3.14") == ".cp314-win_amd64.pyd"


def test_cibuildwheelMakesTheSame() -> None:
    """Those who have containers make wheels for the same Pythons and systems."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    config = project["tool"]["cibuildwheel"]
    minors = [n for n in range(8, 20) if fnmatch(f"cp3{n}-manylinux_x86_64", config["build"])]
    assert [f"3.{minor}" for minor in minors] == list(interpreters.VERSIONS)
    asked = {
        (system, arch.lower().replace("amd64", "x86_64"))
        for system in ("linux", "macos", "windows")
        for arch in config[system]["archs"]
    }
    ours = {tuple(name.split("-")) for name in targets.TARGETS}
    assert asked == {
        (system.replace("manylinux", "linux"), arch)
        for system, arch in ours
        if system != "musllinux"
    }
    smoke = config["test-command"].partition("{project}/")[2].split()[0]
    assert (ROOT / smoke).samefile(tryout.SMOKE)


def test_aTargetIsKnownByTheWheelsName(tmp_path: Path) -> None:
    for target in targets.TARGETS.values():
        path = make.tagged(wheel(tmp_path, "cp311-cp311-any"), target.tags)
        assert audit.targetOf(path) is target
        path.unlink()
    assert audit.targetOf(wheel(tmp_path)) is None


def test_otherTags(tmp_path: Path) -> None:
    path = make.tagged(wheel(tmp_path, "cp311-cp311-linux_x86_64"), NATIVE.tags)
    assert path.name == ("torsion-0.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    words = backend.readWheel(path)[f"{INFO}/WHEEL"].decode().splitlines()
    assert [line for line in words if line.startswith("Tag")] == [
        "Tag: cp311-cp311-manylinux_2_17_x86_64",
        "Tag: cp311-cp311-manylinux2014_x86_64",
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_wordsForTheCompiler(tmp_path: Path) -> None:
    python = tmp_path / "include"
    python.mkdir()
    (python / "Python.h").touch()
    compiling = ["-O2", "-g", "-fwrapv", "-fPIC", f"-I{python}", "-I_ext", "-c", "a.c"]
    told = zig.words("x86_64-linux-gnu.2.17", compiling, "H", None)
    assert told[:3] == ["-target", "x86_64-linux-gnu.2.17", "-IH"]
    assert told[4:] == ["-O2", "-fwrapv", "-fPIC", "-I_ext", "-c", "a.c"]
    told = zig.words("x86_64-windows-gnu", compiling, "H", "python311.lib")
    assert "-fPIC" not in told and "python311.lib" not in told
    linking = ["-shared", "-L/usr/lib", "-Wl,-z,relro", "a.o", "-o", "a.pyd"]
    told = zig.words("x86_64-windows-gnu", linking, "H", "python311.lib")
    assert told[4:] == ["-shared", "a.o", "-o", "a.pyd", "-s", "python311.lib"]


def test_macOSLeavesPythonsNamesToTheProgram(tmp_path: Path) -> None:
    pytest.importorskip("ziglang", reason="zig is in the wheels extra")
    target = targets.TARGETS["macos-arm64"]
    told = zig.environment(target.zig, tmp_path, None, target.link)["LDSHARED"]
    assert told.endswith("aarch64-macos.11.0 -shared -Wl,-undefined,dynamic_lookup -Wl,-x")
    given = zig.words(target.zig, told.split()[3:], "H", None)
    assert "-Wl,-undefined,dynamic_lookup" in given


def test_headersForOthers(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "Python.h").write_text("common")
    (here / "pyconfig.h").write_text("chooses by machine")
    config = tmp_path / "pyconfig.h"
    config.write_text("this machine's")
    unix = zig.headersFor("elf", here, config, tmp_path / "unix")
    assert (unix / "pyconfig.h").read_text() == "this machine's"
    windows = zig.headersFor("pe", here, config, tmp_path / "windows")
    assert "#define MS_WIN64" in (windows / "pyconfig.h").read_text()
    assert (windows / "Python.h").read_text() == "common"


def test_whatPythonExports() -> None:
    pytest.importorskip("elftools", reason="pyelftools is in the wheels extra")
    here = interpreters.ask(sys.executable)
    if here is None:
        pytest.skip("this Python has no headers")
    names = zig.exported(here.code)
    assert {"PyObject_GetAttr", "_Py_NoneStruct", "PyExc_ValueError"} <= set(names)


def test_interpreters(tmp_path: Path) -> None:
    here = interpreters.ask(sys.executable)
    if here is None:
        pytest.skip("this Python has no headers")
    found = interpreters.interpreters()
    assert here in found
    assert here.tag == "cp" + here.version.replace(".", "")
    assert interpreters.buildEnvironment(here, tmp_path / "none") == Path(sys.executable)
    assert interpreters.ask("/nonexistent/python") is None
    lying = tmp_path / "python"
    lying.write_text("#!/bin/sh\necho nothing\n")
    lying.chmod(0o755)
    assert interpreters.ask(os.fspath(lying)) is None
    with pytest.raises(ValueError, match="no CPython 3.11"):
        interpreters.interpreters([os.fspath(lying)])


def standIn(path: Path, version: str, name: str = "cpython") -> str:
    """A program that tells of itself what an interpreter with headers does."""
    (path.parent / "Python.h").parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "Python.h").touch()
    told = json.dumps([version, os.fspath(path), *[os.fspath(path.parent)] * 4, name])
    path.write_text(f"#!/bin/sh\necho '{told}'\n")
    path.chmod(0o755)
    return os.fspath(path)


def test_interpretersOfVersionManagers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are found off the path, the newest of each version."""
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", os.fspath(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", os.fspath(tmp_path / "uv"))
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert interpreters.interpreters() == []
    for micro in ("3.13.9", "3.13.10", "3.13.1"):
        standIn(tmp_path / f"pyenv/versions/{micro}/bin/python3.13", "3.13")
    for name, kind in (("cpython-3.14.1-linux", "cpython"), ("cpython-3.12.1-linux", "")):
        version = name[8:12]
        standIn(tmp_path / f"uv/{name}/bin/python{version}", version, kind)
    found = interpreters.interpreters()
    assert [(i.version, i.program.parent.parent.name) for i in found] == [
        ("3.13", "3.13.10"),
        ("3.14", "cpython-3.14.1-linux"),
    ]
    asked = [os.fspath(each.program) for each in reversed(found)]
    assert interpreters.interpreters(asked) == found


# -- what is found wrong --------------------------------------------------------------


def test_nothingWrong(tmp_path: Path) -> None:
    assert audit.checkWheel(wheel(tmp_path), None) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("tests/__init__.py", "does not belong there"),
        ("twisted/dropin.cache", "left over"),
        ("twisted/__pycache__/x.cpython-311.pyc", "left over"),
        ("twisted/_x.cpython-311-x86_64-linux-gnu.so", "too much"),
    ],
)
def test_somethingTooMuch(tmp_path: Path, name: str, says: str) -> None:
    wrong = audit.checkWheel(wheel(tmp_path, **{name: b""}), None)
    assert wrong and all(says in line or "has compiled parts" in line for line in wrong)


def test_aPartIsMissing(tmp_path: Path) -> None:
    record = json.dumps({"built": ["twisted.a._b_c"], "failed": {"twisted.c": "no header"}})
    path = make.tagged(
        wheel(tmp_path, "cp311-cp311-x", **{f"{INFO}/BUILD.json": record.encode()}), NATIVE.tags
    )
    wrong = "\n".join(audit.checkWheel(path, NATIVE))
    assert "twisted/a/_b_c.cpython-311-x86_64-linux-gnu.so: is missing" in wrong
    assert "has no compiled part" in wrong
    assert "not all was compiled: {'twisted.c': 'no header'}" in wrong


def test_aForgedFile(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("twisted/more.py", "import os")
    assert "RECORD does not say" in audit.checkWheel(path, None)[0]


def compiledHere() -> bytes:
    """A compiled module of this tree."""
    pytest.importorskip("elftools", reason="pyelftools is in the wheels extra")
    for found in Path(_accel.__file__).parent.glob("protocols/_framing_c.*linux-gnu.so"):
        return found.read_bytes()
    pytest.skip("nothing is compiled here")


def test_aModuleOfAnotherMachine() -> None:
    data = compiledHere()
    own = audit.readELF(data).machine
    other = "aarch64" if own == "EM_X86_64" else "x86_64"
    wrong = audit.checkModule("m", data, targets.TARGETS[f"manylinux-{other}"], [])
    assert any(f"is for machine {own}, not {other}" in line for line in wrong)
    for name in ("windows-x86_64", "macos-arm64"):
        pytest.importorskip("pefile")
        pytest.importorskip("macholib")
        (wrong,) = audit.checkModule("m", data, targets.TARGETS[name], [])
        assert "is not of format" in wrong


def test_aModuleThatAsksForTooMuch(monkeypatch: pytest.MonkeyPatch) -> None:
    module = audit.Module("EM_X86_64", ["libc.so.6", "libssl.so.3"], (2, 28), False)
    monkeypatch.setitem(audit.READERS, "elf", lambda data: module)
    assert audit.checkModule("m", b"/home/me/src", NATIVE, ["/home/me"]) == [
        "m: needs libssl.so.3",
        "m: needs version (2, 28), (2, 17) was promised",
        "m: is not stripped",
        "m: contains /home/me",
    ]
    mac = audit.Module(0x0100000C, ["/usr/lib/libSystem.B.dylib"], (13, 0), True)
    monkeypatch.setitem(audit.READERS, "macho", lambda data: mac)
    assert audit.checkModule("m", b"", targets.TARGETS["macos-arm64"], []) == [
        "m: needs version (13, 0), (11, 0) was promised"
    ]


# -- other machines, and other releases -----------------------------------------------


def anInterpreter(version: str) -> interpreters.Interpreter:
    return interpreters.Interpreter(version, *[Path("/nonexistent")] * 5)


@pytest.mark.parametrize(("module", "words"), [(arm, ["3.11"]), (debian, ["3.14"])])
def test_whatCannotBeHadIsSaid(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: Any,
    words: list[str],
) -> None:
    monkeypatch.setattr(debian.shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["name", os.fspath(tmp_path), *words])
    monkeypatch.setattr(debian, "architecture", lambda: "amd64")
    assert module.main() == debian.SKIP
    assert "skipped: this is no Debian" in capsys.readouterr().err
    with pytest.raises(debian.Unavailable):
        tryout.tryUnderQemu(wheel(tmp_path), anInterpreter("3.14"), tmp_path)


def test_missingVersionsAreTold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What Debian has joins what is here, in order; what it has not is told, and left out."""
    here = [anInterpreter("3.13"), anInterpreter("3.11")]

    def fetched(root: Path, version: str) -> interpreters.Interpreter:
        if version == "3.12":
            raise debian.Unavailable("there is none")
        return anInterpreter(version)

    monkeypatch.setattr(debian, "interpreter", fetched)
    assert [i.version for i in make.completed(here, tmp_path)] == ["3.11", "3.13", "3.14"]
    assert capsys.readouterr().out == "skipped Python 3.12: there is none\n"


def test_aVersionThatNoReleaseHas(tmp_path: Path) -> None:
    with pytest.raises(debian.Unavailable, match=r"no release of Debian has Python 3\.12"):
        debian.system(tmp_path, "amd64", "3.12")
    assert list(tmp_path.iterdir()) == []


def test_theNextReleaseIsAsked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one has it not; and what failed leaves nothing that looks whole."""
    asked: list[str] = []

    class Archive:
        def __init__(self, root: Path, architecture: str, release: str) -> None:
            self.release = release

        def unpack(self, packages: list[str], target: Path) -> None:
            asked.append(f"{self.release} {packages}")
            if self.release != wanted:
                raise debian.Unavailable(f"not in {self.release}")
            target.mkdir()

    monkeypatch.setattr(debian, "Archive", Archive)
    wanted = "no such"
    with pytest.raises(debian.Unavailable, match="not in unstable"):
        debian.system(tmp_path, "arm64", "3.14")
    wanted = "unstable"
    target = debian.system(tmp_path, "arm64", "3.14", "lib%s-dev")
    assert asked == [
        "testing ['python3.14']",
        "unstable ['python3.14']",
        "testing ['python3.14', 'libpython3.14-dev']",
        "unstable ['python3.14', 'libpython3.14-dev']",
    ]
    assert debian.system(tmp_path, "arm64", "3.14") == target
    assert len(asked) == 4


def test_anAptOfItsOwn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fetches from where this system does, trusts the same keys, and writes elsewhere."""
    sources = tmp_path / "debian.sources"
    sources.write_text(
        "Types: deb\n# URIs: no\nURIs: http://mirror.invalid/debian\nSuites: a b\n"
        "Signed-By: /keys.gpg\n\nTypes: deb\nURIs: http://mirror.invalid/security\n"
    )
    program = tmp_path / "apt-get"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\necho E: broken >&2\nexit 100\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", os.fspath(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(debian, "SOURCES", sources)
    archive = debian.Archive(tmp_path / "root", "arm64", "testing")
    line = (archive.state / "sources.list").read_text()
    assert line == "deb [signed-by=/keys.gpg] http://mirror.invalid/debian testing main\n"
    with pytest.raises(debian.Unavailable, match=r"apt-get update, testing for arm64: E: broken"):
        archive.unpack(["python3.14"], tmp_path / "target")
    assert not (tmp_path / "target").exists()
    words = (tmp_path / "words").read_text()
    assert "APT::Architecture=arm64" in words
    assert words.count(os.fspath(tmp_path / "root")) == 4


def test_aWheelThatCannotBeTried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That there is no wine is told before anything is fetched for it."""
    path = wheel(tmp_path, "cp314-cp314-win_amd64")
    monkeypatch.setattr(tryout.prepare.shutil, "which", lambda name: None)
    with pytest.raises(arm.Unavailable, match="wine is not installed"):
        tryout.tryUnderWine(path, anInterpreter("3.14"), tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_warningsOfCompilers() -> None:
    for line in (
        "_ext/a.c:3:1: warning: unused variable 'x' [-Wunused-variable]",
        "warning: _ext/a.pyx:3:1: Unused entry 'x'",
        "ld.lld: warning: cannot find entry symbol",
    ):
        assert make.WARNED.search(line)
    for line in (
        "warning: no previously-included files matching '*.so' found under directory 'src'",
        "warning: no files found matching '*.h'",
        "no previously-included directories found matching 'build'",
    ):
        assert not make.WARNED.search(line)


# -- the short form ---------------------------------------------------------------------


def test_withoutAnIndexNothingIsMade(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """And that is told; where there is one, what is wrong makes it fail."""
    monkeypatch.setattr(quick, "ask", lambda program: anInterpreter("3.13"))
    monkeypatch.setattr(quick.sys, "executable", "/bin/false")
    assert quick.main() == 0
    assert capsys.readouterr().out.startswith("skipped: there is no package index")

    monkeypatch.setattr(quick, "hasIndex", lambda: True)
    monkeypatch.setattr(quick, "build", lambda directory: {"pure": wheel(tmp_path)})
    for well in (True, False):
        monkeypatch.setattr(tryout, "tryWheel", lambda *words, well=well: (well, "so\n3 failed"))
        assert quick.main() == (0 if well else 1)
        said = capsys.readouterr().out
        assert "torsion-0.1.0-py3-none-any.whl, 0 KiB: 3 failed" in said
        assert ("the pure wheel does not work" in said) is not well

    def broken(directory: Path) -> None:
        raise make.Problems("no compiler")

    monkeypatch.setattr(quick, "build", broken)
    assert quick.main() == 1
    assert capsys.readouterr().out == "no compiler\n"


# -- bills and hashes -----------------------------------------------------------------


def test_theBill(tmp_path: Path) -> None:
    record = {"built": ["twisted._x"], "compiler": "zig 1", "cython": "3", "setuptools": "80"}
    path = wheel(
        tmp_path,
        **{"twisted/_x.so": b"code", f"{INFO}/BUILD.json": json.dumps(record).encode()},
    )
    found = json.loads(bill.writeBill(path).read_text())
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    us = found["metadata"]["component"]
    assert us["purl"] == us["bom-ref"] == "pkg:pypi/torsion@0.1.0"
    assert us["hashes"][0]["content"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert {c["name"]: c.get("scope") for c in found["components"]} == {
        "attrs": "required",
        "idna": "optional",
        "twisted/_x.so": None,
    }
    tools = found["metadata"]["tools"]["components"]
    assert [tool["name"] for tool in tools] == ["cython", "setuptools", "zig 1"]
    references = {us["bom-ref"], *(c["bom-ref"] for c in found["components"])}
    assert len(references) == 4
    for dependency in found["dependencies"]:
        assert {dependency["ref"], *dependency["dependsOn"]} <= references
    assert bill.bill(path) == found


def test_hashesCanBeChecked(tmp_path: Path) -> None:
    wheel(tmp_path)
    (tmp_path / "other").write_text("words")
    (tmp_path / ".cache").mkdir()
    bill.writeHashes(tmp_path)
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2


# -- the distribution that is a name --------------------------------------------------


def test_theNameAlone(tmp_path: Path) -> None:
    path = provided.build(tmp_path, "0.1.0")
    assert path.name == "twisted-26.10.0+torsion-py3-none-any.whl"
    inside = backend.readWheel(path)
    assert {name.partition("/")[0] for name in inside} == {backend.PROVIDED}
    assert b"Requires-Dist: torsion==0.1.0\n" in inside[f"{backend.PROVIDED}/METADATA"]
    one = path.read_bytes()
    assert provided.build(tmp_path, "0.1.0").read_bytes() == one


def test_itsExtrasAreThere() -> None:
    """It has every extra of Twisted 26.10, and asks for extras of ours that exist."""
    lines = (backend.PROVIDES / "METADATA").read_text().splitlines()
    extras = {line.split(": ")[1] for line in lines if line.startswith("Provides-Extra")}
    assert extras == {
        "all-non-platform", "conch", "dev", "dev-release", "gtk-platform", "http2",
        "macos-platform", "mypy", "osx-platform", "serial", "test", "tls", "websocket",
        "windows-platform",
    }  # fmt: skip
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    wanted = [Requirement(line.split(": ")[1]) for line in lines if "Requires-Dist" in line]
    assert all(need.name == "torsion" for need in wanted)
    assert {e for need in wanted for e in need.extras} <= ours["optional-dependencies"].keys()
    assert ours["version"] == twisted.__torsion__


# -- all of it ------------------------------------------------------------------------


@pytest.mark.wheels
@pytest.mark.timeout(1800)
def test_twoBuildsGiveTheSameBytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From two directories, of which the files' times differ."""
    for name in ("ziglang", "elftools", "build", "macholib", "pefile"):
        pytest.importorskip(name, reason=f"{name} is in the wheels extra")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    here = interpreters.interpreters([sys.executable])
    seen = []
    for name in ("one", "other"):
        made = make.make(tmp_path / name, [NATIVE], here, trying=name == "one")
        sums = (tmp_path / name / "SHA256SUMS").read_text()
        assert len(made) == 4
        seen.append(sums)
    assert seen[0] == seen[1]

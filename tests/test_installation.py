"""
What is installed is what was promised: from a wheel, from the tree, editable;
with a compiler and without; beside genuine Twisted, under and over it.

One wheel is built, by way of the source distribution, and used throughout.
Environments see the dependencies of this one, and nothing else of it, so that
nothing has to be fetched; genuine Twisted alone comes from the package index,
and its tests are skipped where there is none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from wheels import provided
from wheels.backend import PROVIDES, writeWheel

from twisted._accel import REPAIR

pytest.importorskip("build", reason="the build frontend is in the dev extra")
pytest.importorskip("setuptools", reason="setuptools is in the dev extra")
pytest.importorskip("Cython", reason="Cython is in the dev extra")

ROOT = Path(__file__).parent.parent
GENUINE = "Twisted==26.10.0"
COMPILED = "twisted/protocols/_framing_c"
#: The smallest part is enough to see that parts are compiled.
ONE_PART = {"TORSION_PARTS": "framing"}
NO_COMPILER = {"CC": "/nonexistent/cc"}

#: What takes its time is left to C{make test-wheels}.
thorough = pytest.mark.wheels

pytestmark = [
    pytest.mark.slow,
    # The first to ask for it waits for the wheel to be built.
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(os.environ.get("PURE_PYTHON")), reason="the other mode does the same"),
    pytest.mark.skipif(not (ROOT / "setup.py").exists(), reason="not in a source tree"),
]


def pip(
    *words: str, python: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run this environment's pip, on another environment if *python* is given."""
    where = ["--python", python] if python else []
    return subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *where, *words],
        env={**cleanEnvironment(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )


def cleanEnvironment() -> dict[str, str]:
    """The environment without what steers us, or Python."""
    steering = ("PURE_PYTHON", "TWISTED_ACCEL", "CC")
    return {
        key: value
        for key, value in os.environ.items()
        if key not in steering and not key.startswith(("TORSION_", "PYTHON"))
    }


def ours(name: str) -> bool:
    return name.lower() in ("torsion", "twisted")


def dependencies(name: str, found: dict[str, metadata.Distribution]) -> None:
    """Collect what *name* needs, without extras, as this environment has it."""
    for requirement in metadata.distribution(name).requires or []:
        if "extra ==" in requirement or "; python_version" in requirement.replace('"', ""):
            continue
        needed = requirement.replace(";", " ").replace("[", " ")
        for mark in "<>=!~(":
            needed = needed.replace(mark, " ")
        needed = needed.split()[0]
        if needed not in found and not ours(needed):
            try:
                found[needed] = metadata.distribution(needed)
            except metadata.PackageNotFoundError:
                continue
            dependencies(needed, found)


def linked(directory: Path, distributions: Iterable[metadata.Distribution]) -> Path:
    """Fill *directory* with links to what *distributions* installed."""
    for distribution in distributions:
        for file in distribution.files or []:
            top = file.parts[0]
            target = directory / top
            if top not in ("..", "__pycache__") and not target.exists():
                target.symlink_to(Path(str(distribution.locate_file(top))))
    return directory


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with links to our dependencies, to be put on a path."""
    found: dict[str, metadata.Distribution] = {}
    dependencies("torsion", found)
    return linked(tmp_path_factory.mktemp("dependencies"), found.values())


@pytest.fixture(scope="module")
def builders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which a build that is not isolated finds its means."""
    names = ("setuptools", "Cython")
    found = [metadata.distribution(name) for name in names]
    directory = linked(tmp_path_factory.mktemp("builders"), found)
    return {"PYTHONPATH": os.fspath(directory)}


class Environment:
    """A virtual environment that has our dependencies, but not us."""

    def __init__(self, directory: Path, base: Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", os.fspath(directory)], check=True
        )
        self.bin = directory / "bin"
        self.python = os.fspath(self.bin / "python")
        paths = {"base": os.fspath(directory), "platbase": os.fspath(directory)}
        self.site = Path(sysconfig.get_path("purelib", "venv", vars=paths))
        (self.site / "dependencies.pth").write_text(f"{base}\n")

    def pip(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return pip(*words, python=self.python, **environment)

    def installed(self, *words: str, **environment: str) -> str:
        """Install, without looking for dependencies; return what pip says."""
        done = self.pip("install", "--no-deps", "--no-build-isolation", *words, **environment)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, *words],
            env={**cleanEnvironment(), **environment},
            cwd=self.site,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def versions(self) -> dict[str, str | None]:
        """What programs that ask for either name are told."""
        code = (
            "from importlib import metadata\n"
            "for name in ('torsion', 'Twisted'):\n"
            "    try: print(metadata.version(name))\n"
            "    except metadata.PackageNotFoundError: print('-')\n"
        )
        first, second = self.run("-c", code).stdout.split()
        return {"torsion": first, "Twisted": second}

    def snapshot(self) -> dict[str, int]:
        """The files that are there, but for what Python has compiled."""
        return {
            os.fspath(path.relative_to(self.site)): path.stat().st_size
            for path in self.site.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }


BOTH = {"torsion": "0.1.0", "Twisted": "26.10.0+torsion"}
NEITHER = {"torsion": "-", "Twisted": "-"}


@pytest.fixture
def environment(tmp_path: Path, base: Path) -> Environment:
    return Environment(tmp_path / "venv", base)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a clone would have, for builds to write into."""
    target = tmp_path_factory.mktemp("tree") / "torsion"
    unwanted = shutil.ignore_patterns(
        ".*", "build", "dist", "__pycache__", "*.so", "*.pyc", "*.egg-info", "_trial_temp*",
        "dropin.cache", "node_modules", "out",
    )  # fmt: skip
    shutil.copytree(ROOT, target, ignore=unwanted)
    return target


@pytest.fixture(scope="module")
def built(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with the source distribution, and the wheel made from that."""
    target = tmp_path_factory.mktemp("built")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", os.fspath(target), "."],
        cwd=tree,
        env={**cleanEnvironment(), **ONE_PART},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout
    return target


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


def checkPromises(environment: Environment) -> None:
    """What holds for every kind of installation."""
    assert environment.versions() == BOTH
    checked = environment.pip("check")
    assert checked.returncode == 0, checked.stdout
    if shutil.which("uv"):
        done = subprocess.run(
            ["uv", "pip", "check", "--python", environment.python], capture_output=True, text=True
        )
        # It does not look into directories that a .pth file names, where the
        # dependencies are; but it reads our two descriptions.
        assert "torsion" in done.stderr
        assert "broken" not in done.stderr, done.stderr
    # A program's requirement is met, and the index is not even asked.
    wanted = environment.pip("install", "--no-index", "-v", "Twisted>=22", "torsion")
    assert wanted.returncode == 0, wanted.stdout
    assert "Requirement already satisfied: Twisted>=22" in wanted.stdout
    assert environment.versions() == BOTH
    # To remove the name it goes by would break it: pip stops.
    before = environment.snapshot()
    removed = environment.pip("uninstall", "-y", "Twisted")
    assert removed.returncode != 0
    # Which words it has for that depends on pip.
    assert re.search("no RECORD file|RECORD file not found", removed.stdout)
    assert environment.snapshot() == before
    ran = environment.run("-W", "error", "-c", "import twisted; print(twisted.__version__)")
    assert (ran.returncode, ran.stdout) == (0, "26.10.0\n"), ran.stderr


#: The commands.
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]


def checkScripts(environment: Environment) -> None:
    """The commands that are installed are those, and each runs."""
    code = (
        "from importlib.metadata import distribution\n"
        "print(*(p.name for p in distribution('torsion').entry_points))\n"
    )
    assert set(environment.run("-c", code).stdout.split()) == SCRIPTS.keys()
    for name in SCRIPTS:
        done = subprocess.run(
            [environment.bin / name, "--help"], capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, ""), name
        assert f"{name} [" in done.stdout


def checkSmoke(environment: Environment, kind: str) -> None:
    """The smoke suite passes, as C{make wheels} runs it."""
    done = environment.run("-W", "error", os.fspath(ROOT / "wheels" / "smoke.py"), kind)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed" in done.stdout


def checkRemoval(environment: Environment) -> None:
    """Removing torsion removes both names and leaves nothing but the cache of plugins."""
    assert environment.pip("uninstall", "-y", "torsion").returncode == 0
    assert environment.versions() == NEITHER
    assert environment.snapshot().keys() <= {"dependencies.pth", "twisted/plugins/dropin.cache"}


def test_whatIsDistributed(tree: Path, built: Path, wheel: Path) -> None:
    """Every file of the package is in the wheel; the rest is in the source distribution."""
    package = {
        os.fspath(path.relative_to(tree / "src"))
        for path in (tree / "src" / "twisted").rglob("*")
        if path.is_file() and path.suffix not in (".so", ".pyc")
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        record = archive.read("torsion-0.1.0.dist-info/RECORD").decode()
    compiled = {name for name in names if name.startswith(COMPILED) and name.endswith(".so")}
    assert len(compiled) == 1
    assert {name for name in names if name.startswith("twisted/")} == package | compiled
    assert all(name in record for name in names)
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    for directory in ("_ext", "tests", "benchmarks", "examples", "docs", "wheels"):
        wanted = {
            os.fspath(path.relative_to(tree))
            for path in (tree / directory).rglob("*")
            if path.is_file() and path.suffix not in (".so", ".pyc") and path.name[0] != "."
        }
        assert wanted <= inside


def test_fromAWheel(environment: Environment, wheel: Path) -> None:
    environment.installed("--no-index", os.fspath(wheel))
    checkPromises(environment)
    about = environment.run("-m", "twisted", "--about").stdout
    rows = {row.split()[0]: row.split()[1] for row in about.splitlines() if len(row.split()) > 1}
    assert (rows["framing"], rows["deferred"]) == ("compiled", "pure")
    assert "WARNING" not in about
    checkScripts(environment)
    checkSmoke(environment, "compiled")
    checkRemoval(environment)
    assert not [name for name in SCRIPTS if (environment.bin / name).exists()]


def test_inOneCommandWithWhatRequiresTwisted(
    environment: Environment, wheel: Path, tmp_path: Path
) -> None:
    """The installer takes the distribution that is a name, and goes nowhere for another."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    shutil.copy(wheel, shelf)
    provided.build(shelf, "0.1.0")
    dependant = "needy-1.0.dist-info"
    metadata = "Metadata-Version: 2.1\nName: needy\nVersion: 1.0\nRequires-Dist: Twisted>=22.10\n"
    writeWheel(
        shelf / "needy-1.0-py3-none-any.whl",
        {
            f"{dependant}/METADATA": metadata.encode(),
            f"{dependant}/WHEEL": (PROVIDES / "WHEEL").read_bytes(),
        },
    )
    offline = ("install", "--no-index", "--find-links", os.fspath(shelf))
    done = environment.pip(*offline, "needy", "torsion")
    assert done.returncode == 0, done.stdout
    assert environment.versions() == BOTH
    checked = environment.pip("check")
    assert checked.returncode == 0, checked.stdout
    done = environment.pip(*offline, "-U", "-v", "needy", "Twisted")
    assert done.returncode == 0, done.stdout
    assert environment.versions() == BOTH
    checkSmoke(environment, "compiled")
    # And back: what docs/install.md says.
    assert environment.pip("uninstall", "-y", "needy", "Twisted", "torsion").returncode == 0
    assert environment.versions() == NEITHER
    assert environment.snapshot().keys() <= {"dependencies.pth", "twisted/plugins/dropin.cache"}


@thorough
def test_fromTheTreeWithoutACompiler(
    environment: Environment, tree: Path, builders: dict[str, str]
) -> None:
    output = environment.installed("-vv", os.fspath(tree), **NO_COMPILER, **builders)
    assert "WARNING: twisted.protocols._framing_c not compiled, its pure twin is used" in output
    checkPromises(environment)
    about = environment.run("-m", "twisted", "--about").stdout
    rows = [row.split() for row in about.splitlines()[3:]]
    parts = rows[: rows.index([])]
    assert parts and all(row[1:4] == ["pure", "not", "built:"] for row in parts)
    assert "/nonexistent/cc" in about
    strict = environment.run("-c", "import twisted.protocols.basic", TWISTED_ACCEL="require")
    assert strict.returncode != 0
    assert re.search("TWISTED_ACCEL=require, but .* is not compiled", strict.stderr)
    checkSmoke(environment, "pure")
    checkRemoval(environment)


@thorough
def test_editable(environment: Environment, tree: Path, builders: dict[str, str]) -> None:
    environment.installed("-e", os.fspath(tree), TORSION_BUILD="pure", **builders)
    checkPromises(environment)
    where = environment.run("-c", "import twisted; print(twisted.__file__)").stdout.strip()
    assert where == os.fspath(tree / "src" / "twisted" / "__init__.py")
    checkRemoval(environment)
    assert Path(where).exists()


@thorough
def test_pureOnDemand(tree: Path, tmp_path: Path) -> None:
    done = pip(
        "wheel", "--no-deps", "--no-build-isolation", "-vv", "-w", os.fspath(tmp_path),
        os.fspath(tree), TORSION_BUILD="pure",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "TORSION_BUILD=pure: no part is compiled" in done.stdout
    (found,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(found) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".so")]


@thorough
def test_aCompilerIsRequired(tree: Path, tmp_path: Path) -> None:
    done = pip(
        "wheel", "--no-deps", "--no-build-isolation", "-w", os.fspath(tmp_path),
        os.fspath(tree), TORSION_BUILD="require", **NO_COMPILER, **ONE_PART,
    )  # fmt: skip
    assert done.returncode != 0
    assert "/nonexistent/cc" in done.stdout
    assert not list(tmp_path.glob("*.whl"))


# -- beside genuine Twisted ---------------------------------------------------------


@pytest.fixture(scope="module")
def genuine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Genuine Twisted's wheel, from the index."""
    target = tmp_path_factory.mktemp("genuine")
    done = pip(
        "download", "--no-deps", "--timeout=10", "--retries=0", "-d", os.fspath(target), GENUINE
    )
    if done.returncode != 0:
        pytest.skip("there is no package index to have genuine Twisted from")
    (found,) = target.glob("*.whl")
    return found


ONCE = """
import twisted
import twisted.internet.defer
import importlib
importlib.import_module("twisted.protocols.basic")
"""


def checkMixture(environment: Environment, words: str) -> None:
    """An import warns, once, and says how to get out of it; the report says it, too."""
    ran = environment.run("-c", ONCE)
    assert ran.stderr.count("RuntimeWarning") == 1, ran.stderr
    assert words in ran.stderr
    assert f"Repair: {REPAIR}" in ran.stderr
    alone = environment.run("-c", "import twisted")
    assert alone.stderr.count(words) == 1
    about = environment.run("-m", "twisted", "--about")
    assert words in about.stdout + about.stderr


def checkRepair(environment: Environment, wheel: Path) -> None:
    """What the warning advises works."""
    *removing, installing = (command.split() for command in REPAIR.split(";"))
    for command in removing:
        assert command[:3] == ["pip", "uninstall", "-y"]
        environment.pip(*command[1:])
    assert environment.versions() == NEITHER
    assert installing == ["pip", "install", "torsion"]
    environment.installed("--no-index", os.fspath(wheel))
    checkPromises(environment)


@thorough
def test_overGenuineTwisted(environment: Environment, wheel: Path, genuine: Path) -> None:
    environment.installed("--no-index", os.fspath(genuine))
    environment.installed("--no-index", os.fspath(wheel))
    checkMixture(environment, "is installed over or under torsion")
    checkRepair(environment, wheel)


@thorough
def test_underGenuineTwisted(environment: Environment, wheel: Path, genuine: Path) -> None:
    environment.installed("--no-index", os.fspath(wheel))
    # Asked nicely, pip does not do it.
    environment.installed("--no-index", GENUINE)
    assert environment.versions() == BOTH
    environment.installed("--no-index", "--ignore-installed", os.fspath(genuine))
    checkMixture(environment, "genuine Twisted was installed over torsion")
    checkRepair(environment, wheel)


@thorough
def test_besideGenuineTwistedInOneCommand(
    environment: Environment, wheel: Path, genuine: Path
) -> None:
    """As an index gives both, to who does not have the distribution that is a name."""
    environment.installed("--no-index", os.fspath(wheel), os.fspath(genuine))
    checkMixture(environment, "is installed over or under torsion")
    checkRepair(environment, wheel)


# -- beside what requires Twisted ---------------------------------------------------

CROCHET = """
import crochet
crochet.setup()
from twisted.internet import reactor
from twisted.internet.task import deferLater

@crochet.wait_for(timeout=10)
def later():
    return deferLater(reactor, 0.01, lambda: "later")

print(later())
"""
TXAIO = """
import txaio
txaio.use_twisted()
from twisted.internet import reactor
txaio.config.loop = reactor
future = txaio.create_future()
txaio.add_callbacks(future, lambda value: print("had", value), None)
txaio.call_later(0.01, txaio.resolve, future, 42)
txaio.call_later(0.02, reactor.stop)
reactor.run()
"""


AUTOBAHN = """
from autobahn.twisted import websocket
from twisted.internet import endpoints, reactor

class Echo(websocket.WebSocketServerProtocol):
    def onMessage(self, payload, isBinary):
        self.sendMessage(payload.upper(), isBinary)

class Ask(websocket.WebSocketClientProtocol):
    def onOpen(self):
        self.sendMessage(b"over a websocket " * 8192, True)
    def onMessage(self, payload, isBinary):
        print(payload == b"OVER A WEBSOCKET " * 8192, isBinary)
        self.sendClose()
    def onClose(self, wasClean, code, reason):
        print(wasClean, code)
        reactor.stop()

def connect(port):
    factory = websocket.WebSocketClientFactory(f"ws://127.0.0.1:{port.getHost().port}")
    factory.protocol = Ask
    reactor.connectTCP("127.0.0.1", port.getHost().port, factory)

factory = websocket.WebSocketServerFactory()
factory.protocol = Echo
endpoint = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1")
endpoint.listen(factory).addCallback(connect)
reactor.callLater(20, reactor.stop)
reactor.run()
"""
#: What needs a room that is not there yet, and by which word it says so.
WAITING = dict.fromkeys(("klein", "treq", "scrapy", "daphne.server"), "twisted.web")


@thorough
def test_whatRequiresTwistedIsContent(environment: Environment, wheel: Path) -> None:
    """None of them fetches genuine Twisted, and those run that need no suite of ours."""
    environment.installed("--no-index", os.fspath(wheel))
    for names in (["crochet", "txaio", "autobahn"], ["klein", "treq", "daphne"], ["scrapy"]):
        done = environment.pip("install", "--timeout=10", "--retries=0", "-v", *names)
        if "No matching distribution" in done.stdout:
            pytest.skip(f"there is no package index to have {names} from")
        assert done.returncode == 0, done.stdout
        assert environment.versions() == BOTH
        checked = environment.pip("check")
        assert checked.returncode == 0, checked.stdout
    for program, says in (
        (CROCHET, "later\n"),
        (TXAIO, "had 42\n"),
        (AUTOBAHN, "True True\nTrue 1000\n"),
    ):
        ran = environment.run("-c", program)
        assert (ran.returncode, ran.stdout) == (0, says), ran.stderr
    for name, room in WAITING.items():
        ran = environment.run("-c", f"import {name}")
        if ran.returncode:
            # For nothing else.
            assert ran.stderr.endswith(f"ModuleNotFoundError: No module named {room!r}\n")

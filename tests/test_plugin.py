"""
Plugins: found wherever they are, imported when they are wanted, remembered in a
file that nothing breaks.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from zope.interface import Interface

from twisted import plugin

INIT = """
from twisted.plugin import pluginPackagePaths
__path__.extend(pluginPackagePaths(__name__))
"""

PLUGIN = """
'''What {name} is for.'''
from zope.interface import provider
from twisted.plugin import IPlugin
from tests.test_plugin import ITool, IRefinedTool

@provider(IPlugin, {interface})
class {name}:
    '''The tool {name}.'''
"""


class ITool(Interface):
    """What the plugins here are."""


class IRefinedTool(ITool):
    """A kind of it."""


def write(directory: Path, name: str, interface: str = "ITool") -> Path:
    """Write a plugin module, named like its plugin."""
    path = directory / f"{name.lower()}.py"
    path.write_text(PLUGIN.format(name=name, interface=interface))
    return path


def names(package: Any, interface: Any = ITool) -> list[str]:
    return [each.__name__ for each in plugin.getPlugins(interface, package)]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """Import the package C{toolbox.plugins} as a new program would."""
    for place in ("first", "second"):
        (tmp_path / place / "toolbox" / "plugins").mkdir(parents=True)
        monkeypatch.syspath_prepend(str(tmp_path / place))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), *sys.path])
    (tmp_path / "first/toolbox/__init__.py").write_text("")
    (tmp_path / "first/toolbox/plugins/__init__.py").write_text(INIT)

    def fresh() -> Any:
        for name in [n for n in sys.modules if n.split(".")[0] == "toolbox"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        return importlib.import_module("toolbox.plugins")

    yield fresh
    for name in [n for n in sys.modules if n.split(".")[0] == "toolbox"]:
        del sys.modules[name]


@pytest.fixture
def first(tmp_path: Path, load: object) -> Path:
    return tmp_path / "first/toolbox/plugins"


@pytest.fixture
def second(tmp_path: Path, load: object) -> Path:
    return tmp_path / "second/toolbox/plugins"


def test_ofTwoDirectories(load: Any, first: Path, second: Path) -> None:
    write(first, "Saw")
    write(second, "Axe")
    write(second, "File", "IRefinedTool")
    assert names(load()) == ["Saw", "Axe", "File"]
    assert names(load(), IRefinedTool) == ["File"]


def test_theSecondTimeOnlyWhatIsWantedIsImported(load: Any, first: Path) -> None:
    write(first, "Saw")
    write(first, "File", "IRefinedTool")
    assert names(load()) == ["File", "Saw"]
    package = load()
    assert names(package, IRefinedTool) == ["File"]
    assert "toolbox.plugins.file" in sys.modules
    assert "toolbox.plugins.saw" not in sys.modules
    dropin = plugin.getCache(package)["saw"]
    assert dropin.description == "What Saw is for."
    assert dropin.plugins[0].description == "The tool Saw."
    assert dropin.plugins[0].provided == [plugin.IPlugin, ITool]


def test_changesAreSeen(load: Any, first: Path) -> None:
    path = write(first, "Saw")
    assert names(load()) == ["Saw"]
    path.write_text(path.read_text() + "\nSecond = Saw\n")
    assert names(load()) == ["Saw", "Saw"]
    path.unlink()
    assert names(load()) == []


def test_aShadowedModuleIsNotLookedFor(load: Any, first: Path, second: Path) -> None:
    write(first, "Saw")
    write(second, "Saw").write_text("raise RuntimeError('never imported')")
    assert names(load()) == ["Saw"]


@pytest.mark.parametrize(
    "source", ["1/0", "import nothing_of_that_name", "def (", "raise SystemExit(3)"]
)
def test_aModuleThatCannotBeImportedIsReportedAndSkipped(
    load: Any, first: Path, events: list[Any], source: str
) -> None:
    write(first, "Saw")
    broken = first / "broken.py"
    broken.write_text(source)
    for _ in range(2):
        del events[:]
        assert names(load()) == ["Saw"]
        [event] = [e for e in events if "log_failure" in e]
        assert event["moduleName"] == "toolbox.plugins.broken"
    broken.unlink()
    write(first, "Broken")
    assert names(load()) == ["Broken", "Saw"]


def test_aCachedOneThatCannotBeLoadedAnyMore(
    load: Any, first: Path, events: list[Any]
) -> None:
    (first / "helper.py").write_text("here = True")
    saw = write(first, "Saw")
    saw.write_text("from toolbox.plugins.helper import here\n" + saw.read_text())
    write(first, "Axe")
    assert names(load()) == ["Axe", "Saw"]
    (first / "helper.py").unlink()
    assert names(load()) == ["Axe"]
    [event] = [e for e in events if "log_failure" in e]
    assert (event["name"], event["moduleName"]) == ("Saw", "toolbox.plugins.saw")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95",
        b"[]",
        b"{",
        b'{"format": "torsion-dropin-1", "modules": {"saw": 3}}',
        b'{"format": "torsion-dropin-1", "modules": {"saw": {"stamp": [1]}}}',
        b'{"format": "of the future", "modules": {}}',
        b"[" * 100_000,
    ],
)
def test_aDamagedCacheIsReplaced(load: Any, first: Path, content: bytes) -> None:
    write(first, "Saw")
    (first / "dropin.cache").write_bytes(content)
    assert names(load()) == ["Saw"]
    assert json.loads((first / "dropin.cache").read_text())["modules"]["saw"]


def test_whereTheCacheCannotBeWritten(load: Any, first: Path, events: list[Any]) -> None:
    write(first, "Saw")
    (first / "dropin.cache").mkdir()
    assert names(load()) == ["Saw"]
    assert any("Unable to write to plugin cache" in e["log_format"] for e in events)
    assert not [n for n in os.listdir(first) if n.endswith(".new")]


def test_inAZipArchive(load: Any, first: Path, tmp_path: Path) -> None:
    saw = write(tmp_path, "Saw")
    with zipfile.ZipFile(tmp_path / "tools.zip", "w") as archive:
        archive.write(saw, "toolbox/plugins/saw.py")
    sys.path.append(str(tmp_path / "tools.zip"))
    assert names(load()) == ["Saw"]


def test_manyProcessesAtOnce(load: Any, first: Path, tmp_path: Path) -> None:
    for number in range(20):
        write(first, f"Tool{number}")
    program = (
        "import toolbox.plugins, tests.test_plugin as t;"
        "print(len(t.names(toolbox.plugins)))"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "first"), os.getcwd(), *sys.path]),
    }
    running = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=-1)
        for _ in range(6)
    ]
    assert [p.communicate(timeout=60)[0] for p in running] == [b"20\n"] * 6
    assert len(json.loads((first / "dropin.cache").read_text())["modules"]) == 20
    assert not [n for n in os.listdir(first) if n.endswith(".new")]


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "a/toolbox/plugins"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "a"), "b"])
    assert plugin.pluginPackagePaths("toolbox.plugins") == [str(tmp_path / "b/toolbox/plugins")]

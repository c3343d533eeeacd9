"""
What is kept in files, and what becomes of it when something is wrong with them.
"""

from __future__ import annotations

import os
import pickle
import threading
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

from twisted.persisted import aot, dirdbm, sob, styles


class Thing:
    """Something with a method and a friend."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.friend: Any = None
        self.call: Any = None

    def hello(self) -> str:
        return f"hello from {self.name}"


class Kept(styles.Versioned):
    persistenceVersion = 3

    def upgradeToVersion2(self) -> None:
        self.steps = [*getattr(self, "steps", []), 2]

    def upgradeToVersion3(self) -> None:
        self.steps = [*getattr(self, "steps", []), 3]


def circle() -> Thing:
    one, two = Thing("one"), Thing("two")
    one.friend, two.friend = two, one
    one.call = two.hello
    return one


@pytest.mark.parametrize(
    "through",
    [
        lambda x: pickle.loads(pickle.dumps(x)),
        lambda x: aot.unjellyFromSource(aot.jellyToSource(x)),
    ],
    ids=["pickle", "source"],
)
class TestBoth:
    def test_circlesAndMethods(self, through: Any) -> None:
        back = through(circle())
        assert back.friend.friend is back
        assert back.call() == "hello from two"
        assert back.call.__self__ is back.friend

    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            1,
            -(10**30),
            1.5,
            "é\n",
            b"\0\xff",
            (1, (2,)),
            [1, [2]],
            {"a": {1: (2, [3])}},
        ],
    )
    def test_values(self, value: Any, through: Any) -> None:
        assert through(value) == value

    def test_oneThingTwiceIsOneThing(self, through: Any) -> None:
        shared = [1]
        back = through([shared, (shared,), {"k": shared}])
        assert back[0] is back[1][0] is back[2]["k"]


def test_openFilesInMemory() -> None:
    for made in (StringIO("text"), BytesIO(b"bytes")):
        made.seek(2)
        back = pickle.loads(pickle.dumps(made))
        assert back.read() == made.read()


class TestSource:
    def test_isReadable(self) -> None:
        source = str(aot.jellyToSource({"port": 8000}))
        assert "8000" in source and "'port'" in source

    @pytest.mark.parametrize("text", ["", "app =", "app = Nothing()"])
    def test_whatIsNot(self, text: str) -> None:
        with pytest.raises(Exception):
            aot.unjellyFromSource(text)

    def test_deepOnes(self) -> None:
        deep: Any = []
        for _ in range(60):
            deep = [deep]
        assert aot.unjellyFromSource(aot.jellyToSource(deep)) == deep


class TestVersions:
    def test_upgradesOneAfterTheOther(self) -> None:
        old = Kept()
        state = old.__getstate__()
        key = next(name for name in state if name.endswith("persistenceVersion"))
        state[key] = 1
        back = Kept.__new__(Kept)
        back.__setstate__(state)
        styles.doUpgrade()
        assert back.steps == [2, 3]

    def test_whatIsNotToBeKept(self) -> None:
        made = styles.Ephemeral()
        made.x = threading.Lock()  # type: ignore[attr-defined]
        back = pickle.loads(pickle.dumps(made))
        assert isinstance(back, styles.Ephemeral) and not hasattr(back, "x")


class TestSob:
    @pytest.mark.parametrize(("style", "suffix"), [("pickle", "tap"), ("source", "tas")])
    def test_thereAndBack(self, style: str, suffix: str, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.chdir(tmp_path)
        kept = sob.Persistent(circle(), "thing")
        kept.setStyle(style)
        kept.save()
        kept.save("late")
        assert sorted(os.listdir()) == [f"thing-late.{suffix}", f"thing.{suffix}"]
        assert sob.load(f"thing.{suffix}", style).call() == "hello from two"

    def test_whatCannotBeSavedLeavesWhatThereWas(self, tmp_path: Path) -> None:
        file = os.fspath(tmp_path / "thing.tap")
        sob.Persistent(Thing("good"), "thing").save(filename=file)
        bad = Thing("bad")
        bad.friend = threading.Lock()
        with pytest.raises(Exception):
            sob.Persistent(bad, "thing").save(filename=file)
        assert sob.load(file, "pickle").name == "good"
        assert os.listdir(tmp_path) == ["thing.tap"]

    @pytest.mark.parametrize("style", ["pickle", "source"])
    def test_damagedFiles(self, style: str, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"\x80\x04garbage")
        with pytest.raises(Exception):
            sob.load(os.fspath(tmp_path / "x"), style)

    def test_pythonFiles(self, tmp_path: Path) -> None:
        (tmp_path / "x.py").write_text("answer = 42\n")
        assert sob.loadValueFromFile(os.fspath(tmp_path / "x.py"), "answer") == 42
        with pytest.raises(KeyError):
            sob.loadValueFromFile(os.fspath(tmp_path / "x.py"), "question")


class TestDirDBM:
    def test_anyBytesAreKeys(self, tmp_path: Path) -> None:
        db = dirdbm.DirDBM(os.fspath(tmp_path / "db"))
        keys = [
            b"",
            b"a",
            b"../x",
            b"/etc/passwd",
            b"\0\xff\n",
            b"x" * 100,
            bytes(range(256))[:150],
        ]
        for number, key in enumerate(keys):
            db[key] = b"%d" % number
        assert {key: db[key] for key in db.keys()} == {
            key: b"%d" % number for number, key in enumerate(keys)
        }
        assert len(db) == len(keys)
        assert os.listdir(tmp_path) == ["db"]

    def test_changingAndRemoving(self, tmp_path: Path) -> None:
        db = dirdbm.DirDBM(os.fspath(tmp_path / "db"))
        db[b"k"] = b"one"
        db[b"k"] = b"two"
        assert (db[b"k"], len(db), b"k" in db, b"j" in db) == (b"two", 1, True, False)
        del db[b"k"]
        for use in (lambda: db[b"k"], lambda: db.__delitem__(b"k")):
            with pytest.raises(KeyError):
                use()
        assert db.get(b"k", b"none") == b"none"

    def test_whatACrashHasLeft(self, tmp_path: Path) -> None:
        db = dirdbm.DirDBM(os.fspath(tmp_path / "db"))
        db[b"k"] = b"old"
        (name,) = os.listdir(tmp_path / "db")
        (tmp_path / "db" / f"{name}.rpl").write_bytes(b"new")
        (tmp_path / "db" / "half.new").write_bytes(b"ha")
        again = dirdbm.DirDBM(os.fspath(tmp_path / "db"))
        assert again.items() == [(b"k", b"new")] or again.items() == [(b"k", b"old")]
        assert len(os.listdir(tmp_path / "db")) == 1

    def test_typesThatAreNone(self, tmp_path: Path) -> None:
        db = dirdbm.DirDBM(os.fspath(tmp_path / "db"))
        for key, value in (("text", b""), (b"", "text"), (1, b"")):
            with pytest.raises((TypeError, AssertionError)):
                db[key] = value  # type: ignore[index,assignment]

    def test_shelvesKeepObjects(self, tmp_path: Path) -> None:
        shelf = dirdbm.Shelf(os.fspath(tmp_path / "db"))
        shelf[b"k"] = {"a": [1]}
        assert dirdbm.Shelf(os.fspath(tmp_path / "db"))[b"k"] == {"a": [1]}

"""
The classic log.
"""

from __future__ import annotations

import io
from typing import Any

from twisted.logger import Logger, globalLogPublisher
from twisted.python import _running, context, log
from twisted.python.failure import Failure


def test_messages() -> None:
    got: list[Any] = []
    log.addObserver(got.append)
    try:
        log.msg("a", "b", x=2)
        log.msg(format="%(q)s z", q=1)
        log.err(Failure(ZeroDivisionError("x")), "why")
        log.err("text")
    finally:
        log.removeObserver(got.append)
    assert got[0]["message"] == ("a", "b")
    assert (got[0]["system"], got[0]["isError"], got[0]["x"]) == ("-", 0, 2)
    assert [log.textFromEventDict(e) for e in got[:2]] == ["a b", "1 z"]
    assert got[2]["isError"] == 1
    assert log.textFromEventDict(got[2]).startswith("why\nTraceback")
    assert log.textFromEventDict(got[3]) == "'text'"


def test_theFormatOfFiles() -> None:
    out = io.StringIO()
    observer = log.FileLogObserver(out)
    observer.emit({"message": ("a\nb",), "time": 0, "isError": 0, "system": "sys"})
    observer.emit({"message": (), "time": 0, "isError": 0, "system": "-"})
    text = out.getvalue()
    assert text.endswith(" [sys] a\n\tb\n")
    assert len(text.splitlines()) == 2


def test_theContext() -> None:
    got: list[Any] = []
    log.addObserver(got.append)
    try:
        log.callWithContext({"system": "outer", "z": 5}, log.msg, "x")
        log.callWithContext(
            {"system": "outer"}, log.callWithContext, {"other": 1}, log.msg, "nested"
        )
        log.msg("after")
    finally:
        log.removeObserver(got.append)
    assert [e["system"] for e in got] == ["outer", "outer", "-"]
    assert got[0]["z"] == 5


def test_callWithLogger() -> None:
    got: list[Any] = []

    class Prefixed:
        def logPrefix(self) -> str:
            return "prefixed"

    class Broken:
        def logPrefix(self) -> str:
            raise ZeroDivisionError

    log.addObserver(got.append)
    try:
        assert log.callWithLogger(Prefixed(), lambda: (log.msg("x"), 7)[1]) == 7
        log.callWithLogger(Broken(), log.msg, "y")
        log.callWithLogger(Prefixed(), lambda: 1 // 0)
    finally:
        log.removeObserver(got.append)
    systems = [e["system"] for e in got]
    assert systems == ["prefixed"] + ["(buggy logPrefix method)"] * 2 + ["prefixed"]


def test_thePrefixOfWhatIsRunningIsAskedForOnlyWhenSomethingIsLogged() -> None:
    asked: list[int] = []

    def source() -> str:
        asked.append(1)
        return "Echo,0,127.0.0.1"

    got: list[Any] = []
    log.addObserver(got.append)
    _running.register(source)
    try:
        assert asked == []
        log.msg("x")
        assert context.get(log.ILogContext)["system"] == "Echo,0,127.0.0.1"
    finally:
        _running.unregister(source)
        log.removeObserver(got.append)
    assert got[0]["system"] == "Echo,0,127.0.0.1"


def test_eventsOfTheNewLogger() -> None:
    got: list[Any] = []
    log.addObserver(got.append)
    try:
        Logger("q").info("hey {x}", x=1)
    finally:
        log.removeObserver(got.append)
    assert log.textFromEventDict(got[0]) == "hey 1"
    assert got[0]["system"] == "-"


def test_newObserversGetClassicEvents() -> None:
    got: list[Any] = []
    globalLogPublisher.addObserver(got.append)
    try:
        log.msg("pc 100%", "{brace}", logLevel=30)
    finally:
        globalLogPublisher.removeObserver(got.append)
    from twisted.logger import formatEvent

    assert formatEvent(got[0]) == "pc 100% {brace}"
    assert got[0]["log_level"].name == "warn"


def test_stdioOnnaStick() -> None:
    got: list[Any] = []
    log.addObserver(got.append)
    try:
        stick = log.StdioOnnaStick()
        stick.write("one\ntw")
        stick.write(b"o\n")
    finally:
        log.removeObserver(got.append)
    assert [e["message"] for e in got] == [("one",), ("two",)]

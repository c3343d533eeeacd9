"""
The logger: events, their text, and those that nobody wants.
"""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from twisted.logger import (
    FilteringLogObserver,
    InvalidLogLevelError,
    LogBeginner,
    Logger,
    LoggingFile,
    LogLevel,
    LogLevelFilterPredicate,
    LogPublisher,
    STDLibLogObserver,
    capturedLogs,
    eventAsJSON,
    eventAsText,
    eventFromJSON,
    eventsFromJSONLogFile,
    extractField,
    formatEvent,
    formatEventAsClassicLogText,
    formatTime,
    jsonFileLogObserver,
    textFileLogObserver,
)
from twisted.python.failure import Failure


def test_events() -> None:
    got: list[Any] = []
    log = Logger("name.space", source=3, observer=got.append)
    for level in LogLevel.iterconstants():
        getattr(log, level.name)("{a} of {log_source}", a=1)
    assert [e["log_level"] for e in got] == list(LogLevel.iterconstants())
    assert formatEvent(got[0]) == "1 of 3"
    assert got[0]["log_namespace"] == "name.space"


def test_theNamespaceIsTheModules() -> None:
    assert Logger().namespace == __name__


def test_asAnAttribute() -> None:
    got: list[Any] = []

    class Thing:
        log = Logger(observer=got.append)

    thing = Thing()
    thing.log.info("x")
    Thing.log.info("y")
    assert [e["log_source"] for e in got] == [thing, Thing]
    assert got[0]["log_namespace"].endswith("Thing")


def test_anInvalidLevelIsReported() -> None:
    got: list[Any] = []
    Logger(observer=got.append).emit("nonsense", "x")  # type: ignore[arg-type]
    assert got[0]["log_failure"].check(InvalidLogLevelError)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"log_format": "hello {a} {b.real} {c()} {d[0]} {e!r}", "a": 1, "b": 2,
          "c": lambda: 7, "d": [9], "e": "q"}, "hello 1 2 7 9 'q'"),
        ({"log_format": "{{braces}}"}, "{braces}"),
        ({"log_format": b"bytes {a}", "a": 1}, "bytes 1"),
        ({}, ""),
        ({"log_format": 3}, "Unable to format event {'log_format': 3}:"
                            " Log format must be str, not 3"),
        ({"log_format": "{x}"}, "Unable to format event {'log_format': '{x}'}: 'x'"),
    ],
)
def test_text(event: dict[str, Any], text: str) -> None:
    assert formatEvent(event) == text


def test_textOfWhatCannotBeShown() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    assert "MESSAGE LOST" in formatEvent({"log_format": "{x}", "x": Broken()})


def test_lines() -> None:
    event = {"log_format": "x\ny", "log_time": None, "log_system": "sys"}
    assert formatEventAsClassicLogText(event) == "- [sys] x\n\ty\n"
    assert formatEventAsClassicLogText({"log_format": ""}) is None
    event = {"log_format": "z", "log_namespace": "ns", "log_level": LogLevel.warn}
    assert eventAsText(event) == "- [ns#warn] z"
    assert formatTime(None, default="?") == "?"
    assert formatTime(1000.25, "%f") == "250000"


def test_tracebacks() -> None:
    event = {"log_failure": Failure(ZeroDivisionError("x")), "log_format": "bad"}
    assert "builtins.ZeroDivisionError: x" in eventAsText(event)
    assert eventAsText(event, includeTraceback=False, includeTimestamp=False,
                       includeSystem=False) == "bad"


def test_json() -> None:
    event = {"log_format": "{o} {b!r:>4}", "o": object(), "b": b"\xff", "log_level": LogLevel.info}
    text = formatEvent(event)
    loaded = eventFromJSON(eventAsJSON(event))
    assert formatEvent(loaded) == text
    assert loaded["log_level"] is LogLevel.info
    assert extractField("b", {"b": 5}) == 5
    out = io.StringIO()
    observer = jsonFileLogObserver(out)
    observer({"log_format": "one"})
    observer({"log_format": "two"})
    assert out.getvalue().startswith("\x1e{")
    read = list(eventsFromJSONLogFile(io.StringIO(out.getvalue()), bufferSize=3))
    assert [formatEvent(e) for e in read] == ["one", "two"]


def test_jsonThatIsCutOffOrBroken() -> None:
    with capturedLogs() as logged:
        read = list(eventsFromJSONLogFile(io.StringIO('\x1e{"x": 1}\n\x1enonsense\n\x1e{"y": 2}')))
    assert read == [{"x": 1}]
    assert len(logged) == 2


def test_aFailureSurvivesJSON() -> None:
    try:
        1 // 0
    except ZeroDivisionError:
        event: dict[str, Any] = {"log_failure": Failure()}
    loaded = eventFromJSON(eventAsJSON(event))["log_failure"]
    assert loaded.check(ZeroDivisionError)
    json.loads(eventAsJSON({"log_failure": loaded}))


def test_aBrokenObserverDoesNotKeepOthersFromTheirEvents() -> None:
    first: list[Any] = []
    last: list[Any] = []

    def broken(event: Any) -> None:
        raise ZeroDivisionError

    publisher = LogPublisher(first.append, broken, last.append)
    Logger(observer=publisher).info("hello")
    for got in (first, last):
        assert [e["log_format"] for e in got][0] == "hello"
        assert got[1]["log_failure"].check(ZeroDivisionError)
    with pytest.raises(TypeError):
        publisher.addObserver("not callable")


# -- what nobody wants -------------------------------------------------------------------


def test_whatNobodyWantsIsNotMade() -> None:
    made: list[Any] = []
    predicate = LogLevelFilterPredicate(LogLevel.warn)
    publisher = LogPublisher(FilteringLogObserver(made.append, [predicate]))

    class Spy(Logger):
        published = 0

        def _publish(self, *args: Any) -> None:
            Spy.published += 1
            super()._publish(*args)

    log = Spy("a.b", observer=publisher)
    log.debug("no")
    log.info("no")
    assert (Spy.published, made) == (0, [])
    log.warn("yes")
    assert Spy.published == 1
    # Whatever changes, the answer changes with it.
    predicate.setLogLevelForNamespace("a", LogLevel.debug)
    log.debug("now")
    assert Spy.published == 2
    predicate.setLogLevelForNamespace("a.b", LogLevel.error)
    log.debug("not any more")
    assert Spy.published == 2
    seen: list[Any] = []
    publisher.addObserver(seen.append)
    log.debug("for the other")
    assert [e["log_format"] for e in seen] == ["for the other"]
    publisher.removeObserver(seen.append)
    log.debug("no")
    predicate.clearLogLevels()
    log.warn("yes")
    assert [e["log_format"] for e in made] == ["yes", "now", "yes"]


def test_theNegativeObserverWantsToo() -> None:
    yes: list[Any] = []
    no: list[Any] = []
    observer = FilteringLogObserver(
        yes.append, [LogLevelFilterPredicate(LogLevel.error)], no.append
    )
    log = Logger(observer=LogPublisher(observer))
    log.debug("x")
    log.error("y")
    assert ([e["log_format"] for e in yes], [e["log_format"] for e in no]) == (["y"], ["x"])


# -- beginning, files, the standard library --------------------------------------------------


def test_beginning() -> None:
    class Fake:
        stdout = io.StringIO()
        stderr = io.StringIO()

        def showwarning(self, *args: Any) -> None:
            raise AssertionError

    fake = Fake()
    errors = io.StringIO()
    publisher = LogPublisher()
    beginner = LogBeginner(publisher, errors, fake, fake)
    log = Logger(observer=publisher)
    log.info("early")
    log.critical("early and critical")
    assert errors.getvalue() == "early and critical\n"
    got: list[Any] = []
    beginner.beginLoggingTo([got.append])
    print("printed", file=fake.stdout)
    fake.showwarning("careful", UserWarning, "file.py", 3)
    assert [formatEvent(e) for e in got] == [
        "early",
        "early and critical",
        "printed",
        "file.py:3: builtins.UserWarning: careful",
    ]
    beginner.beginLoggingTo([])
    assert "selected twice" in formatEvent(got[-1])


def test_loggingFile() -> None:
    got: list[Any] = []
    out = LoggingFile(Logger(observer=got.append), LogLevel.warn)
    out.write("one\ntw")
    out.write(b"o\n")
    out.close()
    assert [e["log_io"] for e in got] == ["one", "two"]
    with pytest.raises(ValueError):
        out.write("closed")
    with pytest.raises(OSError):
        out.read()


def test_files() -> None:
    binary, text = io.BytesIO(), io.StringIO()
    for out in (binary, text):
        textFileLogObserver(out, timeFormat=None)({"log_format": "\u2713", "log_system": "-"})
    assert text.getvalue() == "- [-] \u2713\n"
    assert binary.getvalue().decode("utf-8") == text.getvalue()


def test_theStandardLibrary(caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG, "torsion-test"):
        observer = STDLibLogObserver("torsion-test")
        observer({"log_format": "hello {x}", "x": 1, "log_level": LogLevel.warn})
    assert [(r.getMessage(), r.levelname) for r in caplog.records] == [("hello 1", "WARNING")]

"""
Failures: what they tell, and what they do not keep alive.
"""

from __future__ import annotations

import gc
import pickle
import traceback
import weakref
from io import StringIO
from typing import Any

import pytest

from twisted.python.failure import Failure, NoCurrentExceptionError, _Traceback, format_frames


def raised(captureVars: bool = False) -> Failure:
    try:
        local = "seen"  # noqa: F841
        1 // 0
    except ZeroDivisionError:
        return Failure(captureVars=captureVars)
    raise AssertionError


def test_whatItIs() -> None:
    failure = raised()
    assert failure.type is ZeroDivisionError
    assert isinstance(failure.value, ZeroDivisionError)
    assert repr(failure) == (
        "<twisted.python.failure.Failure builtins.ZeroDivisionError:"
        f" {failure.value}>"
    )
    assert failure.parents[:2] == ["builtins.ZeroDivisionError", "builtins.ArithmeticError"]


def test_outsideOfAnExcept() -> None:
    with pytest.raises(NoCurrentExceptionError):
        Failure()


def test_checkAndTrap() -> None:
    failure = raised()
    assert failure.check(ValueError, ArithmeticError) is ArithmeticError
    assert failure.check("builtins.ZeroDivisionError") == "builtins.ZeroDivisionError"
    assert failure.check(ValueError) is None
    with pytest.raises(ZeroDivisionError):
        failure.trap(ValueError)


def test_ofAFailure() -> None:
    first = raised()
    second = Failure(first)
    assert second.value is first.value
    assert second.frames == first.frames


def test_theTraceback() -> None:
    text = raised().getTraceback()
    lines = text.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-2].strip() == "1 // 0"
    assert lines[-1].startswith("builtins.ZeroDivisionError: ")
    brief = raised().getBriefTraceback()
    assert brief.startswith("Traceback: <class 'ZeroDivisionError'>: ")
    assert brief.endswith(":raised\n")


def test_withoutFrames() -> None:
    failure = Failure(ValueError("x"))
    assert failure.getTracebackObject() is None
    assert failure.getTraceback() == (
        "Traceback (most recent call last):\nFailure: builtins.ValueError: x\n"
    )
    assert str(failure) == (
        "[Failure instance: Traceback (failure with no frames): <class 'ValueError'>: x\n]"
    )


def test_variables() -> None:
    out = StringIO()
    raised(captureVars=True).printDetailedTraceback(out)
    assert "  local : 'seen'" in out.getvalue()
    out = StringIO()
    raised().printDetailedTraceback(out)
    assert "Capture of Locals and Globals disabled" in out.getvalue()


def test_cleaningKeepsTheTextAndNothingElse() -> None:
    class Thing:
        pass

    def fail() -> tuple[Failure, Any]:
        thing = Thing()
        try:
            1 // 0
        except ZeroDivisionError:
            return Failure(), weakref.ref(thing)
        raise AssertionError

    failure, ref = fail()
    text = failure.getTraceback()
    frames = traceback.extract_tb(failure.getTracebackObject())
    failure.cleanFailure()
    gc.collect()
    assert ref() is None
    assert failure.value.__traceback__ is None
    assert failure.getTraceback() == text
    assert traceback.extract_tb(failure.getTracebackObject()) == frames


def test_framesAreTakenBeforeCleaningEvenIfNobodyAsked() -> None:
    failure = raised()
    failure.cleanFailure()
    assert failure.frames[-1][0] == "raised"


def test_pickling() -> None:
    failure = raised()
    again = pickle.loads(pickle.dumps(failure))
    assert again.getTraceback() == failure.getTraceback()
    assert again.check(ZeroDivisionError) is ZeroDivisionError
    assert again.pickled
    assert again.tb is None


def test_intoAGenerator() -> None:
    def generator() -> Any:
        try:
            yield
        except ZeroDivisionError:
            yield "caught"

    g = generator()
    next(g)
    assert raised().throwExceptionIntoGenerator(g) == "caught"


def test_unknownDetail() -> None:
    with pytest.raises(ValueError, match="Detail must be"):
        format_frames([], print, "noisy")


def test_madeUpTracebacks() -> None:
    made: Any = _Traceback([["one", "a.py", 1, {}, {}], ["two", "b.py", 2, {}, {}]])
    assert [(f.name, f.lineno) for f in traceback.extract_tb(made)] == [("one", 1), ("two", 2)]


def test_exceptionsWithoutText() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise self

    for detail in ("brief", "default", "verbose"):
        assert isinstance(Failure(Broken()).getTraceback(detail=detail), str)

"""
Small tools: the last lines of a log, several clocks in one, bytes one by one.
"""

from __future__ import annotations

from typing import Any

import pytest

from twisted.python import util
from twisted.python.compat import iterbytes


@pytest.mark.parametrize(
    ("lines", "joined"),
    [([b"a", b"b", b"c"], b"b\nc"), (["a", "b", "c"], "b\nc"), ([b"a"], b"a"), ([], b"")],
)
def test_lineLog(lines: list[Any], joined: Any) -> None:
    """The last lines are kept, of the kind that they were given as."""
    log = util.LineLog(2)
    for line in lines:
        log.append(line)
    assert log.str() == joined
    assert log[0:] == lines[-2:]
    log.clear()
    assert bytes(log) == b""


def test_intervals() -> None:
    """Ticks come in the order of their times, with what is to wait before each."""
    clock = iter(util.IntervalDifferential([2, 5], 60))
    assert [next(clock) for _ in range(4)] == [(2, 0), (2, 0), (1, 1), (1, 0)]
    # As programs from the time of Python 2 call it.
    assert clock.next() == (2, 0)


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (b"ab", [b"a", b"b"]),
        ("ab", ["a", "b"]),
        (memoryview(b"ab"), [b"a", b"b"]),
        (b"", []),
    ],
)
def test_iterbytes(given: Any, parts: list[Any]) -> None:
    assert list(iterbytes(given)) == parts

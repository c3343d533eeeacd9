"""
Tests that go on after a part of them has failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import SkipTest

from twisted.python.failure import Failure
from twisted.trial._assertions import _Assertions

__all__ = ["_SubTests"]

_NO_MESSAGE = object()


class _Part:
    """
    A part of a test, for reporters: what it is called by is the test's and its
    parameters.
    """

    def __init__(self, test: Any, message: object, params: dict[str, Any]) -> None:
        self._test = test
        words = [] if message is _NO_MESSAGE else [f"[{message}]"]
        if params or not words:
            named = ", ".join(f"{name}={value!r}" for name, value in params.items())
            words.append(f"({named or '<subtest>'})")
        self._name = " ".join(words)

    def id(self) -> str:
        """Return the test's id, and which part it is."""
        return f"{self._test.id()} {self._name}"

    def __str__(self) -> str:
        return self.id()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._test, name)


class _SubTests(_Assertions):
    """
    For test cases: L{subTest}.

    @ivar _told: the reporter, while the test is run.
    @ivar _partFailed: whether any part of it has failed.
    """

    _told: Any = None
    _partFailed = False

    @contextmanager
    def subTest(self, msg: Any = _NO_MESSAGE, **params: Any) -> Iterator[None]:
        """
        Make a context for a part of the test: if it fails that is told, and
        the test goes on, which is a failure in the end.

        @param msg: what to call the part.
        @param params: what to call it by besides; they are told with it.
        """
        if self._told is None or self._mayFail():
            # Whatever is raised is the test's own outcome.
            yield
            return
        try:
            yield
        except (SkipTest, KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:
            self._partFailed = True
            wrong = isinstance(error, self.failureException)
            tell = self._told.addFailure if wrong else self._told.addError
            tell(_Part(self, msg, params), Failure())

    def _mayFail(self) -> bool:
        """Return whether the test is expected to fail."""
        return False

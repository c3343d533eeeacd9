"""
Tests that are known to fail.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

__all__ = ["Todo", "makeTodo"]


@frozen
class Todo:
    """
    Why a test is expected to fail, and how.

    @ivar reason: the reason, for people.
    @ivar errors: exception types; the test must fail with one of these.
        C{None}: any way of failing will do.
    """

    reason: str
    errors: Iterable[type[BaseException]] | None = None

    def __repr__(self) -> str:
        return f"<Todo reason={self.reason!r} errors={self.errors!r}>"

    def expected(self, failure: Any) -> bool:
        """
        Say whether *failure* is the one that was foreseen.

        @param failure: a L{twisted.python.failure.Failure}.
        """
        return self.errors is None or any(failure.check(kind) for kind in self.errors)


def makeTodo(value: Any) -> Todo | None:
    """
    Make a L{Todo} of what stands in a C{todo} attribute.

    @param value: a reason; or a pair of an exception type (or several) and a
        reason.  Of anything else nothing is made.
    """
    if isinstance(value, str):
        return Todo(reason=value)
    if not isinstance(value, tuple):
        return None
    errors, reason = value
    if isinstance(errors, type):
        errors = [errors]
    return Todo(reason=reason, errors=errors)

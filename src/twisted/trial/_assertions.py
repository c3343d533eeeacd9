"""
The assertions of trial's test cases.
"""

from __future__ import annotations

import unittest
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, NoReturn, TypeVar
from unittest.util import safe_repr

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.python.failure import Failure
from twisted.python.reflect import fullyQualifiedName
from twisted.trial._warned import _collectWarnings, _Warning

__all__ = ["FailTest", "_AssertRaisesContext", "_Assertions"]

T = TypeVar("T")


class FailTest(AssertionError):
    """
    An assertion of a test did not hold.
    """


class _AssertRaisesContext:
    """
    Checks that a block, or a call, raises.

    @ivar exception: what it raised, afterwards.
    """

    def __init__(self, testCase: Any, expected: Any) -> None:
        self._testCase = testCase
        self._expected = expected
        self._returnValue: Any = None
        self.exception: BaseException | None = None
        # A tuple of types has no name.
        self._expectedName = getattr(expected, "__name__", None) or str(expected)

    def _handle(self, obj: Callable[[], Any]) -> BaseException:
        """
        Call *obj*, which must raise.

        @return: the exception.
        """
        with self:
            self._returnValue = obj()
        assert self.exception is not None
        return self.exception

    def __enter__(self) -> _AssertRaisesContext:
        return self

    def __exit__(
        self,
        exceptionType: type[BaseException] | None,
        exceptionValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        wrong = self._testCase.failureException
        if exceptionType is None:
            raise wrong(f"{self._expectedName} not raised ({self._returnValue} returned)")
        if not issubclass(exceptionType, self._expected):
            got = Failure(exceptionValue, exceptionType, traceback)
            raise wrong(
                f"{fullyQualifiedName(exceptionType)} raised instead of"
                f" {self._expectedName}:\n {got.getTraceback()}"
            )
        self.exception = exceptionValue
        return True


class _Assertions(unittest.TestCase):
    """
    The assertions.  Most return their first argument.  Where there is C{msg},
    it is said in place of, or after, what the assertion itself has to say.
    """

    failureException = FailTest

    def fail(self, msg: object | None = None) -> NoReturn:
        """
        Fail the test.

        @param msg: why.
        @raise FailTest: always (or what C{failureException} is set to).
        """
        raise self.failureException(msg)

    def _require(self, holds: Any, msg: Any, what: str, *values: object) -> None:
        """
        Fail unless *holds*, with *msg* or else what is said of *values*.
        """
        if not holds:
            raise self.failureException(msg or what % values)

    def _requireTruth(self, truth: bool, condition: Any, msg: Any) -> Any:
        """
        Fail unless the truth of *condition* is *truth*.

        @param msg: said after what that is.
        """
        if bool(condition) is not truth:
            what = f"{safe_repr(condition)} is not {str(truth).lower()}"
            raise self.failureException(self._formatMessage(msg, what))
        return condition

    def assertFalse(self, condition: Any, msg: object = None) -> Any:
        """Fail if *condition* is true."""
        return self._requireTruth(False, condition, msg)

    assertNot = failUnlessFalse = failIf = assertFalse  # type: ignore[assignment]

    def assertTrue(self, condition: Any, msg: object = None) -> Any:
        """Fail if *condition* is false."""
        return self._requireTruth(True, condition, msg)

    assert_ = failUnlessTrue = failUnless = assertTrue  # type: ignore[assignment]

    def assertRaises(  # type: ignore[override]
        self, exception: Any, f: Callable[..., Any] | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        """
        Fail unless calling *f* raises *exception*.

        @param exception: an exception type, or several in a tuple.
        @param f: what to call, with the further arguments; without it, the
            result is a context manager for the block which should raise.
        @return: the exception.
        """
        context = _AssertRaisesContext(self, exception)
        if f is None:
            return context
        return context._handle(lambda: f(*args, **kwargs))

    failUnlessRaises = assertRaises  # type: ignore[assignment]

    def assertEqual(self, first: T, second: Any, msg: Any = None) -> T:  # type: ignore[override]
        """Fail unless *first* equals *second*."""
        super().assertEqual(first, second, msg)
        return first

    assertEquals = failUnlessEqual = failUnlessEquals = assertEqual

    def assertIs(self, first: T, second: Any, msg: Any = None) -> T:  # type: ignore[override]
        """Fail unless the two are one object."""
        self._require(first is second, msg, "%r is not %r", first, second)
        return first

    failUnlessIdentical = assertIdentical = assertIs

    def assertIsNot(self, first: T, second: Any, msg: Any = None) -> T:  # type: ignore[override]
        """Fail if the two are one object."""
        self._require(first is not second, msg, "%r is %r", first, second)
        return first

    failIfIdentical = assertNotIdentical = assertIsNot

    def assertNotEqual(self, first: T, second: Any, msg: Any = None) -> T:  # type: ignore[override]
        """Fail if *first* equals *second*."""
        self._require(first != second, msg, "%r == %r", first, second)
        return first

    assertNotEquals = failIfEquals = failIfEqual = assertNotEqual

    def assertIn(self, containee: T, container: Any, msg: Any = None) -> T:  # type: ignore[override]
        """Fail unless *containee* is in *container*."""
        self._require(containee in container, msg, "%r not in %r", containee, container)
        return containee

    failUnlessIn = assertIn

    def assertNotIn(self, containee: T, container: Any, msg: Any = None) -> T:  # type: ignore[override]
        """Fail if *containee* is in *container*."""
        self._require(containee not in container, msg, "%r in %r", containee, container)
        return containee

    failIfIn = assertNotIn

    def assertAlmostEqual(  # type: ignore[override]
        self, first: Any, second: Any, places: int = 7, msg: Any = None, delta: Any = None
    ) -> Any:
        """
        Fail unless the two numbers differ by nothing, rounded.

        @param places: decimal places to round to.
        @param delta: the most they may differ, in place of *places*.
        """
        near = _near(first, second, places, delta)
        self._require(near, msg, "%r != %r within %r places", first, second, places)
        return first

    assertAlmostEquals = failUnlessAlmostEqual = assertAlmostEqual  # type: ignore[assignment]

    def assertNotAlmostEqual(  # type: ignore[override]
        self, first: Any, second: Any, places: int = 7, msg: Any = None, delta: Any = None
    ) -> Any:
        """
        Fail if the two numbers differ by nothing, rounded.

        @param places: decimal places to round to.
        @param delta: what they must differ by more than, in place of *places*.
        """
        apart = not _near(first, second, places, delta)
        self._require(apart, msg, "%r == %r within %r places", first, second, places)
        return first

    assertNotAlmostEquals = failIfAlmostEqual = assertNotAlmostEqual  # type: ignore[assignment]
    failIfAlmostEquals = assertNotAlmostEqual

    def assertApproximates(self, first: Any, second: Any, tolerance: Any, msg: Any = None) -> Any:
        """
        Fail if the two numbers differ by more than *tolerance*.
        """
        self._require(abs(first - second) <= tolerance, msg, "%s ~== %s", first, second)
        return first

    failUnlessApproximates = assertApproximates

    def assertSubstring(self, substring: Any, astring: Any, msg: Any = None) -> Any:
        """Fail unless *substring* is in *astring*."""
        return self.assertIn(substring, astring, msg)

    failUnlessSubstring = assertSubstring

    def assertNotSubstring(self, substring: Any, astring: Any, msg: Any = None) -> Any:
        """Fail if *substring* is in *astring*."""
        return self.assertNotIn(substring, astring, msg)

    failIfSubstring = assertNotSubstring

    def assertWarns(  # type: ignore[override]
        self,
        category: type[Warning],
        message: str,
        filename: str,
        f: Callable[..., T],
        *args: Any,
        **kwargs: Any,
    ) -> T:
        """
        Fail unless calling *f* gives a certain warning, once or several times,
        and no other.

        @param category: the warning's class.
        @param message: its text.
        @param filename: the file it points at.
        @return: what *f* returned.
        """
        seen: list[_Warning] = []
        result = _collectWarnings(seen.append, f, *args, **kwargs)
        kinds = {(given.message, given.category) for given in seen}
        if not kinds:
            self.fail("No warnings emitted")
        if len(kinds) > 1:
            self.fail("Can't handle different warnings")
        ((text, kind),) = kinds
        self.assertEqual(text, message)
        self.assertIs(kind, category)
        where = seen[0].filename
        # The file may be known by its .pyc, and the warning by its source.
        self._require(
            filename.startswith(where), None, "Warning in %r, expected %r", where, filename
        )
        return result

    failUnlessWarns = assertWarns

    def assertIsInstance(  # type: ignore[override]
        self, instance: object, classOrTuple: Any, message: str | None = None
    ) -> None:
        """
        Fail unless *instance* is one of a class.

        @param classOrTuple: the class, or several in a tuple.
        @param message: said in addition.
        """
        if not isinstance(instance, classOrTuple):
            more = "" if message is None else f": {message}"
            self.fail(f"{instance!r} is not an instance of {classOrTuple}{more}")

    failUnlessIsInstance = assertIsInstance

    def assertNotIsInstance(self, instance: object, classOrTuple: Any) -> None:  # type: ignore[override]
        """
        Fail if *instance* is one of a class.

        @param classOrTuple: the class, or several in a tuple.
        """
        if isinstance(instance, classOrTuple):
            self.fail(f"{instance!r} is an instance of {classOrTuple}")

    failIfIsInstance = assertNotIsInstance

    def successResultOf(
        self,
        deferred: Coroutine[Deferred[T], Any, T] | Generator[Deferred[T], Any, T] | Deferred[T],
    ) -> T:
        """
        Return the result that a Deferred has now.

        @param deferred: a Deferred, or a coroutine to be made one.
        @raise FailTest: it has none, or failed.
        """
        deferred, result = self._resultNow("Success", deferred)
        if not isinstance(result, Failure):
            return result
        self.fail(
            f"Success result expected on {deferred!r},"
            f" found failure result instead:\n{result.getTraceback()}"
        )

    def failureResultOf(self, deferred: Any, *expectedExceptionTypes: Any) -> Failure:
        """
        Return the failure that a Deferred has now.

        @param deferred: a Deferred, or a coroutine to be made one.
        @param expectedExceptionTypes: the failure must be of one of these;
            none given: of any.
        @raise FailTest: it has none, or a result, or failed otherwise.
        """
        deferred, result = self._resultNow("Failure", deferred)
        if not isinstance(result, Failure):
            self.fail(
                f"Failure result expected on {deferred!r},"
                f" found success result ({result!r}) instead"
            )
        if not expectedExceptionTypes or result.check(*expectedExceptionTypes):
            return result
        names = [f"{kind.__module__}.{kind.__name__}" for kind in expectedExceptionTypes]
        self.fail(
            f"Failure of type ({' or '.join(names)}) expected on {deferred!r},"
            f" found type {result.type!r} instead: {result.getTraceback()}"
        )

    def _resultNow(self, expected: str, deferred: Any) -> tuple[Deferred[Any], Any]:
        """
        Take the result out of a Deferred; fail if it has none.

        @param expected: what is expected: C{Success}, or C{Failure}.
        @return: the Deferred, which is another object if it was a coroutine,
            and the result.
        """
        taken: list[Any] = []
        deferred = ensureDeferred(deferred).addBoth(taken.append)
        if not taken:
            self.fail(f"{expected} result expected on {deferred!r}, found no result instead")
        return deferred, taken[0]

    def assertNoResult(self, deferred: Any) -> None:
        """
        Fail if a Deferred has a result now.  One that comes later goes on to
        the callbacks added after this.

        @param deferred: a Deferred, or a coroutine to be made one.
        """
        deferred = ensureDeferred(deferred)
        results: list[Any] = []

        def look(result: Any) -> Any:
            results.append(result)
            return result

        deferred.addBoth(look)
        if results:
            # It is told here; left in the Deferred it would be logged, too.
            deferred.addErrback(lambda _: None)
            self.fail(f"No result expected on {deferred!r}, found {results[0]!r} instead")


def _near(first: Any, second: Any, places: int, delta: Any) -> bool:
    """
    Say whether two numbers are close enough to each other.
    """
    if delta is not None:
        return bool(abs(second - first) <= delta)
    return bool(round(second - first, places) == 0)

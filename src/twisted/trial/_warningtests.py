"""
What tests do about warnings and errors that were logged.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from incremental import getVersionString

from twisted.python.deprecate import DEPRECATION_WARNING_FORMAT, getDeprecationWarningString
from twisted.python.failure import Failure
from twisted.trial._logwatch import _LogObserver
from twisted.trial._subtests import _SubTests
from twisted.trial._warned import _dictionaryOf, _warnedBy, _Warning

__all__ = ["_WarningTests"]


class _WarningTests(_SubTests):
    """
    For test cases: take what was given or logged, and look at it.

    @ivar _warnings: the warnings given in this test and not taken.
    @ivar _observer: keeps the errors that are logged in it.
    """

    _warnings: list[_Warning]
    _observer: _LogObserver

    def flushLoggedErrors(self, *errorTypes: type[BaseException]) -> list[Failure]:
        """
        Take back errors which were logged in this test, so that they do not
        fail it.

        @param errorTypes: of which types; none given: all.
        @return: the failures, in the order they were logged.
        """
        return self._observer.flushErrors(*errorTypes)

    def flushWarnings(
        self, offendingFunctions: Iterable[Any] | None = None
    ) -> list[dict[str, Any]]:
        """
        Take the warnings that were given in this test, so that they are not
        shown.

        @param offendingFunctions: take only those which point into one of
            these functions; C{None}: all.
        @return: for each, a dictionary with C{message}, C{category},
            C{filename} and C{lineno}.
        @raise ValueError: one of these is no function.
        """
        if offendingFunctions is None:
            taken, self._warnings[:] = self._warnings[:], []
            return [_dictionaryOf(warning) for warning in taken]
        blamed = list(offendingFunctions)
        taken = [
            warning
            for warning in self._warnings
            # A list, not a generator: each is looked at, and one that is no
            # function found, even if an earlier one is to blame.
            if any(_warnedBy(warning, function) for function in blamed)
        ]
        self._warnings[:] = [warning for warning in self._warnings if warning not in taken]
        return [_dictionaryOf(warning) for warning in taken]

    def callDeprecated(self, version: Any, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Call what is deprecated, take the warning and check it.

        @param version: since when: an C{incremental.Version}; or a pair of
            that and the replacement that the warning must name.
        @return: what *f* returned.
        @raise FailTest: there was no warning, or another one.
        """
        result = f(*args, **kwargs)
        replacement = None
        if isinstance(version, tuple):
            version, replacement = version
        given = self.flushWarnings([self.callDeprecated])
        if not given:
            self.fail(f"{f!r} is not deprecated.")
        expected = getDeprecationWarningString(f, version)
        if replacement is not None:
            expected += f"; please use {replacement} instead"
        self.assertEqual(expected, given[0]["message"])
        return result

    def getDeprecatedModuleAttribute(
        self, moduleName: str, name: str, version: Any, message: str | None = None
    ) -> Any:
        """
        Take a deprecated attribute out of a module, take the warning, too, and
        check it.

        @param moduleName: the module's name; it has been imported.
        @param name: the attribute's name.
        @param version: since when: an C{incremental.Version}.
        @param message: how the part of the warning after the version begins.
        @return: the attribute.
        @raise FailTest: there was no warning, or another one.
        """
        fqpn = f"{moduleName}.{name}"
        attribute = getattr(sys.modules[moduleName], name)
        given = self.flushWarnings([self.getDeprecatedModuleAttribute])
        if not given:
            self.fail(f"{fqpn} is not deprecated.")
        expected = DEPRECATION_WARNING_FORMAT % {
            "fqpn": fqpn,
            "version": getVersionString(version),
        }
        if message is not None:
            expected += ": " + message
        got = given[0]["message"]
        self.assertTrue(got.startswith(expected), f"{got!r} does not start with {expected!r}")
        return attribute

"""
Reporters: they are told how tests go, and tell it on.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from twisted.python._facade import publish
from twisted.python.failure import Failure
from twisted.trial._janitor import DirtyReactorAggregateError
from twisted.trial._reporters._colors import (
    _AnsiColorizer,
    _NullColorizer,
    _Win32Colorizer,
)
from twisted.trial._reporters._decorators import (
    TestResultDecorator,
    _AdaptedReporter,
    _ExitWrapper,
)
from twisted.trial._reporters._results import TestResult
from twisted.trial._reporters._streams import SafeStream
from twisted.trial._reporters._subunit import SubunitReporter, TestProtocolClient
from twisted.trial._reporters._text import (
    MinimalReporter,
    Reporter,
    TextReporter,
    TimingTextReporter,
    VerboseTextReporter,
)
from twisted.trial._reporters._tree import TreeReporter

__all__ = [
    "BrokenTestCaseWarning",
    "MinimalReporter",
    "Reporter",
    "SafeStream",
    "SubunitReporter",
    "TYPE_CHECKING",
    "TestProtocolClient",
    "TestResult",
    "TestResultDecorator",
    "TextReporter",
    "TimingTextReporter",
    "TreeReporter",
    "UncleanWarningsReporterWrapper",
    "VerboseTextReporter",
]


class BrokenTestCaseWarning(Warning):
    """
    A test case does not do as trial expects.
    """


class UncleanWarningsReporterWrapper(TestResultDecorator):
    """
    Makes warnings of the errors about what tests left in the reactor.
    """

    def addError(self, test: Any, error: Any) -> None:
        """See L{itrial.IReporter.addError}."""
        unclean = isinstance(error, Failure) and error.check(DirtyReactorAggregateError)
        if not unclean:
            super().addError(test, error)
            return
        warnings.warn(error.getErrorMessage())


publish(__name__, globals(), __all__)

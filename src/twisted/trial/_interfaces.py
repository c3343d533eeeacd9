"""
The interfaces of L{twisted.trial.itrial}.
"""

from __future__ import annotations

from zope.interface import Attribute, Interface

# An interface is hashed by its module's name, which cannot be changed later:
# these belong to their public path from the start.
__name__ = "twisted.trial.itrial"


class ITestCase(Interface):
    """
    One test, as trial runs it.
    """

    failureException = Attribute("What the test raises to say that it failed, not broke.")
    skip = Attribute("A reason, if the test is to be left out; else C{None}.")

    def __call__(result):
        """
        The same as L{run}.

        @param result: an L{IReporter}.
        """

    def countTestCases():
        """
        Return how many tests this is: one, but for containers.
        """

    def id():
        """
        Return the dotted name of the test, unlike any other's.
        """

    def run(result):
        """
        Run the test and tell *result* how it went.

        @param result: an L{IReporter}.
        """

    def shortDescription():
        """
        Return what the test is about, in a line.
        """


class IReporter(Interface):
    """
    Is told how tests go, and says it on.
    """

    shouldStop = Attribute("True once no further test is to be begun.")
    testsRun = Attribute("How many tests have been begun.")

    def startTest(method):
        """
        A test begins.

        @param method: the L{ITestCase}.
        """

    def stopTest(method):
        """
        A test is over, with all that was to be told of it.

        @param method: the L{ITestCase}.
        """

    def addSuccess(test):
        """
        The test passed.

        @param test: the L{ITestCase}.
        """

    def addError(test, error):
        """
        Something went wrong that was not an assertion.

        @param test: the L{ITestCase}.
        @param error: a L{twisted.python.failure.Failure}, or a tuple as from
            L{sys.exc_info}.
        """

    def addFailure(test, failure):
        """
        An assertion did not hold.

        @param test: the L{ITestCase}.
        @param failure: a L{twisted.python.failure.Failure}, or a tuple as
            from L{sys.exc_info}.
        """

    def addExpectedFailure(test, failure, todo=None):
        """
        The test failed, as it was said to.

        @param test: the L{ITestCase}.
        @param failure: a L{twisted.python.failure.Failure}.
        @param todo: why it was expected: a L{twisted.trial.unittest.Todo}.
        """

    def addUnexpectedSuccess(test, todo=None):
        """
        The test passed, though it was said to fail.

        @param test: the L{ITestCase}.
        @param todo: what was expected: a L{twisted.trial.unittest.Todo}.
        """

    def addSkip(test, reason):
        """
        The test was left out.

        @param test: the L{ITestCase}.
        @param reason: why; usually a C{str}.
        """

    def wasSuccessful():
        """
        Return whether all that was told so far is good.
        """

    def done():
        """
        The tests are over: time to say how it went in all.
        """


class IReporterWithDurations(IReporter):
    """
    A reporter that takes the durations which C{unittest} tells since
    Python 3.12.
    """

    collectedDurations = Attribute("A list of pairs: the test's name and its seconds.")

    def addDuration(test, elapsed):
        """
        A test took so long.

        @param test: the L{ITestCase}.
        @param elapsed: seconds.
        """

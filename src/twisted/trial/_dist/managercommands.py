"""
What a worker tells the manager.

Texts that may be long are sent beforehand, see L{twisted.trial._dist.stream};
here are the numbers of their streams.
"""

from __future__ import annotations

from twisted.protocols.amp import Integer
from twisted.protocols.amp import Unicode as NativeString
from twisted.trial._dist._schema import Told, fields


class AddSuccess(Told):
    """The test has passed."""

    arguments = fields(testName=NativeString)


class AddError(Told):
    """The test has raised an unexpected exception."""

    arguments = fields(
        testName=NativeString,
        errorClass=NativeString,
        errorStreamId=Integer,
        framesStreamId=Integer,
    )


class AddFailure(Told):
    """The test has found something not as it should be."""

    arguments = fields(
        testName=NativeString,
        failStreamId=Integer,
        failClass=NativeString,
        framesStreamId=Integer,
    )


class AddSkip(Told):
    """The test was skipped."""

    arguments = fields(testName=NativeString, reason=NativeString)


class AddExpectedFailure(Told):
    """The test has failed, as it was to be expected."""

    arguments = fields(testName=NativeString, errorStreamId=Integer, todo=NativeString)


class AddUnexpectedSuccess(Told):
    """The test has passed, which was not to be expected."""

    arguments = fields(testName=NativeString, todo=NativeString)


class TestWrite(Told):
    """Something was logged."""

    arguments = fields(out=NativeString)

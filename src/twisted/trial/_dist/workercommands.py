"""
What the manager asks of a worker.
"""

from __future__ import annotations

from twisted.protocols.amp import Unicode as NativeString
from twisted.trial._dist._schema import Told, fields


class Run(Told):
    """Run the test with this id."""

    arguments = fields(testCase=NativeString)


class Start(Told):
    """Go to this directory, where tests are to be run."""

    arguments = fields(directory=NativeString)

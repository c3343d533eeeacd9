"""
The older path of L{twisted.internet.testing}.
"""

from __future__ import annotations

from twisted.internet import testing
from twisted.internet.testing import *  # noqa: F403
from twisted.internet.testing import _FakeConnector, _FakePort

__all__ = [*testing.__all__, "_FakeConnector", "_FakePort"]  # noqa: PLE0604

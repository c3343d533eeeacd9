"""
The older path of L{twisted.internet.testing}.
"""

from __future__ import annotations

from twisted.internet.testing import *  # noqa: F403
from twisted.internet.testing import __all__, _FakeConnector, _FakePort  # noqa: F401

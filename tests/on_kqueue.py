"""
A plugin of pytest: the default reactor is the one on kqueue, compiled.
"""

from __future__ import annotations

from tests.support import loopIsCompiled
from twisted.internet import kqreactor

if not loopIsCompiled(kqreactor.KQueueReactor):
    raise RuntimeError("the reactor on kqueue was to be the compiled one, and is not")
kqreactor.install()

"""
Run a module of CPython's own tests of asyncio on L{TorsionEventLoop}.

    python cpython_asyncio.py MODULE [TEST...]

The event loops that they make are ours, each on a reactor of its own.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import unittest
from typing import Any

from twisted.internet.asyncioloop import TorsionEventLoop
from twisted.internet.epollreactor import EPollReactor

#: Tests that cannot apply, with the reasons.
DO_NOT_APPLY = {
    "test_internal_fds": "counts the descriptors of the loop's own pipe; the reactor's waker serves",
    "SelectorEventLoopSignalTests": "puts stand-ins for the signal module into asyncio's, "
    "whose code for signals is not used: the wake-up descriptor is the reactor's",
}

#: In modules that test one kind of selector after another: the one to become ours.
KINDS = (
    "SelectEventLoopTests",
    "PollEventLoopTests",
    "EPollEventLoopTests",
    "KqueueEventLoopTests",
)


class Loop(TorsionEventLoop):
    """A loop on a reactor of its own, which it closes."""

    def __init__(self, selector: Any = None) -> None:
        super().__init__(EPollReactor())

    def close(self) -> None:
        open_ = not self.is_closed()
        super().close()
        if open_:
            reactor = self.reactor
            for reader in list(reactor._internalReaders):
                reactor._removeInternalReader(reader)
                reader.connectionLost(None)
            reactor._loop.close()


Loop.__name__ = Loop.__qualname__ = "TorsionEventLoop"


def _useOurs() -> None:
    asyncio.SelectorEventLoop = Loop  # type: ignore[misc, assignment]
    if hasattr(asyncio, "EventLoop"):  # from 3.13
        asyncio.EventLoop = Loop
    policy: Any = getattr(asyncio.unix_events, "_UnixDefaultEventLoopPolicy", None)
    if policy is None:
        policy = asyncio.unix_events._DefaultEventLoopPolicy  # from 3.14
    policy._loop_factory = Loop


def _tests(module: Any) -> unittest.TestSuite:
    for name in KINDS:
        kind = getattr(module, name, None)
        if kind is None:
            continue
        if name == KINDS[0]:
            kind.create_event_loop = lambda self: Loop()
        else:
            delattr(module, name)
    for name in dir(module):
        kind = getattr(module, name)
        if not isinstance(kind, type) or not issubclass(kind, unittest.TestCase):
            continue
        for test, reason in DO_NOT_APPLY.items():
            if name == test:
                kind.__unittest_skip__ = True  # type: ignore[attr-defined]
                kind.__unittest_skip_why__ = reason  # type: ignore[attr-defined]
            elif hasattr(kind, test):
                setattr(kind, test, unittest.skip(reason)(getattr(kind, test)))
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main(name: str, patterns: list[str]) -> int:
    """
    @return: the exit status.
    """
    _useOurs()
    module = importlib.import_module(f"test.test_asyncio.test_{name}")
    if patterns:
        unittest.defaultTestLoader.testNamePatterns = [f"*{each}*" for each in patterns]
    result = unittest.TextTestRunner(verbosity=1).run(_tests(module))
    print(f"ran={result.testsRun} skipped={len(result.skipped)}")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

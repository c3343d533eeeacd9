"""
What several tests need: reactors of their own, and ways to wait.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import select
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests import kqueue_support
from twisted.internet._stream_py import StreamBase as PureStreamBase
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.tcp import Connection

# The twin that runs.
StreamBase = Connection.__mro__[1]


def loopIsCompiled(kind: Any) -> bool:
    """Tell whether the loop of a reactor on a poller is compiled, table and all."""
    return kind._loopFactory.__module__ == StreamBase.__module__ != PureStreamBase.__module__


REACTORS: list[Any] = [SelectReactor]
#: Of which reactors processes, signals and standard streams are tested.
PROCESS_REACTORS: list[Any] = []
# Each exists where its way of waiting does; asyncio's loop of Windows cannot
# wait for descriptors.
if sys.platform == "win32":
    from twisted.internet.iocpreactor.reactor import IOCPReactor

    REACTORS += [IOCPReactor]
else:
    from twisted.internet import kqreactor
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor
    from twisted.internet.pollreactor import PollReactor

    REACTORS += [PollReactor, AsyncioSelectorReactor]
    # On the poller of ours, which was compiled for one facility of the system.
    polled: list[Any] = []
    if hasattr(select, "epoll"):
        from twisted.internet.epollreactor import EPollReactor

        polled += [EPollReactor]
    if kqreactor.isThere():
        polled += [kqreactor.KQueueReactor]
    REACTORS += polled
    PROCESS_REACTORS += [*polled, PollReactor, SelectReactor]
    if StreamBase is not PureStreamBase:
        from tests.subclassed import subclassed

        REACTORS += [subclassed(kind) for kind in polled if loopIsCompiled(kind)]
    if kqueue_support.AVAILABLE:
        REACTORS += [kqueue_support.ShimKQueueReactor]
    if importlib.util.find_spec("gi") is not None:
        from twisted.internet.gireactor import GIReactor

        REACTORS += [GIReactor]

if names := os.environ.get("TORSION_REACTORS"):
    # Only of these, as of the one that `make test-kqueue` has compiled.
    REACTORS = [kind for kind in REACTORS if kind.__name__ in names.split(",")]
    PROCESS_REACTORS = [kind for kind in PROCESS_REACTORS if kind in REACTORS]

# wine takes the news of a reset for itself when there is data before it.
ON_WINE = sys.platform == "win32" and hasattr(ctypes.windll.ntdll, "wine_get_version")

posixOnly = pytest.mark.skipif(os.name != "posix", reason="this is of POSIX systems")


class TimedOut(Exception):
    """The reactor was still running."""


def runReactor(reactor: Any, seconds: float = 10, signals: bool = False) -> None:
    """
    Run *reactor* until it is stopped, or for *seconds* and fail then.

    @param signals: whether it handles signals; without that, it sees children
        end only if their pipes close after them.
    """
    late = []

    def expire() -> None:
        late.append(True)
        reactor.stop()

    deadline = reactor.callLater(seconds, expire)
    reactor.run(installSignalHandlers=signals)
    if late:
        raise TimedOut(f"{reactor!r} was still running after {seconds} s")
    deadline.cancel()


def openDescriptors() -> int:
    """Return how many descriptors (on Windows, handles) this process has open."""
    if sys.platform == "win32":
        count = ctypes.c_ulong()
        ctypes.windll.kernel32.GetProcessHandleCount(ctypes.c_void_p(-1), ctypes.byref(count))
        return count.value
    return len(os.listdir("/proc/self/fd"))


class Recorder(Protocol):
    """Notes what happens to it, and calls hooks that a test has set."""

    onMade: Callable[..., Any] | None = None
    onData: Callable[..., Any] | None = None
    onLost: Callable[..., Any] | None = None

    def __init__(self) -> None:
        self.data = b""
        self.reason: Any = None

    def connectionMade(self) -> None:
        if self.onMade is not None:
            self.onMade(self)

    def dataReceived(self, data: bytes) -> None:
        self.data += data
        if self.onData is not None:
            self.onData(self, data)

    def connectionLost(self, reason: Any = None) -> None:
        self.reason = reason
        if self.onLost is not None:
            self.onLost(self, reason)


def factoryOf(kind: type[Factory] = Factory, **hooks: Any) -> Any:
    """Make a factory of L{Recorder} with *hooks*; it keeps its protocols."""
    made: list[Recorder] = []

    def build() -> Recorder:
        protocol = Recorder()
        for name, hook in hooks.items():
            setattr(protocol, name, hook)
        made.append(protocol)
        return protocol

    factory = kind.forProtocol(build)
    factory.noisy = False
    factory.made = made
    return factory


def clientOf(**hooks: Any) -> Any:
    """As L{factoryOf}, for clients; it keeps the failures, too."""
    factory = factoryOf(ClientFactory, **hooks)
    factory.failures = []
    factory.clientConnectionFailed = lambda connector, reason: (
        factory.failures.append(reason),
        factory.onFailed() if hasattr(factory, "onFailed") else None,
    )
    return factory

"""
Endpoints of processes: a child's standard input and output, and our own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from constantly import NamedConstant, Names
from zope.interface import implementer

from twisted.internet import defer, error
from twisted.internet.address import _ProcessAddress
from twisted.internet.interfaces import (
    IConsumer,
    IPushProducer,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
    ITransport,
)
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.stdio import PipeAddress, StandardIO
from twisted.python import log
from twisted.python.failure import Failure


@implementer(IStreamServerEndpoint)
class StandardIOEndpoint:
    """
    Listens at standard input and output, where there is one connection already.
    """

    _stdio: Any = StandardIO

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def listen(self, stdioProtocolFactory: Any) -> defer.Deferred[Any]:
        """
        Connect a protocol.

        @return: fires with the L{StandardIO}, or fails.
        """
        return defer.execute(
            lambda: self._stdio(
                stdioProtocolFactory.buildProtocol(PipeAddress()), reactor=self._reactor
            )
        )


class StandardErrorBehavior(Names):
    """
    What happens to what a child says on its standard error.

    @cvar LOG: it is logged.
    @cvar DROP: nothing.
    """

    LOG = NamedConstant()
    DROP = NamedConstant()


@implementer(ITransport, IPushProducer, IConsumer)
class _ProcessEndpointTransport:
    """
    A child process as a transport: nothing that only processes have.
    """

    # Each of them is done by the process.
    _PASSED_ON = frozenset((*ITransport, *IPushProducer, *IConsumer))

    def __init__(self, process: Any) -> None:
        self._process = process

    def write(self, data: bytes) -> None:
        """Write to its standard input."""
        self._process.writeToChild(0, data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Write all of it to its standard input."""
        self.write(b"".join(data))

    def __getattr__(self, name: str) -> Any:
        if name not in self._PASSED_ON:
            raise AttributeError(name)
        return getattr(self._process, name)


class _WrapIProtocol(ProcessProtocol):
    """
    Connects a process with a protocol that knows of streams alone.

    @ivar protocol: the protocol.
    @ivar executable: what is run.
    @ivar errFlag: one of L{StandardErrorBehavior}.
    """

    transport: Any

    def __init__(self, proto: Any, executable: Any, errFlag: NamedConstant) -> None:
        self.protocol = proto
        self.executable = executable
        self.errFlag = errFlag

    def makeConnection(self, process: Any) -> None:
        """Connect the protocol."""
        self.transport = _ProcessEndpointTransport(process)
        self.protocol.makeConnection(self.transport)

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """Pass on what it says, and log what it complains of."""
        if childFD == 1:
            self.protocol.dataReceived(data)
        elif childFD == 2 and self.errFlag is StandardErrorBehavior.LOG:
            log.msg(
                format="process %(executable)r wrote stderr unhandled by %(protocol)s: %(data)s",
                executable=self.executable,
                protocol=self.protocol,
                data=data,
            )

    def processEnded(self, reason: Failure) -> None:  # type: ignore[override]
        """Tell the protocol: an end without errors is a clean close."""
        clean = reason.check(error.ProcessDone) and not reason.value.exitCode  # type: ignore[union-attr]
        end: Any = error.ConnectionDone() if clean else error.ConnectionLost(str(reason.value))
        self.protocol.connectionLost(Failure(end))


@implementer(IStreamClientEndpoint)
class ProcessEndpoint:
    """
    Starts a process, and connects with its standard input and output.

    @ivar _spawnProcess: starts it.
    """

    def __init__(
        self,
        reactor: Any,
        executable: Any,
        args: Any = (),
        env: Any = {},  # noqa: B006
        path: Any = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = 0,
        childFDs: Any = None,
        errFlag: NamedConstant = StandardErrorBehavior.LOG,
    ) -> None:
        """
        The arguments are those of C{reactor.spawnProcess}.

        @param errFlag: what happens to its standard error.
        """
        self._reactor = reactor
        self._spawnProcess = reactor.spawnProcess
        self._executable = executable
        self._args, self._env = args, env
        self._path, self._uid, self._gid = path, uid, gid
        self._usePTY, self._childFDs = usePTY, childFDs
        self._errFlag = errFlag

    def connect(self, protocolFactory: Any) -> defer.Deferred[Any]:
        """
        Start it.

        @return: fires with the protocol, connected, or fails.
        """
        return defer.execute(self._start, protocolFactory)

    def _start(self, protocolFactory: Any) -> Any:
        protocol = protocolFactory.buildProtocol(_ProcessAddress())
        how = (self._args, self._env, self._path, self._uid, self._gid, self._usePTY)
        process = _WrapIProtocol(protocol, self._executable, self._errFlag)
        self._spawnProcess(process, self._executable, *how, self._childFDs)
        return protocol

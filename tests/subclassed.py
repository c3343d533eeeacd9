"""
A reactor and transports of which everything that the compiled twins do by
themselves is overridden in Python, and then done by them all the same.

What users may override must be called; the contract of all reactors holds the
result to what the twins do alone.
"""

from __future__ import annotations

from typing import Any

from twisted.internet import tcp, unix


class _Overriding:
    """The hooks of a stream, each of which calls the one beneath."""

    def doRead(self) -> Any:
        return super().doRead()  # type: ignore[misc]

    def doWrite(self) -> Any:
        return super().doWrite()  # type: ignore[misc]

    def write(self, data: bytes) -> None:
        super().write(data)  # type: ignore[misc]

    def writeSequence(self, iovec: Any) -> None:
        super().writeSequence(iovec)  # type: ignore[misc]

    def writeSomeData(self, data: Any) -> Any:
        return super().writeSomeData(data)  # type: ignore[misc]

    def startReading(self) -> None:
        super().startReading()  # type: ignore[misc]

    def stopReading(self) -> None:
        super().stopReading()  # type: ignore[misc]

    def startWriting(self) -> None:
        super().startWriting()  # type: ignore[misc]

    def stopWriting(self) -> None:
        super().stopWriting()  # type: ignore[misc]

    def fileno(self) -> Any:
        return super().fileno()  # type: ignore[misc]

    def connectionLost(self, reason: Any) -> None:
        super().connectionLost(reason)  # type: ignore[misc]

    def readConnectionLost(self, reason: Any) -> None:
        super().readConnectionLost(reason)  # type: ignore[misc]


class OwnServer(_Overriding, tcp.Server):
    pass


class OwnClient(_Overriding, tcp.Client):
    pass


class OwnUNIXServer(_Overriding, unix.Server):
    pass


class OwnUNIXClient(_Overriding, unix.Client):
    pass


class OwnPort(tcp.Port):
    transport = OwnServer


class OwnUNIXPort(unix.Port):
    transport = OwnUNIXServer


class OwnConnector(tcp.Connector):
    def _makeTransport(self) -> Any:
        return OwnClient(self.host, self.port, self.bindAddress, self, self.reactor)


class OwnUNIXConnector(unix.Connector):
    def _makeTransport(self) -> Any:
        return OwnUNIXClient(self.address, self, self.reactor, self.checkPID)


class _OverridingReactor:
    """The hooks of a reactor, too."""

    def addReader(self, reader: Any) -> None:
        super().addReader(reader)  # type: ignore[misc]

    def addWriter(self, writer: Any) -> None:
        super().addWriter(writer)  # type: ignore[misc]

    def removeReader(self, reader: Any) -> None:
        super().removeReader(reader)  # type: ignore[misc]

    def removeWriter(self, writer: Any) -> None:
        super().removeWriter(writer)  # type: ignore[misc]

    def runUntilCurrent(self) -> None:
        super().runUntilCurrent()  # type: ignore[misc]

    def doIteration(self, delay: Any) -> None:
        super().doIteration(delay)  # type: ignore[misc]

    def callLater(self, delay: float, callable: Any, *args: Any, **kw: Any) -> Any:
        return super().callLater(delay, callable, *args, **kw)  # type: ignore[misc]

    def callFromThread(self, f: Any, *args: Any, **kw: Any) -> None:
        super().callFromThread(f, *args, **kw)  # type: ignore[misc]

    def listenTCP(self, port: Any, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        listening = OwnPort(port, factory, backlog, interface, self)
        listening.startListening()
        return listening

    def connectTCP(
        self, host: Any, port: Any, factory: Any, timeout: Any = 30, bindAddress: Any = None
    ) -> Any:
        connector = OwnConnector(host, port, factory, timeout, bindAddress, self)
        connector.connect()
        return connector

    def listenUNIX(
        self,
        address: Any,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> Any:
        listening = OwnUNIXPort(address, factory, backlog, mode, self, wantPID)
        listening.startListening()
        return listening

    def connectUNIX(
        self, address: Any, factory: Any, timeout: Any = 30, checkPID: Any = False
    ) -> Any:
        connector = OwnUNIXConnector(address, factory, timeout, self, checkPID)
        connector.connect()
        return connector


def subclassed(kind: type[Any]) -> type[Any]:
    """Return a *kind* of reactor with every hook in Python."""
    return type(f"Subclassed{kind.__name__}", (_OverridingReactor, kind), {})

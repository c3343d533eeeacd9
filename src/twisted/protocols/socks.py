"""
A proxy that speaks SOCKS, versions 4 and 4a.

L{SOCKSv4Factory} makes what clients connect to.  It lets everybody go
everywhere: override L{SOCKSv4.authorize}, or let it listen only where nobody
else can connect.
"""

from __future__ import annotations

import time
from typing import Any

from twisted.internet import defer, protocol
from twisted.internet.error import ConnectError
from twisted.logger import Logger
from twisted.protocols._socksrequest import CONNECT, BadRequest, Request, RequestReader, reply
from twisted.python.failure import Failure

__all__ = [
    "SOCKSv4",
    "SOCKSv4Factory",
    "SOCKSv4Incoming",
    "SOCKSv4IncomingFactory",
    "SOCKSv4Outgoing",
]

_log = Logger()

GRANTED = 90
REFUSED = 91

_DUMP_WIDTH = 16


def _globalReactor() -> Any:
    # Late: importing it installs the default reactor.
    from twisted.internet import reactor

    return reactor


class _OtherSide(protocol.Protocol):
    """
    The connection on whose behalf the client is here.

    @ivar socks: the client's L{SOCKSv4}.
    """

    def __init__(self, socks: SOCKSv4) -> None:
        self.socks = socks

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """
        Close the client, too, once it has got everything.
        """
        self.socks._otherSideLost(self)

    def dataReceived(self, data: bytes) -> None:
        """
        Pass it to the client.

        @param data: bytes.
        """
        self.socks.write(data)

    def write(self, data: bytes) -> None:
        """
        Send what the client has sent.

        @param data: bytes.
        """
        self.socks.log(self, data)
        self.transport.write(data)


class SOCKSv4Outgoing(_OtherSide):
    """
    A connection made for a client.
    """

    def connectionMade(self) -> None:
        """
        Tell the client, and pass everything on from now on.
        """
        peer = self.transport.getPeer()
        self.socks._join(self, port=peer.port, ip=peer.host)


class SOCKSv4Incoming(_OtherSide):
    """
    A connection that a client has waited for.
    """

    def connectionMade(self) -> None:
        """
        Tell the client, and pass everything on from now on.
        """
        self.socks._join(self)


class SOCKSv4IncomingFactory(protocol.Factory[Any]):
    """
    Takes the one connection that a client waits for.
    """

    def __init__(self, socks: SOCKSv4, ip: str) -> None:
        """
        @param socks: the client.
        @param ip: the address that it has to come from.
        """
        self.socks = socks
        self.ip = ip
        self._decided = False

    def buildProtocol(self, addr: Any) -> SOCKSv4Incoming | None:
        """
        Take a connection.

        @param addr: where it is from.
        @return: its protocol; L{None} if it is from elsewhere: then the client
            is refused.
        """
        host = addr[0] if isinstance(addr, tuple) else addr.host
        self.socks._stopWaiting()
        if self._decided:
            return None
        self._decided = True
        if host == self.ip:
            return SOCKSv4Incoming(self.socks)
        self.socks.makeReply(REFUSED)
        return None


class SOCKSv4(protocol.Protocol):
    """
    A client's connection.

    @ivar logging: the path of a file that all data is noted in, if any.
    @ivar reactor: what connects and listens.
    @ivar otherConn: the other side, once it is there.
    """

    otherConn: Any = None
    _waiting: Any = None
    _gone = False

    def __init__(self, logging: Any = None, reactor: Any = None) -> None:
        """
        @param logging: see above.
        @param reactor: see above; the global one by default.
        """
        self.logging = logging
        self.reactor = _globalReactor() if reactor is None else reactor
        self._reader: RequestReader | None = RequestReader()
        self._early = b""

    def dataReceived(self, data: bytes) -> None:
        """
        Take what the client has sent: a request, and then what to pass on.

        @param data: bytes.
        """
        if self.otherConn is not None:
            self.otherConn.write(data)
            return
        if self._reader is None:
            # The client is refused, or has not waited for the other side; the
            # transport is paused, so there is little of it.
            self._early += data
            return
        try:
            complete = self._reader.feed(data)
        except BadRequest as problem:
            _log.info(
                "SOCKS request from {peer}: {why}", peer=self.transport.getPeer(), why=problem
            )
            self._reader = None
            self.makeReply(REFUSED)
            return
        if complete is not None:
            request, self._early = complete
            self._reader = None
            self.transport.pauseProducing()
            self._requested(request)

    def _requested(self, request: Request) -> None:
        """
        Find the server, if that has a name only, and do what is wanted.
        """
        code, port, server, user, host = request

        def found(address: str) -> None:
            self._dataReceived2(address, user, 4, code, port)

        def notFound(why: Failure) -> None:
            self.makeReply(REFUSED)

        if host is None:
            found(server)
        else:
            self.reactor.resolve(host).addCallbacks(found, notFound).addErrback(self._failed)

    def _dataReceived2(self, server: str, user: bytes, version: int, code: int, port: int) -> None:
        """
        Do what is wanted, if it is allowed.
        """
        if not self.authorize(code, server, port, user):
            self.makeReply(REFUSED)
        elif code == CONNECT:
            connected = self.connectClass(server, port, SOCKSv4Outgoing, self)
            connected.addErrback(self._failed)
        else:
            listening = self.listenClass(0, SOCKSv4IncomingFactory, self, server)
            listening.addCallback(lambda where: self.makeReply(GRANTED, 0, where[1], where[0]))
            listening.addErrback(self._failed)

    def _failed(self, why: Failure) -> None:
        """
        The other side cannot be reached.
        """
        if not why.check(ConnectError):
            _log.failure("SOCKS request failed", failure=why)
        self.makeReply(REFUSED)

    def _join(self, other: _OtherSide, **where: Any) -> None:
        """
        The other side is there.
        """
        if self._gone:
            other.transport.loseConnection()
            return
        self.makeReply(GRANTED, **where)
        self.otherConn = other
        # From now on each waits while the other is slow.
        other.transport.registerProducer(self.transport, True)
        self.transport.registerProducer(other.transport, True)
        early, self._early = self._early, b""
        if early:
            other.write(early)
        self.transport.resumeProducing()

    def _otherSideLost(self, other: _OtherSide) -> None:
        """
        The other side is not there any more.
        """
        if self.otherConn is other:
            self.otherConn = None
            self.transport.unregisterProducer()
        self.transport.loseConnection()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """
        Close the other side, too, once it has got everything.

        @param reason: not used.
        """
        self._gone = True
        self._stopWaiting()
        other, self.otherConn = self.otherConn, None
        if other is not None:
            other.transport.unregisterProducer()
            other.transport.loseConnection()

    def _stopWaiting(self) -> None:
        port, self._waiting = self._waiting, None
        if port is not None:
            port.stopListening()

    def authorize(self, code: int, server: str, port: int, user: bytes) -> Any:
        """
        Decide whether a client may do what it wants; to be overridden.

        @param code: 1 if it wants to connect, 2 if it wants to wait for a
            connection.
        @param server: the address to connect to, or from which the connection
            is to come.
        @param port: the port likewise.
        @param user: who it says it is.
        @return: true if it may.
        """
        _log.info(
            "code {code} to {server}:{port} user {user!r}",
            code=code,
            server=server,
            port=port,
            user=user,
        )
        return 1

    def connectClass(self, host: str, port: int, klass: Any, *args: Any) -> defer.Deferred[Any]:
        """
        Connect for a client.

        @param host: where to.
        @param port: likewise.
        @param klass: makes the protocol.
        @param args: what it is made of.
        @return: fires with it, or fails.
        """
        creator = protocol.ClientCreator(self.reactor, klass, *args)
        return creator.connectTCP(host, port)

    def listenClass(self, port: int, klass: Any, *args: Any) -> defer.Deferred[Any]:
        """
        Listen for a client.

        @param port: where; any port if it is 0.
        @param klass: makes the factory.
        @param args: what it is made of.
        @return: fires with the address and the port to connect to.
        """
        # On the address by which the client has reached us, others might be
        # for people that it has nothing to do with.
        here = self.transport.getHost().host
        self._waiting = self.reactor.listenTCP(port, klass(*args), interface=here)
        return defer.succeed((here, self._waiting.getHost().port))

    def makeReply(self, reply: int, version: int = 0, port: int = 0, ip: str = "0.0.0.0") -> None:
        """
        Tell a client what became of its request, and close if it is refused.

        @param reply: 90 if it is granted, 91 if not.
        @param version: of the reply; it is 0.
        @param port: of the connection, or to be connected to.
        @param ip: the address likewise.
        """
        self.transport.write(_reply(reply, version, port, ip))
        if reply != GRANTED:
            self.transport.loseConnection()

    def write(self, data: bytes) -> None:
        """
        Send what the other side has sent.

        @param data: bytes.
        """
        self.log(self, data)
        self.transport.write(data)

    def log(self, proto: Any, data: bytes) -> None:
        """
        Note what is passed on, if it is to be noted.

        @param proto: whom it is passed to.
        @param data: bytes.
        """
        if not self.logging:
            return
        other = self.otherConn if proto is self else self
        source = "nobody" if other is None else _where(other)
        lines = [f"{time.ctime()} {source} -> {_where(proto)}"]
        for at in range(0, len(data), _DUMP_WIDTH):
            piece = data[at : at + _DUMP_WIDTH]
            text = "".join(chr(each) if 32 <= each < 127 else "." for each in piece)
            lines.append(f"{piece.hex(' ').upper():<{3 * _DUMP_WIDTH}} {text}")
        with open(self.logging, "a", encoding="ascii") as out:
            out.write("\n".join(lines) + "\n\n")


# Within the class its name is that of an argument.
_reply = reply


def _where(side: Any) -> str:
    """
    @return: the address of the other end of a connection.
    """
    peer = side.transport.getPeer()
    return f"{peer.host}:{peer.port}"


class SOCKSv4Factory(protocol.Factory[Any]):
    """
    Makes what clients connect to.

    @ivar logging: the path of a file that all data is noted in; L{None} for
        nowhere.
    """

    def __init__(self, log: Any) -> None:
        """
        @param log: see I{logging}.
        """
        self.logging = log

    def buildProtocol(self, addr: Any) -> SOCKSv4:
        """
        @param addr: where a client is.
        @return: its protocol.
        """
        made = SOCKSv4(self.logging, _globalReactor())
        made.factory = self
        return made

"""
A client of FTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet.address import IPv6Address
from twisted.internet.defer import Deferred, DeferredList, FirstError
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, IProtocol
from twisted.internet.protocol import ClientFactory, Protocol, ServerFactory
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.protocols.ftp import _addresses as addresses
from twisted.protocols.ftp import _errors as errors
from twisted.protocols.ftp._data import globalReactor
from twisted.protocols.ftp._responses import ResponseReader, problemOf
from twisted.python.failure import Failure

_log = Logger()

#: The lines of one; a method is called as the type of them.
Answer = list[str]
Answers = list[Answer]
_FORBIDDEN = frozenset("\r\n")
_CLOSING = "421"
_LOGGED_IN = "230"


class IFinishableConsumer(IConsumer):
    """
    A consumer that is to be told when there is no more.
    """

    def finish() -> Any:  # type: ignore[misc]
        """There is no more."""


@implementer(IFinishableConsumer)
class SenderProtocol(Protocol):
    """
    Sends a file to the server.

    @ivar connectedDeferred: fires with this when one can write.
    @ivar deferred: fires when the connection has been closed, and fails if it broke.
    """

    def __init__(self) -> None:
        self.connectedDeferred: Deferred[Any] = Deferred()
        self.deferred: Deferred[Any] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """
        @raise errors.UnexpectedData: always; the server has nothing to send here.
        """
        raise errors.UnexpectedData(f"the server sent {data[:40]!r} where it should receive")

    def makeConnection(self, transport: Any) -> None:
        """The connection is there."""
        Protocol.makeConnection(self, transport)
        self.connectedDeferred.callback(self)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """The connection is gone."""
        if reason.check(ConnectionDone):
            self.deferred.callback("connection done")
        else:
            self.deferred.errback(reason)

    def write(self, data: bytes) -> None:
        """Send a piece."""
        self._wire.write(data)

    def registerProducer(self, producer: Any, streaming: Any) -> None:
        """Send what a producer makes."""
        self._wire.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """The producer has made all."""
        self._wire.unregisterProducer()

    def finish(self) -> None:
        """Close the connection, by which the server knows that the file ends."""
        self._wire.loseConnection()

    @property
    def _wire(self) -> Any:
        return self.transport


class ProtocolWrapper(Protocol):
    """
    Passes everything on, and tells when the connection is lost.
    """

    def __init__(self, original: Any, deferred: Deferred[Any]) -> None:
        """
        @param original: the protocol that gets it.
        @param deferred: called back with L{None} in the end.
        """
        self.original = original
        self.deferred = deferred

    def makeConnection(self, transport: Any) -> None:
        """Pass it on."""
        self.original.makeConnection(transport)

    def dataReceived(self, data: bytes) -> None:
        """Pass it on."""
        self.original.dataReceived(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Pass it on, and tell."""
        self.original.connectionLost(reason)
        self.deferred.callback(None)


class _PassiveConnectionFactory(ClientFactory):
    """
    Goes to the server for data.
    """

    noisy = False

    def __init__(self, protocol: Any) -> None:
        self.protocolInstance = protocol

    def buildProtocol(self, addr: Any) -> Any:
        """Return the one that there is."""
        self.protocolInstance.factory = self
        return self.protocolInstance

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """The server does not wait there."""
        self.protocolInstance.deferred.errback(reason)


class FTPDataPortFactory(ServerFactory):
    """
    Waits for the server to come with data.

    @ivar protocol: the instance that gets it.
    @ivar listener: the port, which is closed when it has come.
    """

    noisy = False
    protocol: Any
    listener: Any = None

    def buildProtocol(self, addr: Any) -> Any:
        """
        Return the one that there is, once.
        """
        listener, self.listener = self.listener, None
        if listener is None:
            return None
        listener.stopListening()
        self.protocol.factory = self
        return self.protocol


class FTPCommand:
    """
    A command that is sent when those before it have been answered.

    @ivar text: the line, or L{None} if it is not known yet.
    @ivar public: whether somebody waits for C{deferred} to fail as well.
    @ivar deferred: fires with the lines of the answer.
    @ivar ready: whether it can be sent.
    """

    def __init__(self, text: str | None = None, public: Any = 0) -> None:
        self.text = text
        self.deferred: Deferred[Answer] = Deferred()
        self.ready = 1
        self.public = public
        self.transferDeferred: Any = None

    def fail(self, failure: Any) -> None:
        """
        It will not be answered.
        """
        if self.public:
            self.deferred.errback(failure)


class FTPClientBasic(LineReceiver):
    """
    Sends commands, one after the other, and tells what is answered.

    @ivar greeting: the lines by which the server has greeted, or L{None}.
    @ivar actionQueue: the commands that wait.
    @ivar nextDeferred: of the answer that is waited for.
    @cvar debug: whether what is sent and received is logged.
    """

    debug = False
    _encoding = "latin-1"

    def __init__(self) -> None:
        self.actionQueue: list[FTPCommand] = []
        self.greeting: Answer | None = None
        self.nextDeferred: Deferred[Answer] | None = Deferred()
        self.nextDeferred.addCallback(self._cb_greeting).addErrback(self.fail)
        self._reader = ResponseReader()
        self._failed = False

    @property
    def response(self) -> Answer:
        """The lines of the answer so far."""
        return self._reader.lines

    def fail(self, error: Any) -> None:
        """
        Give up all that waits.
        """
        self._fail(error)

    def _fail(self, error: Any) -> Any:
        if self._failed:
            return error
        self._failed = True
        lost = Failure(errors.ConnectionLost("FTP connection lost", error))
        pending, self.nextDeferred = self.nextDeferred, None
        waiting, self.actionQueue = self.actionQueue, []
        if pending is not None:
            pending.errback(lost)
        for command in waiting:
            command.fail(lost)
        return error

    def _cb_greeting(self, greeting: Answer) -> None:
        self.greeting = greeting

    def sendLine(self, line: str | None) -> None:  # type: ignore[override]
        """
        Send a line, unless it is L{None}.
        """
        if line is None:
            return
        try:
            data = line.encode(self._encoding)
        except UnicodeEncodeError:
            data = line.encode("utf-8", "surrogateescape")
        transport: Any = self.transport
        transport.write(data + b"\r\n")

    def sendNextCommand(self) -> None:
        """
        Send the next command, if it is ready, and none is being answered.
        """
        if self.nextDeferred is not None or not self.actionQueue:
            return
        if not self.actionQueue[0].ready:
            return
        command = self.actionQueue.pop(0)
        self.nextDeferred = command.deferred
        if self.debug:
            _log.debug("<-- {text}", text=command.text)
        self.sendLine(command.text)

    def queueCommand(self, ftpCommand: FTPCommand) -> None:
        """
        Have a command sent when those before it have been answered.

        @raise ValueError: it is more than a line, so that there would be a second
            command in it.
        """
        if ftpCommand.text and not _FORBIDDEN.isdisjoint(ftpCommand.text):
            raise ValueError(f"an FTP command is one line, not {ftpCommand.text!r}")
        if self._failed:
            ftpCommand.fail(Failure(errors.ConnectionLost("FTP connection lost")))
            return
        self.actionQueue.append(ftpCommand)
        if self.transport is not None:
            self.sendNextCommand()

    def queueStringCommand(self, command: str, public: Any = 1) -> Deferred[Answer]:
        """
        Have a line sent.

        @return: fires with the lines of the answer; fails with
            L{errors.CommandFailed}, L{errors.BadResponse} or L{errors.ConnectionLost}.
        """
        queued = FTPCommand(command, public)
        self.queueCommand(queued)
        return queued.deferred

    def popCommandQueue(self) -> FTPCommand | None:
        """
        Take the next command away.
        """
        return self.actionQueue.pop(0) if self.actionQueue else None

    def queueLogin(self, username: str, password: str | None) -> list[Deferred[Any]]:
        """
        Log in.

        @param password: is sent if the server asks for it; L{None} never to send one.
        @return: those of the commands.
        """
        user = self.queueStringCommand(f"USER {username}", public=0)
        if password is None:
            return [user]
        asked = FTPCommand(f"PASS {password}", public=0)
        self.queueCommand(asked)

        def unasked(answer: Answer) -> Answer:
            if answer[-1].startswith(_LOGGED_IN) and asked in self.actionQueue:
                self.actionQueue.remove(asked)
            return answer

        return [user.addCallback(unasked), asked.deferred]

    def lineReceived(self, line: bytes) -> None:
        """
        Take a line of an answer.
        """
        text = line.decode(self._encoding)
        if self.debug:
            _log.debug("--> {text}", text=text)
        try:
            answer = self._reader.feed(text)
        except errors.BadResponse:
            self.fail(Failure())
            return
        if answer is not None:
            self._answered(answer)

    def _answered(self, answer: Answer) -> None:
        pending, self.nextDeferred = self.nextDeferred, None
        problem = problemOf(answer)
        if pending is None:
            # Nobody asked. The one reason to speak is that the server closes.
            if answer[-1].startswith(_CLOSING):
                self.fail(Failure(problem))
            return
        if problem is None:
            pending.callback(answer)
        else:
            pending.errback(Failure(problem))
        self.sendNextCommand()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """
        Give up all that waits.
        """
        self._fail(reason)


def _firstOf(reason: Failure) -> Any:
    """Return the failure in a L{FirstError}."""
    return reason.value.subFailure if isinstance(reason.value, FirstError) else reason


def _together(deferreds: Sequence[Deferred[Any]]) -> Deferred[Any]:
    """
    Wait for all, or for the first to fail.
    """
    whole: Deferred[Any] = DeferredList(deferreds, fireOnOneErrback=True, consumeErrors=True)
    return whole.addErrback(_firstOf)


def _withTransfer(
    answers: Deferred[Any], transfer: Deferred[Any], opened: Deferred[Any]
) -> Deferred[Any]:
    """
    Wait for the answers, for the transfer that they are about, and for what opens its
    connection.

    That the transfer breaks is no news before the server has said why.
    """
    answered: Deferred[None] = Deferred()
    transfer.addErrback(lambda reason: answered.addCallback(lambda ignored: reason))
    whole = _together([answers, transfer, opened])
    # Last, so that whoever waits for all has heard of the answers by then.
    answers.addBoth(answered.callback)
    return whole


class FTPClient(FTPClientBasic):
    """
    Logs in, lists directories, and moves files.

    @ivar passive: whether we go to the server for data, or it comes to us.
    """

    passive: Any = 1

    @staticmethod
    def connectFactory(
        host: str,
        port: int,
        factory: Any,
        timeout: float = 30.0,
        bindAddress: Any = None,
    ) -> Any:
        """
        Connect, as C{connectTCP} of the reactor does.
        """
        return globalReactor().connectTCP(host, port, factory, timeout, bindAddress)

    def __init__(
        self,
        username: str = "anonymous",
        password: str = "twisted@twistedmatrix.com",
        passive: Any = 1,
        trustPasvAddr: bool = False,
    ) -> None:
        """
        @param trustPasvAddr: go where the server says for data, and not to the server
            itself. It could have us attack others.
        """
        FTPClientBasic.__init__(self)
        self.queueLogin(username, password)
        self.passive = passive
        self._trustPasvAddr = trustPasvAddr

    def fail(self, error: Any) -> None:
        """
        Close the connection, and give up all that waits.
        """
        # First, so that those who wait hear what was wrong, and not what came of it.
        self._fail(error)
        if self.transport is not None:
            self.transport.loseConnection()

    def queueLogin(self, username: str, password: str | None) -> Any:
        """
        Log in, and have files moved as they are; if either fails, all does.
        """
        commands = FTPClientBasic.queueLogin(self, username, password)
        for each in (*commands, self.queueStringCommand("TYPE I", public=0)):
            each.addErrback(self.fail)

    def receiveFromConnection(self, commands: Sequence[str], protocol: Any) -> Deferred[Any]:
        """
        Have a protocol get what comes over a data connection.

        @param commands: the lines that make the server send it.
        @return: fires when all has come and been answered.
        """
        wrapped = ProtocolWrapper(IProtocol(protocol), Deferred())  # type: ignore[arg-type,call-arg]
        return self._openDataConnection(commands, wrapped)

    def sendToConnection(self, commands: Sequence[str]) -> tuple[Deferred[Any], Deferred[Any]]:
        """
        Send something over a data connection.

        @param commands: the lines that make the server take it.
        @return: one that fires with an L{IFinishableConsumer} to write to, and one
            that fires when all has been sent and answered.
        """
        sender = SenderProtocol()
        done = self._openDataConnection(commands, sender)
        return sender.connectedDeferred, done.addErrback(self._notSent, sender)

    def _notSent(self, reason: Failure, sender: SenderProtocol) -> Failure:
        # Who waits to write hears that it is no use.
        if not sender.connectedDeferred.called and sender.transport is None:
            sender.connectedDeferred.errback(reason)
        return reason

    def _openDataConnection(self, commands: Sequence[str], protocol: Any) -> Deferred[Any]:
        queued = [FTPCommand(command, public=1) for command in commands]
        opening = FTPCommand(public=1)
        opening.transferDeferred = protocol.deferred
        answers = _together([command.deferred for command in queued])

        def drop(reason: Failure) -> Failure:
            # Without a connection for it there is nothing to ask for.
            for command in queued:
                if command in self.actionQueue:
                    self.actionQueue.remove(command)
            return reason

        if self.passive:
            opening.text = "EPSV" if self._isIPv6() else "PASV"
            opened = opening.deferred.addCallback(self._goTo, protocol)
        else:
            opening.protocol = protocol  # type: ignore[attr-defined]
            self.generatePortCommand(opening)
            opened = opening.deferred
            opened.addBoth(self._stopWaiting, opening)
        whole = _withTransfer(answers, protocol.deferred, opened.addErrback(drop))
        self.queueCommand(opening)
        for command in queued:
            self.queueCommand(command)
        return whole.addErrback(self._closeData, protocol)

    def _closeData(self, reason: Failure, protocol: Any) -> Failure:
        # The server may keep it open for ever after it has refused to use it.
        transport = getattr(getattr(protocol, "original", protocol), "transport", None)
        if transport is not None:
            transport.loseConnection()
        return reason

    def _stopWaiting(self, result: Any, opening: Any) -> Any:
        if isinstance(result, Failure):
            factory = getattr(opening, "_factory", None)
            if factory is not None and factory.listener is not None:
                factory.listener.stopListening()
        return result

    def _isIPv6(self) -> bool:
        transport: Any = self.transport
        return transport is not None and isinstance(transport.getPeer(), IPv6Address)

    def _goTo(self, answer: Answer, protocol: Any) -> None:
        """
        Go to where the server says that it waits.

        @raise errors.BadResponse: it does not say.
        """
        transport: Any = self.transport
        host = transport.getPeer().host
        try:
            if self._isIPv6():
                text = answer[-1].partition("(")[2].partition(")")[0]
                port = addresses.decodeExtendedAddress(text)[2]
            else:
                said, port = addresses.decodeHostPort(answer[-1][4:])
                host = said if self._trustPasvAddr else host
        except ValueError:
            raise errors.BadResponse(answer)
        self.connectFactory(host, port, _PassiveConnectionFactory(protocol))

    def generatePortCommand(self, portCmd: Any) -> None:
        """
        Wait for the server to come with data.

        @param portCmd: gets the text that tells where; its C{protocol} gets the data.
        """
        transport: Any = self.transport
        factory = FTPDataPortFactory()
        factory.protocol = portCmd.protocol
        host = transport.getHost().host
        factory.listener = globalReactor().listenTCP(0, factory, interface=host)
        portCmd._factory = factory
        port = factory.listener.getHost().port
        if self._isIPv6():
            portCmd.text = f"EPRT |2|{host}|{port}|"
        else:
            portCmd.text = f"PORT {addresses.encodeHostPort(host, port)}"

    def escapePath(self, path: str) -> str:
        """
        Write a path so that it is within a line.
        """
        return path.replace("\n", "\0")

    def retrieveFile(self, path: str, protocol: Any, offset: int = 0) -> Deferred[Any]:
        """
        Fetch a file.

        @param protocol: gets what is in it.
        @param offset: leave out that many bytes.
        @return: fires when all has come.
        """
        return self.receiveFromConnection(self._withRestart("RETR", path, offset), protocol)

    retr = retrieveFile

    def storeFile(self, path: str, offset: int = 0) -> tuple[Deferred[Any], Deferred[Any]]:
        """
        Send a file.

        @param offset: keep that many bytes of the one that is there.
        @return: see L{sendToConnection}.
        """
        return self.sendToConnection(self._withRestart("STOR", path, offset))

    stor = storeFile

    def _withRestart(self, command: str, path: str, offset: int) -> Answer:
        moving = f"{command} {self.escapePath(path)}"
        return [f"REST {offset}", moving] if offset else [moving]

    def rename(self, pathFrom: str, pathTo: str) -> Deferred[Any]:
        """
        Rename a file.

        @return: fires with the two answers.
        """
        first = FTPCommand(f"RNFR {self.escapePath(pathFrom)}", public=1)
        second = FTPCommand(f"RNTO {self.escapePath(pathTo)}", public=1)
        done: Deferred[Any] = Deferred()
        answers: Answers = []

        def refused(reason: Failure) -> None:
            if second in self.actionQueue:
                self.actionQueue.remove(second)
            done.errback(reason)

        def renamed(answer: Answer) -> None:
            done.callback((answers[0], answer))

        def unlessRefused(reason: Failure) -> None:
            if not done.called:
                done.errback(reason)

        first.deferred.addCallbacks(answers.append, refused)
        second.deferred.addCallbacks(renamed, unlessRefused)
        self.queueCommand(first)
        self.queueCommand(second)
        return done

    def list(self, path: str, protocol: Any) -> Deferred[Any]:
        """
        Fetch the listing of a directory.

        @param protocol: gets the text, as L{FTPFileListProtocol}.
        @return: fires when all has come.
        """
        return self.receiveFromConnection([f"LIST {self.escapePath(path or '')}"], protocol)

    def nlst(self, path: str, protocol: Any) -> Deferred[Any]:
        """
        Fetch the names of what is in a directory.

        @param protocol: gets them, a line each.
        @return: fires when all has come.
        """
        return self.receiveFromConnection([f"NLST {self.escapePath(path or '')}"], protocol)

    def cwd(self, path: str) -> Deferred[Answer]:
        """
        Go to a directory.

        @return: fires with the answer, as do those below.
        """
        return self.queueStringCommand(f"CWD {self.escapePath(path)}")

    def makeDirectory(self, path: str) -> Deferred[Answer]:
        """Make a directory."""
        return self.queueStringCommand(f"MKD {self.escapePath(path)}")

    def removeFile(self, path: str) -> Deferred[Answer]:
        """Remove a file."""
        return self.queueStringCommand(f"DELE {self.escapePath(path)}")

    def removeDirectory(self, path: str) -> Deferred[Answer]:
        """Remove a directory."""
        return self.queueStringCommand(f"RMD {self.escapePath(path)}")

    def cdup(self) -> Deferred[Answer]:
        """Go to the directory above."""
        return self.queueStringCommand("CDUP")

    def pwd(self) -> Deferred[Answer]:
        """Ask where we are."""
        return self.queueStringCommand("PWD")

    def getDirectory(self) -> Deferred[str]:
        """
        Ask where we are.

        @return: fires with the path.
        """

        def read(answer: Any) -> Any:
            path = addresses.parsePWDResponse(answer[0])
            if path is None:
                raise errors.CommandFailed(answer)
            return path

        return self.pwd().addCallback(read)

    def quit(self) -> Deferred[Answer]:
        """
        Say goodbye; the server closes the connection then.
        """
        return self.queueStringCommand("QUIT")


def debugDeferred(self: Any, *_: Any) -> None:
    """
    Log what is called, for those who look for what happens.
    """
    _log.debug("debugDeferred(): {args!r}", args=_)

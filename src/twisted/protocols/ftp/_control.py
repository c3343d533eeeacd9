"""
The control connection on the side of the server: commands come in, one is done after
the other, and each is answered.
"""

from __future__ import annotations

import inspect
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.protocols.ftp import _errors as errors
from twisted.protocols.ftp import _replies as replies
from twisted.protocols.ftp import _session as session
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure

_log = Logger()

#: Of which the argument may be left out, though Twisted's signature wants one.
_OPTIONAL = frozenset({"NLST"})

#: How many commands may wait before no more are read.
_MANY_WAITING = 100


def _requires(method: Callable[..., Any], params: tuple[str, ...]) -> bool:
    """
    Tell whether a command lacks its argument.

    @raise errors.CmdArgSyntaxError: it has one too many.
    """
    signature = inspect.signature(method)
    try:
        signature.bind(*params)
    except TypeError:
        if params:
            raise errors.CmdArgSyntaxError(params[0])
        return True
    return False


class Control(LineReceiver, TimeoutMixin):
    """
    Reads commands and calls C{ftp_NAME} for each.

    A method returns the key of a reply, or that and its arguments as a tuple, or
    L{None} if it has replied; or a Deferred of those. Commands that come before it
    fires wait.
    """

    UNAUTH, INAUTH, AUTHED, RENAMING = (
        session.UNAUTH,
        session.INAUTH,
        session.AUTHED,
        session.RENAMING,
    )

    #: What may be asked without having logged in.
    PUBLIC_COMMANDS = ["FEAT", "QUIT"]

    disconnected = False
    portal: Any = None
    shell: Any = None
    factory: Any
    transport: Any
    state = session.UNAUTH
    _encoding = "utf-8"
    _stepping = False
    _busy = False
    _logout: Callable[[], Any] | None = None

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, tuple[str, ...]]] = deque()

    def reply(self, key: str, *args: Any) -> None:
        """
        Send a reply.

        @param key: of L{RESPONSE}.
        @param args: what goes into its text.
        """
        self.sendLine(replies.render(key, args))

    def sendLine(self, line: str) -> None:  # type: ignore[override]
        """
        Send a line.
        """
        self.transport.write(line.encode(self._encoding, "surrogateescape") + self.delimiter)

    def connectionMade(self) -> None:
        """Greet."""
        self._takeUrgentBytes()
        self.state = session.UNAUTH
        self.setTimeout(self.factory.timeOut)
        self.reply(replies.WELCOME_MSG, self.factory.welcomeMessage)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        """Leave nothing behind."""
        self.disconnected = True
        self._waiting.clear()
        self.setTimeout(None)
        self._endSession()

    def _takeUrgentBytes(self) -> None:
        # Clients send the end of ABOR as urgent data, which would not come otherwise.
        handle = getattr(self.transport, "getHandle", None)
        if handle is not None:
            handle().setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)

    def _endSession(self) -> None:
        """Tell the shell that its user is gone."""
        logout, self._logout, self.shell = self._logout, None, None
        if logout is not None:
            logout()

    def timeoutConnection(self) -> None:
        """Close a connection on which nothing happens."""
        self.reply(replies.SVC_NOT_AVAIL_CLOSING_CTRL_CNX)
        self.transport.loseConnection()

    def lineLengthExceeded(self, line: bytes) -> None:  # type: ignore[override]
        """Close the connection of somebody who sends no commands."""
        self.reply(replies.SYNTAX_ERR, "the line is too long")
        self.transport.loseConnection()

    def lineReceived(self, line: bytes) -> None:
        """Do a command, or keep it for when the one before it is done."""
        self.resetTimeout()
        command, params = session.parseCommand(line)
        if self._busy and command == "ABOR":
            # Out of turn, as that is what it is for; its answer comes in turn.
            self._abortTransfer()
        self._waiting.append((command, params))
        if len(self._waiting) >= _MANY_WAITING:
            self.pauseProducing()
        self._step()

    def _abortTransfer(self) -> None:
        """End a transfer at once."""

    def _step(self) -> None:
        """Do commands until one has to be waited for."""
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._waiting and not self._busy and not self.disconnected:
                command, params = self._waiting.popleft()
                self._busy = True
                maybeDeferred(self.processCommand, command, *params).addCallbacks(
                    self._succeeded, self._failed
                ).addErrback(self._broken).addBoth(self._done)
        finally:
            self._stepping = False
        if self.paused and len(self._waiting) < _MANY_WAITING and not self.disconnected:
            self.resumeProducing()

    def _done(self, ignored: Any) -> None:
        self._busy = False
        self._step()

    def _succeeded(self, result: Any) -> None:
        if isinstance(result, tuple):
            self.reply(*result)
        elif result is not None:
            self.reply(result)

    def _failed(self, reason: Failure) -> None:
        if self.disconnected:
            return
        if isinstance(reason.value, errors.FTPCmdError):
            self.sendLine(reason.value.response())
        elif isinstance(reason.value, errors.PortConnectionError):
            self.reply(replies.CANT_OPEN_DATA_CNX)
        else:
            _log.failure("An FTP command failed", failure=reason)
            self.reply(replies.REQ_ACTN_NOT_TAKEN, "internal server error")

    def _broken(self, reason: Failure) -> None:
        # The reply itself could not be made or sent.
        _log.failure("An FTP command could not be answered", failure=reason)
        self.transport.loseConnection()

    def processCommand(self, cmd: str, *params: str) -> Any:
        """
        Do a command, if it may come now.

        @param cmd: its name, in capitals.
        @param params: what came after it.
        @return: what its method does.
        @raise errors.FTPCmdError: it is none, or lacks something.
        """
        refused = session.refusal(self.state, cmd, self.PUBLIC_COMMANDS)
        if refused is not None:
            return refused
        method = getattr(self, f"ftp_{cmd}", None) if cmd.isalpha() else None
        if method is None:
            raise errors.CmdNotImplementedError(cmd)
        if _requires(method, params):
            if cmd not in _OPTIONAL:
                raise errors.CmdSyntaxError(f"{cmd} requires an argument.")
            params = ("",)
        return method(*params)

    def _asked(self, what: Callable[..., Any], shown: str, *args: Any) -> Deferred[Any]:
        """
        Ask the shell to do something; that it breaks is not the client's business.

        @param shown: the path, as the client wrote it.
        """

        def hide(reason: Failure) -> Any:
            if isinstance(reason.value, errors.FTPCmdError):
                return reason
            _log.failure("An FTP shell failed", failure=reason)
            raise errors.FileNotFoundError(shown)

        return maybeDeferred(what, *args).addErrback(hide)

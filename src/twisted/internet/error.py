"""
Errors and reasons: what goes wrong with connections, and how it is said.

The texts are part of the API: programs and their users match on them.
"""

from __future__ import annotations

import socket
from errno import ECONNREFUSED, ENETUNREACH, ETIMEDOUT
from typing import Any


class _Said:
    """
    For exceptions whose text is a sentence, with the arguments after it.

    @cvar MESSAGE: the sentence, without its full stop.
    """

    MESSAGE = ""
    args: tuple[Any, ...]

    def __str__(self) -> str:
        if self.args:
            return f"{self.MESSAGE}: {' '.join(self.args)}."
        return f"{self.MESSAGE}."


class BindError(_Said, Exception):
    """A local address could not be bound."""

    MESSAGE = "An error occurred binding to an interface"


class CannotListenError(BindError):
    """
    A port could not be listened at.

    @ivar interface: the address it was to be bound to, C{""} for any.
    @ivar port: its number or path.
    @ivar socketError: what the system said.
    """

    def __init__(self, interface: Any, port: Any, socketError: Any) -> None:
        BindError.__init__(self, interface, port, socketError)
        self.interface = interface
        self.port = port
        self.socketError = socketError

    def __str__(self) -> str:
        where = self.interface or "any"
        return f"Couldn't listen on {where}:{self.port}: {self.socketError}."


class MulticastJoinError(Exception):
    """A multicast group could not be joined or left."""


class MessageLengthError(_Said, Exception):
    """A datagram was longer than can be sent."""

    MESSAGE = "Message is too long to send"


class DNSLookupError(_Said, OSError):
    """A name could not be looked up."""

    MESSAGE = "DNS lookup failed"


class ConnectInProgressError(Exception):
    """An operation was asked for that must wait until the connection is there."""


class ConnectError(Exception):
    """
    A connection could not be made.

    @ivar osError: the number the system gave, if it did.
    """

    MESSAGE = "An error occurred while connecting"

    def __init__(self, osError: Any = None, string: str = "") -> None:
        self.osError = osError
        Exception.__init__(self, string)

    def __str__(self) -> str:
        text = self.MESSAGE
        if self.osError:
            text += f": {self.osError}"
        if self.args[0]:
            text += f": {self.args[0]}"
        return text + "."


class ConnectBindError(ConnectError):
    """The address to connect from could not be bound."""

    MESSAGE = "Couldn't bind"


class UnknownHostError(ConnectError):
    """The host's name could not be looked up."""

    MESSAGE = "Hostname couldn't be looked up"


class NoRouteError(ConnectError):
    """There is no way to the host."""

    MESSAGE = "No route to host"


class ConnectionRefusedError(ConnectError):
    """Nobody listens there."""

    MESSAGE = "Connection was refused by other side"


class TCPTimedOutError(ConnectError):
    """The host did not answer."""

    MESSAGE = "TCP connection timed out"


class BadFileError(ConnectError):
    """The file of a UNIX socket is none, or nobody listens at it."""

    MESSAGE = "File used for UNIX socket is no good"


class ServiceNameUnknownError(ConnectError):
    """There is no service of that name."""

    MESSAGE = "Service name given as port is unknown"


class UserError(ConnectError):
    """The program gave the attempt up."""

    MESSAGE = "User aborted connection"


class TimeoutError(UserError):
    """The attempt took longer than the program allowed."""

    MESSAGE = "User timeout caused connection failure"


class SSLError(ConnectError):
    """TLS went wrong."""

    MESSAGE = "An SSL error occurred"


class VerifyError(Exception):
    """A certificate could not be verified."""

    MESSAGE = "Could not verify something that was supposed to be signed."


class PeerVerifyError(VerifyError):
    """The peer's certificate is not what it should be."""

    MESSAGE = "The peer rejected our verify error."


class CertificateError(Exception):
    """A certificate is of no use."""

    MESSAGE = "We did not find a certificate where we expected to find one."


errnoMapping: dict[int, type[ConnectError]] = {
    ENETUNREACH: NoRouteError,
    ECONNREFUSED: ConnectionRefusedError,
    ETIMEDOUT: TCPTimedOutError,
}
if hasattr(socket, "WSAECONNREFUSED"):
    errnoMapping[socket.WSAECONNREFUSED] = ConnectionRefusedError
    errnoMapping[socket.WSAENETUNREACH] = NoRouteError  # type: ignore[attr-defined]


def getConnectError(e: Any) -> ConnectError:
    """
    Return the error that says why a connection could not be made.

    @param e: an exception of L{socket}, or a tuple of number and text.
    """
    said = e.args if isinstance(e, Exception) else e
    if len(said) != 2:
        return ConnectError(string=e)
    lookUp = isinstance(e, socket.gaierror)
    kind = UnknownHostError if lookUp else errnoMapping.get(said[0], ConnectError)
    return kind(*said)


class ConnectionClosed(Exception):
    """A connection is over, in one way or another."""


class ConnectionLost(_Said, ConnectionClosed):
    """It ended without being closed."""

    MESSAGE = "Connection to the other side was lost in a non-clean fashion"


class ConnectionAborted(ConnectionLost):
    """We have reset it."""

    MESSAGE = "Connection was aborted locally using ITCPTransport.abortConnection"


class ConnectionDone(_Said, ConnectionClosed):
    """It was closed, by us or by the peer."""

    MESSAGE = "Connection was closed cleanly"


class FileDescriptorOverrun(ConnectionLost):
    """
    More descriptors were sent over a UNIX socket than bytes to carry them.
    """

    MESSAGE = "A mis-use of IUNIXTransport.sendFileDescriptor caused the connection to be closed."


class ConnectionFdescWentAway(ConnectionLost):
    """The descriptor was closed under the reactor's hands."""

    MESSAGE = "Uh"


class AlreadyCalled(_Said, ValueError):
    """A delayed call has been made, and cannot be cancelled."""

    MESSAGE = "Tried to cancel an already-called event"


class AlreadyCancelled(_Said, ValueError):
    """A delayed call was cancelled before."""

    MESSAGE = "Tried to cancel an already-cancelled event"


class NotConnectingError(_Said, RuntimeError):
    """There is no attempt that could be given up."""

    MESSAGE = "The Connector was not connecting when it was asked to stop connecting"


class NotListeningError(_Said, RuntimeError):
    """The port was not listening."""

    MESSAGE = "The Port was not listening when it was asked to stop listening"


class ReactorAlreadyInstalledError(AssertionError):
    """There is a global reactor, and there can be only one."""


class ReactorNotRunning(RuntimeError):
    """The reactor does not run."""


class ReactorNotRestartable(RuntimeError):
    """The reactor was stopped, and cannot be run again."""


class ReactorAlreadyRunning(RuntimeError):
    """The reactor runs."""


class ProcessDone(ConnectionDone):
    """
    A process has ended with exit code 0.

    @ivar status: as C{waitpid} gave it.
    """

    MESSAGE = "A process has ended without apparent errors"

    def __init__(self, status: Any) -> None:
        Exception.__init__(self, "process finished with exit code 0")
        self.exitCode = 0
        self.signal = None
        self.status = status


class ProcessTerminated(ConnectionLost):
    """
    A process has ended in another way.

    @ivar exitCode: L{None} if a signal ended it.
    @ivar signal: that signal's number, or L{None}.
    @ivar status: as C{waitpid} gave it.
    """

    MESSAGE = "A process has ended with a probable error condition"

    def __init__(self, exitCode: Any = None, signal: Any = None, status: Any = None) -> None:
        self.exitCode = exitCode
        self.signal = signal
        self.status = status
        text = "process ended"
        if exitCode is not None:
            text += f" with exit code {exitCode}"
        if signal is not None:
            text += f" by signal {signal}"
        Exception.__init__(self, text)


class ProcessExitedAlready(Exception):
    """The process has ended, and cannot be signalled any more."""


class ConnectingCancelledError(Exception):
    """
    An attempt to connect was cancelled.

    @ivar address: where to.
    """

    def __init__(self, address: Any) -> None:
        Exception.__init__(self, address)
        self.address = address


class NoProtocol(Exception):
    """The factory gave no protocol for the connection."""


class UnsupportedAddressFamily(Exception):
    """The reactor knows nothing of that address family."""


class UnsupportedSocketType(Exception):
    """The reactor knows nothing of that kind of socket."""


class AlreadyListened(Exception):
    """An endpoint was used that can be used only once."""


class InvalidAddressError(ValueError):
    """
    An address is of no use.

    @ivar address: the address.
    @ivar message: why.
    """

    def __init__(self, address: Any, message: str) -> None:
        ValueError.__init__(self, address, message)
        self.address = address
        self.message = message


__all__ = [
    "AlreadyCalled",
    "AlreadyCancelled",
    "AlreadyListened",
    "BadFileError",
    "BindError",
    "CannotListenError",
    "CertificateError",
    "ConnectBindError",
    "ConnectError",
    "ConnectInProgressError",
    "ConnectingCancelledError",
    "ConnectionAborted",
    "ConnectionClosed",
    "ConnectionDone",
    "ConnectionFdescWentAway",
    "ConnectionLost",
    "ConnectionRefusedError",
    "DNSLookupError",
    "FileDescriptorOverrun",
    "InvalidAddressError",
    "MessageLengthError",
    "MulticastJoinError",
    "NoProtocol",
    "NoRouteError",
    "NotConnectingError",
    "NotListeningError",
    "PeerVerifyError",
    "ProcessDone",
    "ProcessExitedAlready",
    "ProcessTerminated",
    "ReactorAlreadyInstalledError",
    "ReactorAlreadyRunning",
    "ReactorNotRestartable",
    "ReactorNotRunning",
    "SSLError",
    "ServiceNameUnknownError",
    "TCPTimedOutError",
    "TimeoutError",
    "UnknownHostError",
    "UnsupportedAddressFamily",
    "UnsupportedSocketType",
    "UserError",
    "VerifyError",
    "errnoMapping",
    "getConnectError",
]

"""
Passing messages on, over UDP.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.protocols.sip._errors import SIPError
from twisted.protocols.sip._message import Message, MessagesParser, Request, Response
from twisted.protocols.sip._tables import PORT
from twisted.protocols.sip._url import URL, parseAddress
from twisted.protocols.sip._via import Via, parseViaHeader
from twisted.python.failure import Failure

_log = Logger()

#: What a response has of its request (RFC 3261, 8.2.6.2).
_COPIED = ("via", "to", "from", "call-id", "cseq")
_ACK = "ACK"


def globalReactor() -> Any:
    # Late: importing it is installing it, and which one may not have been said yet.
    from twisted.internet import reactor

    return reactor


class Base(DatagramProtocol):
    """
    Receives messages and answers them.

    @cvar debug: whether what comes and goes is logged.
    """

    PORT = PORT
    debug = False

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.parser = MessagesParser(self.addMessage)

    def addMessage(self, msg: Message) -> None:
        """
        Note a message of a datagram.
        """
        self.messages.append(msg)

    def datagramReceived(self, data: Any, addr: Any) -> None:
        """
        Read a datagram, and do what is in it.
        """
        self.parser.dataReceived(data)
        self.parser.dataDone()
        messages, self.messages = self.messages, []
        for message in messages:
            if self.debug:
                _log.debug("Received {text!r} from {addr!r}", text=message.toString(), addr=addr)
            self._handle(message, addr)

    def _handle(self, message: Message, addr: Any) -> None:
        try:
            via = parseViaHeader(message.headers["via"][0])
        except (KeyError, ValueError) as error:
            # Nobody can be told.
            _log.debug("A SIP message without a way back: {error}", error=error)
            return
        if isinstance(message, Request):
            _noteSource(message, via, addr)
            self.handle_request(message, addr)
        else:
            self.handle_response(message, addr)

    def deliverResponse(self, responseMessage: Any) -> None:
        """
        Send a response to where its request came from.
        """
        via = parseViaHeader(responseMessage.headers["via"][0])
        port = via.rportValue or via.port or self.PORT
        self.sendMessage(URL(host=via.received or via.host, port=port), responseMessage)

    def responseFromRequest(self, code: int, request: Any) -> Response:
        """
        Make the response to a request.
        """
        made = Response(code)
        for name in _COPIED:
            if request.headers.get(name):
                made.headers[name] = list(request.headers[name])
        return made

    def sendMessage(self, destURL: URL, message: Any) -> None:
        """
        Send a message.

        @raise RuntimeError: it is to go by another protocol than UDP.
        """
        if destURL.transport not in ("udp", None):
            raise RuntimeError("only UDP currently supported")
        if self.debug:
            _log.debug("Sending {text!r} to {url}", text=message.toString(), url=destURL)
        data, host, port = message.toBytes(), destURL.host.strip("[]"), destURL.port or self.PORT
        if isIPAddress(host) or isIPv6Address(host):
            self._write(data, host, port)
            return
        resolved: Deferred[str] = globalReactor().resolve(host)
        resolved.addCallback(lambda found: self._write(data, found, port)).addErrback(
            lambda reason: _log.debug("No SIP for {host!r}: {reason}", host=host, reason=reason)
        )

    def _write(self, data: bytes, host: str, port: int) -> None:
        transport: Any = self.transport
        transport.write(data, (host, port))

    def handle_request(self, message: Any, addr: Any) -> Any:
        """
        Do something about a request.  Override it.
        """
        raise NotImplementedError

    def handle_response(self, message: Any, addr: Any) -> Any:
        """
        Do something about a response.  Override it.
        """
        raise NotImplementedError


def _noteSource(message: Request, via: Via, addr: Any) -> None:
    """
    Note where a request really comes from, if it does not say so itself: the address
    (RFC 3261, 18.2.1), and, if it asks for it, the port (RFC 3581).
    """
    host, port = addr[:2]
    if via.rportRequested:
        via.rport = port
    elif via.host == host:
        return
    if via.host != host:
        via.received = host
    message.headers["via"][0] = via.toString()


class Proxy(Base):
    """
    Passes requests on to where their receivers are, and responses back.

    @ivar locator: an L{ILocator}, which knows that.
    @ivar host: how this is called in the messages that go through it.
    """

    PORT = PORT
    locator: Any = None

    def __init__(self, host: str | None = None, port: int = PORT) -> None:
        """
        @param host: by default, the name of this machine.
        """
        Base.__init__(self)
        self.host = host or socket.getfqdn()
        self.port = port

    def getVia(self) -> Via:
        """
        Make the station that this is.
        """
        return Via(host=self.host, port=self.port)

    def _isMine(self, header: str) -> bool:
        try:
            via = parseViaHeader(header)
        except ValueError:
            return False
        return (via.host, via.port) == (self.host, self.port)

    def handle_request(self, message: Any, addr: Any) -> None:
        """
        Call C{handle_METHOD_request}, or L{handle_request_default}; it may return a
        Deferred.  A L{SIPError} is answered by its code.
        """
        if any(self._isMine(header) for header in message.headers["via"]):
            _log.debug("A SIP request goes round in circles: {message!r}", message=message)
            return
        method = getattr(self, f"handle_{message.method}_request", self.handle_request_default)
        try:
            doing = method(message, addr)
        except Exception:
            self._failed(Failure(), message)
            return
        if isinstance(doing, Deferred):
            doing.addErrback(self._failed, message)

    def _failed(self, reason: Failure, message: Any) -> None:
        if isinstance(reason.value, SIPError):
            code = reason.value.code
        elif isinstance(reason.value, ValueError):
            code = 400
        else:
            _log.failure("A SIP request could not be handled", failure=reason)
            code = 500
        # There is no answer to what only says that an answer has come.
        if message.method != _ACK:
            self.deliverResponse(self.responseFromRequest(code, message))

    def handle_request_default(self, message: Any, sourcePeer: Any) -> Any:
        """
        Pass a request on to where its receiver is.

        @param sourcePeer: host and port from which it came.
        """
        uri = parseAddress(_only(message, "to"), clean=1)[1]
        _countHop(message)
        message.headers["via"].insert(0, self.getVia().toString())
        found = self.locator.getAddress(uri)
        found.addCallback(self.sendMessage, message)
        found.addErrback(self._cantForwardRequest, message)
        return found

    def _cantForwardRequest(self, error: Failure, message: Any) -> None:
        error.trap(LookupError)
        if message.method != _ACK:
            self.deliverResponse(self.responseFromRequest(404, message))

    def deliverResponse(self, responseMessage: Any) -> None:
        """
        Send a response to where its request came from, if that is not here.
        """
        if responseMessage.headers.get("via") and not self._isMine(
            responseMessage.headers["via"][0]
        ):
            Base.deliverResponse(self, responseMessage)

    def responseFromRequest(self, code: int, request: Any) -> Response:
        """
        Make the response to a request that may have been about to be passed on.
        """
        made = Base.responseFromRequest(self, code, request)
        if self._isMine(made.headers["via"][0]):
            del made.headers["via"][0]
        return made

    def handle_response(self, message: Any, addr: Any) -> None:
        """
        Pass a response on, or take it, if it is for us.
        """
        via = message.headers["via"]
        if not self._isMine(via[0]):
            _log.debug("A SIP response that is not for us: {message!r}", message=message)
            return
        del via[0]
        if via:
            try:
                self.deliverResponse(message)
            except ValueError as error:
                _log.debug("A SIP response without a way back: {error}", error=error)
        else:
            self.gotResponse(message, addr)

    def gotResponse(self, message: Any, addr: Any) -> None:
        """
        Do something about a response for us.  Override it.
        """


def _only(message: Any, name: str) -> str:
    """
    Return a header that a request must have.

    @raise SIPError: it has none.
    """
    values = message.headers.get(name)
    if not values:
        raise SIPError(400)
    value: str = values[0]
    return value


def _countHop(message: Any) -> None:
    """
    Take one from the stations that a request may pass (RFC 3261, 16.3).

    @raise SIPError: there are none left.
    """
    hops = message.headers.get("max-forwards")
    if not hops:
        return
    left = hops[0]
    if not (left.isascii() and left.isdecimal()):
        raise SIPError(400)
    if int(left[:4]) == 0:
        raise SIPError(483)
    hops[0] = str(int(left[:4]) - 1)

"""
Boxes over a connection.
"""

from __future__ import annotations

import os
from typing import Any

from zope.interface import implementer

from twisted.internet.error import ConnectionClosed, ConnectionLost, PeerVerifyError
from twisted.internet.interfaces import IFileDescriptorReceiver
from twisted.logger import Logger
from twisted.protocols.amp._boxes import AmpBox
from twisted.protocols.amp._dispatch import BoxDispatcher, CommandLocator, SimpleStringLocator
from twisted.protocols.amp._interfaces import IBoxSender
from twisted.protocols.amp._parser import BoxParser
from twisted.protocols.amp._tls import StartTLS
from twisted.protocols.amp._vocabulary import (
    MAX_KEY_LENGTH,
    MAX_VALUE_LENGTH,
    MalformedAmpBox,
    NoEmptyBoxes,
    OnlyOneTLS,
    ProtocolSwitched,
    TooLong,
)
from twisted.protocols.basic import Int16StringReceiver, StatefulStringProtocol
from twisted.python.failure import Failure

_log = Logger(namespace="twisted.protocols.amp")

_REJECTED = "Peer rejected our certificate for an unknown reason."

# Descriptors that have arrived and no box has spoken of.
_MAX_DESCRIPTORS = 256


@implementer(IFileDescriptorReceiver)
class _DescriptorExchanger:
    """
    Counts the descriptors that are sent, and keeps those that have arrived
    until L{Descriptor} claims them by their count.
    """

    def __init__(self) -> None:
        self._descriptors: dict[int, int] = {}
        self._getDescriptor = self._descriptors.pop
        self._descriptorsSent = 0
        self._descriptorsReceived = 0

    def _sendFileDescriptor(self, descriptor: int) -> int:
        """
        Send *descriptor*.

        @return: which it is of those sent, from 0.
        """
        self.transport.sendFileDescriptor(descriptor)  # type: ignore[attr-defined]
        number = self._descriptorsSent
        self._descriptorsSent += 1
        return number

    def fileDescriptorReceived(self, descriptor: int) -> None:
        """A descriptor has arrived: keep it."""
        if len(self._descriptors) >= _MAX_DESCRIPTORS:
            os.close(descriptor)
            raise MalformedAmpBox("more descriptors than boxes speak of")
        self._descriptors[self._descriptorsReceived] = descriptor
        self._descriptorsReceived += 1

    def _closeDescriptors(self) -> None:
        """Close those that nobody has claimed."""
        while self._descriptors:
            _, descriptor = self._descriptors.popitem()
            try:
                os.close(descriptor)
            except OSError:
                pass


@implementer(IBoxSender)
class BinaryBoxProtocol(StatefulStringProtocol, Int16StringReceiver, _DescriptorExchanger):
    """
    Sends boxes, and gives those that arrive to a receiver.

    @ivar boxReceiver: the L{IBoxReceiver}.
    @ivar hostCertificate: what was shown to the peer when TLS was started.
    @ivar noPeerCertificate: whether it is known that the peer has none.
    @ivar innerProtocol: the protocol that has the connection since it was
        switched.
    @ivar innerProtocolClientFactory: its factory, if this side asked for the
        switch.
    """

    MAX_LENGTH = MAX_KEY_LENGTH
    _MAX_KEY_LENGTH = MAX_KEY_LENGTH
    _MAX_VALUE_LENGTH = MAX_VALUE_LENGTH

    hostCertificate: Any = None
    noPeerCertificate = False
    innerProtocol: Any = None
    innerProtocolClientFactory: Any = None

    # Why the receiver gets no more boxes, if that was not the connection's end.
    _stopReason: Failure | None = None
    _justStartedTLS = False
    # Boxes that are to be sent when TLS is started; None if it is not awaited.
    _startingTLSBuffer: list[AmpBox] | None = None
    _locked = False
    _parser: BoxParser

    def __init__(self, boxReceiver: Any) -> None:
        _DescriptorExchanger.__init__(self)
        self.boxReceiver = boxReceiver
        self._parser = BoxParser()

    def makeConnection(self, transport: Any) -> None:
        """Start the receiver, and connect."""
        self.transport = transport
        self.boxReceiver.startReceivingBoxes(self)
        self.connected = 1
        self.connectionMade()

    # Sending.

    def sendBox(self, box: AmpBox) -> None:
        """
        Send *box*, or keep it until TLS is started.

        @raise ProtocolSwitched: another protocol has the connection, or will.
        @raise ConnectionLost: there is none.
        """
        if self._locked:
            raise ProtocolSwitched("This connection has switched: no AMP traffic allowed.")
        kept = self._startingTLSBuffer
        send = self._write if kept is None else kept.append
        send(box)

    def _write(self, box: AmpBox) -> None:
        """Send *box* now."""
        transport = self.transport
        if transport is None:
            raise ConnectionLost()
        transport.write(box.serialize())

    # Receiving.

    @property
    def recvd(self) -> bytes:
        """What has arrived and is not consumed."""
        return self._parser.rest()

    @recvd.setter
    def recvd(self, data: bytes) -> None:
        self._parser.takeRest()
        self._parser.feed(data)

    def dataReceived(self, data: bytes) -> None:
        """Give the boxes in *data* to the receiver; or all of it to the other protocol."""
        self._justStartedTLS = False
        if self.innerProtocol is not None:
            self.innerProtocol.dataReceived(data)
            return
        if self._stopReason is not None:
            # What follows nonsense is nonsense.
            return
        parser = self._parser
        parser.feed(data)
        try:
            while not self.paused and self.innerProtocol is None:
                box = parser.nextBox()
                if box is None:
                    return
                self.boxReceiver.ampBoxReceived(box)
        except TooLong:
            self._stopReason = Failure()
            self.lengthLimitExceeded(int.from_bytes(parser.takeRest()[:2], "big"))
        except (MalformedAmpBox, NoEmptyBoxes):
            self._stopReason = Failure()
            parser.takeRest()
            self.unhandledError(self._stopReason)

    def proto_init(self, string: bytes) -> str:
        """
        Take one key, value, or end of a box, as if it had just arrived.

        @return: what comes next: C{"init"}, the first key of a box, C{"key"} or
            C{"value"}.
        """
        parser = self._parser
        box = parser.string(string)
        if box is not None:
            self.boxReceiver.ampBoxReceived(box)
        return parser.expected()

    # Which of them it is the parser knows.
    proto_key = proto_init
    proto_value = proto_init

    def lengthLimitExceeded(self, length: int) -> None:
        """
        A key is too long, so this is no AMP: close.

        @param length: bytes it would have.
        """
        self.transport.loseConnection()

    def unhandledError(self, failure: Failure) -> None:
        """
        Log *failure*, and close the connection.
        """
        _log.failure(
            "Amp server or network failure unhandled by client application.  Dropping"
            " connection!  To avoid, add errbacks to ALL remote commands!",
            failure,
        )
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Tell the receiver, and who has the connection if it was switched."""
        inner, factory = self.innerProtocol, self.innerProtocolClientFactory
        if inner is not None:
            inner.connectionLost(reason)
        if factory is not None:
            factory.clientConnectionLost(None, reason)
        if self._stopReason is not None:
            reason = self._stopReason
        elif self._justStartedTLS and reason.check(ConnectionClosed):
            # Why it was closed is something the peer does not say.
            reason = Failure(PeerVerifyError(_REJECTED))
        self.boxReceiver.stopReceivingBoxes(reason)
        self._closeDescriptors()

    # Giving the connection away.

    def _lockForSwitch(self) -> None:
        """Send nothing more, as the peer is asked to switch."""
        self._locked = True

    def _unlockFromSwitch(self) -> None:
        """
        The switch has failed: go on.

        @raise ProtocolSwitched: it has not.
        """
        if self.innerProtocol is not None:
            raise ProtocolSwitched("Protocol already switched.  Cannot unlock.")
        self._locked = False

    def _switchTo(self, newProto: Any, clientFactory: Any = None) -> None:
        """
        Give the connection, and what has arrived, to *newProto*.

        @param clientFactory: is told when the connection is lost.
        """
        # Before the new one can have anything sent.
        self._locked = True
        self.innerProtocol = newProto
        self.innerProtocolClientFactory = clientFactory
        rest = self._parser.takeRest()
        newProto.makeConnection(self.transport)
        if rest:
            newProto.dataReceived(rest)

    # TLS.

    @property
    def peerCertificate(self) -> Any:
        """
        The L{Certificate} the peer has shown, or L{None}.
        """
        if self.noPeerCertificate:
            return None
        # Late: it is there if TLS is.
        from twisted.internet.ssl import Certificate

        return Certificate.peerFromTransport(self.transport)

    def _refuseSecondTLS(self, certificate: Any, verifyAuthorities: Any) -> None:
        """
        Raise an error if TLS is started, or is about to be.

        @raise OnlyOneTLS: it is.
        """
        if self.hostCertificate is not None:
            raise OnlyOneTLS(
                f"Previously authenticated connection between {self.hostCertificate} and"
                f" {self.peerCertificate} is trying to re-establish as"
                f" {(certificate, verifyAuthorities)}"
            )
        if self._startingTLSBuffer is not None:
            raise OnlyOneTLS("TLS is being started on this connection already")

    def _prepareTLS(self, certificate: Any, verifyAuthorities: Any) -> None:
        """
        TLS will be started: keep what is to be sent until then.

        @raise OnlyOneTLS: it is started already.
        """
        self._refuseSecondTLS(certificate, verifyAuthorities)
        self._startingTLSBuffer = []

    def _abandonTLS(self) -> None:
        """
        The peer has no TLS.  Go on without if nothing was to be sent after it;
        what was, was not to be sent in the clear.
        """
        kept, self._startingTLSBuffer = self._startingTLSBuffer, None
        if kept and self.transport is not None:
            self.transport.loseConnection()

    def _startTLS(self, certificate: Any, verifyAuthorities: Any) -> None:
        """
        Start TLS, and send what was kept until then.

        @raise MalformedAmpBox: there are bytes behind the last message in the
            clear, which somebody may have put there.
        """
        if self._parser.takeRest():
            bad = MalformedAmpBox("bytes in the clear after TLS was agreed upon")
            self._stopReason = Failure(bad)
            self.unhandledError(self._stopReason)
            raise bad
        self.hostCertificate = certificate
        self._justStartedTLS = True
        self.transport.startTLS(certificate.options(*(verifyAuthorities or ())))
        kept, self._startingTLSBuffer = self._startingTLSBuffer, None
        for box in kept or ():
            self.sendBox(box)

    def _defaultStartTLSResponder(self) -> dict[str, Any]:
        """Agree to TLS with a certificate made for the occasion."""
        return {}


class AMP(BinaryBoxProtocol, BoxDispatcher, CommandLocator, SimpleStringLocator):
    """
    Both sides of a connection over which each asks the other for things.

    Subclasses have responders, see L{Command.responder}, and ask with
    C{callRemote}.
    """

    _ampInitialized = False
    # What the log says about the connection.
    _ends: Any = None

    def __init__(self, boxReceiver: Any = None, locator: Any = None) -> None:
        """
        @param boxReceiver: the L{IBoxReceiver}; this by default.
        @param locator: the L{IResponderLocator}; this by default.
        """
        self._ampInitialized = True
        BoxDispatcher.__init__(self, self if locator is None else locator)
        BinaryBoxProtocol.__init__(self, self if boxReceiver is None else boxReceiver)

    StartTLS.responder(BinaryBoxProtocol._defaultStartTLSResponder)

    def locateResponder(self, name: bytes) -> Any:
        """
        Find a responder, of a L{Command} or named C{amp_}.  See
        L{IResponderLocator.locateResponder}.
        """
        found = CommandLocator.locateResponder(self, name)
        if found is None:
            found = SimpleStringLocator.locateResponder(self, name)
        return found

    def makeConnection(self, transport: Any) -> None:
        """Connect."""
        if not self._ampInitialized:
            # A subclass whose initializer does not call ours.
            AMP.__init__(self)
        self._ends = (transport.getHost(), transport.getPeer())
        self._logEnds("established")
        BinaryBoxProtocol.makeConnection(self, transport)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Let go of the connection."""
        self._logEnds("lost")
        BinaryBoxProtocol.connectionLost(self, reason)
        self.transport = None

    def _logEnds(self, event: str) -> None:
        """Log that something has happened to the connection."""
        host, peer = self._ends or (None, None)
        _log.info(
            "{cls} connection {event} (HOST:{host} PEER:{peer})",
            cls=self.__class__.__name__,
            event=event,
            host=host,
            peer=peer,
        )

    def __repr__(self) -> str:
        inner = "" if self.innerProtocol is None else f" inner {self.innerProtocol!r}"
        return f"<{self.__class__.__name__}{inner} at 0x{id(self):x}>"

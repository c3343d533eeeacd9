"""
AMP that is encrypted from some message on.

Whether it can be is not known before it is tried: L{twisted.internet.ssl} is not
imported until then, and need not be there.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.protocols.amp._arguments import String
from twisted.protocols.amp._boxes import AmpBox
from twisted.protocols.amp._commands import Command
from twisted.protocols.amp._vocabulary import RemoteAmpError
from twisted.python.failure import Failure


def findSSL() -> Any:
    """
    Import L{twisted.internet.ssl}.

    @return: L{None} if it is not there or of no use.
    """
    try:
        # Late: OpenSSL is heavy, and hardly any program starts TLS in AMP.
        from twisted.internet import ssl
    except ImportError:
        return None
    return ssl if getattr(ssl, "supported", True) else None


def _ssl() -> Any:
    """Return the public module's C{ssl}, which may have been replaced there."""
    return getattr(sys.modules["twisted.protocols.amp"], "ssl", None)


class _LocalArgument(String):
    """
    An object that stays on this side.
    """

    def fromBox(self, name: bytes, strings: Any, objects: dict[str, Any], proto: Any) -> None:
        """Do nothing: no box has it."""


class _NoCertificate:
    """
    Stands for a certificate where there is none: a client shows none, a server
    one that it makes for the occasion.

    @ivar client: whether this is a client's.
    """

    def __init__(self, client: bool) -> None:
        self.client = client

    def options(self, *authorities: Any) -> Any:
        """
        Return a context factory.

        @param authorities: the certificates by which to verify the peer's; it
            is not verified if there are none.
        """
        if not self.client:
            return self._temporary().options(*authorities)
        make = _ssl().CertificateOptions
        if not authorities:
            return make()
        trusted = [authority.original for authority in authorities]
        return make(verify=True, requireCertificate=True, caCerts=trusted)

    @staticmethod
    def _temporary() -> Any:
        """Make a certificate that its own key has signed."""
        return _ssl().KeyPair.generate().selfSignedCert(1, CN="TEMPORARY CERTIFICATE")


_CERTIFICATE = b"tls_localCertificate"
_AUTHORITIES = b"tls_verifyAuthorities"


class _TLSBox(AmpBox):
    """
    The last message that is not encrypted.
    """

    __slots__: list[str] = []

    def __init__(self) -> None:
        if _ssl() is None:
            raise RemoteAmpError(b"TLS_ERROR", "TLS not available")
        AmpBox.__init__(self)

    def _sendTo(self, proto: Any) -> None:
        """Send by *proto* what belongs on the wire, and start TLS."""
        wire = AmpBox(self)
        certificate: Any = wire.pop(_CERTIFICATE, None)
        authorities: Any = wire.pop(_AUTHORITIES, None)
        proto.sendBox(wire)
        if certificate is None:
            certificate = _NoCertificate(client=False)
        proto._startTLS(certificate, authorities)


_LOCAL = [(name, _LocalArgument(optional=True)) for name in (_CERTIFICATE, _AUTHORITIES)]


class StartTLS(Command):
    """
    The command after whose response the connection is encrypted.

    Who responds returns C{tls_localCertificate} and C{tls_verifyAuthorities},
    for the server's side; by default L{AMP} does, and returns neither.
    """

    arguments = _LOCAL
    response = _LOCAL
    responseType = _TLSBox

    def __init__(
        self, *, tls_localCertificate: Any = None, tls_verifyAuthorities: Any = None, **kw: Any
    ) -> None:
        """
        Make a request.

        @param tls_localCertificate: the L{PrivateCertificate} that this side
            shows; L{None} for none.
        @param tls_verifyAuthorities: the list of L{Certificate}s by which to
            verify the peer's; L{None} not to verify it.
        @raise RuntimeError: there is no TLS here.
        """
        if _ssl() is None:
            raise RuntimeError("TLS not available.")
        Command.__init__(self, **kw)
        self.authorities = tls_verifyAuthorities
        self.certificate = tls_localCertificate
        if self.certificate is None:
            self.certificate = _NoCertificate(client=True)

    def _doCommand(self, proto: Any) -> Any:
        """
        Send this request, and nothing after it until TLS is started.
        """
        offer = (self.certificate, self.authorities)
        proto._refuseSecondTLS(*offer)
        answer = super()._doCommand(proto)
        proto._prepareTLS(*offer)

        def start(response: Any) -> Any:
            proto._startTLS(*offer)
            return response

        def refused(failure: Failure) -> Failure:
            proto._abandonTLS()
            return failure

        return answer.addCallbacks(start, refused)

"""
Whom a TLS connection is made to: the name that is asked for, and the check
that the certificate is of that name (RFC 6125, RFC 9525).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

from OpenSSL import SSL
from service_identity import VerificationError
from service_identity.hazmat import (
    DNS_ID,
    IPAddress_ID,
    verify_service_identity,
)
from service_identity.pyopenssl import extract_patterns
from zope.interface import implementer

from twisted.internet._idna import _idnaBytes
from twisted.internet._tls_negotiation import connectionOf
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger(namespace="twisted.internet._sslverify")


def _checkIdentity(certificate: Any, hostIsDNS: bool, hostnameASCII: str) -> None:
    """
    Check that *certificate* is of a host.

    @param hostIsDNS: the host is a name, not an address.
    @raise VerificationError: it is not.
    """
    wanted: Any = DNS_ID(hostnameASCII) if hostIsDNS else IPAddress_ID(hostnameASCII)
    verify_service_identity(extract_patterns(certificate), [wanted], [])


def _verifyCB(
    tlsProtocol: Any, hostIsDNS: bool, hostnameASCII: str
) -> Callable[[Any, Any, int, int, Any], bool]:
    """
    Return what OpenSSL is to call for each certificate of the peer's chain:
    of the first one, the name is checked too.  Where both are wrong, the name
    is what the protocol is told: it tells more than that the chain is bad.

    OpenSSL keeps it for as long as the connection lives, and the connection
    belongs to the protocol: only a weak reference to it is kept here.

    @param tlsProtocol: told by C{failVerification} why the name is wrong.
    @param hostIsDNS: the host is a name, not an address.
    @param hostnameASCII: the host.
    """
    protocol = ref(tlsProtocol)

    def verify(connection: Any, certificate: Any, errorNumber: int, depth: int, good: Any) -> bool:
        if depth:
            return bool(good)
        try:
            _checkIdentity(certificate, hostIsDNS, hostnameASCII)
        except VerificationError:
            problem = Failure()
        except BaseException:
            if not good:
                return False
            problem = Failure()
            _log.failure("TLS verification callback failed", problem)
        else:
            return bool(good)
        # What the frames hold must not be held on to.
        problem.cleanFailure()
        whose = protocol()
        if whose is not None:
            whose.failVerification(problem)
        return False

    return verify


@implementer(IOpenSSLClientConnectionCreator)
class ClientTLSOptions:
    """
    Makes the client's half of connections to one host.

    @ivar _hostname, _hostnameBytes, _hostnameASCII: the host, as told and as
        it goes over the wire.
    @ivar _hostnameIsDnsName: it is a name, not an address.
    @ivar _sendServerName: tell the server which name we mean (SNI, RFC 6066).
    """

    # A subclass that has this method judges the name by itself: it is made the
    # context's info callback, as it was when names were checked by one.
    _identityVerifyingInfoCallback: Any = None

    def __init__(
        self, createConnection: Any, hostname: Any, sendServerName: bool | None = None
    ) -> None:
        """
        @param createConnection: makes a connection for a TLS protocol; or a
            context, whose connections are made.
        @param hostname: the host, a name or an address.  Context and host may
            come in the other order, too, as they once did.
        @param sendServerName: by default, tell if it is a name, as addresses
            must not be told.
        """
        if isinstance(createConnection, str):
            createConnection, hostname = hostname, createConnection
        if isinstance(createConnection, SSL.Context):
            self._ctx = createConnection
            createConnection = partial(connectionOf, createConnection)
            if self._identityVerifyingInfoCallback is not None:
                self._ctx.set_info_callback(self._identityVerifyingInfoCallback)
        self._createConnection = createConnection
        self._hostname = hostname
        self._hostnameIsDnsName = not (isIPAddress(hostname) or isIPv6Address(hostname))
        self._hostnameBytes = (
            _idnaBytes(hostname) if self._hostnameIsDnsName else hostname.encode("ascii")
        )
        self._hostnameASCII = self._hostnameBytes.decode("ascii")
        self._sendServerName = self._hostnameIsDnsName if sendServerName is None else sendServerName

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Any:
        """
        Make a connection.

        @param tlsProtocol: whom it is for.
        @return: the C{OpenSSL.SSL.Connection}.
        """
        connection = self._createConnection(tlsProtocol)
        if self._identityVerifyingInfoCallback is None:
            connection.set_verify(
                connection.get_context().get_verify_mode(),
                _verifyCB(tlsProtocol, self._hostnameIsDnsName, self._hostnameASCII),
            )
        if self._sendServerName:
            connection.set_tlsext_host_name(self._hostnameBytes)
        return connection

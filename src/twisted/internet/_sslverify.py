"""
The options of TLS connections, and the names around them that programs import
from here; L{twisted.internet.ssl} is where they are public.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from constantly import NamedConstant
from OpenSSL import SSL, crypto
from zope.interface import Interface, implementer

from twisted.internet._tls_certificates import (
    CertBase,
    Certificate,
    CertificateRequest,
    KeyPair,
    PrivateCertificate,
    PublicKey,
)
from twisted.internet._tls_ciphers import (
    OpenSSLAcceptableCiphers,
    OpenSSLCipher,
    OpenSSLDiffieHellmanParameters,
    TLSVersion,
    _ChooseDiffieHellmanEllipticCurve,
    _defaultCurveName,
    _expandCipherString,
    _optionsOutside,
    _tlsDisableFlags,
    defaultCiphers,
    selectedCiphers,
)
from twisted.internet._tls_identity import ClientTLSOptions, VerificationError, _verifyCB
from twisted.internet._tls_names import DN, DistinguishedName
from twisted.internet._tls_negotiation import (
    prepare,
    protosFromProtocol,
    setupForALPN,
    switchContext,
)
from twisted.internet.error import VerifyError
from twisted.internet.interfaces import (
    IAcceptableCiphers,
    ICipher,
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
)
from twisted.python._facade import publish
from twisted.python.components import registerAdapter
from twisted.python.deprecate import _mutuallyExclusiveArguments, deprecated
from twisted.python.randbytes import secureRandom
from twisted.python.versions import Version

# Contexts were prepared for ALPN under this name, too.
_setAcceptableProtocols = setupForALPN

# The binding itself, which pyOpenSSL's types leave out.
_library: Any = vars(SSL)["_lib"]
_RELEASE = getattr(SSL, "MODE_RELEASE_BUFFERS", 0x10)

# Renegotiation is of no use to anybody but attackers; TLS 1.3 has none.
_BASE_OPTIONS = (
    SSL.OP_NO_SSLv2
    | SSL.OP_NO_COMPRESSION
    | SSL.OP_CIPHER_SERVER_PREFERENCE
    | getattr(SSL, "OP_NO_RENEGOTIATION", 0)
)


# -- whom to trust ---------------------------------------------------------------


class IOpenSSLTrustRoot(Interface):
    """
    Says whose certificates are believed.
    """

    def _addCACertsToContext(context: Any) -> None:
        """Let the connections of a C{OpenSSL.SSL.Context} believe them."""


@implementer(IOpenSSLTrustRoot)
class OpenSSLCertificateAuthorities:
    """
    Believes certain certificates, and what they have signed.
    """

    def __init__(self, caCerts: Iterable[Any]) -> None:
        """
        @param caCerts: C{OpenSSL.crypto.X509} objects.
        """
        self._caCerts = caCerts

    def _addCACertsToContext(self, context: Any) -> None:
        store = context.get_cert_store()
        for certificate in self._caCerts:
            store.add_cert(certificate)


@implementer(IOpenSSLTrustRoot)
class OpenSSLDefaultPaths:
    """
    Believes whom OpenSSL, as it was built, believes by default.
    """

    def _addCACertsToContext(self, context: Any) -> None:
        context.set_default_verify_paths()


def platformTrust() -> Any:
    """
    Return a trust root: whom this platform believes.
    """
    return OpenSSLDefaultPaths()


def trustRootFromCertificates(certificates: Iterable[CertBase]) -> Any:
    """
    Return a trust root: those who have *certificates*.

    @param certificates: L{Certificate}s, with private keys or without.
    @raise TypeError: one is something else.
    """
    originals = []
    for certificate in certificates:
        if not isinstance(certificate, CertBase):
            raise TypeError("certificates items must be twisted.internet.ssl.CertBase instances")
        originals.append(certificate.original)
    return OpenSSLCertificateAuthorities(originals)


def _trustOne(certificate: Certificate) -> Any:
    return trustRootFromCertificates([certificate])


registerAdapter(_trustOne, Certificate, IOpenSSLTrustRoot)


# -- the options --------------------------------------------------------------------


@implementer(
    IOpenSSLServerConnectionCreator, IOpenSSLClientConnectionCreator, IOpenSSLContextFactory
)
class OpenSSLCertificateOptions:
    """
    How TLS is spoken by either half: which certificate is shown, who is
    believed, which versions and ciphers are good enough.

    Public as L{twisted.internet.ssl.CertificateOptions}.  Every argument is an
    attribute of the same name.
    """

    _contextFactory: Any = SSL.Context
    _context: Any = None
    _OP_NO_TLSv1_3 = _tlsDisableFlags[TLSVersion.TLSv1_3]
    _defaultMinimumTLSVersion = TLSVersion.TLSv1_2

    @_mutuallyExclusiveArguments(
        [
            ("trustRoot", "requireCertificate"),
            ("trustRoot", "verify"),
            ("trustRoot", "caCerts"),
            ("method", "insecurelyLowerMinimumTo"),
            ("method", "raiseMinimumTo"),
            ("raiseMinimumTo", "insecurelyLowerMinimumTo"),
            ("method", "lowerMaximumSecurityTo"),
        ]
    )
    def __init__(
        self,
        privateKey: Any = None,
        certificate: Any = None,
        method: int | None = None,
        verify: bool = False,
        caCerts: list[Any] | None = None,
        verifyDepth: int = 9,
        requireCertificate: bool = True,
        verifyOnce: bool = True,
        enableSingleUseKeys: bool = True,
        enableSessions: bool = False,
        fixBrokenPeers: bool = False,
        enableSessionTickets: bool = False,
        extraCertChain: list[Any] | None = None,
        acceptableCiphers: Any = None,
        dhParameters: Any = None,
        trustRoot: Any = None,
        acceptableProtocols: Sequence[bytes] | None = None,
        raiseMinimumTo: NamedConstant | None = None,
        insecurelyLowerMinimumTo: NamedConstant | None = None,
        lowerMaximumSecurityTo: NamedConstant | None = None,
        contextForServerName: Callable[[bytes | None], Any] | None = None,
    ) -> None:
        """
        @param privateKey: a C{OpenSSL.crypto.PKey}.
        @param certificate: its C{OpenSSL.crypto.X509}; a server needs both.
        @param method: OpenSSL's method.  Deprecated.
        @param verify: believe only peers whose certificates are of I{caCerts}.
            As I{trustRoot} is simpler, not with it.
        @param caCerts: C{OpenSSL.crypto.X509} objects; not with I{trustRoot}.
        @param verifyDepth: how long a peer's chain may be.
        @param requireCertificate: of a server that verifies: refuse clients
            without a certificate.  Not with I{trustRoot}, which refuses them.
        @param verifyOnce: ask for a client's certificate once only.
        @param enableSingleUseKeys: make a new key for every key exchange.
        @param enableSessions: let a server resume sessions that it remembers.
        @param fixBrokenPeers: OpenSSL's workarounds for broken peers.
        @param enableSessionTickets: let sessions be resumed by tickets
            (RFC 5077).
        @param extraCertChain: C{OpenSSL.crypto.X509} objects of those between
            I{certificate} and an authority, in this order.
        @param acceptableCiphers: an L{IAcceptableCiphers} provider.
        @param dhParameters: L{OpenSSLDiffieHellmanParameters}.
        @param trustRoot: whom to believe: an L{IOpenSSLTrustRoot} provider, a
            L{Certificate}, or L{None} for anybody.
        @param acceptableProtocols: what ALPN may choose, the best first.
        @param raiseMinimumTo: the oldest version; of no effect below the
            default, TLS 1.2.
        @param insecurelyLowerMinimumTo: the oldest version, although it may
            be broken.
        @param lowerMaximumSecurityTo: the newest version.
        @param contextForServerName: called on a server with the name that the
            client asks for, ASCII, or L{None}; returns a C{OpenSSL.SSL.Context}
            to go on with, or L{None} for ours.
        @raise ValueError: arguments contradict each other, or leave no cipher.
        @raise TypeError: arguments exclude each other.
        """
        if (privateKey is None) != (certificate is None):
            raise ValueError("Specify neither or both of privateKey and certificate")
        if extraCertChain is not None and privateKey is None:
            raise ValueError(
                "A private key and a certificate are required when adding a"
                " supplemental certificate chain."
            )
        if verify and not caCerts:
            raise ValueError(
                "Specify client CA certificate information if and only if"
                " enabling certificate verification"
            )
        self.privateKey = privateKey
        self.certificate = certificate
        self.extraCertChain = [] if extraCertChain is None else extraCertChain
        self.verify = verify
        self.caCerts = caCerts
        self.verifyDepth = verifyDepth
        self.requireCertificate = requireCertificate
        self.verifyOnce = verifyOnce
        self.enableSingleUseKeys = enableSingleUseKeys
        self.enableSessions = enableSessions
        self.fixBrokenPeers = fixBrokenPeers
        self.enableSessionTickets = enableSessionTickets
        self.dhParameters = dhParameters
        self._acceptableProtocols = acceptableProtocols
        self._contextForServerName = contextForServerName
        self._mode = _RELEASE
        self._options = _BASE_OPTIONS
        if method is None:
            self.method = SSL.TLS_METHOD
            self._options |= self._versions(
                raiseMinimumTo, insecurelyLowerMinimumTo, lowerMaximumSecurityTo
            )
        else:
            warnings.warn(
                "Passing method to twisted.internet.ssl.CertificateOptions was deprecated in"
                " Twisted 17.1.0. Please use a combination of insecurelyLowerMinimumTo,"
                " raiseMinimumTo, and lowerMaximumSecurityTo instead, as Twisted will"
                " correctly configure the method.",
                DeprecationWarning,
                # Past the decorator.
                stacklevel=3,
            )
            self.method = method
        if enableSingleUseKeys:
            self._options |= SSL.OP_SINGLE_DH_USE | SSL.OP_SINGLE_ECDH_USE
        if fixBrokenPeers:
            self._options |= SSL.OP_ALL
        if not enableSessionTickets:
            self._options |= SSL.OP_NO_TICKET
        self._trust(trustRoot)
        self._ecChooser = _ChooseDiffieHellmanEllipticCurve(
            SSL.OPENSSL_VERSION_NUMBER, openSSLlib=_library, openSSLcrypto=crypto
        )
        acceptable = defaultCiphers if acceptableCiphers is None else acceptableCiphers
        self._cipherString = selectedCiphers(
            IAcceptableCiphers(acceptable), self.method, self._options
        )

    def _versions(
        self,
        raised: NamedConstant | None,
        lowered: NamedConstant | None,
        newest: NamedConstant | None,
    ) -> int:
        """Return the options that leave the versions that are wanted."""
        for name, version in (
            ("raiseMinimumTo", raised),
            ("insecurelyLowerMinimumTo", lowered),
        ):
            if version is not None and newest is not None and version > newest:
                raise ValueError(f"{name} needs to be lower than lowerMaximumSecurityTo")
        oldest = self._defaultMinimumTLSVersion if lowered is None else lowered
        if raised is not None and raised > oldest:
            oldest = raised
        if newest is not None and newest < oldest:
            oldest = newest
        return _optionsOutside(oldest, newest)

    def _trust(self, trustRoot: Any) -> None:
        if trustRoot is None and self.verify:
            trustRoot = OpenSSLCertificateAuthorities(self.caCerts or ())
        if trustRoot is not None:
            self.verify = True
            trustRoot = IOpenSSLTrustRoot(trustRoot)
        self.trustRoot = trustRoot

    @deprecated(Version("Twisted", 15, 0, 0), "a real persistence system")
    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_context"}

    @deprecated(Version("Twisted", 15, 0, 0), "a real persistence system")
    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state

    # -- contexts and connections --------------------------------------------

    def getContext(self) -> Any:
        """Return the C{OpenSSL.SSL.Context}, always the same one."""
        if self._context is None:
            self._context = self._makeContext()
        return self._context

    def _makeContext(self, skipCiphers: bool = False) -> Any:
        context = self._contextFactory(self.method)
        context.set_options(self._options)
        context.set_mode(self._mode)
        self._setCertificate(context)
        self._setVerification(context)
        # A server with sessions must say whose they are.
        context.set_session_id(secureRandom(32))
        context.set_session_cache_mode(
            SSL.SESS_CACHE_SERVER if self.enableSessions else SSL.SESS_CACHE_OFF
        )
        if self.dhParameters is not None:
            context.load_tmp_dh(self.dhParameters._dhFile.path)
        self._ecChooser.configureECDHCurve(context)
        if not skipCiphers:
            context.set_cipher_list(self._cipherString.encode("ascii"))
        if self._acceptableProtocols:
            setupForALPN(context, self._acceptableProtocols)
        else:
            prepare(context, None)
        if self._contextForServerName is not None:
            context.set_tlsext_servername_callback(self._serverNamed)
        return context

    def _setCertificate(self, context: Any) -> None:
        if self.certificate is None or self.privateKey is None:
            return
        context.use_certificate(self.certificate)
        context.use_privatekey(self.privateKey)
        for extra in self.extraCertChain:
            context.add_extra_chain_cert(extra)
        # Better now than when the first peer calls.
        context.check_privatekey()

    def _setVerification(self, context: Any) -> None:
        flags = SSL.VERIFY_NONE
        if self.verify:
            flags = SSL.VERIFY_PEER
            if self.requireCertificate:
                flags |= SSL.VERIFY_FAIL_IF_NO_PEER_CERT
            if self.verifyOnce:
                flags |= SSL.VERIFY_CLIENT_ONCE
            self.trustRoot._addCACertsToContext(context)
        context.set_verify(flags, _asOpenSSLSays)
        if self.verifyDepth is not None:
            context.set_verify_depth(self.verifyDepth)

    def _serverNamed(self, connection: Any) -> None:
        assert self._contextForServerName is not None
        switchContext(connection, self._contextForServerName, self._acceptableProtocols, False)

    def _makeTLSConnection(self, protocol: Any) -> Any:
        connection = SSL.Connection(self.getContext(), None)
        # A client's offer; the context has a server's choice.
        offered = protosFromProtocol(protocol, self._acceptableProtocols)
        if offered:
            connection.set_alpn_protos(list(offered))
        return connection

    def serverConnectionForTLS(self, protocol: Any) -> Any:
        """
        Make the server's half of a connection.

        @param protocol: whom it is for.
        @return: the C{OpenSSL.SSL.Connection}.
        """
        return self._makeTLSConnection(protocol)

    def clientConnectionForTLS(self, protocol: Any) -> Any:
        """
        Make the client's half of a connection.

        No name is checked: L{optionsForClientTLS} does that.

        @param protocol: whom it is for.
        @return: the C{OpenSSL.SSL.Connection}.
        """
        return self._makeTLSConnection(protocol)


def _asOpenSSLSays(
    connection: Any, certificate: Any, errorNumber: int, depth: int, good: int
) -> bool:
    return bool(good)


def optionsForClientTLS(
    hostname: str,
    trustRoot: Any = None,
    clientCertificate: PrivateCertificate | None = None,
    acceptableProtocols: Sequence[bytes] | None = None,
    *,
    extraCertificateOptions: dict[str, Any] | None = None,
    sendServerName: bool | None = None,
) -> Any:
    """
    Return how a client is to speak TLS with a certain host: only with a server
    that can prove that it is this host.

    @param hostname: a name, not encoded, or an address.
    @param trustRoot: whom to believe, as for L{OpenSSLCertificateOptions};
        L{platformTrust} by default.
    @param clientCertificate: a L{PrivateCertificate} to show.
    @param acceptableProtocols: what ALPN may choose, the best first.
    @param extraCertificateOptions: more arguments of
        L{OpenSSLCertificateOptions}.
    @param sendServerName: tell the server which name is meant (SNI); by
        default, if it is a name.
    @return: an L{IOpenSSLClientConnectionCreator} provider.
    @raise TypeError: I{hostname} is bytes.
    """
    if not isinstance(hostname, str):
        raise TypeError(
            f"optionsForClientTLS requires text for host names, not {type(hostname).__name__}"
        )
    more = {} if extraCertificateOptions is None else extraCertificateOptions
    mine: dict[str, Any] = {}
    if clientCertificate is not None:
        mine["privateKey"] = clientCertificate.privateKey.original
        mine["certificate"] = clientCertificate.original
    options = OpenSSLCertificateOptions(
        trustRoot=platformTrust() if trustRoot is None else trustRoot,
        acceptableProtocols=acceptableProtocols,
        **mine,
        **more,
    )
    return ClientTLSOptions(options._makeTLSConnection, hostname, sendServerName)


__all__ = [
    "CertBase",
    "Certificate",
    "CertificateRequest",
    "ClientTLSOptions",
    "DN",
    "DistinguishedName",
    "ICipher",
    "IOpenSSLTrustRoot",
    "KeyPair",
    "OpenSSLAcceptableCiphers",
    "OpenSSLCertificateAuthorities",
    "OpenSSLCertificateOptions",
    "OpenSSLCipher",
    "OpenSSLDefaultPaths",
    "OpenSSLDiffieHellmanParameters",
    "PrivateCertificate",
    "PublicKey",
    "TLSVersion",
    "VerificationError",
    "VerifyError",
    "_defaultCurveName",
    "_expandCipherString",
    "_verifyCB",
    "defaultCiphers",
    "optionsForClientTLS",
    "platformTrust",
    "protosFromProtocol",
    "setupForALPN",
    "trustRootFromCertificates",
]

_ofOthers = {"VerifyError", "defaultCiphers"}
publish(__name__, globals(), (name for name in __all__ if name not in _ofOthers and name[0] != "_"))

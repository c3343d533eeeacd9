"""
Servers with certificates for several names, in a directory of PEM files.

Put keys, certificates and those of intermediate authorities there, in as many files
and subdirectories as you like, whose names end in C{.pem}.  What belongs together is
found out by looking into them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from time import monotonic
from typing import Any

from cryptography import x509
from OpenSSL import SSL, crypto
from zope.interface import implementer

from twisted.internet._tls_negotiation import connectionOf, switchContext
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.ssl import Certificate, CertificateOptions, KeyPair, PrivateCertificate
from twisted.logger import Logger

_log = Logger()

# Clients choose the names that are looked up: for their sake the files are not read
# again more often than so many seconds.
_PATIENCE = 1.0

_BEGIN = b"-----BEGIN "
_END = b"-----END "


def _pemParts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """
    Take the content of a file apart.

    @return: the label of each part, such as C{b"CERTIFICATE"}, and the part.
    """
    part: list[bytes] = []
    label = b""
    for line in content.splitlines(keepends=True):
        if line.startswith(_BEGIN):
            label, part = line[len(_BEGIN) :].strip().rstrip(b"-"), []
        part.append(line)
        if label and line.startswith(_END + label):
            yield label, b"".join(part)
            label = b""


def _namesOf(certificate: Certificate) -> Iterable[str]:
    """Return the DNS names of *certificate*; its common name if it has none."""
    parsed = certificate._parsed()
    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        common = certificate.getSubject().get("commonName")
        return () if common is None else (common.decode("utf-8", "replace"),)
    names: list[str] = extension.value.get_values_for_type(x509.DNSName)
    return names


class PEMObjects:
    """
    The keys and certificates of some PEM files.

    @ivar certificates: the L{Certificate}s.
    @ivar keys: the L{KeyPair}s, each with the path of its file.
    """

    def __init__(self) -> None:
        self.certificates: list[Certificate] = []
        self.keys: list[tuple[str, KeyPair]] = []

    @classmethod
    def fromDirectory(cls, directory: Any) -> PEMObjects:
        """
        Read the files of a directory, and of those in it.

        @param directory: a L{twisted.python.filepath.FilePath}.
        """
        self = cls()
        for path in directory.walk():
            if path.basename().lower().endswith(".pem") and path.isfile():
                self._read(path)
        return self

    def _read(self, path: Any) -> None:
        for label, part in _pemParts(path.getContent()):
            try:
                if label == b"CERTIFICATE":
                    self.certificates.append(Certificate.loadPEM(part))
                elif label.endswith(b"PRIVATE KEY"):
                    self.keys.append((path.path, KeyPair.load(part, crypto.FILETYPE_PEM)))
            except (crypto.Error, ValueError, TypeError):
                _log.failure("cannot read a {label} of {path}", label=label, path=path.path)

    def _chainOf(self, certificate: Certificate) -> list[Any]:
        """Return those who have signed, one the next, but for the root."""
        chain: list[Certificate] = []
        current = certificate
        while True:
            issuer = current.getIssuer()
            for candidate in self.certificates:
                if (
                    candidate.getSubject() == issuer
                    and candidate.getIssuer() != issuer
                    and candidate not in chain
                ):
                    chain.append(candidate)
                    current = candidate
                    break
            else:
                return [each.original for each in chain]

    def inferDomainMapping(self) -> dict[str, CertificateOptions]:
        """
        Find out what belongs together.

        @return: options for each DNS name, wildcards as they are.
        """
        byKey = {each.getPublicKey().keyHash(): each for each in self.certificates}
        found: dict[str, CertificateOptions] = {}
        for path, key in self.keys:
            certificate = byKey.get(key.keyHash())
            if certificate is None:
                _log.warn(
                    "unused private key at {path} with hash {hash}", path=path, hash=key.keyHash()
                )
                continue
            private = PrivateCertificate.fromCertificateAndKeyPair(certificate, key)
            options = CertificateOptions(
                certificate=private.original,
                privateKey=key.original,
                extraCertChain=self._chainOf(private),
            )
            found.update((name.lower(), options) for name in _namesOf(private))
        return found


def _lookUp(options: dict[str, CertificateOptions], name: bytes | None) -> Any:
    """
    Return the options of *name*: of just this name, else of a wildcard for all names
    beside it; any at all if the client has not said a name.
    """
    if name is None:
        return next(iter(options.values()), None)
    text = name.decode("ascii", "replace").lower()
    _, _, parent = text.partition(".")
    return options.get(text) or options.get(f"*.{parent}")


class _Directory:
    """
    A directory of PEM files, read when it is first needed, and again when a name is
    not found.
    """

    def __init__(self, path: Any, clock: Callable[[], float] = monotonic) -> None:
        self.path = path
        self._clock = clock
        self._options: dict[str, CertificateOptions] = {}
        self._read: float | None = None

    def contextFor(self, name: bytes | None) -> Any:
        """Return the context of *name*, or L{None}."""
        found = _lookUp(self._options, name)
        if found is None and self._mayRead():
            self._options = PEMObjects.fromDirectory(self.path).inferDomainMapping()
            found = _lookUp(self._options, name)
        return None if found is None else found.getContext()

    def _mayRead(self) -> bool:
        now = self._clock()
        if self._read is not None and now - self._read < _PATIENCE:
            return False
        self._read = now
        return True


def autoReloadingDirectoryOfPEMs(path: Any) -> Callable[[bytes | None], Any]:
    """
    Look certificates up in a directory; what is put there is found the next time
    that a client asks for it.

    @param path: a L{twisted.python.filepath.FilePath}.
    @return: takes a DNS name, ASCII, or L{None} if the client has not said one; and
        returns the C{OpenSSL.SSL.Context} to go on with, or L{None}.
    """
    return _Directory(path).contextFor


@implementer(IOpenSSLServerConnectionCreator)
class SNIConnectionCreator:
    """
    Makes servers' connections whose certificates depend on what the clients ask for
    (SNI, RFC 6066, section 3).
    """

    def __init__(self, _contextLookup: Callable[[bytes | None], Any]) -> None:
        """
        @param _contextLookup: as L{autoReloadingDirectoryOfPEMs} returns.
        """
        self._contextLookup = _contextLookup
        self.defaultContext: SSL.Context = CertificateOptions().getContext()
        self.defaultContext.set_tlsext_servername_callback(
            partial(
                switchContext,
                contextFor=_contextLookup,
                acceptableProtocols=None,
                required=True,
            )
        )

    def serverConnectionForTLS(self, tlsProtocol: Any) -> Any:
        """
        Make a connection.

        @param tlsProtocol: whom it is for.
        @return: the C{OpenSSL.SSL.Connection}.
        """
        return connectionOf(self.defaultContext, tlsProtocol)

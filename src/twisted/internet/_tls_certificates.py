"""
Certificates, requests for them, and keys: pyOpenSSL's objects with the
conveniences of Twisted's API around them.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from OpenSSL import crypto

from twisted.internet._tls_names import DistinguishedName
from twisted.internet.defer import Deferred
from twisted.internet.error import CertificateError, VerifyError
from twisted.python.deprecate import deprecated
from twisted.python.versions import Version

_ASN1 = crypto.FILETYPE_ASN1
_PEM = crypto.FILETYPE_PEM
_YEAR = 60 * 60 * 24 * 365

_DIGESTS: dict[str, Any] = {
    kind.name: kind
    for kind in (
        *(hashes.SHA256, hashes.SHA384, hashes.SHA512, hashes.SHA224),
        *(hashes.SHA1, hashes.MD5),
    )
}


def _digest(name: str) -> Any:
    try:
        return _DIGESTS[name.lower()]()
    except KeyError:
        raise ValueError(f"No such digest method: {name!r}") from None


def _encoding(fileFormat: int) -> serialization.Encoding:
    if fileFormat == _ASN1:
        return serialization.Encoding.DER
    if fileFormat == _PEM:
        return serialization.Encoding.PEM
    raise ValueError(f"Unsupported format: {fileFormat!r}")


class CertBase:
    """
    What certificates and requests have in common.

    @ivar original: the object of pyOpenSSL, or of C{cryptography} for a
        request.
    """

    def __init__(self, original: Any) -> None:
        self.original = original

    def _parsed(self) -> Any:
        """Return C{original} as C{cryptography} has it."""
        return self.original.to_cryptography()

    def getSubject(self) -> DistinguishedName:
        """Return whom it is about."""
        return DistinguishedName._of(self._parsed().subject, False)


def _fromHandle(transport: Any, method: str, whose: str) -> Any:
    """
    Ask the TLS connection of *transport* for a certificate.

    @param method: of the connection; pyOpenSSL has it.
    @param whose: for the error's text.
    """
    ask = getattr(transport.getHandle(), method, None)
    found = None if ask is None else ask()
    if found is None:
        kind = "non-TLS" if ask is None else "TLS"
        raise CertificateError(f"{kind} transport {transport!r} did not have {whose} certificate")
    return found


class Certificate(CertBase):
    """
    An X.509 certificate.
    """

    def __repr__(self) -> str:
        subject, issuer = (
            name.get("commonName", "") for name in (self.getSubject(), self.getIssuer())
        )
        return f"<{type(self).__name__} Subject={subject!s} Issuer={issuer!s}>"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Certificate):
            return self.dump() == other.dump()
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def load(
        Class, requestData: bytes | str, format: int = _ASN1, args: tuple[Any, ...] = ()
    ) -> Self:
        """
        Read a certificate.

        @param requestData: what a file of it contains.
        @param format: C{OpenSSL.crypto.FILETYPE_ASN1} or C{FILETYPE_PEM}.
        @param args: more arguments of the class.
        @raise OpenSSL.crypto.Error: it is none.
        """
        if isinstance(requestData, str):
            requestData = requestData.encode("ascii")
        return Class(crypto.load_certificate(format, requestData), *args)

    _load = load

    @classmethod
    def loadPEM(Class, data: bytes | str) -> Self:
        """Read a certificate of a PEM file's content."""
        return Class.load(data, _PEM)

    @classmethod
    def peerFromTransport(Class, transport: Any) -> Self:
        """
        Return the certificate that the other end of *transport* has shown.

        @raise CertificateError: it has none, or the transport speaks no TLS.
        """
        return Class(_fromHandle(transport, "get_peer_certificate", "peer"))

    @classmethod
    def hostFromTransport(Class, transport: Any) -> Self:
        """
        Return the certificate that we have shown on *transport*.

        @raise CertificateError: there is none, or the transport speaks no TLS.
        """
        handle = transport.getHandle()
        # pyOpenSSL calls it get_certificate.
        name = (
            "get_host_certificate" if hasattr(handle, "get_host_certificate") else "get_certificate"
        )
        return Class(_fromHandle(transport, name, "host"))

    def getIssuer(self) -> DistinguishedName:
        """Return who has signed it."""
        return DistinguishedName._of(self._parsed().issuer, False)

    def getPublicKey(self) -> PublicKey:
        """Return its key."""
        return PublicKey(self.original.get_pubkey())

    def serialNumber(self) -> int:
        """Return the number by which its issuer knows it."""
        number: int = self.original.get_serial_number()
        return number

    def digest(self, method: str = "md5") -> bytes:
        """
        Return its fingerprint, hexadecimal, with colons.

        @param method: the name of a hash function.
        """
        fingerprint: bytes = self.original.digest(method)
        return fingerprint

    def dump(self, format: int = _ASN1) -> bytes:
        """Return what a file of it is to contain."""
        return crypto.dump_certificate(format, self.original)

    def dumpPEM(self) -> bytes:
        """Return what a PEM file of it is to contain."""
        return self.dump(_PEM)

    def _inspect(self) -> str:
        people = f"{self.getSubject().inspect()}\n\nIssuer:\n{self.getIssuer().inspect()}"
        marks = f"Serial Number: {self.serialNumber()}\nDigest: {self.digest().decode('ascii')}"
        return f"Certificate For Subject:\n{people}\n\n{marks}"

    def inspect(self) -> str:
        """Return what it says, over several lines, for people to read."""
        return f"{self._inspect()}\n{self.getPublicKey().inspect()}"

    def options(self, *authorities: Certificate) -> Any:
        """
        A certificate without its key cannot be shown to anybody: only a
        L{PrivateCertificate} has options.

        @raise NotImplementedError: always.
        """
        raise NotImplementedError("a certificate without its private key has no TLS options")


class CertificateRequest(CertBase):
    """
    A request for a certificate, signed by the key it is about (PKCS #10).
    """

    def _parsed(self) -> Any:
        return self.original

    def getSubject(self) -> DistinguishedName:
        """
        Return whom it is about.

        @raise ValueError: there is a field that L{DistinguishedName} has not.
        """
        return DistinguishedName._of(self.original.subject, True)

    @classmethod
    def load(cls, requestData: bytes, requestFormat: int = _ASN1) -> CertificateRequest:
        """
        Read a request.

        @param requestFormat: as for L{Certificate.load}.
        @raise VerifyError: its signature is not of its key.
        @raise ValueError: it is none, or there is no such format.
        """
        if _encoding(requestFormat) is serialization.Encoding.PEM:
            request = x509.load_pem_x509_csr(requestData)
        else:
            request = x509.load_der_x509_csr(requestData)
        try:
            sound = request.is_signature_valid
        except InvalidSignature:
            sound = False
        if not sound:
            raise VerifyError(f"Can't verify that request for {request.subject!r} is self-signed.")
        return cls(request)

    def dump(self, format: int = _ASN1) -> bytes:
        """Return what a file of it is to contain."""
        content: bytes = self.original.public_bytes(_encoding(format))
        return content


class PublicKey:
    """
    A public key.

    @ivar original: the C{OpenSSL.crypto.PKey}.
    """

    def __init__(self, osslpkey: Any) -> None:
        self.original = osslpkey

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.keyHash()}>"

    def keyHash(self) -> str:
        """
        Return an MD5 of the key, hexadecimal; for people to compare, nothing
        more.
        """
        content = crypto.dump_publickey(_ASN1, self.original)
        return hashlib.md5(content, usedforsecurity=False).hexdigest()

    def matches(self, otherKey: PublicKey) -> bool:
        """Tell whether *otherKey* has the same public key."""
        mine, other = (crypto.dump_publickey(_ASN1, key.original) for key in (self, otherKey))
        return mine == other

    def inspect(self) -> str:
        """Return a line for people to read."""
        return f"Public Key with Hash: {self.keyHash()}"


class KeyPair(PublicKey):
    """
    A private key, and its public one.
    """

    @classmethod
    def load(Class, data: bytes | str, format: int = _ASN1) -> Self:
        """
        Read a key.

        @param data: what a file of it contains; not encrypted.
        @param format: as for L{Certificate.load}.
        @raise OpenSSL.crypto.Error: it is none.
        """
        return Class(crypto.load_privatekey(format, data))

    def dump(self, format: int = _ASN1) -> bytes:
        """Return what a file of it is to contain, not encrypted."""
        return crypto.dump_privatekey(format, self.original)

    @classmethod
    def generate(cls, kind: int = crypto.TYPE_RSA, size: int = 2048) -> Self:
        """
        Make a new key.

        @param kind: C{OpenSSL.crypto.TYPE_RSA} or C{TYPE_DSA}.
        @param size: bits.
        @raise OpenSSL.crypto.Error: there is no such kind.
        """
        key: Any
        if kind == crypto.TYPE_RSA:
            key = rsa.generate_private_key(65537, size)
        elif kind == crypto.TYPE_DSA:
            key = dsa.generate_private_key(size)
        else:
            raise crypto.Error("No such key type")
        return cls(crypto.PKey.from_cryptography_key(key))

    @deprecated(Version("Twisted", 15, 0, 0), "a real persistence system")
    def __getstate__(self) -> bytes:
        return self.dump()

    @deprecated(Version("Twisted", 15, 0, 0), "a real persistence system")
    def __setstate__(self, state: bytes) -> None:
        self.__init__(crypto.load_privatekey(_ASN1, state))  # type: ignore[misc]

    def inspect(self) -> str:
        """Return a line for people to read."""
        kinds = {crypto.TYPE_RSA: "RSA", crypto.TYPE_DSA: "DSA"}
        kind = kinds.get(self.original.type(), "(Unknown Type!)")
        return f"{self.original.bits()}-bit {kind} Key Pair with Hash: {self.keyHash()}"

    def newCertificate(self, newCertData: bytes, format: int = _ASN1) -> PrivateCertificate:
        """
        Read a certificate of this key.

        @raise VerifyError: it is of another one.
        """
        return PrivateCertificate.load(newCertData, self, format)

    def requestObject(
        self, distinguishedName: DistinguishedName, digestAlgorithm: str = "sha256"
    ) -> CertificateRequest:
        """
        Make a request for a certificate.

        @param distinguishedName: whom it shall be about.
        @param digestAlgorithm: the hash that is signed.
        """
        wanted = x509.CertificateSigningRequestBuilder(distinguishedName._asName())
        key = self.original.to_cryptography_key()
        return CertificateRequest(wanted.sign(key, _digest(digestAlgorithm)))

    def certificateRequest(
        self,
        distinguishedName: DistinguishedName,
        format: int = _ASN1,
        digestAlgorithm: str = "sha256",
    ) -> bytes:
        """As L{requestObject}; return what a file of it is to contain."""
        return self.requestObject(distinguishedName, digestAlgorithm).dump(format)

    def signCertificateRequest(
        self,
        issuerDistinguishedName: DistinguishedName,
        requestData: bytes,
        verifyDNCallback: Callable[[DistinguishedName], Any],
        serialNumber: int,
        requestFormat: int = _ASN1,
        certificateFormat: int = _ASN1,
        secondsToExpiry: int = _YEAR,
        digestAlgorithm: str = "sha256",
    ) -> Any:
        """
        Read a request and make the certificate it asks for.

        @param issuerDistinguishedName: who signs: we.
        @param verifyDNCallback: called with whom the request is about; returns
            whether it shall be fulfilled, or a Deferred of that.
        @return: what a file of the certificate is to contain, or a Deferred of
            that.
        @raise VerifyError: the callback says no.
        """
        request = CertificateRequest.load(requestData, requestFormat)
        name = request.getSubject()
        verdict = verifyDNCallback(name)

        def judge(positive: object) -> bytes:
            if not positive:
                raise VerifyError(f"DN callback {verifyDNCallback!r} rejected request DN {name!r}")
            return self.signRequestObject(
                issuerDistinguishedName, request, serialNumber, secondsToExpiry, digestAlgorithm
            ).dump(certificateFormat)

        return verdict.addCallback(judge) if isinstance(verdict, Deferred) else judge(verdict)

    def signRequestObject(
        self,
        issuerDistinguishedName: DistinguishedName,
        requestObject: CertificateRequest,
        serialNumber: int,
        secondsToExpiry: int = _YEAR,
        digestAlgorithm: str = "sha256",
    ) -> Certificate:
        """
        Make the certificate that a request asks for, valid from now on.

        What signs itself may sign others; other certificates may not.

        @param issuerDistinguishedName: who signs: we.
        @param secondsToExpiry: how long it is valid.
        """
        request = requestObject.original
        issuer = issuerDistinguishedName._asName()
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0, tzinfo=None)
        mine = self.original.to_cryptography_key()
        wanted = request.public_key()
        authority = issuer == request.subject and wanted == mine.public_key()
        # By the constructor: serial_number() takes no 0, which users count from.
        builder = x509.CertificateBuilder(
            issuer_name=issuer,
            subject_name=request.subject,
            public_key=wanted,
            serial_number=serialNumber,
            not_valid_before=now,
            not_valid_after=now + datetime.timedelta(seconds=secondsToExpiry),
        ).add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        signed = builder.sign(mine, _digest(digestAlgorithm))
        return Certificate(crypto.X509.from_cryptography(signed))

    def selfSignedCert(self, serialNumber: int, **kw: str | bytes) -> PrivateCertificate:
        """
        Make a certificate of this key, signed by it.

        @param kw: the fields of whom it is about, as of L{DistinguishedName}.
        """
        name = DistinguishedName(**kw)
        signed = self.signRequestObject(name, self.requestObject(name), serialNumber)
        return PrivateCertificate.fromCertificateAndKeyPair(signed, self)


class PrivateCertificate(Certificate):
    """
    A certificate together with its private key.

    @ivar privateKey: the L{KeyPair}.
    """

    privateKey: KeyPair

    def __repr__(self) -> str:
        return f"{Certificate.__repr__(self)} with {self.privateKey!r}"

    def _setPrivateKey(self, privateKey: KeyPair) -> Self:
        if not privateKey.matches(self.getPublicKey()):
            raise VerifyError("Certificate public and private keys do not match.")
        self.privateKey = privateKey
        return self

    @classmethod
    def load(  # type: ignore[override]
        Class, data: bytes | str, privateKey: KeyPair, format: int = _ASN1
    ) -> Self:
        """
        Read a certificate, whose key is there.

        @raise VerifyError: the key is another one's.
        """
        return Class._load(data, format)._setPrivateKey(privateKey)

    @classmethod
    def loadPEM(Class, data: bytes | str) -> Self:
        """Read a certificate and its key of a PEM file's content."""
        return Class.load(data, KeyPair.load(data, _PEM), _PEM)

    @classmethod
    def fromCertificateAndKeyPair(
        Class, certificateInstance: Certificate, privateKey: KeyPair
    ) -> Self:
        """
        Put a certificate and its key together.

        @raise VerifyError: the key is another one's.
        """
        return Class(certificateInstance.original)._setPrivateKey(privateKey)

    def dumpPEM(self) -> bytes:
        """Return what a PEM file of both is to contain."""
        return self.dump(_PEM) + self.privateKey.dump(_PEM)

    def inspect(self) -> str:
        """Return what it says, over several lines, for people to read."""
        return f"{self._inspect()}\n{self.privateKey.inspect()}"

    def newCertificate(self, newCertData: bytes, format: int = _ASN1) -> PrivateCertificate:
        """Read another certificate of the same key."""
        return self.privateKey.newCertificate(newCertData, format)

    def certificateRequest(self, format: int = _ASN1, digestAlgorithm: str = "sha256") -> bytes:
        """Return a request for another certificate of the same subject and key."""
        return self.privateKey.certificateRequest(self.getSubject(), format, digestAlgorithm)

    def signCertificateRequest(
        self,
        requestData: bytes,
        verifyDNCallback: Callable[[DistinguishedName], Any],
        serialNumber: int,
        requestFormat: int = _ASN1,
        certificateFormat: int = _ASN1,
    ) -> Any:
        """As L{KeyPair.signCertificateRequest}, in the name of our subject."""
        formats: Any = {"requestFormat": requestFormat, "certificateFormat": certificateFormat}
        sign = partial(self.privateKey.signCertificateRequest, self.getSubject(), requestData)
        return sign(verifyDNCallback, serialNumber, **formats)

    def signRequestObject(
        self,
        certificateRequest: CertificateRequest,
        serialNumber: int,
        secondsToExpiry: int = _YEAR,
        digestAlgorithm: str = "sha256",
    ) -> Certificate:
        """As L{KeyPair.signRequestObject}, in the name of our subject."""
        sign = partial(self.privateKey.signRequestObject, self.getSubject())
        return sign(certificateRequest, serialNumber, secondsToExpiry, digestAlgorithm)

    def options(self, *authorities: Certificate) -> Any:
        """
        Return the options with which a server, or a client, shows this
        certificate.

        @param authorities: whose certificates we ask the peer for; no
            certificate is asked for without any.
        @return: L{twisted.internet.ssl.CertificateOptions}.
        """
        # Late: the options are made of certificates.
        from twisted.internet._sslverify import OpenSSLCertificateOptions, trustRootFromCertificates

        more = {"trustRoot": trustRootFromCertificates(authorities)} if authorities else {}
        return OpenSSLCertificateOptions(
            privateKey=self.privateKey.original, certificate=self.original, **more
        )

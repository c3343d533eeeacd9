"""
What tests of TLS need: authorities, certificates, and two ends without sockets.
"""

from __future__ import annotations

import datetime
import ipaddress
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from twisted.internet.ssl import Certificate, PrivateCertificate


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """
    Signs certificates.

    @ivar certificate: its own, a L{Certificate}.
    """

    def __init__(self, common: str = "Authority for Tests", signedBy: Any = None) -> None:
        self.name = _name(common)
        self.key = ec.generate_private_key(ec.SECP256R1())
        signer = self if signedBy is None else signedBy
        self.signed = self._sign(signer, self.name, self.key, authority=True)
        self.pem = self.signed.public_bytes(serialization.Encoding.PEM)
        self.certificate = Certificate.loadPEM(self.pem)

    def _sign(self, signer: Any, name: Any, key: Any, authority: bool, names: Any = ()) -> Any:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(signer.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            # Of RFC 5280 to the letter, which the module ssl wants from Python 3.13 on.
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
                critical=False,
            )
        )
        if authority:
            builder = builder.add_extension(_SIGNS, critical=True)
        if names:
            alternatives = x509.SubjectAlternativeName([_alternative(each) for each in names])
            builder = builder.add_extension(alternatives, critical=False)
        return builder.sign(signer.key, hashes.SHA256())

    def issue(self, *names: str) -> tuple[bytes, bytes]:
        """Return the PEM of a certificate for *names*, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._sign(self, _name(names[0]), key, False, names)
        return (
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )

    def certificateFor(self, *names: str) -> PrivateCertificate:
        """Return a certificate for *names*."""
        return PrivateCertificate.loadPEM(b"".join(self.issue(*names)))


@cache
def authority() -> Authority:
    """Return the authority that most tests trust."""
    return Authority()


@cache
def serverCertificate() -> PrivateCertificate:
    """Return a certificate for localhost."""
    return authority().certificateFor("localhost", "127.0.0.1", "::1")

"""
Certificates, keys, names and options.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("OpenSSL", reason="needs pyOpenSSL")

from OpenSSL import SSL, crypto

from tests.tls_support import Authority, authority, serverCertificate
from twisted.internet import defer, ssl
from twisted.internet.error import CertificateError, VerifyError
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    DN,
    AcceptableCiphers,
    Certificate,
    CertificateOptions,
    CertificateRequest,
    KeyPair,
    PrivateCertificate,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return KeyPair.generate()


# -- names --------------------------------------------------------------------------------


def test_distinguishedName() -> None:
    name = DN(CN="example.com", organizationName=b"Example", C="DE")
    assert name == {
        "commonName": b"example.com",
        "organizationName": b"Example",
        "countryName": b"DE",
    }
    assert name.CN == name.commonName == b"example.com"
    name.L = "Köln"
    assert name["localityName"] == "Köln".encode()
    assert not hasattr(name, "ST")
    assert "commonName" in repr(name)
    with pytest.raises(AttributeError):
        name.colour = "red"
    with pytest.raises(AttributeError):
        DN(colour="red")
    assert [line.strip() for line in name.inspect().splitlines()] == [
        "Common Name: example.com",
        "Country Name: DE",
        "Locality Name: Köln",
        "Organization Name: Example",
    ]


# -- certificates ----------------------------------------------------------------------------


def test_selfSigned(key: KeyPair) -> None:
    made = key.selfSignedCert(42, CN="me")
    assert isinstance(made, PrivateCertificate)
    assert made.serialNumber() == 42
    assert made.getSubject() == made.getIssuer() == DN(CN="me")
    assert made.getPublicKey().matches(key)
    assert made.privateKey.matches(made.getPublicKey())
    assert "me" in made.inspect() and "Serial Number: 42" in made.inspect()
    assert made == Certificate(made.original) and made != key


def test_loadAndDump(key: KeyPair) -> None:
    made = key.selfSignedCert(1, CN="me")
    assert Certificate.load(made.dump()) == made
    pem = made.dumpPEM()
    assert PrivateCertificate.loadPEM(pem) == made
    assert Certificate.loadPEM(pem.decode("ascii")) == made
    again = KeyPair.load(key.dump(crypto.FILETYPE_PEM), crypto.FILETYPE_PEM)
    assert again.matches(key) and again.keyHash() == key.keyHash()
    other = KeyPair.generate()
    assert not other.matches(key)
    with pytest.raises(VerifyError):
        PrivateCertificate.fromCertificateAndKeyPair(made, other)
    with pytest.raises(crypto.Error):
        Certificate.loadPEM(b"nonsense")


def test_signing(key: KeyPair) -> None:
    root = key.selfSignedCert(1, CN="root")
    other = KeyPair.generate()
    request = other.certificateRequest(DN(CN="applicant"))
    seen: list[DN] = []
    signed = root.signCertificateRequest(request, lambda name: seen.append(name) or True, 7)
    made = other.newCertificate(signed)
    assert seen == [DN(CN="applicant")]
    assert made.getSubject() == DN(CN="applicant") and made.getIssuer() == DN(CN="root")
    assert made.serialNumber() == 7
    with pytest.raises(VerifyError):
        root.signCertificateRequest(request, lambda name: False, 8)
    with pytest.raises(VerifyError):
        key.newCertificate(signed)
    # The verdict may take its time.
    verdict: defer.Deferred[bool] = defer.Deferred()
    later: list[bytes] = []
    root.signCertificateRequest(request, lambda name: verdict, 9).addCallback(later.append)
    assert later == []
    verdict.callback(True)
    assert Certificate.load(later[0]).serialNumber() == 9


def test_requests(key: KeyPair) -> None:
    request = key.requestObject(DN(CN="applicant"))
    for format in (crypto.FILETYPE_ASN1, crypto.FILETYPE_PEM):
        again = CertificateRequest.load(request.dump(format), format)
        assert again.getSubject() == DN(CN="applicant")
    tampered = bytearray(request.dump())
    tampered[-1] ^= 1
    with pytest.raises(VerifyError):
        CertificateRequest.load(bytes(tampered))
    with pytest.raises(ValueError):
        request.dump(99)
    with pytest.raises(ValueError):
        key.requestObject(DN(CN="x"), digestAlgorithm="rot13")


def test_acceptedByOpenSSL(key: KeyPair, tmp_path: Any) -> None:
    root = key.selfSignedCert(1, CN="root")
    other = KeyPair.generate()
    signed = root.signRequestObject(other.requestObject(DN(CN="leaf")), 2)
    (tmp_path / "root.pem").write_bytes(root.dump(crypto.FILETYPE_PEM))
    (tmp_path / "leaf.pem").write_bytes(signed.dumpPEM())
    store = crypto.X509Store()
    store.add_cert(root.original)
    crypto.X509StoreContext(store, signed.original).verify_certificate()
    stranger = KeyPair.generate().selfSignedCert(1, CN="root")
    wrong = crypto.X509Store()
    wrong.add_cert(stranger.original)
    with pytest.raises(crypto.X509StoreContextError):
        crypto.X509StoreContext(wrong, signed.original).verify_certificate()


def test_fromTransport() -> None:
    class Plain:
        def getHandle(self) -> object:
            return object()

    class Anonymous:
        def getHandle(self) -> Any:
            return SSL.Connection(SSL.Context(SSL.TLS_METHOD), None)

    with pytest.raises(CertificateError, match="non-TLS"):
        Certificate.peerFromTransport(Plain())
    with pytest.raises(CertificateError, match="^TLS"):
        Certificate.peerFromTransport(Anonymous())


# -- options ---------------------------------------------------------------------------------


def enabled(options: CertificateOptions) -> list[str]:
    flags = {
        "SSLv3": SSL.OP_NO_SSLv3,
        "TLSv1_0": SSL.OP_NO_TLSv1,
        "TLSv1_1": SSL.OP_NO_TLSv1_1,
        "TLSv1_2": SSL.OP_NO_TLSv1_2,
        "TLSv1_3": SSL.OP_NO_TLSv1_3,
    }
    return [name for name, flag in flags.items() if not options._options & flag]


@pytest.mark.parametrize(
    "arguments, versions",
    [
        ({}, ["TLSv1_2", "TLSv1_3"]),
        ({"raiseMinimumTo": TLSVersion.TLSv1_3}, ["TLSv1_3"]),
        ({"raiseMinimumTo": TLSVersion.TLSv1_0}, ["TLSv1_2", "TLSv1_3"]),
        (
            {"insecurelyLowerMinimumTo": TLSVersion.TLSv1_1},
            ["TLSv1_1", "TLSv1_2", "TLSv1_3"],
        ),
        ({"lowerMaximumSecurityTo": TLSVersion.TLSv1_2}, ["TLSv1_2"]),
        ({"lowerMaximumSecurityTo": TLSVersion.TLSv1_1}, ["TLSv1_1"]),
        (
            {
                "insecurelyLowerMinimumTo": TLSVersion.TLSv1_0,
                "lowerMaximumSecurityTo": TLSVersion.TLSv1_1,
            },
            ["TLSv1_0", "TLSv1_1"],
        ),
    ],
)
def test_versions(arguments: dict[str, Any], versions: list[str]) -> None:
    assert enabled(CertificateOptions(**arguments)) == versions


@pytest.mark.parametrize(
    "arguments, problem",
    [
        ({"privateKey": object()}, ValueError),
        ({"certificate": object()}, ValueError),
        ({"extraCertChain": []}, ValueError),
        ({"verify": True}, ValueError),
        ({"trustRoot": object(), "verify": True}, TypeError),
        ({"trustRoot": object(), "caCerts": []}, TypeError),
        ({"method": SSL.TLS_METHOD, "raiseMinimumTo": TLSVersion.TLSv1_3}, TypeError),
        (
            {
                "raiseMinimumTo": TLSVersion.TLSv1_3,
                "lowerMaximumSecurityTo": TLSVersion.TLSv1_2,
            },
            ValueError,
        ),
        ({"acceptableCiphers": AcceptableCiphers([])}, ValueError),
    ],
)
def test_contradictions(arguments: dict[str, Any], problem: type[Exception]) -> None:
    with pytest.raises(problem):
        CertificateOptions(**arguments)


def test_method() -> None:
    with pytest.warns(DeprecationWarning, match="Passing method to"):
        CertificateOptions(method=SSL.TLS_METHOD)


def test_wrongKey(key: KeyPair) -> None:
    made = key.selfSignedCert(1, CN="me")
    options = CertificateOptions(certificate=made.original, privateKey=KeyPair.generate().original)
    with pytest.raises(SSL.Error):
        options.getContext()


def test_contextIsMadeOnce() -> None:
    options = serverCertificate().options()
    assert options.getContext() is options.getContext()
    assert isinstance(options.getContext(), SSL.Context)


def test_ciphers() -> None:
    found = AcceptableCiphers.fromOpenSSLCipherString("ECDHE+AESGCM")
    names = [cipher.fullName for cipher in found._ciphers]
    assert any("ECDHE" in name and "GCM" in name for name in names)
    options = CertificateOptions(
        acceptableCiphers=AcceptableCiphers.fromOpenSSLCipherString("ECDHE-RSA-AES128-GCM-SHA256")
    )
    there = SSL.Connection(options.getContext(), None).get_cipher_list()
    assert [name for name in there if not name.startswith("TLS_")] == [
        "ECDHE-RSA-AES128-GCM-SHA256"
    ]
    default = SSL.Connection(CertificateOptions().getContext(), None).get_cipher_list()
    for weak in ("RC4", "3DES", "NULL", "MD5", "EXP", "ADH", "PSK"):
        assert not any(weak in name for name in default)


@pytest.mark.parametrize("host", [b"bytes", None, 3])
def test_hostsAreText(host: Any) -> None:
    with pytest.raises(TypeError):
        optionsForClientTLS(host)


@pytest.mark.parametrize(
    "host, wire, isName",
    [
        ("example.com", b"example.com", True),
        ("bücher.example", b"xn--bcher-kva.example", True),
        ("192.0.2.1", b"192.0.2.1", False),
        ("2001:db8::1", b"2001:db8::1", False),
    ],
)
def test_clientOptions(host: str, wire: bytes, isName: bool) -> None:
    options = optionsForClientTLS(host)
    assert IOpenSSLClientConnectionCreator.providedBy(options)
    assert options._hostnameBytes == wire
    assert options._hostnameIsDnsName is isName


def test_trust() -> None:
    root = trustRootFromCertificates([authority().certificate, Authority("other").certificate])
    assert len(root._caCerts) == 2
    with pytest.raises(TypeError):
        trustRootFromCertificates([object()])  # type: ignore[list-item]
    context = SSL.Context(SSL.TLS_METHOD)
    platformTrust()._addCACertsToContext(context)


def test_platformTrustIsOpenSSLs(tmp_path: Any) -> None:
    """Whoever says SSL_CERT_FILE is obeyed."""
    (tmp_path / "root.pem").write_bytes(authority().pem)
    program = (
        "from OpenSSL import SSL, crypto; from twisted.internet import ssl;"
        "context = SSL.Context(SSL.TLS_METHOD);"
        "ssl.platformTrust()._addCACertsToContext(context);"
        "import sys; leaf = ssl.Certificate.loadPEM(sys.stdin.read());"
        "crypto.X509StoreContext(context.get_cert_store(), leaf.original).verify_certificate()"
    )
    leaf = Certificate(serverCertificate().original).dumpPEM()
    for path, works in ((tmp_path / "root.pem", True), (tmp_path / "none", False)):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            input=leaf,
            capture_output=True,
            env={**os.environ, "SSL_CERT_FILE": os.fspath(path), "SSL_CERT_DIR": os.devnull},
        )
        assert (done.returncode == 0) is works, done.stderr


# -- what is older ------------------------------------------------------------------------------


def test_filesOfAServer(tmp_path: Any) -> None:
    certificate, private = authority().issue("localhost")
    (tmp_path / "c.pem").write_bytes(certificate)
    (tmp_path / "k.pem").write_bytes(private)
    factory = ssl.DefaultOpenSSLContextFactory(
        os.fspath(tmp_path / "k.pem"), os.fspath(tmp_path / "c.pem")
    )
    assert factory.getContext() is factory.getContext()
    assert isinstance(pickle.loads(pickle.dumps(factory)).getContext(), SSL.Context)
    with pytest.raises(SSL.Error):
        ssl.DefaultOpenSSLContextFactory(
            os.fspath(tmp_path / "none"), os.fspath(tmp_path / "c.pem")
        )


def test_publicNames() -> None:
    for name in ssl.__all__:
        assert hasattr(ssl, name)
    with pytest.raises(NotImplementedError):
        ssl.ContextFactory().getContext()
    assert isinstance(ssl.ClientContextFactory().getContext(), SSL.Context)


def test_transportsMadeByHand(reactor: Any) -> None:
    """As programs did before there were endpoints."""
    from tests.support import clientOf, factoryOf, runReactor

    mine = serverCertificate()
    options = CertificateOptions(certificate=mine.original, privateKey=mine.privateKey.original)
    server = factoryOf(onData=lambda p, data: p.transport.write(data.upper()))
    port = ssl.Port(0, server, options, interface="127.0.0.1", reactor=reactor)
    port.startListening()
    client = clientOf(
        onMade=lambda p: p.transport.write(b"hello"), onData=lambda p, data: reactor.stop()
    )
    connector = ssl.Connector(
        "127.0.0.1",
        port.getHost().port,
        client,
        optionsForClientTLS("localhost", authority().certificate),
        10,
        None,
        reactor,
    )
    connector.connect()
    runReactor(reactor)
    assert client.made[0].data == b"HELLO"

"""
Descriptions of endpoints that speak TLS: what they say, as options.

Imported when there is such a description: this needs OpenSSL.
"""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL, crypto

from twisted.internet._endpoints_basic import TCP6ServerEndpoint
from twisted.internet._endpoints_hostname import HostnameEndpoint
from twisted.internet._endpoints_tls import (
    SSL4ClientEndpoint,
    SSL4ServerEndpoint,
    wrapClientTLS,
    wrapServerTLS,
)
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    DiffieHellmanParameters,
    KeyPair,
    PrivateCertificate,
    optionsForClientTLS,
    trustRootFromCertificates,
)
from twisted.protocols._sni import (
    SNIConnectionCreator,
    _pemParts,
    autoReloadingDirectoryOfPEMs,
)
from twisted.python.filepath import FilePath


def _certificatesOf(content: bytes) -> list[Certificate]:
    """Return the certificates of a PEM file's content."""
    return [
        Certificate.loadPEM(part) for label, part in _pemParts(content) if label == b"CERTIFICATE"
    ]


def _private(certificate: str, key: str) -> PrivateCertificate:
    """Read a certificate and its key, from two files or one."""
    with open(certificate, "rb") as file:
        content = file.read()
    pair = KeyPair.load(FilePath(key).getContent(), crypto.FILETYPE_PEM)
    return PrivateCertificate.load(content, pair, crypto.FILETYPE_PEM)


def _ownCertificate(certificate: str | None, key: str | None) -> PrivateCertificate | None:
    """Read what a client shows, if it is to show anything; both may be in one file."""
    either = certificate or key
    return None if either is None else _private(certificate or either, key or either)


def _chain(path: str) -> list[Any]:
    found = _certificatesOf(FilePath(path).getContent())
    if not found:
        raise ValueError(
            f"Specified chain file '{path}' doesn't contain any valid certificates in PEM format."
        )
    return [each.original for each in found]


def _loadCAsFromDir(directory: Any) -> Any:
    """
    Believe those whose certificates are in a directory: in the files whose names end
    in C{.pem}, as far as they can be read.

    @param directory: a L{FilePath}.
    @return: a trust root.
    """
    found: dict[bytes, Certificate] = {}
    for child in directory.children():
        if not child.basename().lower().endswith(".pem"):
            continue
        try:
            content = child.getContent()
        except OSError:
            # Permission may be wanting, or it may be gone by now.
            continue
        try:
            # Directories of authorities have many a certificate under several names.
            found.update((each.dump(), each) for each in _certificatesOf(content))
        except crypto.Error:
            # It is no certificate, whatever it says.
            continue
    return trustRootFromCertificates(found.values())


def _trustRoot(path: str | None) -> Any:
    """Believe a directory's or a file's certificates, or whom this platform does."""
    if path is None:
        return None
    where = FilePath(path)
    if where.isdir():
        return _loadCAsFromDir(where)
    return trustRootFromCertificates(_certificatesOf(where.getContent()))


def serverSSL(
    reactor: Any,
    port: int,
    privateKey: str,
    certKey: str | None,
    sslmethod: str | None,
    interface: str,
    backlog: int,
    extraCertChain: str | None,
    dhParameters: str | None,
) -> SSL4ServerEndpoint:
    """
    Make the endpoint of C{ssl:PORT}.

    @raise ValueError: there is no such method, or no certificate where there should
        be some.
    """
    mine = _private(privateKey if certKey is None else certKey, privateKey)
    more: dict[str, Any] = {}
    if sslmethod is not None:
        method = getattr(SSL, sslmethod, None)
        if method is None:
            raise ValueError(f"sslmethod is none of OpenSSL's: {sslmethod!r}")
        more["method"] = method
    if extraCertChain is not None:
        more["extraCertChain"] = _chain(extraCertChain)
    if dhParameters is not None:
        more["dhParameters"] = DiffieHellmanParameters.fromFile(FilePath(dhParameters))
    options = CertificateOptions(
        privateKey=mine.privateKey.original, certificate=mine.original, **more
    )
    return SSL4ServerEndpoint(reactor, port, options, backlog, interface)


def serverTLS(reactor: Any, directory: str, port: int, backlog: int, interface: str) -> Any:
    """Make the endpoint of C{tls:DIRECTORY}."""
    creator = SNIConnectionCreator(autoReloadingDirectoryOfPEMs(FilePath(directory)))
    return wrapServerTLS(creator, TCP6ServerEndpoint(reactor, port, backlog, interface))


def clientSSL(
    reactor: Any,
    host: str,
    port: int,
    timeout: float,
    bindAddress: Any,
    privateKey: str | None,
    certKey: str | None,
    caCertsDir: str | None,
    hostname: str | None,
) -> SSL4ClientEndpoint:
    """Make the endpoint of C{ssl:HOST:PORT}."""
    trustRoot = None if caCertsDir is None else _loadCAsFromDir(FilePath(caCertsDir))
    mine = _ownCertificate(certKey, privateKey)
    options: Any
    if hostname is not None:
        options = optionsForClientTLS(hostname, trustRoot, mine)
    else:
        shown = {}
        if mine is not None:
            shown = {"certificate": mine.original, "privateKey": mine.privateKey.original}
        options = CertificateOptions(trustRoot=trustRoot, **shown)
    return SSL4ClientEndpoint(reactor, host, port, options, timeout, bindAddress)


def clientTLS(
    reactor: Any,
    host: str,
    port: int,
    timeout: float,
    bindAddress: Any,
    certificate: str | None,
    privateKey: str | None,
    trustRoots: str | None,
    endpoint: Any,
) -> Any:
    """
    Make the endpoint of C{tls:HOST:PORT}.

    @param endpoint: what to connect by instead of the host and port.
    """
    mine = _ownCertificate(certificate, privateKey)
    if endpoint is None:
        endpoint = HostnameEndpoint(reactor, host, port, timeout, bindAddress)
    options = optionsForClientTLS(host, _trustRoot(trustRoots), mine)
    return wrapClientTLS(options, endpoint)

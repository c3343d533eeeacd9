"""
Ciphers, versions and the key exchange: what is good enough to speak.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from constantly import NamedConstant, Names
from OpenSSL import SSL
from zope.interface import implementer

from twisted.internet.interfaces import IAcceptableCiphers, ICipher


class TLSVersion(Names):
    """
    The versions of TLS, and of SSL before it.

    @cvar SSLv3: SSL 3 (RFC 6101), broken.
    @cvar TLSv1_0: TLS 1.0 (RFC 2246), deprecated by RFC 8996.
    @cvar TLSv1_1: TLS 1.1 (RFC 4346), deprecated by RFC 8996.
    @cvar TLSv1_2: TLS 1.2 (RFC 5246).
    @cvar TLSv1_3: TLS 1.3 (RFC 8446).
    """

    SSLv3 = NamedConstant()
    TLSv1_0 = NamedConstant()
    TLSv1_1 = NamedConstant()
    TLSv1_2 = NamedConstant()
    TLSv1_3 = NamedConstant()


_tlsDisableFlags: dict[NamedConstant, int] = {
    # OpenSSL calls the first TLS just that: OP_NO_TLSv1.
    version: getattr(SSL, "OP_NO_" + version.name.removesuffix("_0"))
    for version in TLSVersion.iterconstants()
}


def _optionsOutside(oldest: NamedConstant | None, newest: NamedConstant | None) -> int:
    """
    Return OpenSSL's options that turn off what is older than *oldest* and what
    is newer than *newest*.
    """
    order = list(TLSVersion.iterconstants())
    first = 0 if oldest is None else order.index(oldest)
    last = len(order) if newest is None else order.index(newest)
    options = 0
    for position, version in enumerate(order):
        if not first <= position <= last:
            options |= _tlsDisableFlags[version]
    return options


@implementer(ICipher)
class OpenSSLCipher:
    """
    A cipher suite.

    @ivar fullName: as OpenSSL calls it.
    """

    def __init__(self, fullName: str) -> None:
        self.fullName = fullName

    def __repr__(self) -> str:
        return f"OpenSSLCipher(fullName={self.fullName!r})"

    def __eq__(self, other: object) -> bool:
        if type(other) is type(self):
            return bool(self.fullName == other.fullName)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.fullName)


@lru_cache(maxsize=32)
def _expandCipherString(cipherString: str, method: int, options: int) -> tuple[Any, ...]:
    """
    Return the ciphers that OpenSSL, as it is here, understands by
    *cipherString*.

    @param method: of the context.
    @param options: of the context.
    """
    context = SSL.Context(method)
    context.set_options(options)
    try:
        context.set_cipher_list(cipherString.encode("ascii"))
    except SSL.Error as problem:
        # An empty selection is an answer, not a failure.
        entries = problem.args[0] if problem.args else ()
        if entries and all(entry[2] == "no cipher match" for entry in entries):
            return ()
        raise
    names = SSL.Connection(context, None).get_cipher_list()
    return tuple(OpenSSLCipher(name) for name in names)


@implementer(IAcceptableCiphers)
class OpenSSLAcceptableCiphers:
    """
    Ciphers in the order of preference.
    """

    def __init__(self, ciphers: Iterable[Any]) -> None:
        """
        @param ciphers: L{ICipher} providers, the best first.
        """
        self._ciphers = tuple(ciphers)

    def selectCiphers(self, availableCiphers: Iterable[Any]) -> tuple[Any, ...]:
        """Return those of ours that are available, in our order."""
        there = tuple(availableCiphers)
        return tuple(cipher for cipher in self._ciphers if cipher in there)

    @classmethod
    def fromOpenSSLCipherString(cls, cipherString: str) -> OpenSSLAcceptableCiphers:
        """
        @param cipherString: a list of OpenSSL's, see C{ciphers(1)}.
        """
        return cls(
            _expandCipherString(cipherString, SSL.TLS_METHOD, SSL.OP_NO_SSLv2 | SSL.OP_NO_SSLv3)
        )


# Forward secrecy with authenticated encryption first (RFC 9325, section 4.2);
# the end of the list is for peers who know no better.  Those of TLS 1.3 are
# always there.
_WANTED = (
    "ECDHE+AESGCM",
    "ECDHE+CHACHA20",
    "DHE+AESGCM",
    "DHE+CHACHA20",
    "ECDHE+AES",
    "DHE+AES",
    "RSA+AESGCM",
    "RSA+AES",
)
_REFUSED = ("aNULL", "eNULL", "MD5", "DSS", "PSK", "SRP", "AESCCM8")

defaultCiphers = OpenSSLAcceptableCiphers.fromOpenSSLCipherString(
    ":".join((*_WANTED, *(f"!{kind}" for kind in _REFUSED)))
)


class OpenSSLDiffieHellmanParameters:
    """
    Parameters of the finite-field Diffie-Hellman exchange.
    """

    def __init__(self, parameters: Any) -> None:
        """
        @param parameters: a L{twisted.python.filepath.FilePath} of a PEM file.
        """
        self._dhFile = parameters

    @classmethod
    def fromFile(cls, filePath: Any) -> OpenSSLDiffieHellmanParameters:
        """
        Use the parameters of a file, made with C{openssl dhparam}.

        @param filePath: a L{twisted.python.filepath.FilePath} of a PEM file.
        """
        return cls(filePath)


_defaultCurveName = "prime256v1"


class _ChooseDiffieHellmanEllipticCurve:
    """
    Lets a context exchange keys over elliptic curves, where OpenSSL does not
    do so of itself: from 1.1.0 on it does.

    @ivar configureECDHCurve: called with a context.
    """

    def __init__(self, openSSLVersion: int, openSSLlib: Any, openSSLcrypto: Any) -> None:
        """
        @param openSSLVersion: as C{OPENSSL_VERSION_NUMBER}.
        @param openSSLlib: pyOpenSSL's binding of the library.
        @param openSSLcrypto: C{OpenSSL.crypto}.
        """
        self._lib = openSSLlib
        self._curve: Any = None
        if openSSLVersion >= 0x10100000:
            self.configureECDHCurve: Any = self._nothingToDo
        elif openSSLVersion >= 0x10002000:
            self.configureECDHCurve = self._chooseItself
        else:
            try:
                self._curve = openSSLcrypto.get_elliptic_curve(_defaultCurveName)
            except ValueError:
                self.configureECDHCurve = self._nothingToDo
            else:
                self.configureECDHCurve = self._setCurve

    def _nothingToDo(self, context: Any) -> None:
        """The library does it."""

    def _chooseItself(self, context: Any) -> None:
        # Without curves there is still another exchange.
        try:
            self._lib.SSL_CTX_set_ecdh_auto(context._context, True)
        except BaseException:
            pass

    def _setCurve(self, context: Any) -> None:
        try:
            context.set_tmp_ecdh(self._curve)
        except BaseException:
            pass


def selectedCiphers(acceptable: Any, method: int, options: int) -> str:
    """
    Return the cipher string of *acceptable* for a context.

    @raise ValueError: nothing is left.
    """
    available = _expandCipherString("ALL", method, options)
    chosen: Sequence[Any] = acceptable.selectCiphers(available)
    names = ":".join(cipher.fullName for cipher in chosen)
    if not names:
        raise ValueError("Supplied IAcceptableCiphers yielded no usable ciphers on this platform.")
    return names

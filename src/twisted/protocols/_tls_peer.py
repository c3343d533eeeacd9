"""
What a TLS layer tells of itself: the connection, the peer, what was agreed on.
"""

from __future__ import annotations

from typing import Any

from twisted.protocols._tls_engine import Engine


class PeerInformation:
    """
    The part of a TLS layer that answers questions.

    @ivar _engine: it knows.
    """

    _engine: Engine

    @property
    def _tlsConnection(self) -> Any:
        return self._engine.connection

    @_tlsConnection.setter
    def _tlsConnection(self, connection: Any) -> None:
        self._engine.connection = connection

    def getHandle(self) -> Any:
        """
        Return the C{OpenSSL.SSL.Connection}; the socket's number is of no use, as
        whatever is read there is encrypted.
        """
        return self._engine.connection

    def getPeerCertificate(self) -> Any:
        """
        Return the peer's certificate, a C{OpenSSL.crypto.X509}, or L{None}.
        """
        return self._engine.connection.get_peer_certificate()

    @property
    def negotiatedProtocol(self) -> bytes | None:
        """What ALPN has agreed on, or L{None}."""
        return self._engine.connection.get_alpn_proto_negotiated() or None

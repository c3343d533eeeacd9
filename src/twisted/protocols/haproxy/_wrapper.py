"""
What stands between a server behind a proxy and its transport.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.endpoints import _WrapperServerEndpoint
from twisted.logger import Logger
from twisted.protocols import policies
from twisted.protocols.haproxy._exceptions import InvalidProxyHeader
from twisted.protocols.haproxy._info import ProxyInfo
from twisted.protocols.haproxy._v1parser import V1Parser
from twisted.protocols.haproxy._v2parser import SIGNATURE, V2Parser

_log = Logger()


class HeaderReader:
    """
    Reads what a proxy tells, in either version.
    """

    def __init__(self) -> None:
        self._parser: V1Parser | V2Parser | None = None

    def feed(self, data: bytes) -> tuple[ProxyInfo, bytes] | tuple[None, None]:
        """
        Take what has come.

        @param data: bytes.
        @return: what is told, and the bytes after it; two L{None}s if it is
            not complete.
        @raise InvalidProxyHeader: it is wrong.
        """
        if self._parser is None:
            # The first byte tells the versions apart.
            first = data[:1]
            if not first:
                return None, None
            self._parser = V2Parser() if first == SIGNATURE[:1] else V1Parser()
        return self._parser.feed(data)


class HAProxyProtocolWrapper(policies.ProtocolWrapper):
    """
    Reads what the proxy tells; after that all goes to the protocol.
    """

    def __init__(self, factory: Any, wrappedProtocol: Any) -> None:
        super().__init__(factory, wrappedProtocol)
        self._reader: HeaderReader | None = HeaderReader()
        self._told: ProxyInfo | None = None

    def dataReceived(self, data: bytes) -> None:
        """
        Take what has come.  If it is wrong, close.

        @param data: bytes.
        """
        if self._reader is None:
            self.wrappedProtocol.dataReceived(data)
            return
        if self.disconnecting:
            return
        try:
            info, rest = self._reader.feed(data)
        except InvalidProxyHeader as problem:
            _log.info("PROXY header from {peer}: {problem}", peer=self.getPeer(), problem=problem)
            self.loseConnection()
            return
        if info is not None:
            self._told = info
            self._reader = None
            if rest:
                self.wrappedProtocol.dataReceived(rest)

    def getPeer(self) -> Any:
        """
        @return: whose connection to the proxy it is; the address of the proxy
            as long as that is not told.
        """
        told = self._told.source if self._told is not None else None
        return self.transport.getPeer() if told is None else told

    def getHost(self) -> Any:
        """
        @return: where the connection to the proxy was made to; our own address
            as long as that is not told.
        """
        told = self._told.destination if self._told is not None else None
        return self.transport.getHost() if told is None else told


class HAProxyWrappingFactory(policies.WrappingFactory[HAProxyProtocolWrapper]):
    """
    Wraps a factory of protocols for connections from a proxy.
    """

    protocol = HAProxyProtocolWrapper

    def logPrefix(self) -> str:
        """
        @return: the factory's prefix, with our name in parentheses, or that
            alone.
        """
        return policies._prefixOf(self, self.wrappedFactory)


def proxyEndpoint(wrappedEndpoint: Any) -> Any:
    """
    Let an endpoint be one for connections from a proxy.

    What the proxy tells comes before everything else, TLS included: it is not
    encrypted, while what follows is.

    @param wrappedEndpoint: an
        L{IStreamServerEndpoint<twisted.internet.interfaces.IStreamServerEndpoint>}.
    @return: another.
    """
    beneathTLS = getattr(wrappedEndpoint, "_wrappedBeneath", None)
    if beneathTLS is not None:
        return beneathTLS(proxyEndpoint)
    return _WrapperServerEndpoint(wrappedEndpoint, HAProxyWrappingFactory)

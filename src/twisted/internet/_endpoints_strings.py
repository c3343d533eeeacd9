"""
Endpoints from strings: C{"tcp:8080:interface=127.0.0.1"}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import implementer

from twisted.internet._endpoints_basic import (
    AdoptedStreamServerEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ServerEndpoint,
    UNIXClientEndpoint,
    UNIXServerEndpoint,
)
from twisted.internet._endpoints_process import StandardIOEndpoint
from twisted.internet.interfaces import (
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpointStringParser,
)
from twisted.plugin import IPlugin


def quoteStringArgument(argument: str) -> str:
    """
    Return *argument* so that it can be put into a description: the characters
    that mean something there are escaped.
    """
    return argument.replace("\\", "\\\\").replace(":", "\\:")


def _parse(description: str) -> tuple[list[str], dict[str, str]]:
    """
    Take a description apart: parts between colons, those with an equals sign
    by name.  A backslash takes the meaning of the character after it.
    """
    args: list[str] = []
    kw: dict[str, str] = {}
    name: str | None = None
    text = ""

    def end() -> None:
        nonlocal name, text
        if name is None:
            args.append(text)
        else:
            kw[name] = text
        name, text = None, ""

    characters = iter(description)
    for character in characters:
        if character == "\\":
            text += next(characters, "")
        elif character == ":":
            end()
        elif character == "=" and name is None:
            name, text = text, ""
        else:
            text += character
    end()
    return args, kw


def _text(description: str | bytes) -> str:
    return description.decode("utf-8") if isinstance(description, bytes) else description


def _number(text: Any, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{what} is not a number: {text!r}")


def _flag(text: Any) -> bool:
    return str(text).lower() in ("1", "yes", "true", "y", "t")


# -- servers ------------------------------------------------------------------------


def _tcpServer(kind: Any, default: str) -> Callable[..., Any]:
    def make(
        reactor: Any,
        port: str,
        backlog: str = "50",
        interface: str = default,
        reusePort: str = "0",
    ) -> Any:
        more = {"reusePort": True} if _flag(reusePort) else {}
        return kind(reactor, _number(port, "port"), _number(backlog, "backlog"), interface, **more)

    return make


def _unixServer(
    reactor: Any, address: str, mode: str = "666", backlog: str = "50", lockfile: str = "1"
) -> Any:
    try:
        permissions = int(mode, 8)
    except ValueError:
        raise ValueError(f"mode is not an octal number: {mode!r}")
    return UNIXServerEndpoint(
        reactor,
        address,
        _number(backlog, "backlog"),
        permissions,
        wantPID=bool(_number(lockfile, "lockfile")),
    )


def _fdServer(reactor: Any, fileno: str, domain: str = "INET") -> Any:
    # Late: for the numbers of families alone.
    import socket

    family = getattr(socket, "AF_" + domain, None)
    if family is None:
        raise ValueError(f"domain is no address family: {domain!r}")
    return AdoptedStreamServerEndpoint(reactor, _number(fileno, "fd"), family)


def _stdioServer(reactor: Any, *args: str) -> Any:
    return StandardIOEndpoint(reactor)


def _tlsStrings() -> Any:
    # Late: for those descriptions alone that need OpenSSL.
    try:
        from twisted.internet import _endpoints_tls_strings
    except ImportError as problem:
        raise ValueError(f"TLS is not available here: {problem}")
    return _endpoints_tls_strings


def _sslServer(
    reactor: Any,
    port: str,
    privateKey: str = "server.pem",
    certKey: str | None = None,
    sslmethod: str | None = None,
    interface: str = "",
    backlog: str = "50",
    extraCertChain: str | None = None,
    dhParameters: str | None = None,
) -> Any:
    return _tlsStrings().serverSSL(
        reactor,
        _number(port, "port"),
        privateKey,
        certKey,
        sslmethod,
        interface,
        _number(backlog, "backlog"),
        extraCertChain,
        dhParameters,
    )


def _tlsServer(
    reactor: Any,
    directory: str,
    port: str = "443",
    backlog: str = "50",
    interface: str = "::",
) -> Any:
    return _tlsStrings().serverTLS(
        reactor, directory, _number(port, "port"), _number(backlog, "backlog"), interface
    )


_SERVERS: dict[str, Callable[..., Any]] = {
    "tcp": _tcpServer(TCP4ServerEndpoint, ""),
    "tcp6": _tcpServer(TCP6ServerEndpoint, "::"),
    "unix": _unixServer,
    "fd": _fdServer,
    "stdio": _stdioServer,
    "ssl": _sslServer,
    "tls": _tlsServer,
}


def _plugins(interface: Any) -> Iterable[Any]:
    # Late: the plugin system is searched for unknown names alone.
    try:
        from twisted.plugin import getPlugins
    except ImportError:
        return ()
    found: Iterable[Any] = getPlugins(interface)
    return found


def serverFromString(reactor: Any, description: str | bytes) -> Any:
    """
    Make a server endpoint of its description.

    C{tcp:PORT[:interface=…][:backlog=…][:reusePort=1]}, C{tcp6:…}, C{unix:PATH
    [:mode=…][:backlog=…][:lockfile=0]}, C{fd:NUMBER[:domain=…]}, C{stdio:};
    C{ssl:PORT:privateKey=FILE[:certKey=FILE][:extraCertChain=FILE]
    [:dhParameters=FILE][:interface=…][:backlog=…]}; C{tls:DIRECTORY[:PORT]
    [:interface=…][:backlog=…]} with PEM files of several names.  Other kinds, such
    as C{systemd:} and C{haproxy:}, are looked for among the plugins.

    @raise ValueError: there is no such kind, or a part of it is of no use.
    """
    args, kw = _parse(_text(description))
    kind = args.pop(0) if args else ""
    make = _SERVERS.get(kind)
    if make is not None:
        return _call(make, reactor, kind, args, kw)
    for plugin in _plugins(IStreamServerEndpointStringParser):
        if plugin.prefix == kind:
            return plugin.parseStreamServer(reactor, *args, **kw)
    raise ValueError(f"Unknown endpoint type: '{kind}'")


def _call(
    make: Callable[..., Any], reactor: Any, kind: str, args: list[str], kw: dict[str, str]
) -> Any:
    try:
        return make(reactor, *args, **kw)
    except TypeError as problem:
        # Without the name of a function that nobody knows.
        text = str(problem)
        raise ValueError(f"endpoint description {kind!r}: {text.partition('() ')[2] or text}")


# -- clients ------------------------------------------------------------------------


def _withHostAndPort(kind: str, make: Callable[..., Any]) -> Callable[..., Any]:
    """
    Let *make*, which takes text by name, be called by a description's parts: host
    and port are told by position or by name, in any mixture.
    """

    def client(reactor: Any, *args: str, **kw: str) -> Any:
        missing = [name for name in ("host", "port") if name not in kw]
        if len(args) > len(missing):
            raise ValueError(f"endpoint description {kind!r}: what is {args[len(missing)]!r}?")
        kw.update(zip(missing, args, strict=False))
        for name in ("host", "port"):
            if not kw.get(name):
                raise ValueError(f"endpoint description {kind!r}: {name} is missing")
        return make(reactor, **kw)

    return client


def _binding(bindAddress: str | None) -> Any:
    return None if bindAddress is None else (bindAddress, 0)


def _tcpClientOf(
    reactor: Any, host: str, port: str, timeout: str = "30", bindAddress: str | None = None
) -> Any:
    return TCP4ClientEndpoint(
        reactor,
        host,
        _number(port, "port"),
        _number(timeout, "timeout"),
        _binding(bindAddress),
    )


def _sslClientOf(
    reactor: Any,
    host: str,
    port: str,
    timeout: str = "30",
    bindAddress: str | None = None,
    privateKey: str | None = None,
    certKey: str | None = None,
    caCertsDir: str | None = None,
    hostname: str | None = None,
) -> Any:
    return _tlsStrings().clientSSL(
        reactor,
        host,
        _number(port, "port"),
        _number(timeout, "timeout"),
        _binding(bindAddress),
        privateKey,
        certKey,
        caCertsDir,
        hostname,
    )


def _tlsClientOf(
    reactor: Any,
    host: str,
    port: str,
    timeout: str = "30",
    bindAddress: str | None = None,
    certificate: str | None = None,
    privateKey: str | None = None,
    trustRoots: str | None = None,
    endpoint: str | None = None,
) -> Any:
    return _tlsStrings().clientTLS(
        reactor,
        host,
        _number(port, "port"),
        _number(timeout, "timeout"),
        _binding(bindAddress),
        certificate,
        privateKey,
        trustRoots,
        None if endpoint is None else clientFromString(reactor, endpoint),
    )


def _unixClient(reactor: Any, path: str = "", timeout: str = "30", lockfile: str = "0") -> Any:
    if not path:
        raise ValueError("endpoint description 'unix': path is missing")
    return UNIXClientEndpoint(
        reactor, path, _number(timeout, "timeout"), bool(_number(lockfile, "lockfile"))
    )


_CLIENTS: dict[str, Callable[..., Any]] = {
    "TCP": _withHostAndPort("tcp", _tcpClientOf),
    "SSL": _withHostAndPort("ssl", _sslClientOf),
    "TLS": _withHostAndPort("tls", _tlsClientOf),
    "UNIX": _unixClient,
}


def clientFromString(reactor: Any, description: str | bytes) -> Any:
    """
    Make a client endpoint of its description.

    C{tcp:HOST:PORT[:timeout=…][:bindAddress=…]}, C{unix:PATH[:timeout=…]
    [:lockfile=1]}; C{tls:HOST:PORT[:timeout=…][:bindAddress=…][:certificate=FILE]
    [:privateKey=FILE][:trustRoots=PATH][:endpoint=…]}, which checks the server's
    certificate; C{ssl:HOST:PORT[:timeout=…][:bindAddress=…][:certKey=FILE]
    [:privateKey=FILE][:caCertsDir=PATH][:hostname=…]}, which does not do so unless
    there is a directory of authorities or a host name.  Other kinds are looked for
    among the plugins.

    @raise ValueError: there is no such kind, or a part of it is of no use.
    """
    args, kw = _parse(_text(description))
    kind = args.pop(0) if args else ""
    make = _CLIENTS.get(kind.upper())
    if make is not None:
        return _call(make, reactor, kind, args, kw)
    for plugin in _plugins(IStreamClientEndpointStringParserWithReactor):
        if plugin.prefix.upper() == kind.upper():
            return plugin.parseStreamClient(reactor, *args, **kw)
    raise ValueError(f"Unknown endpoint type: {kind!r}")


# -- for those who look among the plugins for what there is ---------------------------


@implementer(IPlugin, IStreamServerEndpointStringParser)
class _ServerParser:
    """
    Makes server endpoints of one kind that is built in.
    """

    prefix = ""

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> Any:
        """As L{serverFromString}, of the parts of a description."""
        return _call(_SERVERS[self.prefix], reactor, self.prefix, list(args), kwargs)


class _TCP6ServerParser(_ServerParser):
    prefix = "tcp6"


class _StandardIOParser(_ServerParser):
    prefix = "stdio"


class _TLSServerEndpointParser(_ServerParser):
    prefix = "tls"


@implementer(IPlugin, IStreamClientEndpointStringParserWithReactor)
class _TLSClientEndpointParser:
    """
    Makes client endpoints of C{tls:}.
    """

    prefix = "tls"

    def parseStreamClient(self, reactor: Any, *args: Any, **kwargs: Any) -> Any:
        """As L{clientFromString}, of the parts of a description."""
        return _call(_CLIENTS["TLS"], reactor, self.prefix, list(args), kwargs)

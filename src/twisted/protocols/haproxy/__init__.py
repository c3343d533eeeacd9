"""
Servers behind a proxy that tells them, before anything else on a connection,
who is connected to it: the PROXY protocol of HAProxy, in versions 1 and 2.

Wrap an endpoint with L{proxyEndpoint}, or put C{haproxy:} before its
description, as C{haproxy:tcp:8080}.  The protocol's C{getPeer} and C{getHost}
then return what the proxy has told.  A connection that does not begin with it
is closed, so nobody else should be able to connect.

See U{https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt}.
"""

from __future__ import annotations

from twisted.protocols.haproxy._wrapper import proxyEndpoint
from twisted.python._facade import publish

__all__ = ["proxyEndpoint"]

publish(__name__, globals(), __all__)

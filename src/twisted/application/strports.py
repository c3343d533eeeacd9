"""
Services and ports from descriptions such as C{"tcp:8080:interface=127.0.0.1"},
as L{twisted.internet.endpoints.serverFromString} understands them.
"""

from __future__ import annotations

from typing import Any

from twisted.application.internet import StreamServerEndpointService
from twisted.internet import endpoints

__all__ = ["service", "listen"]


def _getReactor() -> Any:
    # Late: the reactor may be chosen after this module was imported.
    from twisted.internet import reactor

    return reactor


def service(description: str, factory: Any, reactor: Any = None) -> StreamServerEndpointService:
    """
    Make a service that serves where *description* says.

    If the port cannot be had, starting the service raises the error.

    @param description: an endpoint's description.
    @param factory: the factory of the protocols.
    @param reactor: by default the global one.
    """
    endpoint = endpoints.serverFromString(
        _getReactor() if reactor is None else reactor, description
    )
    made = StreamServerEndpointService(endpoint, factory)
    made._raiseSynchronously = True
    return made


def listen(description: str, factory: Any) -> Any:
    """
    Listen where *description* says, at once.

    @return: the listening port.
    @raise Exception: whatever kept the endpoint from listening.
    """
    results: list[Any] = []
    listening = endpoints.serverFromString(_getReactor(), description).listen(factory)
    problems: list[Any] = []
    listening.addCallbacks(results.append, problems.append)
    if problems:
        problems[0].raiseException()
    if not results:
        listening.cancel()
        raise ValueError(f"This endpoint does not listen at once; use it itself: {description!r}")
    return results[0]

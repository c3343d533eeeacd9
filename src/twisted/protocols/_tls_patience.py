"""
How long a handshake may take.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.error import TimeoutError
from twisted.python.failure import Failure

#: Seconds; a client at the other end of the world needs five.
HANDSHAKE_LIMIT: Final = 60.0


def limitHandshake(
    transport: Any, seconds: float | None, expired: Callable[[Failure], None]
) -> Any:
    """
    See to it that a handshake does not take for ever.

    The clock is that of the reactor which the transport is on.  One that is on
    none, as in tests, has no limit.

    @param transport: what the handshake is made over.
    @param seconds: how long it may take; L{None}: for ever.
    @param expired: called when it has taken longer, with a
        L{twisted.internet.error.TimeoutError}.
    @return: the L{IDelayedCall} to be cancelled when it is done, or L{None}.
    """
    if seconds is None:
        return None
    callLater = getattr(getattr(transport, "reactor", None), "callLater", None)
    if callLater is None:
        return None
    return callLater(seconds, _expire, expired, seconds)


def _expire(expired: Callable[[Failure], None], seconds: float) -> None:
    expired(Failure(TimeoutError(string=f"the TLS handshake took more than {seconds:g} seconds")))


__all__ = ["HANDSHAKE_LIMIT", "limitHandshake"]

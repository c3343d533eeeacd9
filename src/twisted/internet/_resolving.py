"""
Name resolution as a reactor offers it: what can be plugged in, and the plain
resolvers from before there were any others.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet import defer, error
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IReactorPluggableResolver,
    IResolverSimple,
)
from twisted.python import failure

if TYPE_CHECKING:
    from twisted.internet.base import ReactorBase

TIMEOUTS = (1, 3, 11, 45)


@implementer(IResolverSimple)
class BlockingResolver:
    """Looks names up on the spot, whoever waits meanwhile."""

    def getHostByName(
        self, name: str, timeout: Sequence[int] = TIMEOUTS
    ) -> defer.Deferred[str]:
        """
        Look *name* up by the system's C{gethostbyname}.

        @return: fires with a dotted address, or fails with
            L{error.DNSLookupError}.
        """
        try:
            address = socket.gethostbyname(name)
        except OSError:
            return defer.fail(error.DNSLookupError(f"address {name!r} not found"))
        return defer.succeed(address)


@implementer(IResolverSimple)
class ThreadedResolver:
    """
    Looks names up in the reactor's thread pool.

    @ivar reactor: whose pool, clock and thread hand-over are used.
    """

    def __init__(self, reactor: ReactorBase) -> None:
        self.reactor = reactor

    def getHostByName(
        self, name: str, timeout: Sequence[int] = TIMEOUTS
    ) -> defer.Deferred[str]:
        """
        Look *name* up by C{gethostbyname} in a thread.

        @param timeout: seconds of each attempt; their sum is how long is
            waited in all.
        @return: fires with a dotted address, or fails with
            L{error.DNSLookupError}.
        """
        # Late: threads needs the reactor's interfaces, and few programs it.
        from twisted.internet import threads

        limit = sum(timeout) if timeout else 60
        answer: defer.Deferred[str] = defer.Deferred()
        lookup: defer.Deferred[Any] = threads.deferToThreadPool(
            self.reactor,  # type: ignore[arg-type]
            self.reactor.getThreadPool(),
            socket.gethostbyname,
            name,
        )
        expiry = self.reactor.callLater(limit, self._expire, name, answer)

        def done(result: Any) -> None:
            # The thread cannot be stopped; what it finds after the deadline
            # interests nobody.
            if answer.called:
                return
            expiry.cancel()
            if isinstance(result, failure.Failure):
                answer.errback(self._notFound(name, result.getErrorMessage()))
            else:
                answer.callback(result)

        lookup.addBoth(done)
        return answer

    def _expire(self, name: str, answer: defer.Deferred[str]) -> None:
        answer.errback(self._notFound(name, "timeout error"))

    @staticmethod
    def _notFound(name: str, why: str) -> failure.Failure:
        return failure.Failure(error.DNSLookupError(f"address {name!r} not found: {why}"))


@implementer(IReactorPluggableResolver, IReactorPluggableNameResolver)
class PluggableResolverMixin:
    """
    The two kinds of resolver a reactor has, each made from the other where
    only one was installed.

    Both are made when they are first wanted: a server that resolves nothing
    need not pay for either.
    """

    _resolver: Any = None
    _nameResolver: Any = None

    def _defaultNameResolver(self) -> IHostnameResolver:
        """Return the resolver to be used when none was installed."""
        # Late: see the class.
        from twisted.internet._resolver import SimpleResolverComplexifier

        return SimpleResolverComplexifier(BlockingResolver())  # type: ignore[return-value]

    @property
    def resolver(self) -> IResolverSimple:
        """The simple resolver: names to one IPv4 address."""
        if self._resolver is None:
            # Late: see the class.
            from twisted.internet._resolver import ComplexResolverSimplifier

            self._resolver = ComplexResolverSimplifier(self.nameResolver)
        return self._resolver  # type: ignore[no-any-return]

    @resolver.setter
    def resolver(self, resolver: IResolverSimple) -> None:
        self._resolver = resolver

    @property
    def nameResolver(self) -> IHostnameResolver:
        """The resolver of all kinds of addresses."""
        if self._nameResolver is None:
            self._nameResolver = self._defaultNameResolver()
        return self._nameResolver  # type: ignore[no-any-return]

    def installResolver(self, resolver: IResolverSimple) -> IResolverSimple:
        """
        Use *resolver* from now on, for either kind of question.

        @return: the one used before.
        """
        # Late: see the class.
        from twisted.internet._resolver import SimpleResolverComplexifier

        IResolverSimple(resolver)
        before = self.resolver
        self._resolver = resolver
        self._nameResolver = SimpleResolverComplexifier(resolver)
        return before

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        """
        Use *resolver* from now on, for either kind of question.

        @return: the one used before.
        """
        before = self.nameResolver
        self._nameResolver = resolver
        self._resolver = None
        return before

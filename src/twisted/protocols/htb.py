"""
Token buckets in hierarchies, which limit how much connections may send.

What is sent is poured into a bucket that leaks. A full bucket takes no more,
and what is poured into a bucket is poured into its parent as well: so all
connections of a host, say, can share a bucket within one for all hosts.
"""

from __future__ import annotations

from time import time
from typing import Any

from zope.interface import Interface, implementer

from twisted.protocols import pcp


class Bucket:
    """
    A bucket that leaks.

    @cvar maxburst: how many bytes it holds; L{None} for any number.
    @cvar rate: how many leak in a second; L{None} if all do at once.
    @ivar content: how many are in it.
    """

    maxburst: float | None = None
    rate: float | None = None

    # How many use it; one that is in use is not thrown away.
    _refcount = 0

    def __init__(self, parentBucket: Bucket | None = None) -> None:
        """
        @param parentBucket: takes what this one takes.
        """
        self.parentBucket = parentBucket
        self.content: float = 0
        self.lastDrip = time()

    def add(self, amount: float) -> int:
        """
        Pour in as much of *amount* as fits.

        @return: how many bytes that was, in whole numbers.
        """
        self.drip()
        fits = amount
        if self.maxburst is not None:
            fits = max(0, min(amount, self.maxburst - self.content))
        fits = int(fits)
        if self.parentBucket is not None:
            fits = self.parentBucket.add(fits)
        self.content += fits
        return fits

    def drip(self) -> bool:
        """
        Let out what has leaked since the last time.

        @return: whether it is empty now.
        """
        if self.parentBucket is not None:
            self.parentBucket.drip()
        now = time()
        passed, self.lastDrip = now - self.lastDrip, now
        leaked = self.content if self.rate is None else self.rate * passed
        self.content = max(0, self.content - leaked)
        return self.content == 0

    def _untilRoom(self) -> float:
        """Return in how many seconds one more byte will fit."""
        wait = 0.0
        if self.maxburst is not None and self.rate:
            wait = max(0.0, (self.content + 1 - self.maxburst) / self.rate)
        if self.parentBucket is not None:
            wait = max(wait, self.parentBucket._untilRoom())
        return wait


class IBucketFilter(Interface):
    """Finds buckets."""

    def getBucketFor(*somethings: Any, **some_kw: Any) -> Any:  # type: ignore[misc]
        """
        Return the L{Bucket} for what is given, usually a transport.
        """


@implementer(IBucketFilter)
class HierarchicalBucketFilter:
    """
    Makes buckets, and finds them again by a key.

    @cvar bucketFactory: makes a bucket, given its parent or L{None}.
    @cvar sweepInterval: after how many seconds to look for buckets that can be
        thrown away; L{None} to keep them all.
    @ivar parentFilter: finds the parents of our buckets.
    @ivar buckets: what was made, by key.
    """

    bucketFactory: Any = Bucket
    sweepInterval: float | None = None

    def __init__(self, parentFilter: Any = None) -> None:
        self.parentFilter = parentFilter
        self.buckets: dict[Any, Any] = {}
        self.lastSweep = time()

    def getBucketFor(self, *a: Any, **kw: Any) -> Any:
        """Return the bucket for what is given; it is made if there is none."""
        if self.sweepInterval is not None and time() - self.lastSweep > self.sweepInterval:
            self.sweep()
        key = self.getBucketKey(*a, **kw)
        bucket = self.buckets.get(key)
        if bucket is None:
            parent = None
            if self.parentFilter is not None:
                parent = self.parentFilter.getBucketFor(*a, **kw)
            bucket = self.buckets[key] = self.bucketFactory(parent)
        return bucket

    def getBucketKey(self, *a: Any, **kw: Any) -> Any:
        """Return the key for what is given; to be overridden."""
        raise NotImplementedError

    def sweep(self) -> None:
        """Throw away buckets that are empty and that nobody uses."""
        for key, bucket in list(self.buckets.items()):
            if bucket.drip() and not bucket._refcount:
                del self.buckets[key]
        self.lastSweep = time()


class FilterByHost(HierarchicalBucketFilter):
    """
    A bucket for each host that is connected.
    """

    sweepInterval = 60 * 20

    def getBucketKey(self, transport: Any) -> Any:  # type: ignore[override]
        """Return the host of the transport's peer."""
        peer = transport.getPeer()
        return getattr(peer, "host", peer)


class FilterByServer(HierarchicalBucketFilter):
    """
    A bucket for each port that is listened at.
    """

    sweepInterval = None

    def getBucketKey(self, transport: Any) -> Any:  # type: ignore[override]
        """Return the port of the transport's own side."""
        host = transport.getHost()
        return getattr(host, "port", host)


class ShapedConsumer(pcp.ProducerConsumerProxy):
    """
    Passes on no more than a bucket takes.

    @ivar bucket: the L{Bucket}.
    """

    iAmStreaming = False
    _again: Any = None

    def __init__(self, consumer: Any, bucket: Bucket) -> None:
        self.bucket = bucket
        bucket._refcount += 1
        pcp.ProducerConsumerProxy.__init__(self, consumer)

    def _writeSomeData(self, data: Any) -> int:
        amount = self.bucket.add(len(data))
        if amount:
            return pcp.ProducerConsumerProxy._writeSomeData(self, data[:amount])
        if self._again is None:
            # A consumer that got nothing does not ask twice.
            self._again = self._later(max(0.01, self.bucket._untilRoom()))
        return 0

    def _later(self, seconds: float) -> Any:
        """Try again when there may be room."""
        # Late: importing it installs the default reactor.
        from twisted.internet import reactor

        return reactor.callLater(seconds, self._retry)  # type: ignore[attr-defined]

    def _retry(self) -> None:
        self._again = None
        if self.outstandingPull and not self.paused:
            self.resumeProducing()

    def stopProducing(self) -> None:
        """Stop, and leave the bucket to others."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if not self.stopped:
            self.bucket._refcount -= 1
        pcp.ProducerConsumerProxy.stopProducing(self)


class ShapedTransport(ShapedConsumer):
    """
    A transport that sends no more than a bucket takes.

    What is not written out here is the transport's own.
    """

    iAmStreaming = False

    def __init__(self, consumer: Any, bucket: Bucket) -> None:
        self._transport = consumer
        ShapedConsumer.__init__(self, consumer, bucket)

    def writeSequence(self, data: Any) -> None:
        """Send all of *data*."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Close, once everything is sent."""
        # The transport does not close before its producer has gone.
        self.unregisterProducer()
        self._transport.loseConnection()

    def __getattr__(self, name: str) -> Any:
        if name == "_transport":
            raise AttributeError(name)
        return getattr(self._transport, name)


class ShapedProtocolFactory:
    """
    Makes protocols whose transports are shaped.

    Let it be the C{protocol} of a factory.
    """

    def __init__(self, protoClass: Any, bucketFilter: Any) -> None:
        """
        @param protoClass: makes the protocol.
        @param bucketFilter: an L{IBucketFilter}, asked with the transport.
        """
        self.protocol = protoClass
        self.bucketFilter = bucketFilter

    def __call__(self, *a: Any, **kw: Any) -> Any:
        """
        Make a protocol.

        @param a: for the protocol's constructor, as are *kw*.
        """
        protocol = self.protocol(*a, **kw)
        connect = protocol.makeConnection

        def makeConnection(transport: Any) -> Any:
            bucket = self.bucketFilter.getBucketFor(transport)
            return connect(ShapedTransport(transport, bucket))

        protocol.makeConnection = makeConnection
        return protocol

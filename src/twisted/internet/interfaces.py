"""
The interfaces of reactors, transports, protocols and what goes with them.

They are written down by theme in private modules; this is the path they are
imported from.
"""

from __future__ import annotations

from twisted.internet._interfaces.addresses import Binding, IAddress, _Binding
from twisted.internet._interfaces.names import (
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
    IResolver,
    IResolverSimple,
)
from twisted.internet._interfaces.protocols import (
    IAcceptableCiphers,
    ICipher,
    IFileDescriptorReceiver,
    IHalfCloseableProtocol,
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
    IProcessProtocol,
    IProtocol,
    IProtocolFactory,
    IProtocolNegotiationFactory,
    IServiceCollection,
    IStreamClientEndpoint,
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpoint,
    IStreamServerEndpointStringParser,
)
from twisted.internet._interfaces.reactors import (
    IDelayedCall,
    IReactorCore,
    IReactorDaemonize,
    IReactorFDSet,
    IReactorFromThreads,
    IReactorInThreads,
    IReactorMulticast,
    IReactorPluggableNameResolver,
    IReactorPluggableResolver,
    IReactorProcess,
    IReactorSocket,
    IReactorSSL,
    IReactorTCP,
    IReactorTCP2,
    IReactorThreads,
    IReactorTime,
    IReactorUDP,
    IReactorUNIX,
    IReactorUNIXDatagram,
    IReactorWin32Events,
    _ISupportsExitSignalCapturing,
)
from twisted.internet._interfaces.transports import (
    IConnector,
    IConsumer,
    IFileDescriptor,
    IHalfCloseableDescriptor,
    IListeningPort,
    ILoggingContext,
    IMulticastTransport,
    INegotiated,
    IProcessTransport,
    IProducer,
    IPullProducer,
    IPushProducer,
    IReadDescriptor,
    IReadWriteDescriptor,
    ISSLTransport,
    ISystemHandle,
    ITCPTransport,
    ITLSTransport,
    ITransport,
    IUDPTransport,
    IUNIXDatagramConnectedTransport,
    IUNIXDatagramTransport,
    IUNIXTransport,
    IWriteDescriptor,
)

__all__ = [name for name in dir() if name.startswith("I") and name[1].isupper()]
__all__.append("Binding")

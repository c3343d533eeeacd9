"""
Name resolution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.internet._interfaces.addresses import IAddress
    from twisted.internet.defer import Deferred


# An interface is hashed by its module's name, which cannot be changed later:
# these belong to their public path from the start.
__name__ = "twisted.internet.interfaces"


class IHostResolution(Interface):
    """A name being looked up."""

    name = Attribute("The name, text.")

    def cancel() -> None:
        """Give it up; C{resolutionComplete} may come early, or not."""


class IResolutionReceiver(Interface):
    """Is told what a name stands for."""

    def resolutionBegan(resolutionInProgress: IHostResolution) -> None:
        """The looking up begins; the first call."""

    def addressResolved(address: IAddress) -> None:
        """An address was found."""

    def resolutionComplete() -> None:
        """There are no more; the last call."""


class IHostnameResolver(Interface):
    """Looks up names of hosts: any number of addresses, of any family."""

    def resolveHostName(
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """
        Look *hostName* up.

        @param portNumber: the port that the addresses are to have.
        @param addressTypes: the classes of addresses wanted; any by default.
        @param transportSemantics: C{"TCP"} or C{"UDP"}.
        @return: what was given to C{resolutionBegan}.
        """


class IResolverSimple(Interface):
    """Looks up names of hosts: one IPv4 address."""

    def getHostByName(name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        """
        Look *name* up.

        @param timeout: seconds of each attempt.
        @return: fires with a dotted address, or fails with
            L{error.DNSLookupError}.
        """


def _lookup(kind: str) -> Any:
    def lookup(name: str, timeout: Sequence[int] | None = None) -> Deferred[Any]:
        pass

    lookup.__doc__ = f"""
        Look up the {kind} of *name*.

        @param timeout: seconds of each attempt.
        @return: fires with three lists of records: answers, authority,
            additional.
        """
    return lookup


class IResolver(IResolverSimple):
    """Asks the DNS."""

    def query(query: Any, timeout: Sequence[int] | None = None) -> Deferred[Any]:
        """
        Ask *query*, a L{twisted.names.dns.Query}.

        @return: fires with three lists of records: answers, authority,
            additional.
        """

    lookupAddress = _lookup("IPv4 addresses (A)")
    lookupAddress6 = _lookup("IPv6 addresses (A6)")
    lookupIPV6Address = _lookup("IPv6 addresses (AAAA)")
    lookupMailExchange = _lookup("mail exchangers (MX)")
    lookupNameservers = _lookup("name servers (NS)")
    lookupCanonicalName = _lookup("canonical name (CNAME)")
    lookupMailBox = _lookup("mailbox (MB)")
    lookupMailGroup = _lookup("mail group (MG)")
    lookupMailRename = _lookup("mail rename (MR)")
    lookupPointer = _lookup("pointers (PTR)")
    lookupAuthority = _lookup("authority (SOA)")
    lookupNull = _lookup("null records (NULL)")
    lookupWellKnownServices = _lookup("well known services (WKS)")
    lookupService = _lookup("services (SRV)")
    lookupHostInfo = _lookup("host information (HINFO)")
    lookupMailboxInfo = _lookup("mailbox information (MINFO)")
    lookupText = _lookup("texts (TXT)")
    lookupSenderPolicy = _lookup("sender policy (SPF)")
    lookupResponsibility = _lookup("responsible person (RP)")
    lookupAFSDatabase = _lookup("AFS database (AFSDB)")
    lookupAllRecords = _lookup("records of all kinds")
    lookupNamingAuthorityPointer = _lookup("naming authority pointers (NAPTR)")
    lookupZone = _lookup("zone, all of its records (AXFR)")

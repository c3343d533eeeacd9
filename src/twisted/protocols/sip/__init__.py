"""
SIP (RFC 3261): messages, a proxy over UDP, and a registrar.

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from twisted.protocols.sip._errors import RegistrationError, SIPError
from twisted.protocols.sip._message import Message, MessagesParser, Request, Response
from twisted.protocols.sip._proxy import Base, Proxy
from twisted.protocols.sip._registrar import (
    IAuthorizer,
    IContact,
    ILocator,
    InMemoryRegistry,
    IRegistry,
    RegisterProxy,
    Registration,
)
from twisted.protocols.sip._tables import (
    PORT,
    dashCapitalize,
    longHeaders,
    shortHeaders,
    specialCases,
    statusCodes,
    unq,
)
from twisted.protocols.sip._url import URL, cleanRequestURL, parseAddress, parseURL
from twisted.protocols.sip._via import Via, parseViaHeader
from twisted.python._facade import publish

__all__ = [
    "PORT",
    "URL",
    "Base",
    "IAuthorizer",
    "IContact",
    "ILocator",
    "IRegistry",
    "InMemoryRegistry",
    "Message",
    "MessagesParser",
    "Proxy",
    "RegisterProxy",
    "Registration",
    "RegistrationError",
    "Request",
    "Response",
    "SIPError",
    "Via",
    "cleanRequestURL",
    "dashCapitalize",
    "longHeaders",
    "parseAddress",
    "parseURL",
    "parseViaHeader",
    "shortHeaders",
    "specialCases",
    "statusCodes",
    "unq",
]

publish(__name__, globals(), __all__)

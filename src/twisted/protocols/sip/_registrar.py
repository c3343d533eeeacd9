"""
Where users are: they tell a registrar, and that tells others (RFC 3261, 10).
"""

from __future__ import annotations

from typing import Any

from zope.interface import Interface, implementer

from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.protocols.sip._errors import RegistrationError, SIPError
from twisted.protocols.sip._proxy import Proxy, _only, globalReactor
from twisted.protocols.sip._url import URL, parseAddress
from twisted.python.failure import Failure

_log = Logger()
_SECONDS = 3600


class IAuthorizer(Interface):
    """
    One way to let users prove who they are.
    """

    def getChallenge(peer: Any) -> Any:
        """Return what comes after the scheme in a challenge, or L{None} for a realm only."""

    def decode(response: Any) -> Any:
        """Return credentials, or raise L{SIPError}."""


class IRegistry(Interface):
    """
    Notes where users are.  Each method returns a Deferred of a L{Registration}.
    """

    def registerAddress(domainURL: Any, logicalURL: Any, physicalURL: Any) -> Any:
        """Note that a user is at an address, for some time."""

    def unregisterAddress(domainURL: Any, logicalURL: Any, physicalURL: Any) -> Any:
        """Note that a user is not there any more."""

    def getRegistrationInfo(logicalURL: Any) -> Any:
        """Tell what is noted of a user."""


class ILocator(Interface):
    """
    Knows where users are.
    """

    def getAddress(logicalURL: Any) -> Any:
        """Returns a Deferred of a L{URL}, which fails with C{LookupError}."""


class IContact(Interface):
    """
    A user who may register.
    """


class Registration:
    """
    What is noted of a user.

    @ivar secondsToExpiry: for how long it is.
    @ivar contactURL: where the user is.
    """

    def __init__(self, secondsToExpiry: float, contactURL: Any) -> None:
        self.secondsToExpiry = secondsToExpiry
        self.contactURL = contactURL


@implementer(IRegistry, ILocator)
class InMemoryRegistry:
    """
    Keeps it in memory.

    @ivar domain: of which users.
    @ivar users: pairs of the call that forgets them, and the L{URL}, by names.
    @cvar maximumUsers: how many there may be.
    """

    maximumUsers = 10_000

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.users: dict[Any, tuple[Any, Any]] = {}

    def _find(self, url: Any) -> Any:
        if url.host != self.domain:
            raise LookupError("unknown domain")
        if url.username not in self.users:
            raise LookupError("no such user")
        return self.users[url.username]

    def getAddress(self, userURI: Any) -> Deferred[Any]:
        """
        Tell where a user is.
        """
        try:
            return succeed(self._find(userURI)[1])
        except LookupError:
            return fail()

    def getRegistrationInfo(self, userURI: Any) -> Deferred[Any]:
        """
        Tell what is noted of a user.
        """
        try:
            call, url = self._find(userURI)
        except LookupError:
            return fail()
        return succeed(Registration(_secondsTo(call), url))

    def _expireRegistration(self, username: Any) -> None:
        self.users.pop(username, None)

    def registerAddress(self, domainURL: Any, logicalURL: Any, physicalURL: Any) -> Deferred[Any]:
        """
        Note where a user is, for an hour.
        """
        if {domainURL.host, logicalURL.host} != {self.domain}:
            return fail(LookupError("unknown domain"))
        name = logicalURL.username
        if name in self.users:
            call = self.users[name][0]
            call.reset(_SECONDS)
        elif len(self.users) >= self.maximumUsers:
            return fail(RegistrationError(503))
        else:
            call = globalReactor().callLater(_SECONDS, self._expireRegistration, name)
        self.users[name] = (call, physicalURL)
        return succeed(Registration(_secondsTo(call), physicalURL))

    def unregisterAddress(self, domainURL: Any, logicalURL: Any, physicalURL: Any) -> Deferred[Any]:
        """
        Forget a user.
        """
        if domainURL.host != self.domain:
            return fail(LookupError("unknown domain"))
        try:
            call, url = self._find(logicalURL)
        except LookupError:
            return fail()
        if physicalURL != "*" and physicalURL.toString() != url.toString():
            return fail(LookupError("the user is somewhere else"))
        call.cancel()
        del self.users[logicalURL.username]
        return succeed(Registration(0, url))


def _secondsTo(call: Any) -> int:
    return int(call.getTime() - globalReactor().seconds())


class RegisterProxy(Proxy):
    """
    A proxy that is a registrar, too.

    @ivar portal: if there is one, only those register whom it lets in.
    @ivar registry: an L{IRegistry}.
    @ivar authorizers: the L{IAuthorizer}s, by schemes in small letters.
    """

    portal: Any = None
    registry: Any = None
    authorizers: dict[str, Any] = {}

    def __init__(self, *args: Any, **kw: Any) -> None:
        Proxy.__init__(self, *args, **kw)
        self.liveChallenges: dict[Any, Any] = {}

    def handle_ACK_request(self, message: Any, host_port: Any) -> None:
        """
        Nothing is to be done about one for us.
        """

    def handle_REGISTER_request(self, message: Any, host_port: Any) -> Any:
        """
        Register a user who may.
        """
        host, port = host_port
        if self.portal is None:
            return self.register(message, host, port)
        if message.headers.get("authorization"):
            return self.login(message, host, port)
        return self.unauthorized(message, host, port)

    def unauthorized(self, message: Any, host: str, port: int) -> None:
        """
        Ask for a proof.
        """
        response = self.responseFromRequest(401, message)
        for scheme, authorizer in self.authorizers.items():
            challenge = authorizer.getChallenge((host, port))
            realm = f'realm="{self.host}"'
            rest = realm if challenge is None else f"{challenge},{realm}"
            response.addHeader("www-authenticate", f"{scheme.title()} {rest}")
        self.deliverResponse(response)

    def login(self, message: Any, host: str, port: int) -> Any:
        """
        Check a proof, and register the user.

        @raise SIPError: it is of a kind that is not known here.
        """
        scheme, _, proof = message.headers["authorization"][0].partition(" ")
        authorizer = self.authorizers.get(scheme.lower())
        if authorizer is None:
            raise SIPError(501)
        credentials = authorizer.decode(proof.strip())
        credentials.username += "@" + self.host
        return self.portal.login(credentials, None, IContact).addCallbacks(
            self._cbLogin,
            self._ebLogin,
            callbackArgs=(message, host, port),
            errbackArgs=(message, host, port),
        )

    def _cbLogin(self, i_a_l: Any, message: Any, host: str, port: int) -> Any:
        return self.register(message, host, port)

    def _ebLogin(self, failure: Failure, message: Any, host: str, port: int) -> None:
        failure.trap(UnauthorizedLogin)
        self.unauthorized(message, host, port)

    def register(self, message: Any, host: str, port: int) -> Any:
        """
        Note where a user is: where the request comes from.

        @raise ValueError: there is an address that is none.
        """
        toURL = parseAddress(_only(message, "to"), clean=1)[1]
        contact = (message.headers.get("contact") or [None])[0]
        if contact is None:
            asked = self.registry.getRegistrationInfo(toURL)
            return asked.addCallbacks(
                self._cbRegister, self._ebRegister, callbackArgs=(message,), errbackArgs=(message,)
            )
        expires = (message.headers.get("expires") or [""])[0]
        contactURL: Any = "*"
        if contact != "*":
            contactURL = parseAddress(contact, host=host, port=port)[1]
        if contact == "*" or expires == "0":
            return self.unregister(message, toURL, contactURL)
        noted = self.registry.registerAddress(message.uri, toURL, contactURL)
        return noted.addCallbacks(
            self._cbRegister, self._ebRegister, callbackArgs=(message,), errbackArgs=(message,)
        )

    def _cbRegister(self, registration: Registration, message: Any) -> None:
        self._tell(registration, message)

    def _ebRegister(self, error: Failure, message: Any) -> None:
        error.trap(RegistrationError, LookupError)
        if isinstance(error.value, RegistrationError):
            self.deliverResponse(self.responseFromRequest(error.value.code, message))
        else:
            # Who asks for other domains is not told which there are.
            _log.debug("A SIP user is not registered: {error}", error=error.value)

    def _tell(self, registration: Registration, message: Any) -> None:
        response = self.responseFromRequest(200, message)
        if registration.contactURL is not None:
            response.addHeader("contact", registration.contactURL.toString())
            response.addHeader("expires", f"{registration.secondsToExpiry:d}")
        response.addHeader("content-length", "0")
        self.deliverResponse(response)

    def unregister(self, message: Any, toURL: URL, contact: Any) -> Any:
        """
        Forget where a user is.

        @param contact: a L{URL}, or C{"*"} for all.
        @raise SIPError: the request does not say that this is to be forgotten.
        """
        if (message.headers.get("expires") or [""])[0] != "0":
            raise SIPError(400)
        gone = self.registry.unregisterAddress(message.uri, toURL, contact)
        return gone.addCallbacks(
            self._cbUnregister, self._ebUnregister, callbackArgs=(message,), errbackArgs=(message,)
        )

    def _cbUnregister(self, registration: Registration, message: Any) -> None:
        self._tell(registration, message)

    def _ebUnregister(self, registration: Failure, message: Any) -> None:
        self._ebRegister(registration, message)

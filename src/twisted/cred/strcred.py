"""
Checkers by their description, as a command line gives it.

A description is the kind of the checker and, after a colon, what that kind
wants to know: C{memory:alice:secret}, C{file:/etc/passwords}, C{unix}.  The
kinds are plugins, in the modules C{cred_*} of C{twisted.plugins}.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import IO, Any

from zope.interface import Attribute, Interface

from twisted.plugin import getPlugins
from twisted.python import usage


class ICheckerFactory(Interface):
    """
    Makes checkers of one kind; a plugin.
    """

    authType = Attribute("The kind: what stands before the colon.")

    authHelp = Attribute("What C{--help-auth-type} says about it, some lines.")

    argStringFormat = Attribute("What stands after the colon, in a few words.")

    credentialInterfaces = Attribute("The interfaces of the credentials that they check.")

    def generateChecker(argstring: str) -> Any:
        """
        Make a checker.

        @param argstring: what stands after the colon.
        @return: an
            L{ICredentialsChecker<twisted.cred.checkers.ICredentialsChecker>}.
        @raise InvalidAuthArgumentString: it should be something else.
        """


class StrcredException(Exception):
    """
    There is something wrong with a description.
    """


class InvalidAuthType(StrcredException):
    """
    There is no such kind of checker.
    """


class InvalidAuthArgumentString(StrcredException):
    """
    What stands after the colon makes no sense to this kind.
    """


class UnsupportedInterfaces(StrcredException):
    """
    This application does not know what to do with such credentials.
    """


notSupportedWarning = "WARNING: This authType is not supported by this application."


def findCheckerFactories() -> Iterator[Any]:
    """
    Give all kinds there are.
    """
    yield from getPlugins(ICheckerFactory)


def findCheckerFactory(authType: str) -> Any:
    """
    Find a kind.

    @param authType: its name.
    @return: the first L{ICheckerFactory} of that name.
    @raise InvalidAuthType: there is none.
    """
    for factory in findCheckerFactories():
        if factory.authType == authType:
            return factory
    raise InvalidAuthType(authType)


def makeChecker(description: str) -> Any:
    """
    Make a checker.

    @param description: its kind and, after a colon, what that wants to know.
    @return: an L{ICredentialsChecker<twisted.cred.checkers.ICredentialsChecker>}.
    @raise InvalidAuthType: there is no such kind.
    @raise InvalidAuthArgumentString: it wants to know something else.
    """
    authType, _, argstring = description.partition(":")
    return findCheckerFactory(authType).generateChecker(argstring)


class AuthOptionMixin:
    """
    Gives a command the options C{--auth}, C{--help-auth} and
    C{--help-auth-type}; to be mixed into its L{usage.Options}.

    Of what was asked for, C{options["credCheckers"]} is a list of checkers, and
    C{options["credInterfaces"]} lists them by the interfaces of credentials.

    @cvar supportedInterfaces: the credentials that the application can use;
        L{None} if that is all.
    @cvar authOutput: a text file that help is written to.
    """

    supportedInterfaces: Sequence[Any] | None = None
    authOutput: IO[str] = sys.stdout

    def supportsInterface(self, interface: Any) -> bool:
        """
        Tell whether the application can use credentials of a kind.

        @param interface: the kind.
        """
        return self.supportedInterfaces is None or interface in self.supportedInterfaces

    def supportsCheckerFactory(self, factory: Any) -> bool:
        """
        Tell whether the application can use any credentials that checkers of a
        kind would check.

        @param factory: the kind, an L{ICheckerFactory}.
        """
        return any(map(self.supportsInterface, factory.credentialInterfaces))

    def addChecker(self, checker: Any) -> None:
        """
        Use a checker, as if the command line had asked for it.

        @param checker: the checker.
        @raise UnsupportedInterfaces: it checks nothing that the application
            can use.
        """
        usable = [each for each in checker.credentialInterfaces if self.supportsInterface(each)]
        if not usable:
            names = [each.__identifier__ for each in checker.credentialInterfaces]
            raise UnsupportedInterfaces(", ".join(names))
        options: Any = self
        byInterface = options.setdefault("credInterfaces", {})
        for each in usable:
            byInterface.setdefault(each, []).append(checker)
        options.setdefault("credCheckers", []).append(checker)

    def opt_auth(self, description: str) -> None:
        """
        Let in whom this checker knows: AuthType[:ArgString].
        """
        try:
            self.addChecker(makeChecker(description))
        except UnsupportedInterfaces as why:
            raise usage.UsageError(f"Auth plugin not supported: {why}") from None
        except InvalidAuthType as why:
            raise usage.UsageError(f"Auth plugin not recognized: {why}") from None
        except Exception as why:
            raise usage.UsageError(f"Unexpected error: {why}") from why

    def _checkerFactoriesForOptHelpAuth(self) -> Iterator[Any]:
        """Give those kinds that are of use here, one of each name."""
        seen = set()
        for factory in findCheckerFactories():
            if factory.authType not in seen and self.supportsCheckerFactory(factory):
                seen.add(factory.authType)
                yield factory

    def opt_help_auth(self) -> None:
        """
        List what --auth knows, and exit.
        """
        rows = [(each.authType, each.argStringFormat) for each in self._byName()]
        width = max((len(kind) for kind, _ in rows), default=0)
        rows[:0] = [("AuthType", "ArgString format"), ("=" * 8, "=" * 16)]
        table = "".join(f"  {kind.ljust(width)}\t{format}\n" for kind, format in rows)
        self.authOutput.write(
            "Usage: --auth AuthType[:ArgString]\n"
            f"For detailed help: --help-auth-type AuthType\n\n{table}\n"
        )
        raise SystemExit(0)

    def _byName(self) -> list[Any]:
        """Return the kinds in the order in which people look for them."""
        return sorted(self._checkerFactoriesForOptHelpAuth(), key=lambda each: each.authType)

    def opt_help_auth_type(self, authType: str) -> None:
        """
        Explain one thing that --auth knows, and exit.
        """
        try:
            factory = findCheckerFactory(authType)
        except InvalidAuthType:
            raise usage.UsageError(f"Invalid auth type: {authType}") from None
        lines = [each.rstrip() for each in factory.authHelp.strip().splitlines()]
        if not self.supportsCheckerFactory(factory):
            lines += ["", notSupportedWarning]
        indented = "".join(f"  {line}\n" if line else "\n" for line in lines)
        self.authOutput.write(
            f"Usage: --auth {authType}[:ArgString]\n"
            f"ArgString format: {factory.argStringFormat}\n\n{indented}\n"
        )
        raise SystemExit(0)

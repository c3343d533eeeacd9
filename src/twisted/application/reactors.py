"""
Which reactors there are, by plugins, and how one is chosen by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from zope.interface import Attribute, Interface, implementer

from twisted.plugin import IPlugin, getPlugins
from twisted.python.reflect import namedAny


class IReactorInstaller(Interface):
    """
    A plugin that can install a reactor, if the platform has what that needs.
    """

    shortName: str = Attribute(  # type: ignore[assignment]
        "The name by which users choose it, such as C{'epoll'}."
    )
    description: str = Attribute("What it is, in one line.")  # type: ignore[assignment]

    def install() -> None:  # type: ignore[misc]
        """
        Install the reactor.

        @raise Exception: it is not available here; the error says why.
        """


class NoSuchReactor(KeyError):
    """
    There is no reactor of that name.
    """


@implementer(IPlugin, IReactorInstaller)
class Reactor:
    """
    A reactor that is installed by the function C{install} of a module.

    @ivar moduleName: the module's full name.
    """

    def __init__(self, shortName: str, moduleName: str, description: str) -> None:
        self.shortName = shortName
        self.moduleName = moduleName
        self.description = description

    def install(self) -> None:
        """
        Import the module and install its reactor.
        """
        namedAny(self.moduleName).install()


def getReactorTypes() -> Iterable[Any]:
    """
    Return the L{IReactorInstaller} plugins, of reactors available and not.
    """
    return getPlugins(cast(Any, IReactorInstaller))


def installReactor(shortName: str) -> Any:
    """
    Install the reactor of that name.

    @return: the reactor.
    @raise NoSuchReactor: there is none.
    @raise Exception: it cannot be installed, for whatever reason it has.
    """
    for installer in getReactorTypes():
        if installer.shortName == shortName:
            installer.install()
            # Late: importing it earlier would have installed the default one.
            from twisted.internet import reactor

            return reactor
    raise NoSuchReactor(shortName)

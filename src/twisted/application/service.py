"""
Services: what a program consists of when something else is to run it.

A service is started and stopped; a collection does that to all its children.
An application is a collection that C{twistd} finds in a file::

    application = Application("echo")
    TCPServer(8000, EchoFactory()).setServiceParent(application)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import call
from typing import Any

from zope.interface import Attribute, Interface, implementer

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.persisted import sob
from twisted.plugin import IPlugin
from twisted.python.components import Componentized
from twisted.python.reflect import namedAny

__all__ = [
    "IServiceMaker",
    "IService",
    "Service",
    "IServiceCollection",
    "MultiService",
    "IProcess",
    "Process",
    "Application",
    "loadApplication",
]

#: The methods of L{IService} that have to be called until a service runs.
_STARTING = ("privilegedStartService", "startService")


class IServiceMaker(Interface):
    """
    A plugin that is a command of C{twistd} and C{twist}: it makes a service from
    options.  Also provide L{twisted.plugin.IPlugin}.
    """

    tapname: str = Attribute("The command's name, such as C{'web'}.")  # type: ignore[assignment]
    description: str = Attribute("What the command is, in one line.")  # type: ignore[assignment]
    options: Any = Attribute("A subclass of L{twisted.python.usage.Options}.")

    def makeService(options: Any) -> Any:
        """
        Make the service.

        @param options: an instance of C{options}, or another mapping with what
            that would hold.
        @return: an L{IService}.
        """


class IService(Interface):
    """
    Something that can be started and stopped.
    """

    name: Any = Attribute("A L{str} by which its parent knows it, or L{None}.")
    running: Any = Attribute("Whether it was started and not stopped since.")
    parent: Any = Attribute("The L{IServiceCollection} it belongs to, or L{None}.")

    def setName(name: str) -> None:
        """
        Name the service.

        @raise RuntimeError: it has a parent.
        """

    def setServiceParent(parent: Any) -> None:
        """
        Make the service a child of a collection.

        @param parent: the L{IServiceCollection}, or something that can be
            adapted to it, such as an application.
        @raise RuntimeError: the parent has a child of this name.
        """

    def disownServiceParent() -> Any:  # type: ignore[misc]
        """
        Take the service away from its parent, which stops it if it runs.

        @return: L{None}, or a Deferred that fires when it has stopped.
        """

    def startService() -> None:  # type: ignore[misc]
        """
        Start.  What is raised here ends the program that is just starting.
        """

    def stopService() -> Any:  # type: ignore[misc]
        """
        Stop.

        @return: L{None}, or a Deferred that fires when it has stopped.
        """

    def privilegedStartService() -> None:  # type: ignore[misc]
        """
        Do what has to be done first: before directory, root and user are
        changed.  Ports below 1024 are bound here.
        """


class IServiceCollection(Interface):
    """
    Services, started and stopped together.
    """

    def getServiceNamed(name: str) -> Any:
        """
        Return the child of that name.

        @raise KeyError: there is none.
        """

    def __iter__() -> Any:  # type: ignore[misc]
        """
        Iterate over the children.
        """

    def addService(service: Any) -> None:
        """
        Take in a child; to be called by L{IService.setServiceParent} alone.

        @raise RuntimeError: there is one of its name.
        """

    def removeService(service: Any) -> Any:
        """
        Give a child away; to be called by L{IService.disownServiceParent} alone.

        @raise ValueError: it is no child.
        @return: L{None}, or a Deferred that fires when it has stopped.
        """


class IProcess(Interface):
    """
    As whom, and under what name, an application wants to run.
    """

    processName: Any = Attribute("The name to be shown by C{ps}, or L{None}.")
    uid: Any = Attribute("A user's number, or L{None} to stay who we are.")
    gid: Any = Attribute("A group's number, or L{None}.")


def _fromModule(name: str, doc: str) -> Any:
    """
    Make a property that is what a L{ServiceMaker}'s module calls *name*; the module
    is imported when that is asked for.
    """
    return property(lambda maker: namedAny(f"{maker.module}.{name}"), doc=doc)


@implementer(IPlugin, IServiceMaker)
class ServiceMaker:
    """
    A command whose options and maker are in a module that is imported only when
    they are asked for.

    The module has a class C{Options} and a function C{makeService}.
    """

    options = _fromModule("Options", "The module's C{Options}.")
    makeService = _fromModule("makeService", "The module's C{makeService}.")

    def __init__(self, name: str, module: str, description: str, tapname: str) -> None:
        """
        @param name: what the service is called.
        @param module: the full name of the module.
        @param description: what it is, in one line.
        @param tapname: the command's name.
        """
        self.name = name
        self.module = module
        self.description = description
        self.tapname = tapname


@implementer(IService)
class Service:
    """
    A service that does nothing but know whether it runs; subclasses do more, and
    call these methods in theirs.

    @ivar running: whether it was started and not stopped since; never saved.
    @ivar name: by which its parent knows it.
    @ivar parent: the collection it belongs to.
    """

    running: Any = 0
    name: Any = None
    parent: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Save all but what is true of this process alone."""
        return {key: value for key, value in vars(self).items() if key != "running"}

    # Starting and stopping.

    def privilegedStartService(self) -> None:
        """
        Prepare, while the process still has the rights it was started with.
        """

    def startService(self) -> None:
        """
        Start.
        """
        self.running = 1

    def stopService(self) -> Deferred[Any] | None:
        """
        Stop.

        @return: L{None}, or a Deferred that fires when it has stopped.
        """
        self.running = 0
        return None

    # Belonging to a collection.

    def setName(self, name: str) -> None:
        """
        Name the service.

        @raise RuntimeError: it has a parent.
        """
        if self.parent is not None:
            raise RuntimeError("cannot change name when parent exists")
        self.name = name

    def setServiceParent(self, parent: Any) -> None:
        """
        Make the service a child of a collection, and no longer of another.

        @param parent: an L{IServiceCollection}, or what can be adapted to it.
        @raise RuntimeError: the parent has a child of this name.
        """
        if self.parent is not None:
            self.disownServiceParent()
        collection: Any = IServiceCollection(parent, parent)
        self.parent = collection
        collection.addService(self)

    def disownServiceParent(self) -> Deferred[None] | None:
        """
        Take the service away from its parent, which stops it if it runs.

        @return: L{None}, or a Deferred that fires when it has stopped.
        """
        stopping: Deferred[None] | None = self.parent.removeService(self)
        self.parent = None
        return stopping


@implementer(IServiceCollection)
class MultiService(Service):
    """
    A service that consists of others, its children.

    They are started in the order in which they were added and told to stop in
    the reverse one; none waits for another.

    @ivar services: the children.
    @ivar namedServices: those that have names, by name.
    """

    def __init__(self) -> None:
        self.services: list[Any] = []
        self.namedServices: dict[str, Any] = {}
        self.parent = None

    def addService(self, service: Any) -> None:
        """
        Take in a child, and start it if this runs already.  Call the child's
        C{setServiceParent} instead.

        @raise RuntimeError: there is one of its name.
        """
        named = {} if service.name is None else {service.name: service}
        if named.keys() & self.namedServices.keys():
            raise RuntimeError(f"cannot have two services with same name {service.name!r}")
        self.namedServices.update(named)
        self.services.append(service)
        # It comes too late for privileges, but not for the work.
        for step in _STARTING if self.running else ():
            getattr(service, step)()

    def removeService(self, service: Any) -> Deferred[Any] | None:
        """
        Give a child away, and stop it if this runs.  Call the child's
        C{disownServiceParent} instead.

        @raise ValueError: it is no child.
        @return: L{None}, or a Deferred that fires when it has stopped.
        """
        if service.name:
            self.namedServices.pop(service.name)
        self.services.remove(service)
        return maybeDeferred(service.stopService) if self.running else None

    def getServiceNamed(self, name: str) -> Any:
        """
        Return the child of that name.

        @raise KeyError: there is none.
        """
        return self.namedServices[name]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.services)

    def privilegedStartService(self) -> None:
        """
        Prepare all children.
        """
        self._together("privilegedStartService", iter(self))

    def startService(self) -> None:
        """
        Start all children.
        """
        self._together("startService", iter(self))

    def stopService(self) -> Deferred[Any]:
        """
        Stop all children.

        @return: a Deferred that fires when all have stopped, with a list of pairs
            as from L{DeferredList}.
        """
        return DeferredList(self._together("stopService", reversed(list(self)), by=maybeDeferred))

    def _together(
        self, step: str, children: Iterator[Any], by: Callable[[Any], Any] = call
    ) -> list[Any]:
        """
        Take a step as a service, and have each child take it.

        @param step: the name of the method of L{IService}.
        @param by: what a child's method is called by.
        @return: what that gave, one for each child.
        """
        getattr(Service, step)(self)
        return [by(getattr(child, step)) for child in children]


@implementer(IProcess)
class Process:
    """
    As whom an application wants to run.

    @ivar processName: under what name, L{None} for the program's own.
    """

    processName: str | None = None

    def __init__(self, uid: int | None = None, gid: int | None = None) -> None:
        """
        @param uid: the user's number, or L{None} to stay who we are.
        @param gid: the group's, or L{None}.
        """
        self.uid = uid
        self.gid = gid


def Application(name: str, uid: int | None = None, gid: int | None = None) -> Any:
    """
    Make an application: an object to which services are added, and which can be
    cast to L{IService}, L{IServiceCollection}, L{IProcess} and
    L{twisted.persisted.sob.IPersistable}.

    @param name: its name, which is also that of the file it is saved to.
    @param uid: the number of the user it is to run as.
    @param gid: the number of the group.
    """
    application = Componentized()
    for component in (MultiService(), Process(uid, gid), sob.Persistent(application, name)):
        application.addComponent(component, ignoreClass=1)
    service: Any = IService(application)
    service.setName(name)
    return application


def loadApplication(filename: str, kind: str, passphrase: str | None = None) -> Any:
    """
    Load an application from a file.

    @param kind: C{"python"} for a C{.tac} file, which is run and defines
        C{application}; C{"pickle"} or C{"source"} for one that was saved.
    @param passphrase: must be L{None}; saved files are not encrypted.
    @raise KeyError: the file does not define C{application}.
    """
    if passphrase is not None:
        raise TypeError("passphrase must be None")
    if kind == "python":
        return sob.loadValueFromFile(filename, "application")
    return sob.load(filename, kind)

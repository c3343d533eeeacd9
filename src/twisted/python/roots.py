"""
Trees of named things that protocols can publish: an abstraction that web and
word servers once shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twisted.python import reflect


class NotSupportedError(NotImplementedError):
    """
    A tree cannot be changed in this way.
    """


class ConstraintViolation(Exception):
    """
    A collection does not take such a name or such an entity.
    """


def _unwritten(thing: object, method: str) -> str:
    """
    Return the full name of a method that a subclass is to write.
    """
    return f"{reflect.qual(type(thing))}.{method}"


class Request:
    """
    What asks for an entity, and at the same time takes the answer.

    @cvar wireProtocol: the name of the protocol by which it came.
    """

    wireProtocol: str | None = None

    def write(self, data: bytes) -> None:
        """
        Add to the answer.

        @param data: bytes.
        """
        raise NotImplementedError(_unwritten(self, "write"))

    def finish(self) -> None:
        """
        End the answer.
        """
        raise NotImplementedError(_unwritten(self, "finish"))


class Entity:
    """
    A leaf of the tree.
    """

    def render(self, request: Request) -> None:
        """
        Write what this is to *request*, and finish it.
        """
        raise NotImplementedError(_unwritten(self, "render"))


class Collection:
    """
    A node: entities by name, some kept (static), some made when they are asked
    for (dynamic).

    @ivar entities: those that are kept.
    """

    def __init__(self, entities: dict[str, Any] | None = None) -> None:
        """
        @param entities: what is kept at first.
        """
        self.entities: dict[str, Any] = {} if entities is None else entities

    # -- kept

    def getStaticEntity(self, name: str) -> Any:
        """
        Return what is kept as *name*, or None.
        """
        return self.entities.get(name)

    def listStaticNames(self) -> Iterable[str]:
        """
        Return the names of what is kept.
        """
        return self.entities.keys()

    def listStaticEntities(self) -> Iterable[tuple[str, Any]]:
        """
        Return pairs of name and entity for what is kept.
        """
        return self.entities.items()

    def putEntity(self, name: str, entity: Any) -> None:
        """
        Keep *entity* as *name*.
        """
        self.entities[name] = entity

    def delEntity(self, name: str) -> None:
        """
        Keep *name* no longer.

        @raise KeyError: it is not kept.
        """
        del self.entities[name]

    # -- made

    def getDynamicEntity(self, name: str, request: Any) -> Any:
        """
        Make an entity; override.

        @return: it, or None if there is none of that name.
        """
        return None

    def listDynamicNames(self) -> Iterable[str]:
        """
        Return the names of what can be made; override.
        """
        return []

    def listDynamicEntities(self, request: Any) -> Iterable[tuple[str, Any]]:
        """
        Return pairs of name and entity for what can be made; override.
        """
        return []

    # -- both

    def getEntity(self, name: str, request: Any) -> Any:
        """
        Return what is kept as *name*, else what is made, else None.
        """
        kept = self.getStaticEntity(name)
        return self.getDynamicEntity(name, request) if kept is None else kept

    def listNames(self, request: Any) -> list[str]:
        """
        Return all names.
        """
        return [*self.listStaticNames(), *self.listDynamicNames()]

    def listEntities(self, request: Any) -> list[tuple[str, Any]]:
        """
        Return pairs of name and entity for all.
        """
        return [*self.listStaticEntities(), *self.listDynamicEntities(request)]

    def storeEntity(self, name: str, request: Any) -> None:
        """
        Keep as *name* what *request* contains; override.

        @raise NotSupportedError: requests cannot do that here.
        """
        raise NotSupportedError(_unwritten(self, "storeEntity"))

    def removeEntity(self, name: str, request: Any) -> None:
        """
        Remove *name* because *request* wants it; override.

        @raise NotSupportedError: requests cannot do that here.
        """
        raise NotSupportedError(_unwritten(self, "removeEntity"))


class Constrained(Collection):
    """
    A collection that does not take everything.
    """

    def nameConstraint(self, name: str) -> Any:
        """
        Tell whether *name* may be used; or raise L{ConstraintViolation}.
        """
        return 1

    def entityConstraint(self, entity: Any) -> Any:
        """
        Tell whether *entity* may be kept; or raise L{ConstraintViolation}.
        """
        return 1

    def reallyPutEntity(self, name: str, entity: Any) -> None:
        """
        Keep *entity* as *name* without looking at it.
        """
        super().putEntity(name, entity)

    def putEntity(self, name: str, entity: Any) -> None:
        """
        Keep *entity* as *name*.

        @raise ConstraintViolation: it may not be kept, or not so.
        """
        checks: list[tuple[Callable[[Any], Any], Any, str]] = [
            (self.nameConstraint, name, "Name"),
            (self.entityConstraint, entity, "Entity"),
        ]
        for allows, thing, kind in checks:
            if not allows(thing):
                raise ConstraintViolation(f"{kind} constraint violated.")
        self.reallyPutEntity(name, entity)


class Locked(Constrained):
    """
    A collection that takes nothing more once it is locked.

    @ivar locked: whether it is.
    """

    locked = 0

    def lock(self) -> None:
        """
        Lock it.
        """
        self.locked = 1

    def entityConstraint(self, entity: Any) -> bool:
        """
        Tell whether it is not locked.
        """
        return not self.locked


class Homogenous(Constrained):
    """
    A collection whose entities are of one type.

    @cvar entityType: that type.
    """

    entityType: type = object

    def entityConstraint(self, entity: Any) -> bool:
        """
        Return true if *entity* is of the type.

        @raise ConstraintViolation: it is not.
        """
        if not isinstance(entity, self.entityType):
            raise ConstraintViolation(f"{entity} of incorrect type ({self.entityType})")
        return True

    def getNameType(self) -> str:
        """
        Return what is to be said of the names.
        """
        return "Name"

    def getEntityType(self) -> str:
        """
        Return what is to be said of the entities: their type.
        """
        return self.entityType.__name__


__all__ = [
    "Collection",
    "Constrained",
    "ConstraintViolation",
    "Entity",
    "Homogenous",
    "Locked",
    "NotSupportedError",
    "Request",
]

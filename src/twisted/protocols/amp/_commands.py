"""
Commands: what can be asked for, and with what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from twisted.internet import error
from twisted.protocols.amp._arguments import (
    Schema,
    _objectsToStrings,
    _stringsToObjects,
    _wireNameToPythonIdentifier,
)
from twisted.protocols.amp._boxes import AmpBox, _SwitchBox
from twisted.protocols.amp._vocabulary import (
    InvalidSignature,
    RemoteAmpError,
    UnknownRemoteError,
)
from twisted.python.failure import Failure
from twisted.python.reflect import accumulateClassDict

_F = TypeVar("_F", bound=Callable[..., Any])

# Responders of the class that is being made, until it is: (command, function).
_responders: list[tuple[type[Command], Callable[..., Any]]] = []


def _checkNames(what: str, names: Any) -> None:
    """Raise an error if one of *names* is not bytes."""
    for name in names:
        if not isinstance(name, bytes):
            raise TypeError(f"{what} names must be byte strings, got: {name!r}")


class _CommandMeta(type):
    """
    Completes a command: its name, and which errors have which codes.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type[Command]:
        commandName = attrs.setdefault("commandName", name.encode("ascii"))
        if not isinstance(commandName, bytes):
            raise TypeError(f"Command names must be byte strings, got: {commandName!r}")
        for what in ("arguments", "response"):
            _checkNames(what[:8].capitalize(), (pair[0] for pair in attrs.get(what, ())))
        for field, what in (("errors", "Error"), ("fatalErrors", "Fatal error")):
            if field in attrs:
                attrs[field] = dict(attrs[field])
                _checkNames(what, attrs[field].values())
        made: Any = type.__new__(cls, name, bases, attrs)
        # In this order: where an error has two codes, that of the fatal one is sent.
        made.reverseErrors = {}
        made.allErrors = {}
        for field in ("errors", "fatalErrors"):
            codes: dict[type[Exception], bytes] = {}
            accumulateClassDict(made, field, codes)
            made.allErrors.update(codes)
            made.reverseErrors.update((code, kind) for kind, code in codes.items())
        return made  # type: ignore[no-any-return]


class Command(metaclass=_CommandMeta):
    """
    Something that one side of a connection can ask of the other.

    Commands are classes; an instance is one request.

    @cvar arguments: (name, L{Argument}) of each argument.
    @cvar response: (name, L{Argument}) of each part of the response.
    @cvar errors: which exceptions of a responder are sent, and by which code.
        Any other closes the connection.  Those of the classes it is derived
        from are included.
    @cvar fatalErrors: the same, for those that close the connection as well.
    @cvar extra: not used.
    @cvar commandName: the name on the wire; that of the class by default.
    @cvar commandType: makes the box of a request.
    @cvar responseType: makes the box of the response, as L{AmpBox} or
        L{QuitBox}.
    @cvar requiresAnswer: whether the one who asks wants to know when it is done.
    @cvar allErrors: the codes of all errors.
    @cvar reverseErrors: the errors of all codes.
    """

    commandName: ClassVar[bytes]
    arguments: ClassVar[Schema] = []
    response: ClassVar[Schema] = []
    extra: ClassVar[list[Any]] = []
    errors: ClassVar[Any] = {}
    fatalErrors: ClassVar[Any] = {}
    allErrors: ClassVar[dict[type[Exception], bytes]]
    reverseErrors: ClassVar[dict[bytes, type[Exception]]]
    commandType: ClassVar[Callable[..., Any]] = AmpBox
    responseType: ClassVar[Callable[..., Any]] = AmpBox
    requiresAnswer: ClassVar[bool] = True

    def __init__(self, **kw: Any) -> None:
        """
        Make a request.

        @param kw: the arguments, by their Python names.
        @raise InvalidSignature: some are missing.
        """
        self.structured = kw
        missing = [
            name.decode("ascii")
            for name, argument in self.arguments
            if not argument.optional and _wireNameToPythonIdentifier(name) not in kw
        ]
        if missing:
            raise InvalidSignature(f"forgot {', '.join(missing)} for {self.commandName!r}")

    @classmethod
    def makeArguments(cls, objects: dict[str, Any], proto: Any) -> Any:
        """
        Return the box with the arguments *objects*, to be sent by *proto*.

        @raise InvalidSignature: there are others than the command has.
        """
        known = {_wireNameToPythonIdentifier(name) for name, _ in cls.arguments}
        for name in objects:
            if name not in known:
                raise InvalidSignature(f"{name} is not a valid argument")
        return _objectsToStrings(objects, cls.arguments, cls.commandType(), proto)

    @classmethod
    def parseArguments(cls, box: Any, protocol: Any) -> dict[str, Any]:
        """
        Return the arguments in *box*, which *protocol* has received, by their
        Python names.
        """
        return _stringsToObjects(box, cls.arguments, protocol)

    @classmethod
    def makeResponse(cls, objects: dict[str, Any], proto: Any) -> Any:
        """
        Return the box with the response *objects*, to be sent by *proto*.
        """
        return _objectsToStrings(objects, cls.response, cls.responseType(), proto)

    @classmethod
    def parseResponse(cls, box: Any, protocol: Any) -> dict[str, Any]:
        """
        Return the response in *box*, which *protocol* has received, by its
        Python names.
        """
        return _stringsToObjects(box, cls.response, protocol)

    @classmethod
    def responder(cls, methodfunc: _F) -> _F:
        """
        Say, in the body of a L{CommandLocator}'s class, that *methodfunc* is
        what responds to this command.

        It is called with the arguments by their Python names, and returns a
        dictionary with the response, or a Deferred of one.

        @return: *methodfunc*, so that this is a decorator.
        """
        _responders.append((cls, methodfunc))
        return methodfunc

    @classmethod
    def _asLocalError(cls, failure: Failure) -> Failure:
        """
        Return the error that the code in a L{RemoteAmpError} stands for.
        """
        failure.trap(RemoteAmpError)
        kind = cls.reverseErrors.get(failure.value.errorCode, UnknownRemoteError)
        return Failure(kind(failure.value.description))

    def _doCommand(self, proto: Any) -> Any:
        """
        Send this request by *proto*, a L{BoxDispatcher}.

        @return: a Deferred of the response, or L{None} if none is wanted.
        """
        box = self.makeArguments(self.structured, proto)
        answer = proto._sendBoxCommand(self.commandName, box, self.requiresAnswer)
        if not self.requiresAnswer:
            return None
        return answer.addCallbacks(self.parseResponse, self._asLocalError, callbackArgs=(proto,))


class ProtocolSwitchCommand(Command):
    """
    A command after whose response both sides speak another protocol.

    Who responds returns the protocol instead of a dictionary.
    """

    def __init__(self, _protoToSwitchToFactory: Any, **kw: Any) -> None:
        """
        Make a request.

        @param _protoToSwitchToFactory: the L{ClientFactory} that builds the
            other protocol for this side, and is told if nothing comes of it.
        """
        self.protoToSwitchToFactory = _protoToSwitchToFactory
        super().__init__(**kw)

    @classmethod
    def makeResponse(cls, innerProto: Any, proto: Any) -> Any:
        """
        Return the box that gives the connection to *innerProto* once it is sent.
        """
        return _SwitchBox(innerProto)

    def _doCommand(self, proto: Any) -> Any:
        """
        Send this request, and nothing after it until there is a response.
        """
        factory = self.protoToSwitchToFactory
        answer = super()._doCommand(proto)
        proto._lockForSwitch()

        def switch(ignored: object) -> Any:
            inner = factory.buildProtocol(proto.transport.getPeer())
            proto._switchTo(inner, factory)
            return inner

        def stay(failure: Failure) -> Failure:
            proto._unlockFromSwitch()
            factory.clientConnectionFailed(None, Failure(error.ConnectionLost()))
            return failure

        return answer.addCallbacks(switch, stay)

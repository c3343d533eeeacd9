"""
Calls: questions that wait for their answers, and who answers those of others.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar

from zope.interface import implementer

from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.internet.error import ConnectionLost
from twisted.logger import Logger
from twisted.protocols.amp._boxes import AmpBox, QuitBox
from twisted.protocols.amp._commands import Command, _responders
from twisted.protocols.amp._interfaces import IBoxReceiver, IResponderLocator
from twisted.protocols.amp._vocabulary import (
    ANSWER,
    ASK,
    COMMAND,
    ERROR,
    ERROR_CODE,
    ERROR_DESCRIPTION,
    PROTOCOL_ERRORS,
    UNHANDLED_ERROR_CODE,
    UNKNOWN_ERROR_CODE,
    BadLocalReturn,
    MalformedAmpBox,
    NoEmptyBoxes,
    ProtocolSwitched,
    RemoteAmpError,
    UnhandledCommand,
)
from twisted.python.failure import Failure

_log = Logger(namespace="twisted.protocols.amp")


# By which key a box is known, and which method is for it.
_KINDS = (
    (ANSWER, "_answerReceived"),
    (ERROR, "_errorReceived"),
    (COMMAND, "_commandReceived"),
)


@implementer(IBoxReceiver)
class BoxDispatcher:
    """
    Sends questions and gives their answers to those who have asked; has
    questions that arrive answered.

    A question has a tag, by which its answer is known.

    @ivar locator: the L{IResponderLocator} that knows who answers.
    @ivar boxSender: the L{IBoxSender}, once there is a connection.
    """

    boxSender: Any = None
    # Who waits for an answer, by tag.
    _outstandingRequests: dict[bytes, Deferred[Any]] | None = None
    # Why nothing can be asked any more.
    _failAllReason: Failure | None = None
    _counter = 0

    def __init__(self, locator: Any) -> None:
        self._outstandingRequests = {}
        self.locator = locator

    def startReceivingBoxes(self, boxSender: Any) -> None:
        """There is a connection: send by *boxSender* from now on."""
        self.boxSender = boxSender

    def stopReceivingBoxes(self, reason: Failure) -> None:
        """The connection is lost: nothing will be answered any more."""
        self.failAllOutgoing(reason)

    def failAllOutgoing(self, reason: Failure) -> None:
        """
        Fail all that wait for an answer, and all that ask from now on, with
        *reason*.
        """
        self._failAllReason = reason
        waiting, self._outstandingRequests = self._outstandingRequests, None
        for question in (waiting or {}).values():
            question.errback(reason)

    def _nextTag(self) -> bytes:
        """Return a tag that no question has had."""
        self._counter += 1
        return b"%x" % self._counter

    # Asking.

    def callRemote(self, commandType: Any, *a: Any, **kw: Any) -> Any:
        """
        Ask the other side.

        @param commandType: what for, a subclass of L{Command}.
        @param a: what the command takes besides its arguments.
        @param kw: the arguments, by their Python names.
        @return: a L{Deferred} that fires with a dictionary, the response; or
            fails with one of the command's errors, with L{UnknownRemoteError}
            if the responder failed otherwise, with L{UnhandledCommand} if there
            is none, or with the reason if the connection is lost.  L{None} if
            the command requires no answer.
        """
        try:
            request = commandType(*a, **kw)
        except BaseException:
            return fail()
        return request._doCommand(self)

    def callRemoteString(self, command: bytes, requiresAnswer: bool = True, **kw: bytes) -> Any:
        """
        Ask the other side without a L{Command}.

        @param command: the name of the command.
        @param requiresAnswer: whether to ask for an answer.
        @param kw: keys and values of the box.
        @return: a L{Deferred} that fires with the L{AmpBox} that is the answer,
            or fails with L{RemoteAmpError}; L{None} if none is required.
        """
        return self._sendBoxCommand(command, AmpBox(kw), requiresAnswer)

    def _sendBoxCommand(
        self, command: bytes, box: AmpBox, requiresAnswer: bool = True
    ) -> Deferred[Any] | None:
        """
        Send *box* as the command called *command*.

        @return: fires with the box that is the answer.
        """
        reason = self._failAllReason
        if reason is not None:
            return fail(reason) if requiresAnswer else None
        question: Deferred[Any] | None = Deferred() if requiresAnswer else None
        tag = self._nextTag()
        box[COMMAND] = command
        if question is not None:
            box[ASK] = tag
        box._sendTo(self.boxSender)
        if question is not None and self._outstandingRequests is not None:
            self._outstandingRequests[tag] = question
        return question

    # What arrives.

    def ampBoxReceived(self, box: AmpBox) -> None:
        """
        A box has arrived: find the question it answers, or have it answered.

        @raise NoEmptyBoxes: it is neither question nor answer.
        @raise MalformedAmpBox: it answers nothing that was asked.
        """
        for key, method in _KINDS:
            if key in box:
                getattr(self, method)(box)
                return
        raise NoEmptyBoxes(box)

    def _questionOf(self, tag: bytes) -> Deferred[Any]:
        """
        Return who waits for the answer with *tag*, for the last time.
        """
        question = (self._outstandingRequests or {}).pop(tag, None)
        if question is None:
            raise MalformedAmpBox(f"answer to {tag!r}, which was not asked")
        return question

    def _answerReceived(self, box: AmpBox) -> None:
        """Hand an answer over; what goes wrong there is not ours to keep."""
        question = self._questionOf(box[ANSWER])
        question.addErrback(self.unhandledError)
        question.callback(box)

    def _errorReceived(self, box: AmpBox) -> None:
        """Hand an error over."""
        if ERROR_CODE not in box or ERROR_DESCRIPTION not in box:
            raise MalformedAmpBox(f"error without code and description: {box!r}")
        question = self._questionOf(box[ERROR])
        question.addErrback(self.unhandledError)
        code = box[ERROR_CODE]
        description = box[ERROR_DESCRIPTION].decode("utf-8", "replace")
        kind: Any = PROTOCOL_ERRORS.get(code, RemoteAmpError)
        question.errback(Failure(kind(code, description)))

    def _commandReceived(self, box: AmpBox) -> None:
        """Have a question answered, and send the answer if one is wanted."""
        response = self.dispatchCommand(box)
        if ASK in box:
            tag = box[ASK]
            response.addCallbacks(
                self._tagged, self._errorBox, callbackArgs=(tag,), errbackArgs=(tag,)
            )
            response.addCallback(self._safeEmit)
        response.addErrback(self.unhandledError)

    @staticmethod
    def _tagged(box: AmpBox, tag: bytes) -> AmpBox:
        """Make *box* the answer to the question with *tag*."""
        box[ANSWER] = tag
        return box

    @staticmethod
    def _errorBox(failure: Failure, tag: bytes) -> AmpBox:
        """
        Make a box of an error.  If it is none the command declares the peer
        gets to know nothing more about it, and loses the connection.
        """
        box: AmpBox
        if failure.check(RemoteAmpError):
            known = failure.value
            box = QuitBox() if known.fatal else AmpBox()
            code, description = known.errorCode, known.description
            if isinstance(description, str):
                description = description.encode("utf-8", "replace")
        else:
            _log.failure("while receiving response to command", failure)
            box = QuitBox()
            code, description = UNKNOWN_ERROR_CODE, b"Unknown Error"
        box[ERROR] = tag
        box[ERROR_CODE] = code
        box[ERROR_DESCRIPTION] = description
        return box

    def _safeEmit(self, aBox: AmpBox) -> None:
        """Send an answer, if its connection is there still."""
        try:
            aBox._sendTo(self.boxSender)
        except (ProtocolSwitched, ConnectionLost):
            pass

    def dispatchCommand(self, box: AmpBox) -> Deferred[Any]:
        """
        Have the question *box* answered.

        @return: fires with the box that is the answer, or fails.
        """
        command = box[COMMAND]
        responder = self.locator.locateResponder(command)
        if responder is None:
            return fail(
                RemoteAmpError(
                    UNHANDLED_ERROR_CODE,
                    f"Unhandled Command: {command!r}",
                    False,
                    local=Failure(UnhandledCommand()),
                )
            )
        return maybeDeferred(responder, box)

    def unhandledError(self, failure: Failure) -> Any:
        """
        Nobody took care of *failure*: leave it to the sender of boxes, which
        will close the connection.
        """
        return self.boxSender.unhandledError(failure)


def _isOverridden(kind: type) -> bool:
    """Tell whether C{lookupFunction} is not the one below any more."""
    return kind.lookupFunction is not CommandLocator.lookupFunction  # type: ignore[attr-defined]


def _locateByOldName(self: Any, name: bytes) -> Any:
    """See L{IResponderLocator.locateResponder}."""
    warnings.warn(
        "Override locateResponder, not lookupFunction.",
        category=PendingDeprecationWarning,
        stacklevel=2,
    )
    return self.lookupFunction(name)


@implementer(IResponderLocator)
class CommandLocator:
    """
    Answers the commands which methods of its class are responders of.

    See L{Command.responder}.  Responders are inherited, and overridden for
    their command, whatever the methods are called.
    """

    # (command, function) by the command's name.
    _commandDispatch: ClassVar[dict[bytes, tuple[Any, Callable[..., Any]]]] = {}

    def __init_subclass__(cls, **kw: Any) -> None:
        own = {command.commandName: (command, func) for command, func in _responders}
        _responders.clear()
        super().__init_subclass__(**kw)
        found: dict[bytes, tuple[Any, Callable[..., Any]]] = {}
        for base in reversed(cls.__mro__[1:]):
            found.update(base.__dict__.get("_commandDispatch", {}))
        cls._commandDispatch = found | own
        if _isOverridden(cls):
            cls.locateResponder = _locateByOldName  # type: ignore[method-assign]

    def lookupFunction(self, name: bytes) -> Any:
        """
        Deprecated: the old name of C{locateResponder}.
        """
        if not _isOverridden(type(self)):
            warnings.warn(
                "Call locateResponder, not lookupFunction.",
                category=PendingDeprecationWarning,
                stacklevel=2,
            )
        return CommandLocator.locateResponder(self, name)

    def locateResponder(self, name: bytes) -> Any:
        """See L{IResponderLocator.locateResponder}."""
        try:
            command, func = self._commandDispatch[name]
        except KeyError:
            return None
        return self._wrapWithSerialization(MethodType(func, self), command)

    def _wrapWithSerialization(
        self, aCallable: Callable[..., Any], command: type[Command]
    ) -> Callable[[Any], Deferred[Any]]:
        """
        Make something that takes a box and gives a box of a responder, which
        takes arguments and gives a response.
        """

        def respond(box: Any) -> Any:
            return aCallable(**command.parseArguments(box, self))

        def toBox(response: Any) -> Any:
            try:
                return command.makeResponse(response, self)
            except RemoteAmpError:
                raise
            except BaseException:
                raise BadLocalReturn(
                    f"{aCallable!r} returned {response!r} and {command!r} could not serialize it",
                    Failure(),
                )

        def declared(failure: Failure) -> Failure:
            kind: Any = failure.check(*command.allErrors)
            if kind is None:
                return failure
            return Failure(
                RemoteAmpError(
                    command.allErrors[kind],
                    str(failure.value),
                    kind in command.fatalErrors,
                    local=failure,
                )
            )

        return lambda box: maybeDeferred(respond, box).addCallback(toBox).addErrback(declared)


@implementer(IResponderLocator)
class SimpleStringLocator:
    """
    Answers a command by the method C{amp_} and the command's name in capitals,
    which takes a box and returns a box, or a Deferred of one.

    @cvar baseDispatchPrefix: what the methods' names begin with.
    """

    baseDispatchPrefix = b"amp_"

    def locateResponder(self, name: bytes) -> Any:
        """See L{IResponderLocator.locateResponder}."""
        try:
            method = (self.baseDispatchPrefix + name.upper()).decode("ascii")
        except UnicodeDecodeError:
            return None
        return getattr(self, method, None)

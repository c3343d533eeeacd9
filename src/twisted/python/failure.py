"""
Failures: exceptions that can be passed about, with where they came from.

A L{Failure} keeps the exception and its traceback and works out the rest
(frames, parents) when somebody asks, so that making one costs little more than
making any object.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from io import StringIO
from itertools import pairwise
from types import TracebackType
from typing import Any, NoReturn

from twisted.python import reflect

count = 0
traceupLength = 4

#: The line that used to part what raised from what caught.
EXCEPTION_CAUGHT_HERE = "--- <exception caught here> ---"

DO_POST_MORTEM = True

# name of the function, file, line, locals, globals (items; or () if not captured)
FrameInfo = tuple[str, str, int, Any, Any]


class DefaultException(Exception):
    """Stands for a failure that no exception caused."""


class NoCurrentExceptionError(Exception):
    """C{Failure()} was called where no exception is being handled."""


def format_frames(
    frames: Iterable[Sequence[Any]], write: Callable[[str], object], detail: str = "default"
) -> None:
    """
    Write *frames* as text.

    @param frames: as in L{Failure.frames}.
    @param write: called with pieces of the text.
    @param detail: C{"brief"}, C{"default"}, C{"verbose"} (with variables) or
        C{"verbose-vars-not-captured"}.
    @raise ValueError: *detail* is none of these.
    """
    if detail not in ("default", "brief", "verbose", "verbose-vars-not-captured"):
        raise ValueError(
            "Detail must be default, brief, verbose, or"
            f" verbose-vars-not-captured. (not {detail!r})"
        )
    # Late: most failures are handled, not printed; and it stands on tokenize.
    import linecache

    for name, filename, line, localVariables, globalVariables in frames:
        if detail == "brief":
            write(f"{filename}:{line}:{name}\n")
        elif detail == "default":
            write(f'  File "{filename}", line {line}, in {name}\n')
            write(f"    {linecache.getline(filename, line).strip()}\n")
        else:
            write(f"{filename}:{line}: {name}(...)\n")
            if detail == "verbose":
                _writeVariables(" [ Locals ]", localVariables, write)
                _writeVariables(" ( Globals )", globalVariables, write)
    if detail == "verbose-vars-not-captured":
        write(" [Capture of Locals and Globals disabled (use captureVars=True)]\n")


def _writeVariables(
    title: str, variables: Iterable[tuple[str, Any]], write: Callable[[str], object]
) -> None:
    write(title + "\n")
    for name, value in variables:
        write(f"  {name} : ")
        write(reflect.safe_repr(value))
        write("\n")


# -- what looks like a traceback when the real one is gone ---------------------


class _Code:
    """Looks like a code object of which only name and file are known."""

    co_argcount = co_flags = co_nlocals = co_posonlyargcount = co_kwonlyargcount = 0
    co_stacksize = co_firstlineno = 0
    co_code = co_lnotab = b""
    co_cellvars: tuple[str, ...] = ()
    co_consts: tuple[Any, ...] = ()
    co_freevars: tuple[str, ...] = ()
    co_names: tuple[str, ...] = ()

    def __init__(self, name: str, filename: str) -> None:
        self.co_name = self.co_qualname = name
        self.co_filename = filename
        self.co_varnames: list[str] = []

    def co_positions(self) -> tuple[tuple[None, None, None, None], ...]:
        return ((None, None, None, None),)


class _Frame:
    """Looks like a frame, for L{traceback} and debuggers."""

    f_lasti = 0
    f_trace = None

    def __init__(self, frameInfo: Sequence[Any], back: _Frame | None) -> None:
        name, filename, line, localVariables, globalVariables = frameInfo
        self.f_code = _Code(name, filename)
        self.f_lineno = line
        self.f_back = back
        self.f_locals = dict(localVariables or {})
        self.f_globals = dict(globalVariables or {})
        self.f_builtins = vars(builtins)


class _TracebackFrame:
    """Looks like one link of a traceback."""

    tb_lasti = 0

    def __init__(self, frame: _Frame) -> None:
        self.tb_frame = frame
        self.tb_lineno = frame.f_lineno
        self.tb_next: _TracebackFrame | None = None


def _Traceback(tbFrames: Sequence[Sequence[Any]]) -> _TracebackFrame:
    """
    Make what L{traceback.extract_tb} takes for a traceback.

    @param tbFrames: at least one frame, the outermost first.
    """
    if not tbFrames:
        raise AssertionError("Must pass some frames")
    frame: _Frame | None = None
    links = []
    for info in tbFrames:
        frame = _Frame(info, frame)
        links.append(_TracebackFrame(frame))
    for link, following in pairwise(links):
        link.tb_next = following
    return links[0]


class Failure(BaseException):
    """
    An exception with its traceback, as a value.

    @ivar value: the exception.
    @ivar type: its class.
    @ivar tb: its traceback; L{None} if it was never raised, or after
        C{cleanFailure}.
    @ivar count: a number of its own.
    @ivar pickled: whether it has been through a pickle.
    @ivar captureVars: whether the frames hold variables.
    """

    count: int
    pickled: Any = 0
    captureVars: Any = False
    _checkByName = False
    type: Any
    value: Any
    tb: Any

    # Failures are compared, stored and passed about in great numbers; this one
    # only remembers.  Whatever else there is to know is asked of the traceback
    # by the properties below.
    def __init__(
        self,
        exc_value: Any = None,
        exc_type: Any = None,
        exc_tb: TracebackType | None = None,
        captureVars: bool = False,
    ) -> None:
        """
        @param exc_value: the exception, or a L{Failure} to make another of; by
            default the one that is being handled.
        @param exc_type: its class, if that is not C{type(exc_value)}.
        @param exc_tb: its traceback, by default its C{__traceback__}.
        @param captureVars: remember the variables of each frame.
        @raise NoCurrentExceptionError: no exception was given and none is
            being handled.
        """
        global count
        self.count = count = count + 1
        if exc_value is None:
            exc_value = sys.exc_info()[1]
            if exc_value is None:
                raise NoCurrentExceptionError()
        if isinstance(exc_value, Failure):
            self._become(exc_value)
            return
        self.value = exc_value
        self.type = exc_value.__class__ if exc_type is None else exc_type
        if exc_tb is None:
            exc_tb = getattr(exc_value, "__traceback__", None)
            if not isinstance(exc_tb, TracebackType):
                exc_tb = None
        self.tb = exc_tb
        if captureVars:
            self.captureVars = captureVars
            self._frames = self._extract(True)

    def _become(self, other: Failure) -> None:
        number = self.count
        self.__dict__.update(other.__dict__)
        self.count = number

    @classmethod
    def _withoutTraceback(cls, value: BaseException) -> Failure:
        """Make the same as C{Failure(value)}; the way Deferreds take."""
        global count
        self = cls.__new__(cls)
        self.count = count = count + 1
        self.value = value
        self.type = value.__class__
        self.tb = value.__traceback__
        return self

    # -- where it came from ----------------------------------------------

    def _extract(self, withVariables: bool) -> list[FrameInfo]:
        frames: list[FrameInfo] = []
        tb = self.tb
        while tb is not None:
            frame = tb.tb_frame
            code = frame.f_code
            if withVariables:
                found: tuple[Any, Any] = (
                    list(frame.f_locals.items()),
                    list(frame.f_globals.items()),
                )
            else:
                found = ((), ())
            frames.append((code.co_name, code.co_filename, tb.tb_lineno, *found))
            tb = tb.tb_next
        if frames:
            frames.extend(getattr(self.value, "_framesBefore", ()))
        return frames

    def _rememberFrames(self) -> None:
        """
        The exception is about to be raised again, and its traceback is gone:
        let who catches it know the frames it came along before.
        """
        if self.tb is None and self.frames:
            try:
                self.value._framesBefore = self.frames
            except AttributeError:
                pass  # an exception that takes no attributes

    @property
    def frames(self) -> list[FrameInfo]:
        """
        The frames from where it was caught to where it was raised: function,
        file, line, items of the locals, items of the globals.
        """
        found: list[FrameInfo] | None = self.__dict__.get("_frames")
        if found is None:
            # The traceback below ours does not change any more.
            found = self._frames = self._extract(False)
        return found

    @frames.setter
    def frames(self, frames: list[FrameInfo]) -> None:
        self._frames = frames

    @property
    def stack(self) -> list[FrameInfo]:
        """The frames above those; they are not recorded any more."""
        self._warnOfStack()
        found: list[FrameInfo] = self.__dict__.get("_stack", [])
        return found

    @stack.setter
    def stack(self, stack: list[FrameInfo]) -> None:
        self._warnOfStack()
        self._stack = stack

    @staticmethod
    def _warnOfStack() -> None:
        # Late: a failure is on everybody's way to being imported.
        import warnings

        warnings.warn(
            "twisted.python.failure.Failure.stack was deprecated in Twisted 24.10.0",
            DeprecationWarning,
            stacklevel=3,
        )

    @property
    def parents(self) -> list[str]:
        """The names of the exception's class and all it inherits from."""
        found: list[str] | None = self.__dict__.get("_parents")
        if found is None:
            kind = self.type
            if isinstance(kind, type):
                found = [reflect.qual(base) for base in kind.__mro__]
            else:
                found = [kind]
            self._parents = found
        return found

    @parents.setter
    def parents(self, parents: list[str]) -> None:
        self._parents = parents

    # -- what it is --------------------------------------------------------

    def check(self, *errorTypes: Any) -> Any:
        """
        Tell whether the exception is of one of *errorTypes*.

        @param errorTypes: exception classes, or their full names.
        @return: the first that fits, else L{None}.
        """
        kind = self.type
        if isinstance(kind, type) and not self._checkByName:
            for error in errorTypes:
                if isinstance(error, type):
                    if issubclass(kind, error):
                        return error
                elif error in self.parents:
                    return error
            return None
        # Only names are known, as of a failure that came over the network.
        for error in errorTypes:
            name = reflect.qual(error) if isinstance(error, type) else error
            if name in self.parents:
                return error
        return None

    def trap(self, *errorTypes: Any) -> Any:
        """
        As L{check}, but what is none of *errorTypes* is raised.

        For errbacks: C{failure.trap(SomeError)} lets other failures pass on.
        """
        error = self.check(*errorTypes)
        if not error:
            self.raiseException()
        return error

    def getErrorMessage(self) -> str:
        """Return the text of the exception."""
        if isinstance(self.value, Failure):
            return self.value.getErrorMessage()
        return reflect.safe_str(self.value)

    def raiseException(self) -> NoReturn:
        """Raise the exception, with the traceback it had."""
        self._rememberFrames()
        raise self.value.with_traceback(self.tb)

    def throwExceptionIntoGenerator(self, g: Generator[Any, Any, Any]) -> Any:
        """
        Raise the exception inside the generator *g*, where it waits.

        @return: what it yields next.
        """
        self._rememberFrames()
        return g.throw(self.value.with_traceback(self.tb))

    def __repr__(self) -> str:
        """Tell the exception's class and text."""
        return f"<{reflect.qual(type(self))} {self._typeName()}: {self.getErrorMessage()}>"

    def __str__(self) -> str:
        """Tell the exception and the lines it came along."""
        return f"[Failure instance: {self.getBriefTraceback()}]"

    def _typeName(self) -> str:
        return reflect.qual(self.type) if isinstance(self.type, type) else str(self.type)

    # -- keeping it ----------------------------------------------------------

    def __getstate__(self) -> dict[str, Any]:
        """Return what can be stored: no traceback, but what it said."""
        state = self.__dict__.copy()
        state.pop("_frames", None)
        state.pop("_parents", None)
        frames = self.frames
        if self.captureVars:
            frames = _withoutValues(frames)
        state.update(
            tb=None,
            parents=self.parents,
            stack=state.pop("_stack", []),
            pickled=1,
            frames=frames,
        )
        return state

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        """Take over what C{__getstate__} returned."""
        state = dict(state or {})
        if "frames" in state:
            state["_frames"] = state.pop("frames")
        if "parents" in state:
            state["_parents"] = state.pop("parents")
        stack = state.pop("stack", None)
        if stack:
            state["_stack"] = stack
        self.__dict__.update(state)

    def __reduce__(self) -> Any:
        """Pickle by state; the constructor would look for an exception."""
        return (_blank, (type(self),), self.__getstate__())

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle by state; the constructor would look for an exception."""
        return self.__reduce__()

    def cleanFailure(self) -> None:
        """
        Let go of the traceback, and with it of all that its frames hold; what
        can be told of it is kept as text.
        """
        if self.tb is not None or self.captureVars:
            frames = self.frames
            self._frames = _withoutValues(frames) if self.captureVars else frames
            self.tb = None
        if getattr(self.value, "__traceback__", None) is not None:
            self.value.__traceback__ = None

    def getTracebackObject(self) -> Any:
        """
        Return the traceback, or what looks like it to L{traceback} when it is
        gone; L{None} if there never was one.
        """
        if self.tb is not None:
            return self.tb
        frames = self.frames
        return _Traceback(frames) if frames else None

    # -- telling it ------------------------------------------------------------

    def getTraceback(self, elideFrameworkCode: int = 0, detail: str = "default") -> str:
        """
        Return the text that L{printTraceback} writes.
        """
        text = StringIO()
        self.printTraceback(text, elideFrameworkCode=elideFrameworkCode, detail=detail)
        return text.getvalue()

    def getBriefTraceback(self) -> str:
        """Return the exception and one short line for each frame."""
        return self.getTraceback(detail="brief")

    def printTraceback(
        self, file: Any = None, elideFrameworkCode: bool | int = False, detail: str = "default"
    ) -> None:
        """
        Write what happened and where.

        @param file: where to; standard error, or the log when it has taken
            its place.
        @param detail: C{"brief"}, C{"default"} or C{"verbose"}.
        """
        if file is None:
            # Late: the log stands on this module.
            from twisted.python import log

            file = log.logerr
        write = file.write
        formatDetail = detail
        if detail == "verbose" and not self.captureVars:
            formatDetail = "verbose-vars-not-captured"
        frames = self.frames
        message = reflect.safe_str(self.value)
        if detail == "brief":
            title = "Traceback" if frames else "Traceback (failure with no frames)"
            write(f"{title}: {reflect.safe_str(self.type)}: {message}\n")
        elif detail == "verbose":
            write(f"*--- Failure #{self.count}{' (pickled) ' if self.pickled else ' '}---\n")
        else:
            write("Traceback (most recent call last):\n")
        if frames:
            format_frames(frames, write, formatDetail)
        if detail != "brief":
            write(f"{'' if frames else 'Failure: '}{self._typeName()}: {message}\n")
        if isinstance(self.value, Failure):
            write(" (chained Failure)\n")
            self.value.printTraceback(file, elideFrameworkCode, detail)
        if detail == "verbose":
            write(f"*--- End of Failure #{self.count} ---\n")

    def printBriefTraceback(self, file: Any = None, elideFrameworkCode: int = 0) -> None:
        """Write the exception and one short line for each frame."""
        self.printTraceback(file, elideFrameworkCode, detail="brief")

    def printDetailedTraceback(self, file: Any = None, elideFrameworkCode: int = 0) -> None:
        """Write all that is known, variables if they were captured."""
        self.printTraceback(file, elideFrameworkCode, detail="verbose")


def _blank(kind: type[Failure]) -> Failure:
    return kind.__new__(kind)


def _withoutValues(frames: Iterable[Sequence[Any]]) -> list[FrameInfo]:
    """Replace variables' values by their text, so that nothing is kept alive."""
    return [
        (
            name,
            filename,
            line,
            [(key, reflect.safe_repr(value)) for key, value in localVariables],
            [(key, reflect.safe_repr(value)) for key, value in globalVariables],
        )
        for name, filename, line, localVariables, globalVariables in frames
    ]


_plainInit = Failure.__init__


def _debuggingInit(
    self: Failure,
    exc_value: Any = None,
    exc_type: Any = None,
    exc_tb: Any = None,
    captureVars: bool = False,
) -> None:
    current = sys.exc_info()
    if exc_value is None and DO_POST_MORTEM and current[0] is not None:
        print(
            f"Jumping into debugger for post-mortem of exception '{reflect.safe_str(current[1])}':"
        )
        # Late: only who debugs needs a debugger.
        import pdb

        pdb.post_mortem(current[2])
    _plainInit(self, exc_value, exc_type, exc_tb, captureVars)


def startDebugMode() -> None:
    """From now on, have every failure that is made enter the debugger first."""
    Failure.__init__ = _debuggingInit  # type: ignore[method-assign]

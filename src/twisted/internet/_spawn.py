"""
What starting a process on POSIX needs to know: which descriptors are open,
how they are brought into the places where the child wants them, and whether
its arguments can be passed at all.

Nothing here starts anything; L{twisted.internet.process} does.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

_FALLBACK_LIMIT = 1024


class _FDDetector:
    """
    Lists the descriptors that are open in this process, in the best way that
    the system offers; which one that is shows in the first use.

    @ivar listdir, getpid, openfile: what it asks; tests replace them.
    """

    def __init__(self) -> None:
        self.listdir: Callable[[str], Iterable[str]] = os.listdir
        self.getpid = os.getpid
        self.openfile: Callable[..., Any] = open
        # The best first; the last is taken unseen.
        ways = (self._procFDImplementation, self._devFDImplementation)
        self._implementations: list[Callable[[], Any]] = [*ways, self._fallbackFDImplementation]

    def _listOpenFDs(self) -> Iterable[int]:
        """Return the numbers of the open descriptors, maybe some closed ones."""
        self._listOpenFDs = self._getImplementation()  # type: ignore[method-assign]
        return self._listOpenFDs()

    def _getImplementation(self) -> Callable[[], Any]:
        """
        Return the first way that notices when a file is opened, or the last.

        F{/dev/fd} exists on systems where it lists just the first three.
        """
        for way in self._implementations[:-1]:
            try:
                before = way()
                with self.openfile(os.devnull, "r"):
                    after = way()
            except Exception:
                continue
            if before != after:
                return way
        return self._implementations[-1]

    def _procFDImplementation(self) -> list[int]:
        """
        Ask the proc file system.

        @raise OSError: there is none.
        """
        return [int(name) for name in self.listdir(f"/proc/{self.getpid()}/fd")]

    def _devFDImplementation(self) -> list[int]:
        """
        Ask F{/dev/fd}.

        @raise OSError: there is none.
        """
        return [int(name) for name in self.listdir("/dev/fd")]

    def _fallbackFDImplementation(self) -> range:
        """
        Return all numbers that a descriptor may have, within reason.
        """
        try:
            # Late: only this last resort needs it, and it may not be there.
            import resource
        except ImportError:
            return range(_FALLBACK_LIMIT)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if not 0 <= hard <= _FALLBACK_LIMIT:
            hard = _FALLBACK_LIMIT
        return range(hard)


detector = _FDDetector()


def _listOpenFDs() -> Iterable[int]:
    """
    Return the numbers of the descriptors that are open in this process; one
    or the other may have been closed by now, as that of the listing itself.
    """
    return detector._listOpenFDs()


def _spare(taken: set[int]) -> Iterator[int]:
    number = 0
    while True:
        if number not in taken:
            taken.add(number)
            yield number
        number += 1


def _getFileActions(
    fdState: Sequence[tuple[int, bool]],
    childToParentFD: Mapping[int, int],
    doClose: int,
    doDup2: int,
) -> list[tuple[int, ...]]:
    """
    Plan how to give a child the descriptors it shall have, and no others.

    Done one after the other, an assignment could overwrite what a later one
    is to be made from; that is first moved out of the way.  The same goes for
    a descriptor that stays but is marked close-on-exec: the way there and back
    loses the mark.

    @param fdState: the open descriptors, and whether each is close-on-exec.
    @param childToParentFD: for each number in the child, which of the open
        ones it shall be.
    @param doClose: what stands for closing, in C{(doClose, fd)}.
    @param doDup2: what stands for duplicating, in C{(doDup2, source, target)}.
    @return: the actions, in order.
    """
    closesItself = dict(fdState)
    source = dict(childToParentFD)
    spare = _spare({*closesItself, *source, *source.values()})
    plan: list[tuple[int, ...]] = []
    aside: list[int] = []
    todo = sorted(source)
    for index, target in enumerate(todo):
        if source[target] == target and not closesItself.get(target):
            continue
        needed = [other for other in todo[index:] if source[other] == target]
        if needed:
            place = next(spare)
            plan.append((doDup2, target, place))
            aside.append(place)
            for other in needed:
                source[other] = place
        plan.append((doDup2, source[target], target))
    plan += [(doClose, place) for place in aside]
    plan += [
        (doClose, number)
        for number, closes in fdState
        if not closes and number not in childToParentFD
    ]
    return plan


def inheritedEnvironment() -> dict[bytes, bytes]:
    """Return a copy of this process's environment."""
    return dict(os.environb)


def _encoded(value: Any) -> bytes:
    encoded = os.fsencode(value)
    if b"\0" in encoded:
        raise ValueError("embedded null byte")
    return encoded


def _checkProcessArgs(
    args: Iterable[Any], env: Mapping[Any, Any] | None
) -> tuple[list[bytes], dict[bytes, bytes] | None]:
    """
    Turn what C{spawnProcess} was given into what the system takes.

    @param args: bytes, text or paths.
    @param env: the same, by name.
    @return: the arguments, and the environment, L{None} if that was.
    @raise TypeError: something is of another type.
    @raise ValueError: something has a NUL in it, or a name C{=}.
    """
    if isinstance(args, (str, bytes)):
        raise TypeError(f"The arguments must be a sequence, not {args!r}.")
    if env is not None and not isinstance(env, Mapping):
        raise TypeError(f"The environment must be a mapping, not {env!r}.")
    words = [_encoded(arg) for arg in args]
    if env is None:
        return words, None
    environment = {_encoded(name): _encoded(value) for name, value in env.items()}
    for name in environment:
        if not name or b"=" in name:
            raise ValueError(f"illegal environment variable name: {name!r}")
    return words, environment


def signalNumber(signalID: Any) -> Any:
    """Return the number of a signal that may be given by name."""
    if isinstance(signalID, str):
        name = signalID if signalID.startswith("SIG") else f"SIG{signalID}"
        number = getattr(signal, name, None)
        if not isinstance(number, signal.Signals):
            raise TypeError(f"There is no signal {signalID!r}.")
        return number
    return signalID


def ignoredSignals() -> list[int]:
    """Return the signals that this process ignores, as Python does SIGPIPE."""
    return [
        number for number in signal.valid_signals() if signal.getsignal(number) == signal.SIG_IGN
    ]

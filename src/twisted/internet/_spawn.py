"""
Starting programs, with just the descriptors they are to have.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any


def listOpenFDs() -> list[int]:
    """
    Return the descriptors that are open, or may be.
    """
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return [int(name) for name in os.listdir(folder)]
        except OSError:
            continue
    # Late: only where there is no such folder.
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return list(range(min(limit, 65536)))


def spawn(
    executable: Any,
    args: Sequence[Any],
    environment: Mapping[Any, Any] | None,
    path: Any,
    fdmap: Mapping[int, int],
    uid: int | None,
    gid: int | None,
    terminal: int | None = None,
) -> int:
    """
    Start a program.

    @param fdmap: the descriptors it has, and which of ours they are; it has
        no others.
    @param terminal: one of ours that is to be its controlling terminal.
    @return: the number of its process.  A program that cannot be executed
        writes why to its standard error and exits with 1, as a program of its
        own would.
    """
    # Nothing of ours may be collected, finalised or logged in the child.
    collecting = gc.isenabled()
    gc.disable()
    try:
        pid = os.fork()
        if pid == 0:
            _inChild(executable, args, environment, path, fdmap, uid, gid, terminal)
    finally:
        if collecting:
            gc.enable()
    return pid


def _inChild(
    executable: Any,
    args: Sequence[Any],
    environment: Mapping[Any, Any] | None,
    path: Any,
    fdmap: Mapping[int, int],
    uid: int | None,
    gid: int | None,
    terminal: int | None,
) -> None:
    """
    What the child does: become the program.  Never returns.
    """
    try:
        _resetSignals()
        if terminal is not None:
            _takeTerminal(terminal)
        if path:
            os.chdir(path)
        _arrange(fdmap)
        if gid is not None or uid is not None:
            _become(uid, gid)
        if environment is None:
            os.execvp(executable, args)
        else:
            os.execvpe(executable, args, environment)
    except BaseException as problem:
        _complain(executable, problem)
    os._exit(1)


def _resetSignals() -> None:
    """
    Give the program signals as it would find them: ours are not its.
    """
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for number in signal.valid_signals():
        if number in (signal.SIGKILL, signal.SIGSTOP):
            continue
        # Handlers are reset by exec; what was ignored stays so.
        handler = signal.getsignal(number)
        if callable(handler):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _takeTerminal(terminal: int) -> None:
    """Become a session of its own, with *terminal* as controlling terminal."""
    # Late: only children with terminals need them.
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def _arrange(fdmap: Mapping[int, int]) -> None:
    """
    Have the descriptors of *fdmap*, and no others.
    """
    # First out of each other's way: a target may be another one's source.
    top = max(fdmap, default=-1) + 1
    sources: dict[int, int] = {}
    for target, source in fdmap.items():
        if source < top and source != target:
            # Late: fcntl is there already.
            import fcntl

            sources[target] = fcntl.fcntl(source, fcntl.F_DUPFD, top)
        else:
            sources[target] = source
    for target, source in sources.items():
        if source == target:
            os.set_inheritable(target, True)
        else:
            os.dup2(source, target, inheritable=True)
    low = 0
    for target in sorted(fdmap):
        os.closerange(low, target)
        low = target + 1
    # Not closerange up to the limit: without close_range(2) it would try each.
    for fd in listOpenFDs():
        if fd >= low:
            try:
                os.close(fd)
            except OSError:
                pass  # the one by which they were listed


def _become(uid: int | None, gid: int | None) -> None:
    """Become another user for good."""
    if os.geteuid() != 0 and os.getuid() == 0:
        # To become somebody else, one has to be root again first.
        os.seteuid(0)
    if gid is not None:
        os.setgid(gid)
    if uid is not None:
        # Late: only where a child has another user.
        import pwd

        try:
            name = pwd.getpwuid(uid).pw_name
            os.initgroups(name, gid if gid is not None else os.getgid())
        except (KeyError, OSError):
            pass
        os.setuid(uid)


def _complain(executable: Any, problem: BaseException) -> None:
    """Say on standard error why there is no program."""
    try:
        text = f"Upon execvpe {os.fsdecode(executable)!r} in process {os.getpid()}:\n{problem}\n"
        os.write(2, text.encode("utf-8", "backslashreplace"))
    except BaseException:
        pass


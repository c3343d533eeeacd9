"""
The program that a worker runs.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

if __name__ == "__main__":
    # As this is run by its path, modules beside it would hide others, as
    # "stream" and "options".
    _here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != _here]

from twisted.internet.protocol import FileWrapper
from twisted.protocols.amp import MAX_VALUE_LENGTH
from twisted.python.log import startLoggingWithObserver, textFromEventDict
from twisted.trial._dist import _WORKER_AMP_STDIN, _WORKER_AMP_STDOUT, managercommands
from twisted.trial._dist.options import WorkerOptions
from twisted.trial._suites import endReactor

# No character takes more bytes than this.
_LONGEST = MAX_VALUE_LENGTH // 4
_AT_ONCE = 2**16


class WorkerLogObserver:
    """
    Sends what is logged to the manager.
    """

    def __init__(self, protocol: Any) -> None:
        """
        @param protocol: what to send it by.
        """
        self.protocol = protocol

    def emit(self, eventDict: dict[str, Any]) -> None:
        """Send one event, in pieces if it is long."""
        text = textFromEventDict(eventDict)
        if text is None:
            return
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
        for at in range(0, max(1, len(text)), _LONGEST):
            self.protocol.callRemote(managercommands.TestWrite, out=text[at : at + _LONGEST])


def _arriving(file: Any) -> Iterator[bytes]:
    """
    Return what arrives in *file*, as it arrives.
    """
    # A buffered file waits for as much as it was asked for, except by this.
    read = getattr(file, "read1", file.read)
    while True:
        try:
            data = read(_AT_ONCE)
        except OSError as e:
            if errno.EINTR not in (e.errno, *e.args):
                raise
            continue
        if not data:
            return
        yield data


def main(_fdopen: Callable[[int, str], Any] = os.fdopen) -> None:
    """
    Do as the manager says, until it closes its end.

    @param _fdopen: opens the pipes.
    """
    config = WorkerOptions()
    config.parseOptions()

    # Late: an option may be which reactor to install.
    from twisted.trial._dist.worker import WorkerProtocol

    protocol = WorkerProtocol(config["force-gc"])
    incoming = _fdopen(_WORKER_AMP_STDIN, "rb")
    outgoing = _fdopen(_WORKER_AMP_STDOUT, "wb")
    protocol.makeConnection(FileWrapper(outgoing))
    startLoggingWithObserver(WorkerLogObserver(protocol).emit, False)
    try:
        for data in _arriving(incoming):
            protocol.dataReceived(data)
            outgoing.flush()
            sys.stdout.flush()
            sys.stderr.flush()
    except KeyboardInterrupt:
        pass  # the user meant the manager, which has heard of it as well
    endReactor()
    config.writeCoverage()


if __name__ == "__main__":
    main()

"""
Tells systemd how a program fares, by the protocol of C{sd_notify(3)}: that it is
ready, that it is stopping, and, for a unit with C{WatchdogSec=}, that its reactor
still turns.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from typing import Any

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

_log = Logger()

#: Half of the time that systemd waits, as C{sd_watchdog_enabled(3)} recommends.
_OFTEN_ENOUGH = 2
_MICROSECONDS = 1_000_000


def _take(variables: MutableMapping[str, str], name: str) -> int | None:
    text = variables.pop(name, "")
    return int(text) if text.isascii() and text.isdecimal() else None


class Notifier:
    """
    Sends datagrams to systemd.

    Its socket is connected when it is made: later the process may have another
    root, or fewer rights.
    """

    def __init__(self, address: str, watchdog: float | None = None) -> None:
        """
        @param address: the path of systemd's socket; C{@} is for abstract ones.
        @param watchdog: within how many seconds systemd has to hear of us, or
            L{None}.
        @raise OSError: it cannot be connected.
        """
        self.watchdog = watchdog
        self._beat: Any = None
        self._socket = socket.socket(
            socket.AF_UNIX, socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)
        )
        try:
            # Systemd reads; should it not, we do not wait for it.
            self._socket.setblocking(False)
            self._socket.connect("\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            self._socket.close()
            raise

    @classmethod
    def fromEnvironment(cls, environ: MutableMapping[str, str] | None = None) -> Notifier | None:
        """
        Make one of what systemd has put into the environment, and remove that, so
        that programs which we start do not take it for theirs.

        @param environ: by default, C{os.environ}.
        @return: L{None} if systemd does not want to hear of us, or cannot.
        """
        variables: Any = os.environ if environ is None else environ
        address = variables.pop("NOTIFY_SOCKET", "")
        whole = _take(variables, "WATCHDOG_USEC")
        process = _take(variables, "WATCHDOG_PID")
        if not address:
            return None
        watchdog = whole / _MICROSECONDS if whole and process in (None, os.getpid()) else None
        try:
            return cls(address, watchdog)
        except (OSError, ValueError) as error:
            _log.warn(
                "Unable to notify systemd at {address!r}: {error}", address=address, error=error
            )
            return None

    def send(self, *assignments: str) -> None:
        """
        Send one message.

        @param assignments: such as C{"READY=1"}.
        """
        try:
            self._socket.send("\n".join(assignments).encode())
        except OSError as error:
            _log.warn("Unable to notify systemd: {error}", error=error)

    def status(self, text: str) -> None:
        """
        Have C{systemctl status} show a text.
        """
        # What stands behind a line end would be an assignment of its own.
        self.send("STATUS=" + " ".join(text.split()))

    def attach(self, reactor: Any) -> None:
        """
        Send what there is to tell when it happens: C{READY} when the reactor runs,
        C{STOPPING} when it begins to stop, and C{WATCHDOG} in between.
        """
        reactor.callWhenRunning(self._ready, reactor)
        reactor.addSystemEventTrigger("before", "shutdown", self._stopping)
        reactor.addSystemEventTrigger("after", "shutdown", self._close)

    def _ready(self, reactor: Any) -> None:
        self.send("READY=1", f"MAINPID={os.getpid()}")
        if self.watchdog is not None:
            self._beat = LoopingCall(self.send, "WATCHDOG=1")
            self._beat.clock = reactor
            self._beat.start(self.watchdog / _OFTEN_ENOUGH)

    def _stopping(self) -> None:
        self.send("STOPPING=1")

    def _close(self) -> None:
        # Till now: that stopping takes long is no reason to be killed.
        if self._beat is not None and self._beat.running:
            self._beat.stop()
        self._socket.close()


def isJournal(file: Any) -> bool:
    """
    Tell whether what is written to a file goes to systemd's journal, which adds
    times and takes priorities.
    """
    device, _, number = os.environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        status = os.fstat(file.fileno())
    except (AttributeError, OSError, ValueError):
        return False  # no real file
    return (device, number) == (str(status.st_dev), str(status.st_ino))


def attachNotifier(reactor: Any, notifier: Notifier | None) -> None:
    """
    Attach a notifier, if there is one.
    """
    if notifier is not None:
        notifier.attach(reactor)

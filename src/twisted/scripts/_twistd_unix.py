"""
What C{twistd} does where there are daemons, users and PID files.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from importlib import import_module
from typing import Any

from twisted import copyright
from twisted.application import app, service
from twisted.application._applogging import LegacyEmitter, openLogFile
from twisted.application._daemons import ERROR_SIZE, closeQuietly, looksStale, nameProcess, writePID
from twisted.application._systemd import Notifier, attachNotifier
from twisted.internet.interfaces import IReactorDaemonize
from twisted.logger import Logger
from twisted.python import usage
from twisted.python.util import gidFromString, switchUID, uidFromString, untilConcludes

_log = Logger()


#: What is imported when it is needed, which may be when it cannot be found any more:
#: in another root.
_LATE = (
    "encodings.idna",
    "twisted.internet._idna",
    "twisted.internet._resolver",
    "twisted.internet._signals",
    "twisted.internet.process",
    "twisted.internet.task",
    "twisted.internet.threads",
    "twisted.internet.udp",
    "twisted.internet.unix",
    "twisted.python.failure",
    "twisted.python.logfile",
    "twisted.python.threadpool",
)


def _umask(value: str) -> int:
    """Return the number that is written in octal."""
    try:
        return int(value, 8)
    except ValueError:
        raise ValueError(f"{value!r} is no umask") from None


def _user(value: str) -> int:
    """Return the number of a user."""
    try:
        return uidFromString(value)
    except KeyError:
        raise ValueError(f"there is no user {value!r}") from None


def _group(value: str) -> int:
    """Return the number of a group."""
    try:
        return gidFromString(value)
    except KeyError:
        raise ValueError(f"there is no group {value!r}") from None


class ServerOptions(app.ServerOptions):
    """
    The options of C{twistd} on POSIX systems.
    """

    synopsis = "Usage: twistd [options]"

    optFlags = [
        ["nodaemon", "n", "Stay in the foreground, with the umask as it is instead of 0077."],
        ["originalname", None, "Do not change the name of the process."],
        ["syslog", None, "Log to syslog, not to a file."],
        [
            "euid",
            "",
            "Change the effective user and group only. The process can take its rights back"
            " then, for example to start others, and so can whoever takes it over.",
        ],
    ]

    optParameters = [
        ["prefix", None, "twisted", "With --syslog: what lines begin with."],
        ["pidfile", "", "twistd.pid", "The file for the number of the process."],
        ["chroot", None, None, "Make this directory the root before running."],
        ["uid", "u", None, "The user to run as.", _user],
        [
            "gid",
            "g",
            None,
            "The group to run as; if there is a --uid, that user's unless given.",
            _group,
        ],
        ["umask", None, None, "The (octal) file creation mask to apply.", _umask],
    ]

    compData = usage.Completions(
        optActions={
            "pidfile": usage.CompleteFiles("*.pid"),
            "chroot": usage.CompleteDirs(descr="chroot directory"),
            "uid": usage.CompleteUsernames(descr="user to run as"),
            "gid": usage.CompleteGroups(descr="group to run as"),
            "prefix": usage.Completer(descr="syslog prefix"),
        },
    )

    def opt_version(self) -> None:
        """
        Print version information and exit.
        """
        lines = [f"twistd (the Twisted daemon) {copyright.version}", copyright.copyright]
        print(*lines, sep="\n", file=self._stdout)
        sys.exit()

    def postOptions(self) -> None:
        """
        Take the PID file to be where we are now.
        """
        super().postOptions()
        if self["pidfile"]:
            self["pidfile"] = os.path.abspath(self["pidfile"])


def checkPID(pidfile: str | None) -> None:
    """
    See that no other server runs with this PID file; remove one that a dead process
    left.

    @raise SystemExit: one runs, or it is not known.
    """
    if not pidfile or not os.path.exists(pidfile):
        return
    try:
        with open(pidfile) as file:
            pid = int(file.read(64))
    except ValueError:
        sys.exit(f"Pidfile {pidfile} contains non-numeric value")
    except OSError as error:
        sys.exit(f"Can't read pidfile {pidfile}: {error.strerror}")
    try:
        stale = looksStale(pid)
    except OSError as error:
        sys.exit(f"Can't check status of PID {pid} from pidfile {pidfile}: {error.strerror}")
    if not stale:
        sys.exit(
            f"Another twistd server is running, PID {pid}\n\n"
            "It may be this application, started before, or another one. To start one more,\n"
            "run it in another directory, or give it a --pidfile and a --logfile of its own."
        )
    _log.info("Removing stale pidfile {pidfile}", pidfile=pidfile, log_system="-")
    try:
        os.remove(pidfile)
    except OSError as error:
        sys.exit(f"Can't remove stale pidfile {pidfile}: {error.strerror}")


class UnixAppLogger(app.AppLogger):
    """
    Logs to a file, to standard output or to syslog.
    """

    _syslog: bool
    _prefix: str
    _nodaemon: bool

    def __init__(self, options: Any) -> None:
        """
        @param options: has C{syslog}, C{prefix} and C{nodaemon} besides, or not.
        """
        super().__init__(options)
        for key, otherwise in (("syslog", False), ("prefix", ""), ("nodaemon", False)):
            setattr(self, f"_{key}", options.get(key, otherwise))

    def _getLogObserver(self) -> Any:
        """
        Make an observer; if it is one of a file, have C{SIGUSR1} rotate that.

        @raise SystemExit: a daemon is to log to standard output.
        """
        if self._syslog:
            # Late: few log there.
            syslog = import_module("twisted.python.syslog")
            return LegacyEmitter(syslog.SyslogObserver(self._prefix).emit)
        return super()._getLogObserver()

    def _openLog(self) -> Any:
        if self._logfilename == "-" and not self._nodaemon:
            sys.exit("Daemons cannot log to stdout, exiting!")
        if self._logfilename in ("-", "") and self._nodaemon:
            return sys.stdout
        file = openLogFile(self._logfilename or "twistd.log")
        if not signal.getsignal(signal.SIGUSR1):
            reactor = app._globalReactor()

            def rotate(number: Any, frame: Any) -> None:
                reactor.callFromThread(file.rotate)

            signal.signal(signal.SIGUSR1, rotate)
        return file


def launchWithName(name: str | None) -> None:
    """
    Have C{ps} and C{top} show *name* for the process, where the system can.
    """
    if name:
        nameProcess(name)


def _groupsOf(uid: int, gid: int | None) -> tuple[int, list[int]]:
    """
    Return the group of a user, and all groups.

    @param gid: the group, if it is not to be the user's own.
    @raise SystemExit: there is no such user, and so no group.
    """
    # Late: there are no users everywhere, but there are where this is reached.
    import pwd

    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        if gid is None:
            sys.exit(f"There is no user {uid}, so a --gid must be given, too.")
        return gid, [gid]
    group = user.pw_gid if gid is None else gid
    return group, os.getgrouplist(user.pw_name, group)


class UnixApplicationRunner(app.ApplicationRunner):
    """
    Runs an application as a daemon, in the directory and as the user that it is to
    have, with a PID file.
    """

    loggerFactory = UnixAppLogger
    _notifier: Notifier | None = None
    _null: int | None = None
    _groups: list[int] | None = None

    def preApplication(self) -> None:
        """
        See that it does not run already.
        """
        checkPID(self.config["pidfile"])
        self._notifier = Notifier.fromEnvironment()
        self.config["nodaemon"] = self.config["nodaemon"] or self.config["debug"]
        self.oldstdout: Any = sys.stdout
        self.oldstderr: Any = sys.stderr

    def postApplication(self) -> None:
        """
        Start the application, tell the process that started us how that went, and
        run the reactor.
        """
        try:
            self.startApplication(self.application)
        except (Exception, SystemExit) as error:
            self._startFailed(error)
            raise
        self._expectEnd()
        self._tellParent(b"0")
        attachNotifier(app._globalReactor(), self._notifier)
        self.startReactor(None, self.oldstdout, self.oldstderr)
        self.removePID(self.config["pidfile"])

    def _expectEnd(self) -> None:
        """
        Let a daemon be ended in good order as soon as somebody knows that it runs,
        which is before the reactor listens to signals.
        """
        if self.config.get("statusPipe") is None:
            return
        reactor = app._globalReactor()

        def stop(number: int, frame: Any) -> None:
            reactor.callWhenRunning(reactor.stop)

        signal.signal(signal.SIGTERM, stop)

    def _startFailed(self, error: BaseException) -> None:
        # With the traceback as text: who called us gets the failure itself.
        _log.critical(
            "The application could not be started\n{traceback}",
            traceback="".join(traceback.format_exception(error)).rstrip(),
            log_system="-",
        )
        if self._notifier is not None:
            self._notifier.status(f"{type(error).__name__}: {error}")
        # Who waits for us may start us anew as soon as he knows, so the sockets and
        # the PID file go first.
        try:
            app.undoStart(self.application)
        finally:
            if self.config["pidfile"]:
                try:
                    os.unlink(self.config["pidfile"])
                except OSError:
                    pass  # it was not written yet
            self._tellParent(self._formatChildException(error))

    def _tellParent(self, message: bytes) -> None:
        """Write to the process that waits for the daemon, if there is one."""
        pipe = self.config.get("statusPipe")
        if pipe is None:
            return
        untilConcludes(os.write, pipe, message)
        untilConcludes(os.close, pipe)
        self.config["statusPipe"] = None

    def _formatChildException(self, exception: BaseException) -> bytes:
        """
        Put an error into as many bytes as the waiting process reads.
        """
        text = f"1 {type(exception).__name__}: {exception}"
        return text.encode("ascii", "backslashreplace")[:ERROR_SIZE]

    def removePID(self, pidfile: str | None) -> None:
        """
        Remove the PID file; that it cannot be removed is logged.
        """
        if not pidfile:
            return
        try:
            os.unlink(pidfile)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                _log.warn("No permission to delete pid file {pidfile}", pidfile=pidfile)
            else:
                _log.failure("Failed to unlink PID file:")

    # Annotated beside, not in it: subclasses compare its signature with theirs.
    def setupEnvironment(self, chroot, rundir, nodaemon, umask, pidfile):
        # type: (str | None, str, Any, int | None, str | None) -> None
        """
        Change root, directory and umask, become a daemon, write the PID file.

        @param chroot: the new root, or L{None}.
        @param rundir: the directory to change to; C{"."} is the new root's top.
        @param nodaemon: do not become a daemon.
        @param umask: L{None} is 0077 for daemons, and no change for others.
        @param pidfile: the file for the number of the process, or L{None}.
        """
        if chroot is not None:
            for name in _LATE:
                import_module(name)
            if not nodaemon:
                # There may be none in the new root.
                self._null = os.open("/dev/null", os.O_RDWR)
            os.chroot(chroot)
            rundir = "/" if rundir == "." else rundir
        os.chdir(rundir)
        if umask is None and not nodaemon:
            umask = 0o077
        if umask is not None:
            os.umask(umask)
        if not nodaemon:
            self.config["statusPipe"] = self.daemonize(app._globalReactor())
        if pidfile:
            writePID(pidfile)

    def daemonize(self, reactor: Any) -> Any:
        """
        Become a daemon: leave the terminal and the process that started us, which
        waits until it has heard how the start went.

        @param reactor: told before and after, if it wants to be.
        @return: the descriptor to write to how it went.
        """
        wantsToKnow = IReactorDaemonize.providedBy(reactor)
        if wantsToKnow:
            reactor.beforeDaemonize()
        readEnd, writeEnd = os.pipe()
        if os.fork():
            # Unless this end is closed, a daemon that dies is waited for for ever.
            closeQuietly(writeEnd)
            status = self._waitForStart(readEnd)
            os.close(readEnd)
            os._exit(status)
        os.setsid()
        if os.fork():
            # Not the leader of its session, a daemon cannot get a terminal.
            os._exit(0)
        closeQuietly(readEnd)
        null, self._null = self._null, None
        if null is None:
            null = os.open("/dev/null", os.O_RDWR)
        for standard in range(3):
            os.dup2(null, standard)
        os.close(null)
        if wantsToKnow:
            reactor.afterDaemonize()
        return writeEnd

    def _waitForStart(self, readPipe: int) -> int:
        """
        Hear how the daemon's start went, and pass on what is wrong with it.

        @return: the exit status.
        """
        heard = untilConcludes(os.read, readPipe, ERROR_SIZE)
        if heard == b"0":
            return 0
        what = heard[2:] or b"the daemon died while it started"
        stream: Any = sys.__stderr__
        stream.write(
            f"An error has occurred: {what!r}\nPlease look at log file for more information.\n"
        )
        stream.flush()
        return 1

    def shedPrivileges(self, euid: Any, uid: int | None, gid: int | None) -> None:
        """
        Become another user and group.

        @param euid: effectively only.
        @raise SystemExit: we may not.
        """
        if uid is None and gid is None:
            return
        kind = "euid/egid" if euid else "uid/gid"
        try:
            try:
                switchUID(uid, gid, euid)
            except KeyError:
                # The new root, or the system, does not know the user by name.
                self._becomeNameless(uid, gid, euid)
        except OSError as error:
            message = f"failed to set {kind} {uid}/{gid} (are you root?) -- exiting."
            _log.error("{message} {error}", message=message, error=error, log_system="-")
            stream: Any = sys.__stderr__
            stream.write(f"{message} {error}\n")
            sys.exit(1)
        _log.info("set {kind} {uid}/{gid}", kind=kind, uid=uid, gid=gid, log_system="-")

    def _becomeNameless(self, uid: Any, gid: Any, euid: Any) -> None:
        """Become a user who has a number only, with the groups that we have noted."""
        os.setgroups(self._groups or [gid])
        setgid, setuid = (os.setegid, os.seteuid) if euid else (os.setgid, os.setuid)
        setgid(gid)
        setuid(uid)

    def startApplication(self, application: Any) -> None:
        """
        Set up the environment, then start the application: what needs privileges
        first, the rest without them.

        @param application: can be cast to L{service.IProcess} and
            L{service.IService}.
        """
        config = self.config
        process: Any = service.IProcess(application)
        if not config["originalname"]:
            launchWithName(process.processName)
        uid = process.uid if config["uid"] is None else config["uid"]
        gid = process.gid if config["gid"] is None else config["gid"]
        if uid is not None:
            # In another root there may be no users.
            gid, self._groups = _groupsOf(uid, gid)
        names = ("chroot", "rundir", "nodaemon", "umask", "pidfile")
        self.setupEnvironment(*(config[name] for name in names))
        privileged: Any = service.IService(application)
        privileged.privilegedStartService()
        self.shedPrivileges(config["euid"], uid, gid)
        app.startApplication(application, not config["no_save"])

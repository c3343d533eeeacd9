"""
Running applications: what C{twistd} is made of.
"""

from __future__ import annotations

import getpass
import os
import signal
import sys
import traceback
from typing import Any, NoReturn

from twisted.application import service
from twisted.application._applogging import AppLogger
from twisted.application._profiling import AppProfiler, CProfileRunner, ProfileRunner
from twisted.application._twistdoptions import ReactorSelectionMixin, ServerOptions
from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import _ISupportsExitSignalCapturing
from twisted.logger import Logger
from twisted.persisted import sob
from twisted.python import runtime, usage, util
from twisted.python._facade import publish

__all__ = [
    "AppLogger",
    "AppProfiler",
    "ApplicationRunner",
    "CProfileRunner",
    "ProfileRunner",
    "ReactorSelectionMixin",
    "ServerOptions",
    "convertStyle",
    "fixPdb",
    "getApplication",
    "getPassphrase",
    "getSavePassphrase",
    "run",
    "runReactorWithLogging",
    "startApplication",
]

publish(
    __name__,
    globals(),
    [
        "AppLogger",
        "AppProfiler",
        "CProfileRunner",
        "ProfileRunner",
        "ReactorSelectionMixin",
        "ServerOptions",
    ],
)

_log = Logger()

#: How an application can be given, with its style; the first that is decides.
_SOURCES = (("python", "python"), ("source", "source"), ("file", "pickle"))

_NO_APPLICATION = """\
Could not find 'application' in the file. A .tac file must make an application, by
calling service.Application(), and keep it in a variable of that name."""


def _globalReactor() -> Any:
    # Late: importing it is installing it, and which one may not have been said yet.
    from twisted.internet import reactor

    return reactor


def fixPdb() -> None:
    """
    Give the debugger commands that end the program as a program ends: C{stop} does
    it at once, and so do C{q}, C{quit} and C{exit}.
    """
    import pdb  # late: since Python 3.14 it imports asyncio

    def do_stop(self: Any, arg: str) -> int:
        reactor = _globalReactor()
        self.clear_all_breaks()
        self.set_continue()
        reactor.callLater(0, reactor.stop)
        return 1

    for name in ("stop", "q", "quit", "exit"):
        setattr(pdb.Pdb, f"do_{name}", do_stop)


def _debug(reactor: Any, oldstdout: Any, oldstderr: Any) -> None:
    """Run the reactor in the debugger."""
    import pdb  # late, as above

    sys.stdout, sys.stderr = oldstdout, oldstderr
    fixPdb()
    if runtime.platformType == "posix":
        for number in (signal.SIGUSR2, signal.SIGINT):
            signal.signal(number, lambda *args: pdb.set_trace())
    pdb.runcall(reactor.run)


def runReactorWithLogging(
    config: Any,
    oldstdout: Any,
    oldstderr: Any,
    profiler: AppProfiler | None = None,
    reactor: Any = None,
) -> None:
    """
    Run the reactor to its end, under a profiler or a debugger if that was asked for.

    Should it raise, the traceback is written where it will be found: to standard
    output if that is there, else to C{TWISTD-CRASH.log}.

    @param config: the L{ServerOptions}.
    @param oldstdout: standard output as it was before logging began.
    @param oldstderr: standard error, likewise.
    @param reactor: by default the global one.
    """
    if reactor is None:
        reactor = _globalReactor()
    try:
        if config["profile"]:
            if profiler is not None:
                profiler.run(reactor)
        elif config["debug"]:
            _debug(reactor, oldstdout, oldstderr)
        else:
            reactor.run()
    except BaseException:
        if config["nodaemon"]:
            traceback.print_exc(file=oldstdout)
            oldstdout.flush()
            return
        with open("TWISTD-CRASH.log", "a") as file:
            traceback.print_exc(file=file)


def getPassphrase(needed: Any) -> str | None:
    """
    Ask for the passphrase of a file, if one is needed.
    """
    return getpass.getpass("Passphrase: ") if needed else None


def getSavePassphrase(needed: Any) -> str | None:
    """
    Ask, twice, for the passphrase of a file to be saved, if one is needed.
    """
    if not needed:
        return None
    return util.getPassword("Encryption passphrase: ", confirm=True)


def _whatWentWrong(error: BaseException, filename: str) -> str:
    """
    Say in one line what kept a file from being loaded, and where.
    """
    if isinstance(error, SyntaxError):
        return str(error)
    if isinstance(error, KeyError) and error.args == ("application",):
        return f"{error}\n{_NO_APPLICATION}"
    if isinstance(error, OSError) and error.filename == filename:
        return str(error)
    text = str(error) if isinstance(error, ImportError) else f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame.lineno for frame in frames if frame.filename == filename]
    places = [f"{filename}, line {mine[-1]}"] if mine else []
    if mine and frames[-1].filename != filename:
        places.append(f"raised in {frames[-1].filename}, line {frames[-1].lineno}")
    return f"{text} ({'; '.join(places)})" if places else text


def getApplication(config: Any, passphrase: str | None) -> Any:
    """
    Load the application that the options name; leave with a message if that fails.

    @param config: has C{python}, C{source} or C{file}.
    @raise SystemExit: it cannot be loaded.
    """
    filename, style = next((config[key], style) for key, style in _SOURCES if config[key])
    try:
        return service.loadApplication(filename, style, passphrase)
    except Exception as error:
        _log.debug("Cannot load {filename}: {error}", filename=filename, error=error)
        sys.exit(f"Failed to load application: {_whatWentWrong(error, filename)}")


def applicationOf(plugin: Any, options: Any) -> Any:
    """
    Make an application that is called as a plugin's command and runs its service.

    @param plugin: the L{service.IServiceMaker}.
    @param options: its parsed options.
    """
    whole = service.Application(plugin.tapname)
    plugin.makeService(options).setServiceParent(whole)
    return whole


def convertStyle(
    filein: str, typein: str, passphrase: str | None, fileout: str, typeout: str, encrypt: Any
) -> None:
    """
    Save an application in another style than it was saved in.

    @param filein: the file it is in, in style C{typein}.
    @param fileout: the file it goes to, in style C{typeout}.
    @param encrypt: must be false; files are not encrypted.
    """
    persistable: Any = sob.IPersistable(service.loadApplication(filein, typein, passphrase))
    persistable.setStyle(typeout)
    persistable.save(filename=fileout, passphrase=getSavePassphrase(encrypt))


def startApplication(application: Any, save: Any) -> None:
    """
    Start an application, and have it stopped before the reactor stops.

    @param save: have it saved after that.
    """
    reactor = _globalReactor()
    started: Any = service.IService(application)
    started.startService()
    if save:
        persistable: Any = sob.IPersistable(application)
        reactor.addSystemEventTrigger("after", "shutdown", persistable.save, "shutdown")
    reactor.addSystemEventTrigger("before", "shutdown", started.stopService)


def undoStart(application: Any) -> None:
    """
    Stop what has been started of an application that failed to start, so that it
    leaves no sockets and files behind.
    """
    stopping: Any = service.IService(application)
    stopped = maybeDeferred(stopping.stopService)
    stopped.addErrback(lambda reason: _log.debug("Stopping failed, too: {reason}", reason=reason))
    iterate = getattr(_globalReactor(), "iterate", None)
    # Ports are closed by the reactor; it must not be waited for if it cannot.
    for _ in range(_UNDO_ITERATIONS):
        if iterate is None:
            break
        iterate(0)
        if stopped.called:
            break


_UNDO_ITERATIONS = 20


class ApplicationRunner:
    """
    Runs an application from options.  Subclasses say what is done before the
    application is made, and how it is started.

    @cvar profilerFactory: makes the profiler, of the options.
    @cvar loggerFactory: makes the logger, of the options.
    @ivar config: the options.
    @ivar application: the application, when it has been made.
    @ivar _exitSignal: the signal that ended the reactor, or L{None}.
    """

    profilerFactory: Any = AppProfiler
    loggerFactory: Any = AppLogger

    def __init__(self, config: Any) -> None:
        self.config = config
        self.profiler = self.profilerFactory(config)
        self.logger = self.loggerFactory(config)
        self.application: Any
        self._exitSignal: int | None = None

    def run(self) -> None:
        """
        Run the application to its end.
        """
        self.preApplication()
        self.application = self.createOrGetApplication()
        self.logger.start(self.application)
        self.postApplication()
        self.logger.stop()

    def startReactor(self, reactor: Any, oldstdout: Any, oldstderr: Any) -> None:
        """
        Run the reactor to its end, as L{runReactorWithLogging}, and remember the
        signal that ended it.

        @param reactor: by default the global one.
        """
        running = _globalReactor() if reactor is None else reactor
        runReactorWithLogging(self.config, oldstdout, oldstderr, self.profiler, running)
        if _ISupportsExitSignalCapturing.providedBy(running):
            self._exitSignal = running._exitSignal

    def preApplication(self) -> None:
        """
        Do what comes before the application is made.  Override it.
        """
        raise NotImplementedError()

    def postApplication(self) -> None:
        """
        Start the application and run the reactor.  Override it.
        """
        raise NotImplementedError()

    def createOrGetApplication(self) -> Any:
        """
        Make the application: of the command's service if there is a command, else
        by loading a file.
        """
        command = self.config.subCommand
        if not command:
            return getApplication(self.config, getPassphrase(self.config["encrypted"]))
        return applicationOf(self.config.loadedPlugins[command], self.config.subOptions)


def _programName() -> str:
    return os.path.basename(sys.argv[0]) if sys.argv[0] else "twistd"


def _leave(message: str) -> NoReturn:
    # Standard error as it was: by now ours may be a log.
    stream = sys.__stderr__ or sys.stderr
    print(f"{_programName()}: {message}", file=stream)
    sys.exit(1)


def run(runApp: Any, ServerOptions: Any) -> None:
    """
    Be a command: parse the process's command line and run the application.

    What goes wrong before the reactor runs is said in a message on standard error,
    and by an exit status that is not zero.

    @param runApp: called with the parsed options.
    @param ServerOptions: the class of those.
    """
    config = ServerOptions()
    try:
        config.parseOptions()
    except usage.error as error:
        _leave(f"{error}\nTry '{_programName()} --help'.")
    try:
        runApp(config)
    except Exception as error:
        _leave(f"{type(error).__name__}: {error}")


def _exitWithSignal(sig: int) -> None:
    """
    End the process by a signal, so that its parent sees what ended it.
    """
    signal.signal(sig, signal.SIG_DFL)
    os.kill(os.getpid(), sig)

"""
C{twistd}: run an application, as a daemon or in the foreground.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from twisted.application import app
from twisted.python.runtime import platformType

_SomeApplicationRunner: Any
ServerOptions: Any
if platformType == "win32":
    from twisted.scripts import _twistw

    ServerOptions = _twistw.ServerOptions
    _SomeApplicationRunner = _twistw.WindowsApplicationRunner
else:
    from twisted.scripts import _twistd_unix

    ServerOptions = _twistd_unix.ServerOptions
    _SomeApplicationRunner = _twistd_unix.UnixApplicationRunner

__all__ = ["run", "runApp"]


def runApp(config: app.ServerOptions) -> None:
    """
    Run the application that the options ask for; if a signal ended it, so does that
    end the process.

    @param config: the parsed options.
    """
    runner: Any = _SomeApplicationRunner(config)
    runner.run()
    if runner._exitSignal is not None:
        app._exitWithSignal(runner._exitSignal)


def run() -> None:
    """
    Be the C{twistd} command.
    """
    # Applications and plugins are found in the directory they are run from, as
    # python -m does it; where Python is told not to, so are we.
    if not sys.flags.safe_path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    app.run(runApp, ServerOptions)


if __name__ == "__main__":
    run()

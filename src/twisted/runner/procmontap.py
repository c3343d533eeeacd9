"""
The command C{procmon} of C{twistd} and C{twist}: keep one program running.
"""

from __future__ import annotations

from typing import Any

from twisted.python import usage
from twisted.runner.procmon import ProcessMonitor

__all__ = ["Options", "makeService"]


class Options(usage.Options):
    """
    The options of C{procmon}.
    """

    synopsis = "[procmon options] commandline"

    optFlags: list[Any] = []
    optParameters = [
        [
            "threshold",
            "t",
            1,
            "Seconds that the program has to live; if it ends sooner, it is started"
            " again with a delay.",
            float,
        ],
        [
            "killtime",
            "k",
            5,
            "Seconds that the program has to end when it is told to, before it is killed.",
            float,
        ],
        ["minrestartdelay", "m", 1, "Seconds of the first delay.", float],
        ["maxrestartdelay", "M", 3600, "Seconds of the longest delay.", float],
    ]

    longdesc = (
        "procmon runs a program, logs what it writes, and runs it again when it ends."
        " Each time that it ends at once, the delay before it is run again is doubled;"
        " when it has lived long enough, the delay is what it was at first."
        " Its environment is empty; env(1) gives it one."
        " For example: twistd procmon sleep 10"
    )

    def parseArgs(self, *args: str) -> None:
        """
        Keep the program's words.
        """
        self["args"] = args

    def postOptions(self) -> None:
        """
        @raise usage.UsageError: no program was given, or a time is negative.
        """
        if not self["args"]:
            raise usage.UsageError("Please specify a process commandline")
        for name in ("threshold", "killtime", "minrestartdelay", "maxrestartdelay"):
            # Written so that what is not a number at all fails, too.
            if not self[name] >= 0:
                raise usage.UsageError(f"--{name} must not be negative, as {self[name]} is")


def makeService(config: Options) -> ProcessMonitor:
    """
    Make the monitor, with the program under its whole command line as its name.
    """
    monitor = ProcessMonitor()
    monitor.threshold = config["threshold"]
    monitor.killTime = config["killtime"]
    monitor.minRestartDelay = config["minrestartdelay"]
    monitor.maxRestartDelay = config["maxrestartdelay"]
    monitor.addProcess(" ".join(config["args"]), list(config["args"]))
    return monitor

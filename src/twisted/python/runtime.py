"""
What this program runs on.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from time import time as seconds

_KINDS = {
    "nt": "win32",
    "ce": "win32",
    "posix": "posix",
    "java": "java",
    "org.python.modules.os": "java",
}

_RENAMED = (
    "twisted.python.runtime.Platform.{} was deprecated in Twisted {}. Use Platform.{} instead."
)


def shortPythonVersion() -> str:
    """Return the version of the interpreter, as C{"3.12.1"}."""
    return "{}.{}.{}".format(*sys.version_info)


class Platform:
    """
    The operating system, and what it can do.

    @ivar type: C{"posix"}, C{"win32"} or L{None}.
    """

    type: str | None = _KINDS.get(os.name)
    seconds = staticmethod(seconds)
    _platform = sys.platform

    def __init__(self, name: str | None = None, platform: str | None = None) -> None:
        """
        @param name: an C{os.name}, by default ours.
        @param platform: a C{sys.platform}, by default ours.
        """
        if name is not None:
            self.type = _KINDS.get(name)
        if platform is not None:
            self._platform = platform

    def isKnown(self) -> bool:
        """Tell whether the kind of system is known."""
        return self.type is not None

    def getType(self) -> str | None:
        """Return C{"posix"}, C{"win32"}, or L{None} for what is unknown."""
        return self.type

    def isMacOSX(self) -> bool:
        """Tell whether it is macOS."""
        return self._platform == "darwin"

    def isWinNT(self) -> bool:
        """
        Tell whether it is Windows.  Deprecated: use C{isWindows}.
        """
        notice = _RENAMED.format("isWinNT", "13.0", "isWindows")
        warnings.warn(notice, DeprecationWarning, stacklevel=2)
        return self.isWindows()

    def isWindows(self) -> bool:
        """Tell whether it is Windows."""
        return self.getType() == "win32"

    def isVista(self) -> bool:
        """Tell whether it is Windows Vista or Windows Server 2008."""
        # Only the interpreters for Windows have it.
        version = getattr(sys, "getwindowsversion", None)
        return version is not None and version().major == 6

    def isLinux(self) -> bool:
        """Tell whether it is Linux."""
        return self._platform.startswith("linux")

    def isDocker(self, _initCGroupLocation: str = "/proc/1/cgroup") -> bool:
        """Tell whether this is inside a Docker container, as far as that shows."""
        if not self.isLinux():
            return False
        try:
            with open(_initCGroupLocation, "rb") as groups:
                lines = groups.read().splitlines()
        except OSError:
            return False
        return any(line.split(b":", 2)[-1].startswith(b"/docker/") for line in lines)

    def _supportsSymlinks(self) -> bool:
        # On Windows they need a privilege that few have.
        return hasattr(os, "symlink") and not self.isWindows()

    def supportsThreads(self) -> bool:
        """Tell whether there are threads; there always are."""
        return True

    def supportsINotify(self) -> bool:
        """Tell whether L{twisted.internet.inotify} works here."""
        try:
            # Late: it loads the C library.
            from twisted.python import _inotify
        except ImportError:
            return False
        with contextlib.suppress(_inotify.INotifyError):
            os.close(_inotify.init())
            return True
        return False


platform = Platform()
platformType = platform.getType()

__all__ = ["Platform", "platform", "platformType", "seconds", "shortPythonVersion"]

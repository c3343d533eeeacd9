"""
The reactor a program gets that asks for none: the best of its platform.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.python.runtime import Platform, platform

__all__ = ["install"]


def _getInstallFunction(platform: Platform) -> Callable[[], None]:
    """
    Return the C{install} of the best reactor for *platform*: epoll on Linux,
    completion ports on Windows, kqueue on macOS and the BSDs, poll elsewhere;
    select where that is missing.
    """
    # Each is imported only where it is chosen: some exist on one system alone.
    try:
        if platform.isLinux():
            try:
                from twisted.internet.epollreactor import install
            except ImportError:
                from twisted.internet.pollreactor import install
        elif platform.isWindows():
            from twisted.internet.iocpreactor import install
        elif platform.getType() == "posix":
            from twisted.internet.kqreactor import install, isThere

            if not isThere():
                if platform.isMacOSX():
                    from twisted.internet.selectreactor import install
                else:
                    from twisted.internet.pollreactor import install
        else:
            from twisted.internet.selectreactor import install
    except ImportError:
        from twisted.internet.selectreactor import install
    return install


install = _getInstallFunction(platform)

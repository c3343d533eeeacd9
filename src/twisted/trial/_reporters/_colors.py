"""
Write in colour where there is colour.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["_AnsiColorizer", "_NullColorizer", "_Win32Colorizer", "colorizerFor"]


class _AnsiColorizer:
    """
    Colours by the escape sequences of ECMA-48.
    """

    _colors = {
        "black": 30,
        "red": 31,
        "green": 32,
        "yellow": 33,
        "blue": 34,
        "magenta": 35,
        "cyan": 36,
        "white": 37,
    }

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    @classmethod
    def supported(cls, stream: Any = sys.stdout) -> bool:
        """
        Say whether *stream* is a terminal that has more than two colours.
        """
        if not stream.isatty():
            return False
        try:
            # Of use here only, and not there everywhere.
            import curses
        except ImportError:
            return False
        try:
            try:
                return bool(curses.tigetnum("colors") > 2)
            except curses.error:
                curses.setupterm()
                return bool(curses.tigetnum("colors") > 2)
        except Exception:  # what is wrong with a terminal is not worth a traceback
            return False

    def write(self, text: str, color: str) -> None:
        """
        Write *text* in bold.

        @param color: the colour's name.
        """
        self.stream.write(f"\x1b[{self._colors[color]};1m{text}\x1b[0m")


class _Win32Colorizer:
    """
    Colours by the console functions of Windows, through pywin32.
    """

    def __init__(self, stream: Any) -> None:
        import win32console  # on Windows only

        bit = win32console
        red, green, blue = bit.FOREGROUND_RED, bit.FOREGROUND_GREEN, bit.FOREGROUND_BLUE
        self.stream = stream
        self.screenBuffer = bit.GetStdHandle(bit.STD_OUT_HANDLE)
        self._normal = red | green | blue
        self._bold = bit.FOREGROUND_INTENSITY
        self._colors = {
            "black": 0,
            "red": red,
            "green": green,
            "yellow": red | green,
            "blue": blue,
            "magenta": red | blue,
            "cyan": green | blue,
            "white": red | green | blue,
        }

    @classmethod
    def supported(cls, stream: Any = sys.stdout) -> bool:
        """
        Say whether *stream* is a console of Windows.
        """
        try:
            import pywintypes  # on Windows only
            import win32console
        except ImportError:
            return False
        try:
            screen = win32console.GetStdHandle(win32console.STD_OUT_HANDLE)
            screen.SetConsoleTextAttribute(
                win32console.FOREGROUND_RED
                | win32console.FOREGROUND_GREEN
                | win32console.FOREGROUND_BLUE
            )
        except pywintypes.error:
            return False
        return True

    def write(self, text: str, color: str) -> None:
        """
        Write *text* in bold.

        @param color: the colour's name.
        """
        self.screenBuffer.SetConsoleTextAttribute(self._colors[color] | self._bold)
        self.stream.write(text)
        self.screenBuffer.SetConsoleTextAttribute(self._normal)


class _NullColorizer:
    """
    Leaves the colour away.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    @classmethod
    def supported(cls, stream: Any = sys.stdout) -> bool:
        """Any stream will do."""
        return True

    def write(self, text: str, color: str) -> None:
        """
        Write *text*.
        """
        self.stream.write(text)


def colorizerFor(stream: Any) -> Any:
    """
    Return what colours on *stream*, as well as it takes it.
    """
    for kind in (_Win32Colorizer, _AnsiColorizer):
        try:
            if kind.supported(stream):
                return kind(stream)
        except AttributeError:
            continue  # no isatty: something that is like a file, but not very
    return _NullColorizer(stream)

"""An observer that shows errors in red: twistd --logger=log_colorizer.logger …"""

import sys
from typing import Any

from twisted.python.log import FileLogObserver


class ColorizedLogObserver(FileLogObserver):
    def emit(self, eventDict: dict[str, Any]) -> None:
        # Reset text color.
        self.write("\033[0m")

        if eventDict["isError"]:
            # ANSI escape sequence to color text red.
            self.write("\033[91m")

        FileLogObserver.emit(self, eventDict)


def logger() -> Any:
    return ColorizedLogObserver(sys.stdout).emit

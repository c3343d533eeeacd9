"""Logs messages and an exception, which is red."""

import sys

from log_colorizer import ColorizedLogObserver

from twisted.python import log

observer = ColorizedLogObserver(sys.stdout)
log.addObserver(observer.emit)

log.msg("Starting experiment")

log.msg("Logging an exception")

try:
    1 / 0  # noqa: B018
except ZeroDivisionError as e:
    log.err(e)

log.msg("Ending experiment")

"""Logs to test.log, and to a new one after every 100 bytes.  Usage: log_rotation.py [DIRECTORY]"""

import sys

from twisted.python import log, logfile

# Log to /tmp/test.log ... test.log.N, rotating every 100 bytes.
f = logfile.LogFile("test.log", sys.argv[1] if len(sys.argv) > 1 else "/tmp", rotateLength=100)
log.startLogging(f)

log.msg("First message")

# Rotate manually.
f.rotate()

for i in range(5):
    log.msg("Test message", i)

log.msg("Last message")

f.close()

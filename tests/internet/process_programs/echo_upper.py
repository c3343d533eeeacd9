"""Copy standard input to standard output in capitals, until it ends."""

import sys

for line in sys.stdin.buffer:
    sys.stdout.buffer.write(line.upper())
    sys.stdout.buffer.flush()
sys.stderr.write("done")

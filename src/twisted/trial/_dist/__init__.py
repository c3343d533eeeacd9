"""
C{trial -j}: tests that are run by several processes at once.

The manager (L{disttrial}) starts the workers (L{workertrial}), tells each which
test to run next (L{workercommands}), and is told how it went
(L{managercommands}); both over AMP, for which there is a pair of pipes.
"""

from __future__ import annotations

# The worker's ends of the pipes.
_WORKER_AMP_STDIN = 3
_WORKER_AMP_STDOUT = 4

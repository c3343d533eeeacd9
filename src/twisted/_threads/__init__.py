"""
Threads that do pieces of work from a queue.
"""

from twisted._threads._pool import Pool

__all__ = ["Pool"]

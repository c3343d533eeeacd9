"""
The options of a worker.
"""

from __future__ import annotations

from twisted.application.app import ReactorSelectionMixin
from twisted.python.filepath import FilePath
from twisted.python.usage import Options
from twisted.scripts.trial import _BasicOptions


class WorkerOptions(_BasicOptions, Options, ReactorSelectionMixin):  # type: ignore[misc]
    """
    Those of trial that are handed on to workers.
    """

    def coverdir(self) -> FilePath[str]:
        """
        Return where to put what the coverage was: each worker has a directory
        of its own.
        """
        return FilePath("coverage")

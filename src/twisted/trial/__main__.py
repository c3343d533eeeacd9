"""
C{python -m twisted.trial}.
"""

from __future__ import annotations

from twisted.scripts import trial

if __name__ == "__main__":
    trial.run()

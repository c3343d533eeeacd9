"""
C{python -m twisted}: the C{twist} runner, or with C{--about} a report on what
this installation is.
"""

from __future__ import annotations

import os
import sys


def main(argv: list[str] | None = None) -> int | None:
    """
    Run C{twist} with *argv*, or print the report.

    @param argv: the words of the command line, the program's name first.
    """
    words = sys.argv if argv is None else argv
    if "--about" in words[1:2]:
        from twisted._about import table

        print(table())
        return 0
    # Late: --about must work where the application room does not.
    from twisted.application.twist._twist import Twist

    Twist.main(words)
    return None


if __name__ == "__main__":
    # As it was called, for the help and the messages; not the name of this file.
    sys.argv[0] = f"{os.path.basename(sys.executable) or 'python'} -m twisted"
    sys.exit(main())

"""
C{--auth=file:path}: those that a file lists.
"""

from __future__ import annotations

import os
import sys
from typing import IO

from zope.interface import implementer

from twisted.cred.checkers import FilePasswordDB
from twisted.cred.credentials import IUsernameHashedPassword, IUsernamePassword
from twisted.cred.strcred import ICheckerFactory
from twisted.plugin import IPlugin

fileCheckerFactoryHelp = """
Lets in whom a file lists. There is one user in each of its lines:
the name, a colon, and the password as it is.
"""

invalidFileWarning = "Warning: not a valid file"


@implementer(ICheckerFactory, IPlugin)
class FileCheckerFactory:
    """
    Makes L{FilePasswordDB}.

    @cvar errorOutput: a text file for the warning that there is no file.
    """

    authType = "file"
    authHelp = fileCheckerFactoryHelp
    argStringFormat = "Location of a FilePasswordDB-formatted file."
    credentialInterfaces = (IUsernamePassword, IUsernameHashedPassword)
    errorOutput: IO[str] = sys.stderr

    def generateChecker(self, argstring: str) -> FilePasswordDB:
        """
        Make one.

        @param argstring: the file, which may not be there yet.
        @raise ValueError: it is empty.
        """
        if not argstring.strip():
            raise ValueError(f"{self.authType!r} requires a filename")
        if not os.path.isfile(argstring):
            self.errorOutput.write(f"{invalidFileWarning}: {argstring}\n")
        return FilePasswordDB(argstring)


theFileCheckerFactory = FileCheckerFactory()

"""
C{twistd ftp}: a server of FTP.
"""

from __future__ import annotations

from typing import Any

from twisted.application import strports
from twisted.cred import strcred
from twisted.cred.checkers import AllowAnonymousAccess, FilePasswordDB
from twisted.cred.portal import Portal
from twisted.protocols.ftp import FTPFactory, FTPRealm
from twisted.python import usage
from twisted.python.deprecate import deprecated
from twisted.python.versions import Version


class Options(usage.Options, strcred.AuthOptionMixin):
    """
    The command line.
    """

    synopsis = "[options]"
    longdesc = (
        "Serves the files of a directory to those without a name, and to others what is"
        " in their own, in which they may change it. Passwords and files can be read on"
        " the way: use it where nobody listens, or for what anybody may know."
    )

    optParameters = [
        ["port", "p", "2121", "The port, or the description of an endpoint."],
        ["root", "r", "/usr/local/ftp", "The directory for anonymous users."],
        ["userAnonymous", "", "anonymous", "The name of anonymous users."],
        ["userHome", "", "/home", "Where the directories of the others are, by their names."],
    ]

    compData = usage.Completions(
        optActions={"root": usage.CompleteDirs(), "userHome": usage.CompleteDirs()}
    )

    def __init__(self, *a: Any, **kw: Any) -> None:
        super().__init__(*a, **kw)
        # Until there are others, those without a name are let in.
        self.addChecker(AllowAnonymousAccess())

    @deprecated(Version("Twisted", 11, 1, 0))
    def opt_password_file(self, filename: str) -> None:
        """
        A file of lines of the form name:password. (DEPRECATED; see --help-auth
        instead)
        """
        self["password-file"] = filename
        self.addChecker(FilePasswordDB(filename, cache=True))


def makeService(config: Any) -> Any:
    """
    Make the server.

    @param config: L{Options}.
    @return: an L{IService<twisted.application.service.IService>}.
    """
    realm = FTPRealm(config["root"], config["userHome"])
    factory = FTPFactory(Portal(realm, config["credCheckers"]), config["userAnonymous"])
    where = str(config["port"])
    return strports.service(f"tcp:{where}" if where.isdecimal() else where, factory)

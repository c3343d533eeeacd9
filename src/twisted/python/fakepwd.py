"""
Databases of users and of shadow passwords that exist in memory only, so that
what asks C{pwd} and C{spwd} can be tested without the users of a system.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ShadowDatabase", "UserDatabase"]


class _UserRecord(NamedTuple):
    """
    What C{pwd} tells of a user, in the same order.
    """

    pw_name: str
    pw_passwd: str
    pw_uid: int
    pw_gid: int
    pw_gecos: str
    pw_dir: str
    pw_shell: str


class _ShadowRecord(NamedTuple):
    """
    What C{spwd} tells of a user's password, in the same order.
    """

    sp_nam: str
    sp_pwd: str
    sp_lstchg: int
    sp_min: int
    sp_max: int
    sp_warn: int
    sp_inact: int
    sp_expire: int
    sp_flag: int


def _mustBeText(function: str, name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"{function}() argument must be str, not {type(name)}")


class UserDatabase:
    """
    Has the functions of C{pwd} as methods.
    """

    _lastUID = 10101
    _lastGID = 20202

    def __init__(self) -> None:
        self._users: list[_UserRecord] = []

    def addUser(
        self,
        username: str,
        password: str = "password",
        uid: int | None = None,
        gid: int | None = None,
        gecos: str = "",
        home: str = "",
        shell: str = "/bin/sh",
    ) -> None:
        """
        Add a user.

        @param username: how it is called.
        @param password: its password, as C{pwd} would tell it.
        @param uid: its number; one not yet given by default.
        @param gid: the number of its group, likewise.
        @param gecos: its full name and such.
        @param home: the path of its directory.
        @param shell: the path of its shell.
        """
        if uid is None:
            uid = self._lastUID
            self._lastUID += 1
        if gid is None:
            gid = self._lastGID
            self._lastGID += 1
        self._users.append(_UserRecord(username, password, uid, gid, gecos, home, shell))

    def getpwuid(self, uid: int) -> _UserRecord:
        """
        @param uid: a number.
        @return: the record of the user with it.
        @raise KeyError: if there is none.
        """
        for user in self._users:
            if user.pw_uid == uid:
                return user
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    def getpwnam(self, name: str) -> _UserRecord:
        """
        @param name: a name.
        @return: the record of the user so called.
        @raise KeyError: if there is none.
        """
        _mustBeText("getpwnam", name)
        for user in self._users:
            if user.pw_name == name:
                return user
        raise KeyError(f"getpwnam(): name not found: {name!r}")

    def getpwall(self) -> list[_UserRecord]:
        """
        @return: the records of all users, in the order of adding.
        """
        return list(self._users)


class ShadowDatabase:
    """
    Has the functions of C{spwd} as methods.
    """

    def __init__(self) -> None:
        self._passwords: dict[str, _ShadowRecord] = {}

    def addUser(
        self,
        username: str,
        password: str,
        lastChange: int,
        min: int,
        max: int,
        warn: int,
        inact: int,
        expire: int,
        flag: int,
    ) -> None:
        """
        Add a user's password.

        @param username: how the user is called.
        @param password: the hash of the password.
        @param lastChange: when it was changed, in days since 1970.
        @param min: after how many days it may be changed.
        @param max: after how many days it has to be changed.
        @param warn: how many days before that it is reminded of.
        @param inact: how many days after that the user is shut out.
        @param expire: when the user ceases to exist, in days since 1970.
        @param flag: nothing in particular.
        """
        self._passwords.setdefault(
            username,
            _ShadowRecord(username, password, lastChange, min, max, warn, inact, expire, flag),
        )

    def getspnam(self, username: str) -> _ShadowRecord:
        """
        @param username: a name.
        @return: the record of the user so called.
        @raise KeyError: if there is none.
        """
        _mustBeText("getspnam", username)
        return self._passwords[username]

    def getspall(self) -> list[_ShadowRecord]:
        """
        @return: all records, in the order of adding.
        """
        return list(self._passwords.values())

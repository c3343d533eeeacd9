"""
Why somebody was not let in.
"""

from __future__ import annotations


class Unauthorized(Exception):
    """
    Somebody may not do what they asked for.
    """


class LoginFailed(Exception):
    """
    A login failed, for whatever reason.
    """


class UnauthorizedLogin(LoginFailed, Unauthorized):
    """
    The credentials are wrong, or there is no such user.
    """


class UnhandledCredentials(LoginFailed):
    """
    No checker knows about credentials of this kind.

    The server is set up badly: its protocol takes credentials that its portal
    cannot check.
    """


class LoginDenied(LoginFailed):
    """
    The credentials are right, but the realm lets the user not in now: there may
    be too many, or this one was here too often.
    """

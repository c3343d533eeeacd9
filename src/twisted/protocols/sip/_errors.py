"""
What is answered to requests that fail.
"""

from __future__ import annotations

from twisted.protocols.sip._tables import statusCodes


class SIPError(Exception):
    """
    A request failed, and its sender is told so.

    @ivar code: the code of the response.
    @ivar phrase: what it means.
    """

    def __init__(self, code: int, phrase: str | None = None) -> None:
        self.code = code
        self.phrase = statusCodes[code] if phrase is None else phrase
        Exception.__init__(self, f"SIP error ({code}): {self.phrase}")


class RegistrationError(SIPError):
    """Somebody could not be registered."""

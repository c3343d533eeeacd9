"""
Random bytes: secret ones, and cheap ones.
"""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Callable


class SecureRandomNotAvailable(RuntimeError):
    """
    There is no source of secret randomness.
    """


class SourceNotAvailable(RuntimeError):
    """
    One source of randomness does not work here.
    """


class RandomFactory:
    """
    Makes random bytes.

    @cvar getrandbits: what returns an integer of so many random bits; or None.
    """

    getrandbits: Callable[[int], int] | None = random.getrandbits

    def _osUrandom(self, nbytes: int) -> bytes:
        """
        Return bytes from the operating system.

        @raise SourceNotAvailable: it has none.
        """
        try:
            return os.urandom(nbytes)
        except NotImplementedError as reason:
            raise SourceNotAvailable("os.urandom does not work here") from reason

    def secureRandom(self, nbytes: int, fallback: bool = False) -> bytes:
        """
        Return bytes that nobody can guess; for keys and tokens.

        @param nbytes: how many.
        @param fallback: rather return such as can be guessed, with a warning,
            than none.
        @raise SecureRandomNotAvailable: there are none, and *fallback* is not
            set.
        """
        try:
            return self._osUrandom(nbytes)
        except SourceNotAvailable as reason:
            if not fallback:
                raise SecureRandomNotAvailable("No secure random source available") from reason
        warnings.warn(
            "urandom unavailable - proceeding with non-cryptographically secure random source",
            category=RuntimeWarning,
            stacklevel=2,
        )
        return self.insecureRandom(nbytes)

    def insecureRandom(self, nbytes: int) -> bytes:
        """
        Return bytes that can be guessed from others of the same process; for
        simulations.

        @param nbytes: how many.
        """
        if self.getrandbits is None:
            return bytes(random.randrange(256) for _ in range(nbytes))
        return self.getrandbits(8 * nbytes).to_bytes(nbytes, "big")


_factory = RandomFactory()

secureRandom = _factory.secureRandom
insecureRandom = _factory.insecureRandom

__all__ = ["SecureRandomNotAvailable", "insecureRandom", "secureRandom"]

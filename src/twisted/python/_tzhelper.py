"""
Time zones that are a fixed distance from UTC.
"""

from __future__ import annotations

from datetime import UTC as _UTC
from datetime import datetime, timedelta, tzinfo

_NOTHING = timedelta(0)


class FixedOffsetTimeZone(tzinfo):
    """
    A time zone without daylight saving.

    @ivar offset: what its clocks show, less what those in UTC show.
    @ivar name: what it is called; L{None} for C{UTC} and the offset.
    """

    def __init__(self, offset: timedelta, name: str | None = None) -> None:
        self.offset = offset
        self.name = name

    @classmethod
    def fromSignHoursMinutes(cls, sign: str, hours: int, minutes: int) -> FixedOffsetTimeZone:
        """
        Make one that is called by its offset, as C{+02:30}.

        @param sign: C{"+"} for clocks that are ahead of UTC, or C{"-"}.
        @raise ValueError: the sign is neither.
        """
        distance = timedelta(hours=hours, minutes=minutes)
        if sign == "-":
            distance = -distance
        elif sign != "+":
            raise ValueError(f"Invalid sign for timezone {sign!r}")
        return cls(distance, f"{sign}{hours:02d}:{minutes:02d}")

    @classmethod
    def fromLocalTimeStamp(cls, timeStamp: float) -> FixedOffsetTimeZone:
        """
        Make one that agrees with the local time at *timeStamp*.

        @param timeStamp: seconds since 1970.
        """
        there = datetime.fromtimestamp(timeStamp)
        utc = datetime.fromtimestamp(timeStamp, _UTC).replace(tzinfo=None)
        return cls(there - utc)

    def utcoffset(self, dt: datetime | None) -> timedelta:
        """Return the offset."""
        return self.offset

    def dst(self, dt: datetime | None) -> timedelta:
        """Return nothing: the clocks are never changed."""
        return _NOTHING

    def tzname(self, dt: datetime | None) -> str:
        """Return the name, or C{UTC} and the offset."""
        if self.name is not None:
            return self.name
        minutes = round(self.offset.total_seconds() / 60)
        sign = "-" if minutes < 0 else "+"
        return "UTC%s%02d%02d" % (sign, *divmod(abs(minutes), 60))


UTC = FixedOffsetTimeZone.fromSignHoursMinutes("+", 0, 0)

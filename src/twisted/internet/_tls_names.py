"""
Distinguished names: whom a certificate is about, and who says so.
"""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

# Each field: its long name, its short one (RFC 4514 and OpenSSL), its OID.
_FIELDS = (
    ("commonName", "CN", NameOID.COMMON_NAME),
    ("organizationName", "O", NameOID.ORGANIZATION_NAME),
    ("organizationalUnitName", "OU", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("localityName", "L", NameOID.LOCALITY_NAME),
    ("stateOrProvinceName", "ST", NameOID.STATE_OR_PROVINCE_NAME),
    ("countryName", "C", NameOID.COUNTRY_NAME),
    ("emailAddress", "emailAddress", NameOID.EMAIL_ADDRESS),
)

_x509names = {name: long for long, short, _ in _FIELDS for name in (long, short)}
_OIDS = {long: oid for long, _, oid in _FIELDS}
_LONG = {oid: long for long, _, oid in _FIELDS}


def _titled(field: str) -> str:
    """Return C{"Common Name"} for C{"commonName"}."""
    words = "".join(f" {letter}" if letter.isupper() else letter for letter in field)
    return words.title()


class DistinguishedName(dict[str, bytes]):
    """
    A name of X.500: fields such as C{commonName}, as bytes.

    Fields are items and attributes, and may be called by their short names
    too: C{CN}, C{O}, C{OU}, C{L}, C{ST}, C{C}, C{emailAddress}.
    """

    __slots__ = ()

    def __init__(self, **kw: str | bytes) -> None:
        """
        @param kw: the fields.
        @raise AttributeError: there is no such field.
        """
        for field, text in kw.items():
            setattr(self, field, text)

    def __getattr__(self, field: str) -> bytes:
        try:
            return self[_x509names[field]]
        except KeyError:
            raise AttributeError(field) from None

    def __setattr__(self, field: str, text: str | bytes) -> None:
        long = _x509names.get(field)
        if long is None:
            raise AttributeError(f"{field} is not a valid OpenSSL X509 name field")
        self[long] = text if isinstance(text, bytes) else text.encode("utf-8")

    def __repr__(self) -> str:
        return f"<DN {dict.__repr__(self)[1:-1]}>"

    __str__ = __repr__

    def inspect(self) -> str:
        """Return a line for each field, for people to read."""
        filled = sorted((_titled(field), text) for field, text in self.items())
        return "\n".join(
            f"{title.rjust(26)}: {text.decode('utf-8', 'replace')}" for title, text in filled
        )

    @classmethod
    def _of(cls, name: x509.Name, strict: bool) -> DistinguishedName:
        """
        Return what *name* says.

        @param strict: complain about fields that we have no name for.
        """
        self = cls()
        for part in name:
            long = _LONG.get(part.oid)
            if long is not None:
                text: Any = part.value
                self[long] = text if isinstance(text, bytes) else text.encode("utf-8")
            elif strict:
                raise ValueError(f"a name has a field that is not known: {part.oid}")
        return self

    def _asName(self) -> x509.Name:
        """Return the same name, as C{cryptography} has it."""
        return x509.Name(
            [x509.NameAttribute(_OIDS[field], text.decode("utf-8")) for field, text in self.items()]
        )


DN = DistinguishedName

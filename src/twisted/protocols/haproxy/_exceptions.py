"""
What can be wrong with what a proxy tells.
"""

from __future__ import annotations


class InvalidProxyHeader(Exception):
    """
    It is not what the PROXY protocol says.
    """


class InvalidNetworkProtocol(InvalidProxyHeader):
    """
    It is of a network that is not known.
    """


class MissingAddressData(InvalidProxyHeader):
    """
    It does not have all addresses or ports.
    """

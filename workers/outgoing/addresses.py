"""Which addresses belong to the public internet."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_ISATAP_IDS = (0x0000_5EFE, 0x0200_5EFE)

# Not public although `is_global` says so on Python 3.11: IETF assignments (Oracle Cloud's metadata service
# answers at 192.0.0.192), Azure's wire server, 6to4 relays, and the newer documentation range.
_ALSO_REFUSED_4 = tuple(map(IPv4Network, ("192.0.0.0/24", "168.63.129.16/32", "192.88.99.0/24")))
_ALSO_REFUSED_6 = tuple(map(IPv6Network, ("3fff::/20", "2001:db8::/32")))


def is_public(address: str | IPv4Address | IPv6Address) -> bool:
    """True if a connection to `address`, and to every IPv4 address hidden inside it, leaves for the internet.

    Python's `is_global` alone is not enough: it is True for 64:ff9b::7f00:1 (NAT64), 2002:7f00:1:: (6to4)
    and ::127.0.0.1, all of which can end at 127.0.0.1.
    """
    if isinstance(address, str):
        if "%" in address:  # a zone id: link-local by definition
            return False
        try:
            address = ip_address(address)
        except ValueError:
            return False
    if isinstance(address, IPv4Address):
        return _is_public_4(address)
    inner = list(_hidden(address))
    if not all(map(_is_public_4, inner)):
        return False
    if address in _NAT64 or address.ipv4_mapped is not None:
        return True
    if address.teredo is not None or address.sixtofour is not None:
        return True
    return (
        address in _GLOBAL_UNICAST
        and address.is_global
        and not address.is_multicast
        and not any(address in network for network in _ALSO_REFUSED_6)
    )


def _is_public_4(address: IPv4Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _ALSO_REFUSED_4)
    )


def _hidden(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that a gateway may find in an IPv6 address."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    low = int(address) & 0xFFFF_FFFF
    if address in _NAT64 or address in _COMPATIBLE or address in _TRANSLATED:
        yield IPv4Address(low)
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP_IDS:
        yield IPv4Address(low)

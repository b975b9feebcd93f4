"""Which network a request came from: what one household or one office holds, by the address a proxy told.

Every limit counts by it, so that all of them count the same: nobody gets around one by another port of his own, by
another of the 2⁶⁴ addresses that one line of IPv6 has, or by the other way of writing an IPv4 address.
"""

import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

# One line of IPv6 is 64 bits (RFC 6177); a provider gives an office 48, and who has those has 65,536 lines.
LINE_BITS, SITE_BITS = 64, 48
# How many times what one network may is allowed to all of a wider one together.
TIMES_WIDER = 5
# Whoever has no address that can be read is counted with all others who have none.
UNKNOWN = "unknown"

# Gateways write a port behind the address (RFC 7239, 6); a zone (%eth0) names a card of their own.
_BRACKETED = re.compile(r"\[([^\]]*)\](?::\d*)?")
_WITH_PORT = re.compile(r"([0-9.]+):\d*")


class Network(NamedTuple):
    """A network: an IPv4 address, or the first 64 bits of an IPv6 one; then the 48 bits it lies in, else nothing."""

    own: str
    wider: str = ""


def network_of(address: str) -> Network:
    """Return the network an address is in, told by a proxy with a port, in brackets, quoted, or not at all.

    >>> network_of("203.0.113.7:40001").own, network_of("::ffff:203.0.113.7").own, network_of("").own
    ('203.0.113.7', '203.0.113.7', 'unknown')
    >>> network_of("[2001:db8:1:2::3]:443")
    Network(own='2001:db8:1:2::/64', wider='2001:db8:1::/48')
    """
    try:
        known = ip_address(_bare(address))
    except ValueError:
        return Network(UNKNOWN)
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    if not isinstance(known, IPv6Address):
        return Network(str(known))
    own, wider = (str(ip_network((int(known), bits), strict=False)) for bits in (LINE_BITS, SITE_BITS))
    return Network(own, wider)


def _bare(address: str) -> str:
    plain = address.strip().removeprefix("for=").strip('"')
    written = _BRACKETED.fullmatch(plain) or _WITH_PORT.fullmatch(plain)
    return (written[1] if written else plain).partition("%")[0]

"""Which addresses may be called from here: those of the public internet, and what the operator allows besides."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from app.core.settings import current_settings

Address = IPv4Address | IPv6Address

# Written out instead of asked of `ipaddress`, whose answers differ from one Python to the next.
NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # the host below a virtual machine in one large cloud
        "169.254.0.0/16",  # link-local, and clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# All others are loopback, private, link-local, multicast, IPv4 in disguise (mapped, compatible, NAT64) or nothing yet.
PUBLIC_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols, and Teredo, which carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    return address.scope_id is None and address in PUBLIC_6 and not any(address in network for network in NOT_PUBLIC_6)


def is_allowed(address: Address) -> bool:
    """Whether the operator vouches for the network it lies in; taken literally, so no disguise slips through."""
    return any(address in network for network in current_settings().outgoing_networks)


def loopback_is_allowed() -> bool:
    return is_allowed(IPv4Address("127.0.0.1"))

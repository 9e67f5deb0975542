"""Who asks: plain facts of one request. Knows nothing about where they were read, or what they are limited to."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True)
class Visitor:
    """`session` is chosen by the caller and proves nothing, "" for callers that name none and so are counted as one;
    `key` is a key of their own, None without one.

    `peer` is the address that is connected to us, `forwarded` what proxies say of those behind it, in their order.
    """

    session: str = ""
    key: SecretStr | None = None
    peer: str = ""
    forwarded: tuple[str, ...] = ()

    @property
    def own_key(self) -> bool:
        return self.key is not None and bool(self.key.get_secret_value())

    def address(self, hops: int) -> str:
        """Who stands before that many proxies of ours; "" where addresses are not to be used (0 hops).

        What stands further left was written by the caller. Of an IPv6 address its network counts: one line has 2**64.
        """
        if hops <= 0:
            return ""
        if not self.forwarded:
            return _network(self.peer)
        return _network(self.forwarded[-hops]) if len(self.forwarded) >= hops else "around the proxy"

    def account(self, hops: int) -> str:
        """Under which name money is kept: a digest, so that neither an address nor a session lies on a disk."""
        known_by = f"address {address}" if (address := self.address(hops)) else f"session {self.session}"
        return hashlib.blake2b(known_by.encode(), digest_size=12).hexdigest()


def _network(said: str) -> str:
    """The address without a port, in its one spelling; what can't be read is one address for all."""
    host = said.strip().partition("]")[0].removeprefix("[")
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return "unreadable"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))

"""One HTTP GET that can't be led astray: public addresses, one deadline for all of it. Knows nothing about its purpose.

The list of addresses and the pinning are microsoft-antissrf's: every address of a name must be public, and the one that
was checked is the one connected to, while TLS still verifies the name.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Network
from types import TracebackType
from typing import Any

import requests
from AntiSSRF import AntiSSRFError, AntiSSRFPolicy, PolicyConfigOptions  # type: ignore[import-untyped]
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_match_hostname import CertificateError

__all__ = ["Answer", "HTTPError", "Late", "Leash", "NotPublic", "Untrusted", "get", "is_public"]

NotPublic = AntiSSRFError
PIECE = 1 << 16
UNICAST, MAPPED = IPv6Network("2000::/3"), IPv6Network("::ffff:0:0/96")


@dataclass(frozen=True)
class Answer:
    """Status, headers and decoded body of one hop; a body beyond the cap is cut off there and `too_large`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    too_large: bool


class Late(Exception):
    """The deadline passed."""


class Untrusted(Exception):
    """The certificate is not for this name, or from nobody we trust."""


class Leash:
    """Cuts every connection made under it when the time is up: no read outlives it, headers and TLS included."""

    def __init__(self, seconds: float) -> None:
        self._held: list[socket.socket] = []
        self._ended = threading.Event()
        self._timer = threading.Timer(max(seconds, 0), self.cut)
        self._timer.daemon = True

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def hold(self, connection: socket.socket) -> None:
        # A duplicate stays valid when TLS takes the first one over.
        self._held.append(connection.dup())
        if self.ended:
            self.cut()

    def cut(self) -> None:
        """End it now, from any thread."""
        self._ended.set()
        for held in self._held:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:  # closed already, which is what we want
                continue

    def __enter__(self) -> Leash:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        for held in self._held:
            held.close()


@cache
def policy() -> Any:
    """What may be connected to: public addresses, by https. Made once, and never changed after."""
    allowed = AntiSSRFPolicy(PolicyConfigOptions.EXTERNAL_ONLY_LATEST)
    allowed.add_xff_header = False
    allowed.add_denied_addresses([str(block) for block in _nobodys()])
    return allowed


def _nobodys() -> Iterator[IPv6Network]:
    """All of IPv6 but what is given out on the internet, less IPv4 in its mapped form, which the library checks itself.

    The library lets through what no list of special addresses names, and systems route some of it: IPv4 in the
    withdrawn form ::a.b.c.d (RFC 4291) and in the translated form ::ffff:0:a.b.c.d (RFC 2765).
    """
    for block in IPv6Network("::/0").address_exclude(UNICAST):
        yield from block.address_exclude(MAPPED) if MAPPED.subnet_of(block) else [block]


def is_public(addresses: list[str]) -> bool:
    """Whether there are addresses and every one of them is public; what is no address at all is not."""
    return bool(addresses) and bool(policy()._is_network_connection_allowed(addresses))


def get(
    url: str, *, guarded: bool, headers: Mapping[str, str], cap: int, leash: Leash, connect: float, stall: float
) -> Answer:
    """One GET without following redirects. Blocking, until the leash is cut at the latest.

    Raises Late, NotPublic, Untrusted, and what requests, urllib3 and socket raise.
    """
    session = policy().get_antissrf_session() if guarded else requests.Session()
    session.trust_env = False
    with session, leash:
        for adapter in session.adapters.values():
            _leashed(vars(adapter)["poolmanager"], leash, guarded)
        try:
            with session.get(
                url,
                headers=dict(headers),
                stream=True,
                allow_redirects=False,
                timeout=(connect, stall),
            ) as reply:
                body, too_large = _body(reply.raw, cap)
                return Answer(reply.status_code, dict(reply.headers.lower_items()), body, too_large)
        except (OSError, HTTPError) as lost:
            if leash.ended:
                raise Late from lost
            if _about_certificate(lost):
                raise Untrusted from lost
            raise


def _about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, (CertificateError, ssl.SSLCertVerificationError)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _body(raw: Any, cap: int) -> tuple[bytes, bool]:
    body = bytearray()
    while piece := raw.read1(PIECE, decode_content=True):
        body += piece
        if len(body) > cap:
            return bytes(body[:cap]), True
    return bytes(body), False


def _leashed(manager: Any, leash: Leash, guarded: bool) -> None:
    """Make every new connection of a pool manager known to the leash.

    A guarded one is checked a last time: it goes to a public address, not to a name that could be resolved anew.
    """

    def held(pool: Any) -> Any:
        def connect(self: Any) -> socket.socket:
            if guarded and not is_public([self._dns_host]):
                raise NotPublic(f"{self._dns_host} is no public address")
            connection: socket.socket = pool.ConnectionCls._new_conn(self)
            leash.hold(connection)
            return connection

        connection = type(pool.ConnectionCls.__name__, (pool.ConnectionCls,), {"_new_conn": connect})
        return type(pool.__name__, (pool,), {"ConnectionCls": connection})

    manager.pool_classes_by_scheme = {name: held(pool) for name, pool in manager.pool_classes_by_scheme.items()}

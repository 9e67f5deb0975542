"""Reads an address that somebody else wrote, so that it can mean one thing only. Knows nothing about the network."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from services.errors import InvalidInput

LONGEST = 4096
PORTS = {"http": 80, "https": 443}
NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
# What WHATWG's parser and inet_aton take for the last part of an IPv4 address: 127.1, 0x7f.1, 2130706433.
NUMBER = re.compile(r"0x[0-9a-f]*|\d+")


def parsed(url: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of a URL that may be asked for, its host in the one form that every library reads alike.

    International names become their `xn--` form; a final dot goes. Raises InvalidInput for anything that some library
    might read otherwise. The addresses behind the name are checked when it is resolved.
    """
    url = url.strip()
    if not url:
        raise InvalidInput("There is no address.", remedy=f"Give one that begins with {schemes[0]}://")
    if len(url) > LONGEST or not url.isprintable() or " " in url or "\\" in url:
        raise not_allowed("has characters that no address has, or is too long")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as broken:
        raise not_allowed("can't be read") from broken
    if parts.scheme not in schemes or not host:
        raise not_allowed(f"is not one of {' or '.join(schemes)}")
    if parts.username is not None or parts.password is not None:
        raise not_allowed("carries a name or a password")
    host = _bracketed(host) if "[" in parts.netloc else _named(host)
    return parts._replace(netloc=host if port is None else f"{host}:{port}")


def same_origin(parts: SplitResult, origin: str) -> bool:
    """Whether scheme, host and port are those of `origin`, a configured base URL; "" is nobody's."""
    base = urlsplit(origin)
    return bool(origin) and _origin(parts) == _origin(base)


def not_allowed(why: str) -> InvalidInput:
    """The error for an address that nobody fetches for anybody."""
    return InvalidInput(f"This address is not allowed: it {why}.", remedy="Use a public https address.")


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme)


def _bracketed(host: str) -> str:
    """An IPv6 address. One with a zone (`fe80::1%eth0`) names a network card of ours, so it is nobody else's."""
    try:
        return f"[{ipaddress.IPv6Address(host if '%' not in host else '')}]"
    except ValueError as broken:
        raise not_allowed("has a number in place of a name that can't be read") from broken


def _named(host: str) -> str:
    """A name or an IPv4 address in four decimal parts, in ASCII and small letters."""
    if not host.isascii():
        host = _ascii(host)
    host = host.lower().removesuffix(".")
    if not NAME.fullmatch(host):
        raise not_allowed("has a name that no host has")
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError as hidden:
            raise not_allowed("hides a number in place of a name") from hidden
    return host


def _ascii(host: str) -> str:
    """As browsers and `requests` do it: full-width digits, round letters and other dots become plain ones first."""
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as broken:
        raise not_allowed("has a name that no host has") from broken

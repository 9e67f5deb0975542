"""Where a call goes: base URL, key, dialect. The only difference between the API and the embedded engine."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from services.errors import InvalidInput
from services.settings import Dialect

DEFAULT_BASE = "https://api.aimlapi.com/v1"


@dataclass(frozen=True)
class Endpoint:
    """`root` is the base URL less a trailing `/v1`; `/v2` and `/models/metrics` hang on it. An empty key isn't sent."""

    root: str
    key: SecretStr = SecretStr("")
    dialect: Dialect = "auto"
    embedded: bool = False

    @classmethod
    def at(cls, base: str, key: SecretStr | None = None, dialect: Dialect = "auto", embedded: bool = False) -> Endpoint:
        """Make an endpoint from a base URL as people write it."""
        return cls(base.rstrip("/").removesuffix("/v1"), key or SecretStr(""), dialect, embedded)

    def base(self, dialect: Dialect) -> str:
        """The base URL in one of the two published forms."""
        return self.root if dialect == "seed" else f"{self.root}/v1"

    @property
    def host(self) -> str:
        """Host and port, without a name and password that a base URL may carry."""
        return urlsplit(self.root).netloc.rpartition("@")[2]

    @property
    def is_aimlapi(self) -> bool:
        return f".{urlsplit(self.root).hostname}".endswith(".aimlapi.com")

    @property
    def name(self) -> str:
        """Who answers, in words."""
        return "embedded engine" if self.embedded else "AI/ML API" if self.is_aimlapi else self.host


def cleaned_key(text: str) -> SecretStr:
    """A pasted key without the spaces, quotes and line ends that came along.

    Raises InvalidInput when what is left can't be a key: a header carries printable ASCII only.
    """
    key = text.strip().strip("'\"`").strip()
    if not key.isascii() or not key.isprintable() or " " in key or len(key) > 512:
        raise InvalidInput(
            "This can't be a key: it has characters that no key has.", remedy="Copy the key again and paste only that."
        )
    return SecretStr(key)

"""Reads the environment once. Knows nothing about what the settings are used for."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Dialect = Literal["auto", "v1", "seed"]
LogForm = Literal["auto", "json", "text"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(BaseSettings):
    """The owner's choices; every field is an environment variable with the prefix `AIML_`, listed in the README."""

    model_config = SettingsConfigDict(
        env_prefix="AIML_", frozen=True, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    api_key: SecretStr = Field(
        SecretStr(""), description="The owner's key for the API; empty: the embedded engine answers"
    )
    api_base: str = Field("", description="Where the API is; default https://api.aimlapi.com/v1")
    api_dialect: Dialect = Field("auto", description="Which published form of the API to speak")
    log: LogForm = Field("auto", description="Lines of JSON or text; auto: text where standard error is a terminal")
    log_level: LogLevel = Field("INFO", description="Our own lines from this level on; other libraries' from WARNING")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="What `/metrics` asks for; empty: this machine only, and never on a Space"
    )

    @field_validator("api_key")
    @classmethod
    def _trimmed(cls, key: SecretStr) -> SecretStr:
        text = key.get_secret_value().strip().strip("'\"")
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("AIML_API_KEY holds characters that no key has; copy the key again and set only that")
        return SecretStr(text)

    @field_validator("api_base")
    @classmethod
    def _an_address(cls, base: str) -> str:
        base = base.strip().rstrip("/")
        parts = urlsplit(base)
        if base and (parts.scheme not in ("http", "https") or not parts.netloc):
            raise ValueError("AIML_API_BASE must be an http or https address such as https://api.aimlapi.com/v1")
        return base

    @property
    def names_an_api(self) -> bool:
        """Whether the owner chose an API at all; if not, the embedded engine is what answers."""
        return bool(self.api_base or self.api_key.get_secret_value())

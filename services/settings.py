"""Reads the environment once. Knows nothing about what the settings are used for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.limits import Limits

Dialect = Literal["auto", "v1", "seed"]
LogForm = Literal["auto", "json", "text"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
STORAGES = ("memory", "redis", "rediss")


class Settings(BaseSettings):
    """The owner's choices; every field is an environment variable with the prefix `AIML_`, listed in the README."""

    # A variable of a limit has one cut, after AIML_LIMIT: what follows is the limit's own name.
    model_config = SettingsConfigDict(
        env_prefix="AIML_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
        frozen=True,
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        allow_inf_nan=False,
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

    models: Annotated[tuple[str, ...], NoDecode] = Field((), description="Models the owner's key may use; empty: all")
    kill_switch: bool = Field(False, description="The owner's key is not used any more")
    budget_day_usd: float | None = Field(None, ge=0, description="What the owner's key may spend in a day")
    budget_visitor_usd: float | None = Field(None, ge=0, description="What one visitor may spend of it in a day")
    budget_unknown_usd: float = Field(0.10, ge=0, description="What a call of unknown price counts")
    data: Path = Field(Path("~/.aiml-playground"), description="Where the budget is kept")

    rate_limit: bool = Field(True, description="Whether visitors are counted at all")
    trusted_hops: int = Field(0, ge=0, le=10, description="Proxies in front; 0: addresses are not used")
    # Secret, because a Redis address carries its password.
    storage: SecretStr = Field(SecretStr("memory://"), description="Where visitors are counted: memory or a Redis")
    limit: Limits = Field(Limits(), description="Each limit is a variable of its own: AIML_LIMIT_CONNECT ...")

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

    @field_validator("models", mode="before")
    @classmethod
    def _listed(cls, names: Any) -> Any:
        return tuple(name.strip() for name in names.split(",") if name.strip()) if isinstance(names, str) else names

    @field_validator("storage")
    @classmethod
    def _a_storage(cls, uri: SecretStr) -> SecretStr:
        scheme, separator, _ = uri.get_secret_value().partition("://")
        if scheme not in STORAGES or not separator:
            raise ValueError(
                "AIML_STORAGE must be memory:// or the address of a Redis such as redis://localhost:6379/0"
            )
        return uri

    @field_validator("data")
    @classmethod
    def _a_folder(cls, folder: Path) -> Path:
        return folder.expanduser()

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """All that must never be seen: keys, tokens, and the password within the storage's address."""
        password = urlsplit(self.storage.get_secret_value()).password or ""
        return self.api_key, self.metrics_token, SecretStr(unquote(password))

    @property
    def names_an_api(self) -> bool:
        """Whether the owner chose an API, and has not switched it off; if not, the embedded engine answers."""
        return not self.kill_switch and bool(self.api_base or self.api_key.get_secret_value())


def sentences(wrong: ValidationError) -> str:
    """What is wrong with the environment, each variable by its name; no value is shown."""
    return "; ".join(_sentence(tuple(map(str, error["loc"])), error["type"], error["msg"]) for error in wrong.errors())


def _sentence(where: tuple[str, ...], kind: str, said: str) -> str:
    if kind == "value_error":
        return said.removeprefix("Value error, ")
    name = "_".join(("aiml", *where)).upper()
    if kind == "unexpected_keyword_argument":
        return f"{name} is no setting; the README lists them all"
    return f"{name}: {said.removeprefix('Input ')}"

"""Finds the first family whose pattern a model's id fits. Knows nothing about any family."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias, TypeVar

Fields: TypeAlias = dict[str, Any]
Ignored: TypeAlias = tuple[str, ...]


class Family(Protocol):
    """A row of a table: `ids` is a regular expression for the start of an id, letter case aside."""

    @property
    def ids(self) -> str: ...


F = TypeVar("F", bound=Family)


def first_match(model_id: str, families: Iterable[F], otherwise: F) -> F:
    """The first family that fits: tables go from the most specific to the most general."""
    return next((family for family in families if re.match(family.ids, model_id, re.IGNORECASE)), otherwise)

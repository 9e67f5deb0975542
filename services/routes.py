"""Decides which endpoint answers a call and with which model. Knows nothing about what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Protocol

from pydantic import SecretStr

from services.catalog import Catalog, Model, Task
from services.deprecations import Deprecations, successors
from services.endpoint import DEFAULT_BASE, Endpoint
from services.errors import InvalidInput
from services.record import Record
from services.rows import spelling
from services.settings import Settings

EMBEDDED = "embedded/"
KILL_SWITCH = "kill-switch"
PATIENCE = 2.0  # seconds for the feed of old names, when a name is on no list
# What the engine offers, known before it runs: it starts when one of these is first asked for.
ENGINE_MODELS: dict[Task, Model] = {
    "chat": Model("embedded/smollm2-135m", "chat", "SmolLM2 135M, embedded engine"),
    "image": Model("embedded/composer", "image", "Illustration composer, embedded engine"),
    "transcription": Model("embedded/whisper-tiny.en", "transcription", "Whisper tiny.en, embedded engine"),
    "speech": Model("embedded/hibari", "speech", "Hibari, embedded engine"),
}


@dataclass(frozen=True)
class Route:
    """One call's endpoint (with its key) and model; `replaced` is the old name that led to the model, "" for none.

    `record` is what the call sends and receives.
    """

    endpoint: Endpoint
    model: Model
    replaced: str = ""
    record: Record = field(default_factory=Record, compare=False, repr=False)

    @property
    def news(self) -> str:
        """What a person is to know about the way their model was found; "" for nothing."""
        return f"{self.replaced} was replaced by {self.model.id}." if self.replaced else ""


class Engine(Protocol):
    """Whatever can hand out the endpoint of a running embedded engine."""

    async def endpoint(self) -> Endpoint: ...


class Routes:
    """The owner's choice, a visitor's key and a visitor's model, brought together; never silently."""

    def __init__(
        self, settings: Settings, catalog: Catalog, engine: Engine, deprecations: Deprecations | None = None
    ) -> None:
        self._settings, self._catalog, self._engine, self._deprecations = settings, catalog, engine, deprecations

    @property
    def switched_off(self) -> bool:
        """Whether the owner's kill switch is thrown: by the setting, or since then by a file in the data folder."""
        return self._settings.kill_switch or (self._settings.data / KILL_SWITCH).exists()

    @property
    def spends(self) -> bool:
        """Whether a visitor without a key is answered with the owner's."""
        chosen = self._settings
        return bool(chosen.names_an_api and chosen.api_key.get_secret_value() and not self.switched_off)

    async def endpoint(self, key: SecretStr | None = None) -> Endpoint:
        """Who answers by default: the API with the visitor's key, else the owner's API, else the embedded engine.

        The owner's key goes to the owner's base only, a visitor's key to the configured base or the default one.
        """
        chosen = self._settings
        if key and key.get_secret_value():
            return Endpoint.at(chosen.api_base or DEFAULT_BASE, key, chosen.api_dialect)
        if chosen.names_an_api and not self.switched_off:
            return Endpoint.at(chosen.api_base or DEFAULT_BASE, chosen.api_key, chosen.api_dialect)
        return await self._engine.endpoint()

    async def offered(self, task: Task, key: SecretStr | None = None) -> Sequence[Model]:
        """What the endpoint itself offers for a task, the default first; empty where it can't do it."""
        return await self._offered(await self.endpoint(key), task, key)

    async def models(self, task: Task, key: SecretStr | None = None) -> Sequence[Model]:
        """What can be chosen for a task, the default first; the embedded engine's model is always there, at the end."""
        offered = await self.offered(task, key)
        own = ENGINE_MODELS[task]
        return offered if any(model.id == own.id for model in offered) else (*offered, own)

    async def resolve(self, task: Task, model: str | None = None, key: SecretStr | None = None) -> Route:
        """The route of one call; no model named means the first of the list.

        A name that was replaced leads to what took its place, if that is offered. A model of the embedded engine goes
        to the engine unless the endpoint lists it itself. After the kill switch the engine's model answers in the place
        of whatever was chosen before.
        Raises InvalidInput when the endpoint offers nothing for this task or the owner does not allow the model,
        Unreachable when the engine can't start.
        """
        endpoint = await self.endpoint(key)
        offered = await self._offered(endpoint, task, key)
        if not model:
            if not offered:
                raise InvalidInput(
                    f"{endpoint.name} offers no model for this.",
                    remedy="Choose the embedded engine's, or name a model by its id.",
                )
            return Route(endpoint, offered[0])
        found = named(offered, model)
        if found is None and model.startswith(EMBEDDED) and not endpoint.embedded:
            endpoint = await self._engine.endpoint()
            offered = await self._catalog.models(endpoint, task)
            found = next((m for m in offered if m.id == model), None)
        if found is None and endpoint.embedded and self.switched_off and offered:
            found = offered[0]
        successor = await self._successor(endpoint, offered, model, found)
        found, replaced = successor or found or Model(id=model, task=task), model if successor else ""
        if not self._allowed(endpoint, found, key):
            raise InvalidInput(
                f"The model {model} is not allowed here.",
                remedy=f"Choose one of {', '.join(self._settings.models)}, or use a key of your own.",
            )
        return Route(endpoint, found, replaced)

    async def replaced(self, task: Task, key: SecretStr | None = None, patience: float = 0) -> Mapping[str, str]:
        """Old names, and the id of the offered model that took each one's place; some of them may still be offered."""
        endpoint = await self.endpoint(key)
        if not self._deprecations:
            return {}
        replaced = await self._deprecations.replaced(endpoint, patience)
        offered = by_name(await self._offered(endpoint, task, key))
        later = {name: [offered[n] for n in successors(replaced, name) if n in offered] for name in replaced}
        return {name: models[0].id for name, models in later.items() if models}

    async def _successor(
        self, endpoint: Endpoint, offered: Sequence[Model], name: str, found: Model | None
    ) -> Model | None:
        """What took the place of a name that is no model's own any more; a name on no list is worth a short wait."""
        if not self._deprecations or (found and found.id == name):
            return None
        replaced = await self._deprecations.replaced(endpoint, 0 if found else PATIENCE)
        later = (named(offered, other) for other in successors(replaced, name))
        successor = next((model for model in later if model), None)
        return successor if found in (None, successor) else None

    async def _offered(self, endpoint: Endpoint, task: Task, key: SecretStr | None) -> Sequence[Model]:
        models = await self._catalog.models(endpoint, task)
        return tuple(model for model in models if self._allowed(endpoint, model, key))

    def _allowed(self, endpoint: Endpoint, model: Model, key: SecretStr | None) -> bool:
        """The owner's list binds the owner's API; a visitor's own key and the engine are not its business."""
        globs = self._settings.models
        if not globs or endpoint.embedded or (key and key.get_secret_value()):
            return True
        return any(fnmatchcase(name, glob) for name in (model.id, *model.aliases) for glob in globs)


def named(models: Sequence[Model], name: str) -> Model | None:
    """The model of that id, else of that alias, else the one that is spelled almost so (dots for dashes)."""
    exact = next((m for m in models if m.id == name), None) or next((m for m in models if name in m.aliases), None)
    if exact:
        return exact
    wanted = spelling(name)
    return next((m for m in models if wanted in (spelling(m.id), *map(spelling, m.aliases))), None)


def by_name(models: Sequence[Model]) -> Mapping[str, Model]:
    """Each model by all its names; a model's own id wins over another's alias."""
    return {
        **{alias: model for model in reversed(models) for alias in model.aliases},
        **{model.id: model for model in models},
    }

"""Puts the services together. Knows who needs what; holds no key of a visitor and nothing that a call leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.account import AccountService
from services.catalog import Catalog
from services.chat import ChatService
from services.deprecations import Deprecations
from services.engine import EmbeddedEngine
from services.fetch import Fetcher
from services.gate import Gate
from services.image import ImageService
from services.metrics import Metrics
from services.observer import Observer
from services.parameters import Parameters
from services.redaction import Redactor
from services.routes import Routes
from services.settings import Settings
from services.speech import SpeechService
from services.speeds import Speeds
from services.transcription import TranscriptionService
from services.transport import Transport
from services.watched import WatchedAccount, WatchedChat, WatchedImage, WatchedSpeech, WatchedTranscription


@dataclass(frozen=True)
class Services:
    """Everything a page or an API endpoint is handed."""

    routes: Routes
    gate: Gate
    chat: ChatService
    image: ImageService
    transcription: TranscriptionService
    speech: SpeechService
    account: AccountService
    engine: EmbeddedEngine
    speeds: Speeds
    parameters: Parameters
    fetcher: Fetcher
    observer: Observer

    async def engine_news(self) -> dict[str, str]:
        """What the embedded engine is busy with, by its own status; "" where there is nothing to tell.

        `fetching` is how far the chat weights are, such as `34 of 98 MB`; `queue` how many wait for a model, how long.
        """
        news = {"fetching": "", "queue": ""}
        if not self.engine.running:
            return news
        endpoint = await self.engine.endpoint()
        cap = self.fetcher.limits.json_bytes
        said = await self.fetcher.json(f"{endpoint.root}/v1/engine/status", key=endpoint.key, cap=cap)
        models = said.data.get("models", {}) if isinstance(said.data, dict) else {}
        for row in models.values():
            if row["state"] == "fetching" and row["total"]:
                news["fetching"] = f"{row['received'] / 1e6:.0f} of {row['total'] / 1e6:.0f} MB"
            if row["waiting"]:
                about = f", about {row['expected_wait']:.0f} s" if row["expected_wait"] else ""
                news["queue"] = f"{row['waiting']} waiting{about}"
        return news

    def warm(self) -> None:
        """Load what the first call needs: seconds of imports that would hold up every visitor if they came with it."""
        import openai  # noqa: F401
        import requests  # noqa: F401
        import soundfile  # noqa: F401


def assemble(settings: Settings, engine: EmbeddedEngine, folder: Path, redactor: Redactor | None = None) -> Services:
    """Make the services. `folder` is where pictures and clips are kept until the page has them.

    Raises OSError, in words for the owner, where the budget can't be kept or the shared storage can't be used.
    """
    transport, fetcher = Transport(settings.limit), Fetcher(settings.limit)
    observer = Observer(redactor or Redactor(*settings.secrets), Metrics())
    observer.metrics.watch(lambda: engine.running, lambda: engine.starts)
    routes = Routes(settings, Catalog(fetcher), engine, Deprecations(fetcher))
    return Services(
        routes=routes,
        gate=Gate(settings, routes, refused=lambda why: observer.metrics.refused.labels(type(why).__name__).inc()),
        chat=WatchedChat(observer, transport),
        image=WatchedImage(observer, transport, fetcher, folder),
        transcription=WatchedTranscription(observer, transport, fetcher),
        speech=WatchedSpeech(observer, transport, fetcher, folder),
        account=WatchedAccount(observer, fetcher),
        engine=engine,
        speeds=Speeds(fetcher),
        parameters=Parameters(fetcher),
        fetcher=fetcher,
        observer=observer,
    )

"""The services as the playground has them: every action passes the observer. Knows methods; knows no wire."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing
from typing import Any

from services.account import Account, AccountService
from services.catalog import Task
from services.chat import ChatService, Completion, Message, Parameters
from services.endpoint import Endpoint
from services.gate import Result
from services.image import Generation, ImageService
from services.observer import Observer
from services.routes import Route
from services.speech import Speech, SpeechService
from services.transcription import Transcript, TranscriptionService


class _Watched:
    def __init__(self, observer: Observer, *needs: Any) -> None:
        super().__init__(*needs)
        self._observer = observer

    async def _observed(self, task: Task, route: Route, work: Awaitable[Result]) -> Result:
        with self._observer.action(task, route.endpoint, route.model.id) as action:
            done = await work
            action.run = done.run
            return done


class WatchedChat(_Watched, ChatService):
    """Chat, observed."""

    async def stream(
        self, route: Route, messages: Sequence[Message], parameters: Parameters = Parameters()
    ) -> AsyncGenerator[Completion]:
        """As ChatService."""
        with self._observer.action("chat", route.endpoint, route.model.id) as action:
            async with aclosing(super().stream(route, messages, parameters)) as snapshots:
                async for snapshot in snapshots:
                    action.run, action.finish = snapshot.run, snapshot.finish_reason
                    yield snapshot


class WatchedImage(_Watched, ImageService):
    """Pictures, observed."""

    async def generate(self, route: Route, *what: Any, **how: Any) -> Generation:
        """As ImageService."""
        return await self._observed("image", route, super().generate(route, *what, **how))


class WatchedTranscription(_Watched, TranscriptionService):
    """Speech to text, observed."""

    async def transcribe(self, route: Route, *what: Any, **how: Any) -> Transcript:
        """As TranscriptionService."""
        return await self._observed("transcription", route, super().transcribe(route, *what, **how))

    async def resume(self, route: Route, *what: Any, **how: Any) -> Transcript:
        """As TranscriptionService."""
        return await self._observed("transcription", route, super().resume(route, *what, **how))


class WatchedSpeech(_Watched, SpeechService):
    """Text to speech, observed."""

    async def synthesize(self, route: Route, *what: Any, **how: Any) -> Speech:
        """As SpeechService."""
        return await self._observed("speech", route, super().synthesize(route, *what, **how))


class WatchedAccount(_Watched, AccountService):
    """The key check, observed."""

    async def check(self, endpoint: Endpoint) -> Account:
        """As AccountService."""
        with self._observer.action("account", endpoint):
            return await super().check(endpoint)

"""Pictures: a prompt in, files out. Knows the contract's picture shapes; knows no widgets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.billing import run_of
from services.errors import InvalidInput, Refused, ServiceError
from services.extra import NOTHING, counts, merged
from services.families.image import DEFAULT_SIZE, image_body, image_family
from services.fetch import Fetcher
from services.media import save, unbase64
from services.pixels import broken, checked
from services.replies import Picture, PictureReply, malformed, read
from services.routes import Route
from services.run import Attempt, Run, Stopwatch
from services.transport import Paths, Patience, Reply, Transport

# The seed document titles this /images/generate, but its own sample posts to /images/generations.
GENERATIONS = Paths(v1="/images/generations", seed="/images/generations")
MOST = 10
NO_PICTURE = "The reply holds no picture."
MARKED = "The API's safety filter marked this result."


@dataclass(frozen=True)
class GeneratedImage:
    """A picture as the API made it, byte for byte; `seed` makes it again, where the API says it."""

    path: Path
    media_type: str
    width: int
    height: int
    seed: int | None = None
    revised_prompt: str = ""


@dataclass(frozen=True)
class Generation:
    """What came of one prompt. `failed` has a sentence for each picture that did not come, `ignored` the parameters."""

    images: tuple[GeneratedImage, ...]
    failed: tuple[str, ...]
    ignored: tuple[str, ...]
    notice: str
    run: Run


class ImageService:
    """Keeps pictures in `folder`, under names nobody can guess."""

    def __init__(self, transport: Transport, fetcher: Fetcher, folder: Path) -> None:
        self._transport, self._fetcher, self._folder = transport, fetcher, folder
        self._limits = transport.limits
        self._checking = asyncio.Semaphore(1)  # one that has to be drawn takes up to 100 MB

    async def generate(
        self,
        route: Route,
        prompt: str,
        *,
        size: str = DEFAULT_SIZE,
        n: int = 1,
        seed: int | None = None,
        negative_prompt: str = "",
        extra: Mapping[str, Any] = NOTHING,
        progress: Callable[[str], None] | None = None,
    ) -> Generation:
        """Make up to `n` pictures of `size` (`WIDTHxHEIGHT`, in pixels); `extra` are further fields of the body.

        `progress` is told in words what a wait is for. Raises InvalidInput before anything is sent, the transport's
        ServiceErrors, and, when no picture came at all, what the first one failed of.
        """
        prompt, watch = prompt.replace("\0", ""), Stopwatch()
        self._check(route, prompt, n)
        try:
            body, ignored = image_body(
                route.model, prompt, size=size, n=n, seed=seed, negative_prompt=negative_prompt.replace("\0", "")
            )
        except ValueError as wrong:
            raise InvalidInput(f"{size!r} is no size.", remedy="Write it as 1024x1024.") from wrong
        body = merged(body, extra)
        asked = _asked(body)
        said, headers, request_id, attempts = await self._ask(route, body, progress)
        reply = read(PictureReply, said, NO_PICTURE, request_id=request_id)
        entries = reply.pictures[:MOST]
        # A seed we sent makes one picture; of several, only the API can say which seed is whose.
        seed_of_all = _first(reply.seed, _seed(body) if len(entries) == 1 else None)
        outcomes = await asyncio.gather(*(self._image(route, entry, seed_of_all) for entry in entries))
        images = [image for image in outcomes if isinstance(image, GeneratedImage)]
        failed = [error for error in outcomes if isinstance(error, ServiceError)]
        if not images:
            error = failed[0] if failed else malformed(NO_PICTURE, said)
            error.request_id = error.request_id or request_id
            raise error
        run = run_of(route, watch, headers, said, images=len(entries), request_id=request_id, attempts=attempts)
        return Generation(
            images=tuple(images),
            failed=tuple(error.sentence for error in failed),
            ignored=ignored,
            notice=" ".join(note for note in (run.notice, *_notes(reply, len(entries), asked)) if note),
            run=run,
        )

    def _check(self, route: Route, prompt: str, n: int) -> None:
        limit = min(image_family(route.model).prompt, self._limits.prompt_characters)
        if not any(character.isprintable() and not character.isspace() for character in prompt):
            raise InvalidInput("There is no prompt yet.", remedy="Describe the picture you want.")
        if len(prompt) > limit:
            raise InvalidInput(
                f"The prompt has {len(prompt):,} characters; {limit:,} is the limit of this model.",
                remedy="Shorten it, or choose another model.",
            )
        if not 1 <= n <= MOST:
            raise InvalidInput(f"{n} pictures can't be asked for.", remedy=f"Ask for 1 to {MOST}.")

    async def _ask(
        self, route: Route, body: dict[str, Any], tell: Callable[[str], None] | None
    ) -> tuple[dict[str, Any], Mapping[str, str], str, tuple[Attempt, ...]]:
        patience = Patience(self._limits.first_byte_media, self._limits.total_media)
        how: dict[str, Any] = {"patience": patience, "tell": tell, "record": route.record}
        try:
            async with self._transport.post(route.endpoint, GENERATIONS, body=body, **how) as reply:
                return await self._said(reply), dict(reply.headers), reply.request_id, reply.attempts
        except Refused as refused:
            # OpenAI's own newer picture models always answer in base64 and refuse to be told so.
            if "response_format" not in body or "response_format" not in refused.detail:
                raise
            return await self._ask(route, {name: body[name] for name in body if name != "response_format"}, tell)

    async def _said(self, reply: Reply) -> dict[str, Any]:
        if not reply.content_type.startswith("image/"):
            return await reply.json(self._limits.media_json_bytes)
        return {"data": [{"raw": await reply.read(self._limits.image_bytes)}]}

    async def _image(self, route: Route, entry: Picture, seed_of_all: int | None) -> GeneratedImage | ServiceError:
        try:
            data = await self._bytes(route, entry)
            async with self._checking:
                kind, width, height = await asyncio.to_thread(checked, data, self._limits)
            path = await asyncio.to_thread(save, self._folder, data, kind)
        except ServiceError as failed:
            return failed
        return GeneratedImage(
            path=path,
            media_type=kind.media_type,
            width=width,
            height=height,
            seed=_first(entry.seed, seed_of_all),
            revised_prompt=entry.revised_prompt or "",
        )

    async def _bytes(self, route: Route, entry: Picture) -> bytes:
        if entry.raw:
            return entry.raw
        if not (source := entry.source):
            raise broken("An entry of the reply holds no picture.")
        if source.lower().startswith(("http:", "https:")):
            how: dict[str, Any] = {"cap": self._limits.image_bytes, "record": route.record}
            return await self._fetcher.linked(source, trusted_origin=route.endpoint.root, **how)
        try:
            return await asyncio.to_thread(unbase64, source)
        except ValueError as wrong:
            raise broken("A picture came in characters that are not base64.") from wrong


def _first(*candidates: int | None) -> int | None:
    return next((found for found in candidates if found is not None), None)


def _asked(body: Mapping[str, Any]) -> int:
    """How many pictures a body asks for. Raises InvalidInput for more than are taken out of a reply."""
    many = max([1, *counts(body).values()])
    if many > MOST:
        raise InvalidInput(f"{many:,} pictures can't be asked for.", remedy=f"Ask for 1 to {MOST}.")
    return many


def _seed(body: Mapping[str, Any]) -> int | None:
    return seed if isinstance(seed := body.get("seed"), int) else None


def _notes(reply: PictureReply, came: int, asked: int) -> list[str]:
    return [
        MARKED if any(reply.has_nsfw_concepts) else "",
        f"The API made {came} of {asked} pictures." if came < asked else "",
    ]

"""Images in both wire forms. Knows seeds, sizes and files; leaves the picture to the composer."""

from __future__ import annotations

import base64
import io
import secrets
import time
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse

from services.embedded import catalog
from services.embedded.problems import Problem
from services.embedded.replies import meta, while_connected
from services.embedded.schemas import ImageBody
from services.embedded.worker import Emit, Waiting, Worker

if TYPE_CHECKING:
    from PIL.Image import Image

SMALLEST, LARGEST, STEP = 256, 1024, 32


class Composer:
    """The composer with its vocabulary loaded."""

    def __init__(self) -> None:
        from services.embedded.composer import compose

        self._compose = compose

    def paint(self, body: ImageBody, seed: int) -> Image:
        width, height = allowed(*body.dimensions)
        return self._compose(
            body.prompt, width=width, height=height, seed=seed, negative_prompt=body.negative_prompt or ""
        )


class Images:
    """The routes `POST /v1/images/generations` and `/images/generations`."""

    def __init__(self, worker: Worker[Composer]) -> None:
        self._worker = worker

    async def v1(self, request: Request) -> JSONResponse:
        _, pictures, seeds = await self._paint(request)
        data = [
            {"url": None, "b64_json": picture, "mime_type": "image/png", "seed": seed, "revised_prompt": None}
            for picture, seed in zip(pictures, seeds, strict=True)
        ]
        return JSONResponse({"created": int(time.time()), "data": data, "seed": seeds[0], "meta": meta()})

    async def seed_form(self, request: Request) -> JSONResponse:
        """The form of the 2024 endpoint page: `output.choices[].image_base64`."""
        body, pictures, seeds = await self._paint(request)
        width, height = allowed(*body.dimensions)
        answer = {
            "status": "finished",
            "model": catalog.IMAGE,
            "prompt": [body.prompt],
            "num_returns": len(pictures),
            "args": {"n": len(pictures), "size": f"{width}x{height}", "seed": seeds[0]},
            "subjobs": [],
            "output": {"choices": [{"image_base64": picture} for picture in pictures]},
        }
        return JSONResponse(answer, 201)

    async def _paint(self, request: Request) -> tuple[ImageBody, list[str], list[int]]:
        """What was asked, the pictures as base64 PNG, and the seed of each, counting up from the first."""
        body = ImageBody.model_validate_json(await request.body())
        catalog.expect(body.model, catalog.IMAGE)
        if not body.prompt.strip():
            raise Problem(400, "prompt: it is empty; say what the picture should show.")
        first = body.seed or secrets.randbelow(2**31 - 10) + 1
        seeds = [first + index for index in range(body.n or body.num_images or 1)]
        return body, await while_connected(request, self._pictures(body, seeds)), seeds

    async def _pictures(self, body: ImageBody, seeds: list[int]) -> list[str]:
        items = self._worker.stream(lambda composer, emit: _paint_each(composer, body, seeds, emit))
        return [item async for item in items if not isinstance(item, Waiting)]


def allowed(width: int, height: int) -> tuple[int, int]:
    """The nearest size that the composer paints: each side within limits, in steps."""

    def nearest(side: int) -> int:
        return min(LARGEST, max(SMALLEST, round(side / STEP) * STEP))

    return nearest(width), nearest(height)


def _paint_each(composer: Composer, body: ImageBody, seeds: list[int], emit: Emit) -> None:
    for seed in seeds:
        if emit(_png(composer.paint(body, seed), body, seed)):
            return


def _png(image: Image, body: ImageBody, seed: int) -> str:
    """Base64 of a PNG that says by itself how it was made."""
    from PIL.PngImagePlugin import PngInfo

    told = {"prompt": body.prompt, "model": catalog.IMAGE, "seed": str(seed), "Software": "AI/ML API Playground"}
    info = PngInfo()
    for name, value in told.items():
        info.add_text(name, value)  # becomes international text where Latin-1 is not enough
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info, compress_level=3)
    return base64.b64encode(file.getvalue()).decode()

"""Picture bodies by family. The fields are those of the published request schemas (contract, section 3.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from services.catalog import Model
from services.families.match import Fields, Ignored, first_match

DEFAULT_SIZE = "1024x1024"


@dataclass(frozen=True)
class ImageFamily:
    """`size` and `count` name the fields, "" for none; `sides` bounds `image_size`, `sizes` lists what else is allowed.

    `seed_from` is the smallest seed, None where there is no seed. `prompt` is the limit in characters.
    """

    ids: str
    size: Literal["", "image_size", "aspect_ratio", "size"] = ""
    sides: tuple[int, int] = (256, 1440)
    sizes: tuple[str, ...] = ()
    count: Literal["", "num_images", "n"] = ""
    most: int = 1
    seed_from: int | None = None
    negative: bool = False
    prompt: int = 32_000
    response_format: str = ""


GPT_SIZES = ("1024x1024", "1024x1536", "1536x1024")
ULTRA_RATIOS = ("21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21")
IMAGEN_RATIOS = ("1:1", "9:16", "16:9", "3:4", "4:3")
GEMINI_RATIOS = ("21:9", "1:1", "4:3", "3:2", "2:3", "5:4", "4:5", "3:4", "16:9", "9:16")
LUMA_RATIOS = ("3:1", "2:1", "16:9", "3:2", "1:1", "2:3", "9:16", "1:2", "1:3")
COMMON_RATIOS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3")

FAMILIES = (
    ImageFamily(r"embedded/", size="size", count="n", most=4, seed_from=1, negative=True, prompt=4000),
    ImageFamily(r"(openai/)?gpt-image-", size="size", sizes=GPT_SIZES),
    ImageFamily(r"(openai/)?dall-e-3", size="size", sizes=("1024x1024", "1024x1792", "1792x1024"), prompt=4000),
    ImageFamily(
        r"(openai/)?dall-e-2", size="size", sizes=("1024x1024", "512x512", "256x256"), count="n", most=10, prompt=1000
    ),
    ImageFamily(
        r"(google/)?imagen",
        size="aspect_ratio",
        sizes=IMAGEN_RATIOS,
        count="num_images",
        most=4,
        seed_from=1,
        prompt=400,
    ),
    ImageFamily(
        r"google/gemini-2\.5-flash-image$", size="aspect_ratio", sizes=GEMINI_RATIOS, count="num_images", most=4
    ),
    # The newer ones differ in the ratios they take; these five are common to all.
    ImageFamily(r"google/(gemini-.*(image|nano-banana)|nano-banana)", size="aspect_ratio", sizes=IMAGEN_RATIOS),
    ImageFamily(
        r"flux/kontext|flux-pro/v1\.1-ultra",
        size="aspect_ratio",
        sizes=ULTRA_RATIOS,
        count="num_images",
        most=4,
        seed_from=1,
        prompt=4000,
    ),
    ImageFamily(
        r"blackforestlabs/flux-2", size="image_size", sides=(512, 2048), count="num_images", most=4, seed_from=1
    ),
    ImageFamily(
        r"flux-pro", size="image_size", sides=(256, 1440), count="num_images", most=4, seed_from=1, prompt=4000
    ),
    ImageFamily(
        r"flux/schnell", size="image_size", sides=(64, 1536), count="num_images", most=4, seed_from=1, prompt=4000
    ),
    ImageFamily(
        r"flux/|flux-realism",
        size="image_size",
        sides=(512, 1536),
        count="num_images",
        most=4,
        seed_from=1,
        prompt=4000,
    ),
    ImageFamily(
        r"stable-diffusion-v3",
        size="image_size",
        sides=(64, 1536),
        count="num_images",
        most=4,
        seed_from=1,
        negative=True,
        prompt=4000,
    ),
    ImageFamily(r"recraft-v3", size="image_size", sides=(64, 1536), count="num_images", prompt=1000),
    ImageFamily(
        r"alibaba/z-image", size="image_size", sides=(512, 2048), count="num_images", most=4, seed_from=1, prompt=4000
    ),
    ImageFamily(r"alibaba/qwen-image-3", size="image_size", sides=(512, 2048), seed_from=1, negative=True, prompt=800),
    ImageFamily(r"alibaba/", size="image_size", sides=(512, 1440), seed_from=1, negative=True, prompt=2000),
    ImageFamily(
        r"bytedance/(dola-)?seedream-v?4(?![-.]5)",
        size="image_size",
        sides=(1024, 4096),
        count="num_images",
        most=4,
        seed_from=1,
    ),
    ImageFamily(r"bytedance/(dola-)?seedream-4[-.]5", size="image_size", sides=(1440, 4096), seed_from=1),
    ImageFamily(r"bytedance/(dola-)?seedream-5", size="image_size", sides=(1440, 2752), seed_from=1),
    ImageFamily(r"x-ai/grok-imagine", size="aspect_ratio", sizes=(*COMMON_RATIOS, "1:2", "2:1"), count="n", most=10),
    ImageFamily(r"luma/uni-1", size="aspect_ratio", sizes=LUMA_RATIOS, prompt=6000),
    ImageFamily(
        r"klingai/image",
        size="aspect_ratio",
        sizes=(*COMMON_RATIOS, "21:9"),
        count="num_images",
        most=9,
        prompt=4000,
    ),
    ImageFamily(r"reve/|microsoft/mai-image", size="aspect_ratio", sizes=COMMON_RATIOS),
    # Withdrawn, but the seed document shows it and its old schema is known.
    ImageFamily(r"stabilityai/", size="size", sizes=("1024x1024", "512x512"), count="n", most=4),
)
UNKNOWN = ImageFamily(r"")
# Other OpenAI-compatible servers: the fields of OpenAI's own API.
PLAIN = ImageFamily(r"", size="size", count="n", most=10, response_format="b64_json")


def image_body(
    model: Model,
    prompt: str,
    *,
    size: str = DEFAULT_SIZE,
    n: int = 1,
    seed: int | None = None,
    negative_prompt: str = "",
) -> tuple[Fields, Ignored]:
    """The body of a picture call; `size` is `WIDTHxHEIGHT`. What equals the default counts as not wanted.

    A size the family doesn't know becomes its nearest one. `n` counts as ignored when the model makes fewer at a time.
    Raises ValueError for a size that is not `WIDTHxHEIGHT`.
    """
    family = image_family(model)
    width, height = parsed_size(size)
    body: Fields = {"model": model.id, "prompt": prompt}
    ignored = []
    if family.size:
        body[family.size] = _sized(family, width, height)
    elif size != DEFAULT_SIZE:
        ignored.append("size")
    if n > 1:
        allowed = min(n, family.most) if family.count else 1
        if allowed > 1:
            body[family.count] = allowed
        if allowed < n:
            ignored.append("n")
    if seed is not None:
        if family.seed_from is not None and seed >= family.seed_from:
            body["seed"] = seed
        else:
            ignored.append("seed")
    if negative_prompt.strip():
        if family.negative:
            body["negative_prompt"] = negative_prompt
        else:
            ignored.append("negative_prompt")
    if family.response_format:
        body["response_format"] = family.response_format
    return body, tuple(ignored)


def image_family(model: Model) -> ImageFamily:
    """The table's row for a model; a model of a typed catalogue that no row knows gets the required fields only."""
    return PLAIN if model.plain else first_match(model.id, FAMILIES, UNKNOWN)


def parsed_size(size: str) -> tuple[int, int]:
    """Pixels of `WIDTHxHEIGHT`. Raises ValueError."""
    width, height = (int(side) for side in size.lower().replace("×", "x").split("x"))
    if not (1 <= width <= 8192 and 1 <= height <= 8192):
        raise ValueError(size)
    return width, height


def _sized(family: ImageFamily, width: int, height: int) -> object:
    if family.size == "image_size":
        return _bounded(family.sides, width, height)
    if not family.sizes:
        return f"{width}x{height}"

    def distance(size: str) -> tuple[float, int]:
        across, down = (int(side) for side in size.replace(":", "x").split("x"))
        shape = abs(math.log(across / down) - math.log(width / height))
        return round(shape, 6), abs(across * down - width * height)

    return min(family.sizes, key=distance)


def _bounded(sides: tuple[int, int], width: int, height: int) -> Fields:
    """Multiples of 32 within the limits, as near to the wanted shape as they allow."""
    low, high = sides
    scale = max(1.0, low / min(width, height))
    scale *= min(1.0, high / (max(width, height) * scale))

    def stepped(side: int) -> int:
        return min(max(round(side * scale / 32) * 32, math.ceil(low / 32) * 32), high // 32 * 32)

    return {"width": stepped(width), "height": stepped(height)}

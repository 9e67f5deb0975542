"""The limits of one call, in seconds and bytes. Knows nothing about who is limited."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Starting values; sizes count decoded bytes, durations use the monotonic clock."""

    connect: float = 5
    first_byte_chat: float = 60
    first_byte_media: float = 120
    stall: float = 30
    total_chat: float = 180
    total_media: float = 300
    total_job: float = 600
    json_bytes: int = 1 * MB
    catalog_bytes: int = 16 * MB
    media_json_bytes: int = 64 * MB
    line_bytes: int = 1 * MB
    image_bytes: int = 20 * MB
    image_pixels: int = 25_000_000
    audio_bytes: int = 25 * MB
    audio_seconds: float = 600
    output_characters: int = 200_000
    prompt_characters: int = 32_000
    turns: int = 100
    redirects: int = 3

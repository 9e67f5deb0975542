"""The limits of one call and of what visitors share. Knows nothing about who is limited, or how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

MB = 1_000_000

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
CountOrNone = Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class Limits:
    """Starting values; each is the setting `AIML_LIMIT_` and its name, told in the README.

    Sizes count decoded bytes, durations are seconds on the monotonic clock. The ranges are checked where the
    environment is read; code may make any of its own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", allow_inf_nan=False)

    # One call
    connect: Seconds = 5
    first_byte_chat: Seconds = 60
    first_byte_media: Seconds = 120
    stall: Seconds = 30
    total_chat: Seconds = 180
    total_media: Seconds = 300
    total_job: Seconds = 600
    json_bytes: Count = 1 * MB
    catalog_bytes: Count = 16 * MB
    media_json_bytes: Count = 64 * MB
    line_bytes: Count = 1 * MB
    image_bytes: Count = 20 * MB
    image_pixels: Count = 25_000_000
    audio_bytes: Count = 25 * MB
    audio_seconds: Seconds = 600
    upload_bytes: Count = 25 * MB
    output_characters: Count = 200_000
    prompt_characters: Count = 32_000
    turns: Count = 100
    redirects: CountOrNone = 3
    resends: CountOrNone = 2

    # What visitors share; actions are counted over a minute
    session_calls: Count = 4
    session_actions: Count = 30
    address_calls: Count = 40
    address_actions: Count = 300
    nameless_calls: Count = 40
    nameless_actions: Count = 120
    all_actions: Count = 1500
    new_sessions: Count = 300
    chats: Count = 100
    images: Count = 20
    transcriptions: Count = 20
    speeches: Count = 20
    queue: CountOrNone = 100

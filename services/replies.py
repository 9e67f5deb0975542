"""The shape of every reply outside of chat, checked before anything is made of it. Knows no HTTP and no services.

Strict where the contract speaks with one voice: a number is no text, NaN is no number, what must be there is there.
What decorates a result (times of words, names) is left out where it is odd, since the result itself was paid for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    OnErrorOmit,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from services.errors import MalformedReply
from services.refusals import message_of, shortened

T = TypeVar("T")
WORDS = ("message", "error", "title", "detail")  # where an upstream says in its own words what is wrong


class Shape(BaseModel):
    """What a reply must look like; fields that nobody asked for are nobody's business."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", allow_inf_nan=False)


S = TypeVar("S", bound=Shape)


def read(shape: type[S], said: Any, otherwise: str, *, request_id: str = "") -> S:
    """A reply in its shape. Raises MalformedReply that says `otherwise`, and the upstream's own message if any."""
    try:
        return shape.model_validate(said)
    except ValidationError as odd:
        raise malformed(otherwise, said, request_id=request_id, detail=_faults(odd)) from None  # it holds the reply


def malformed(cause: str, said: Any, *, request_id: str = "", detail: str = "") -> MalformedReply:
    """The error for a reply that is not as promised; `said` is quoted where it holds words for people."""
    words = words_of(said)
    return MalformedReply(
        f"{cause} It says: “{words}”" if words else cause,
        remedy="Try again, or choose another model.",
        request_id=request_id,
        detail=detail,
    )


def words_of(said: Any) -> str:
    """What the upstream says in its own words inside a reply; "" when it says nothing."""
    telling = {name: said[name] for name in WORDS if said.get(name)} if isinstance(said, Mapping) else {}
    words = message_of(json.dumps(telling).encode()) if telling else ""
    return words if words.isprintable() else ""


def _faults(odd: ValidationError) -> str:
    """Which fields are at fault, without what they held."""
    faults = odd.errors(include_input=False, include_url=False, include_context=False)
    return shortened("; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:3]))


def _or_none(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    try:
        return check(value)
    except ValidationError:
        return None


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else ()


def _writable(text: str) -> str:
    """Without NUL and halves of a character, which JSON can spell but neither a file nor a page can hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


Maybe = Annotated[T | None, WrapValidator(_or_none)]  # None where it is odd
Several = Annotated[tuple[OnErrorOmit[T], ...], BeforeValidator(_as_tuple)]  # without those that are odd
Text = Annotated[str, AfterValidator(_writable)]
Moment = Annotated[int | float, Field(ge=0, le=1e9)]  # whole numbers stay whole: they may be milliseconds


# Speech to text (contract, section 4.3)


class Problem(Shape):
    """Why a job failed."""

    name: Maybe[Text] = None
    message: Maybe[Text] = None


class Job(Shape):
    """A job that was accepted or is polled; samples call its id `generation_id`, the schema `id`."""

    generation_id: Maybe[Text] = None
    id: Maybe[Text] = None
    status: Text | None = None
    error: Maybe[Problem | Text] = None

    @property
    def name(self) -> str:
        """The job's id, "" for none."""
        return (self.generation_id or self.id or "")[:200]

    @property
    def state(self) -> str:
        return (self.status or "").lower()

    @property
    def problem(self) -> str:
        """The upstream's words for a failure."""
        said = self.error.message or self.error.name if isinstance(self.error, Problem) else self.error
        return shortened(said or "")


class Timed(Shape):
    """A word, a sentence or a turn. Deepgram says `word` and `transcript`, AssemblyAI and OpenAI `text`."""

    start: Moment
    end: Moment
    punctuated_word: Maybe[Text] = None
    word: Maybe[Text] = None
    transcript: Maybe[Text] = None
    text: Maybe[Text] = None
    speaker: Maybe[int | Text] = None

    @property
    def said(self) -> str:
        return (self.punctuated_word or self.word or self.transcript or self.text or "").strip()


class Paragraph(Shape):
    speaker: Maybe[int | Text] = None
    sentences: Several[Timed] = ()


class Paragraphs(Shape):
    paragraphs: Several[Paragraph] = ()


class Alternative(Shape):
    transcript: Text | None
    words: Several[Timed] = ()
    paragraphs: Maybe[Paragraphs] = None


class Channel(Shape):
    alternatives: list[Alternative]
    detected_language: Maybe[Text] = None


def _channels(said: Any) -> Any:
    """A list in every sample, an object in the schema."""
    if not isinstance(said, dict):
        return said
    return [said] if "alternatives" in said else list(said.values())


class Channels(Shape):
    channels: Annotated[list[Channel], BeforeValidator(_channels)]
    utterances: Several[Timed] = ()


class Recording(Shape):
    duration: Maybe[Moment] = None
    notice: Maybe[Text] = None


class ChannelTranscript(Shape):
    """Deepgram's shape: seconds, and one best alternative for each channel."""

    results: Channels
    metadata: Maybe[Recording] = None

    @model_validator(mode="after")
    def _something(self) -> ChannelTranscript:
        if not any(channel.alternatives for channel in self.results.channels):
            raise ValueError("no alternative in any channel")
        return self


class Used(Shape):
    seconds: Maybe[Moment] = None


class TextTranscript(Shape):
    """AssemblyAI's and OpenAI's shapes: a text, and with luck words, utterances or segments."""

    text: Text | None
    words: Several[Timed] = ()
    utterances: Several[Timed] = ()
    segments: Several[Timed] = ()
    audio_duration: Maybe[Moment] = None
    duration: Maybe[Moment] = None
    usage: Maybe[Used] = None
    language_code: Maybe[Text] = None
    language: Maybe[Text] = None


# Text to speech (contract, section 5.2)


class Sound(Shape):
    url: Maybe[str] = None
    data: Maybe[str] = None
    b64_json: Maybe[str] = None
    base64: Maybe[str] = None

    @property
    def source(self) -> str:
        return self.url or self.data or self.b64_json or self.base64 or ""


def _sound(said: Any) -> Any:
    """Measured answers have an object where the published schema has a URL."""
    return {"url": said} if isinstance(said, str) else said


def _sounds(said: Any) -> tuple[Any, ...]:
    return tuple(_sound(one) for one in (said if isinstance(said, list) else [said]))


class SoundFields(Shape):
    audio: Annotated[Maybe[Sound], BeforeValidator(_sound)] = None
    audio_url: Annotated[Maybe[Sound], BeforeValidator(_sound)] = None
    url: Annotated[Maybe[Sound], BeforeValidator(_sound)] = None
    data: Annotated[tuple[OnErrorOmit[Sound], ...], BeforeValidator(_sounds)] = ()

    @property
    def source(self) -> str:
        """A URL or base64, "" for none."""
        return next(
            (one.source for one in (self.audio, self.audio_url, self.url, *self.data) if one and one.source), ""
        )


class SpeechReply(SoundFields):
    """JSON in place of sound: it must say where the sound is, or hold it."""

    output: Maybe[SoundFields] = None
    result: Maybe[SoundFields] = None

    @model_validator(mode="after")
    def _a_source(self) -> SpeechReply:
        if not self.found:
            raise ValueError("no sound")
        return self

    @property
    def found(self) -> str:
        """The URL or base64 of the speech."""
        return self.source or next((one.source for one in (self.output, self.result) if one and one.source), "")


# Pictures (contract, section 3.3)


class Picture(Shape):
    b64_json: Maybe[str] = None
    image_base64: Maybe[str] = None
    url: Maybe[str] = None
    raw: bytes = b""  # where the reply was the picture itself
    seed: Maybe[int] = None
    revised_prompt: Maybe[Text] = None

    @property
    def source(self) -> str:
        """Base64 or a URL, "" for none."""
        return self.b64_json or self.image_base64 or self.url or ""


class Choices(Shape):
    choices: Several[Picture] = ()


class PictureReply(Shape):
    """`data`, else `images`, else `output.choices`; some replies have the same pictures in two of them."""

    data: Several[Picture] = ()
    images: Several[Picture] = ()
    output: Maybe[Choices] = None
    seed: Maybe[int] = None
    has_nsfw_concepts: Several[bool] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The first list with a picture in it; entries without one stay, so that they are counted."""
        lists = [found for found in (self.data, self.images, self.output.choices if self.output else ()) if found]
        filled = (found for found in lists if any(one.source or one.raw for one in found))
        return next(filled, lists[0] if lists else ())


# The account (contract, section 6)


class Balance(Shape):
    """`current_balance` in US dollars, or in the older route `balance` in credits."""

    current_balance: Annotated[float, Field(ge=-1e12, le=1e12)] | None = None
    balance: Annotated[float, Field(ge=-1e18, le=1e18)] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Balance:
        if self.current_balance is None and self.balance is None:
            raise ValueError("no balance")
        return self

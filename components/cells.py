"""The four kinds of cell that a comparison is made of: what may be ordered, and what is asked for it.

Knows services and files; knows no HTTP and no page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from components import conversation
from components.conversation import Turn
from components.desk import Asked, uploaded_file
from components.exchange import structure
from services import worth
from services.catalog import Task
from services.chat import Message, Parameters
from services.extra import MOST_CHARACTERS, checked_extra
from services.gate import Call
from services.image import Generation
from services.playground import Services
from services.speech import Speech
from services.transcription import Transcript
from services.words import MOST_TEXTS

Tell = Callable[[str], None]
Uploaded = Annotated[str, AfterValidator(uploaded_file)]


class Cell(BaseModel):
    """What all cells have: the comparison that they belong to, which counts as one action, and whom they ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    comparison: str = Field(pattern=r"^[\w-]{8,64}$")
    task: Task
    model: str = Field(min_length=1, max_length=200)


class Said(BaseModel):
    """A turn of a column's own conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["user", "assistant"]
    content: str = Field(max_length=400_000)
    images: tuple[Uploaded, ...] = Field((), max_length=20)


class ChatCell(Cell):
    """A question with all that was said before it in this column."""

    task: Literal["chat"]
    messages: tuple[Said, ...] = Field(min_length=1, max_length=400)
    settings: Asked = Asked()

    @property
    def form(self) -> Parameters:
        """What its boxes of JSON ask for. Raises InvalidInput that says where one is wrong."""
        return structure(self.settings)

    @property
    def sent(self) -> list[Message]:
        return conversation.messages(tuple(Turn(it.role, it.content, it.images) for it in self.messages))

    @property
    def size(self) -> worth.Asked:
        return worth.Asked.chat(self.sent, self.settings.system, self.settings.max_tokens, self.form.extra)


class MediumCell(Cell):
    """What is made in one piece; `extra` is JSON text of further fields of the body."""

    extra: str = Field("", max_length=MOST_CHARACTERS)

    @property
    def size(self) -> worth.Asked:
        """How much is asked for. Raises InvalidInput for further fields that can't be sent."""
        return worth.Asked(extra=self.further)

    @property
    def further(self) -> dict[str, Any]:
        return checked_extra(self.extra, self.task)


class ImageCell(MediumCell):
    """One picture."""

    task: Literal["image"]
    prompt: str = Field(max_length=400_000)
    pixels: str = Field("1024x1024", max_length=20)
    seed: int | None = Field(None, ge=0, lt=2**31)
    negative: str = Field("", max_length=32_000)

    @property
    def size(self) -> worth.Asked:
        return worth.Asked.text(self.prompt, pictures=1, extra=self.further)

    async def made(self, services: Services, call: Call, tell: Tell) -> Generation:
        return await services.image.generate(
            call.route,
            self.prompt,
            size=self.pixels,
            seed=self.seed or None,
            negative_prompt=self.negative,
            extra=self.further,
            progress=tell,
        )


class SpeechCell(MediumCell):
    """One clip; no voice and no format mean the model's own."""

    task: Literal["speech"]
    text: str = Field(max_length=400_000)
    voice: str = Field("", max_length=200)
    speed: float = Field(1.0, ge=0.1, le=10)
    format: str = Field("", max_length=20)

    @property
    def size(self) -> worth.Asked:
        return worth.Asked.text(self.text, extra=self.further)

    async def made(self, services: Services, call: Call, tell: Tell) -> Speech:
        how: dict[str, Any] = {
            "voice": self.voice or None,
            "speed": self.speed,
            "format": self.format,
            "extra": self.further,
        }
        return await services.speech.synthesize(call.route, self.text, progress=tell, **how)


class TranscriptionCell(MediumCell):
    """A recording that was uploaded here, or its address."""

    task: Literal["transcription"]
    audio: Uploaded | None = None
    url: str = Field("", max_length=4000)
    language: str = Field("", max_length=40)
    diarize: bool = False

    async def made(self, services: Services, call: Call, tell: Tell) -> Transcript:
        return await services.transcription.transcribe(
            call.route,
            audio=Path(self.audio) if self.audio else None,
            url=self.url.strip(),
            language=self.language,
            diarize=self.diarize,
            extra=self.further,
            progress=tell,
        )


Medium = ImageCell | SpeechCell | TranscriptionCell
AnyCell: TypeAdapter[ChatCell | Medium] = TypeAdapter(Annotated[ChatCell | Medium, Field(discriminator="task")])


class Texts(BaseModel):
    """Texts whose words are compared: with a reference, or with one another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: str | None = Field(None, max_length=400_000)
    texts: Sequence[Annotated[str, Field(max_length=400_000)]] = Field(min_length=1, max_length=MOST_TEXTS)

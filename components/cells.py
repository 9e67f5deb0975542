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
from services import worth
from services.chat import Message
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
    model: str = Field(min_length=1, max_length=200)

    @property
    def size(self) -> worth.Asked:
        """How much is asked for."""
        return worth.Asked()


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
    def sent(self) -> list[Message]:
        return conversation.messages(tuple(Turn(it.role, it.content, it.images) for it in self.messages))

    @property
    def size(self) -> worth.Asked:
        return worth.Asked.chat(self.sent, self.settings.system, self.settings.max_tokens)


class ImageCell(Cell):
    """One picture."""

    task: Literal["image"]
    prompt: str = Field(max_length=400_000)
    pixels: str = Field("1024x1024", max_length=20)
    seed: int | None = Field(None, ge=0, lt=2**31)
    negative: str = Field("", max_length=32_000)

    @property
    def size(self) -> worth.Asked:
        return worth.Asked.text(self.prompt, pictures=1)

    async def made(self, services: Services, call: Call, tell: Tell) -> Generation:
        return await services.image.generate(
            call.route,
            self.prompt,
            size=self.pixels,
            seed=self.seed or None,
            negative_prompt=self.negative,
            progress=tell,
        )


class SpeechCell(Cell):
    """One clip; no voice and no format mean the model's own."""

    task: Literal["speech"]
    text: str = Field(max_length=400_000)
    voice: str = Field("", max_length=200)
    speed: float = Field(1.0, ge=0.1, le=10)
    format: str = Field("", max_length=20)

    @property
    def size(self) -> worth.Asked:
        return worth.Asked.text(self.text)

    async def made(self, services: Services, call: Call, tell: Tell) -> Speech:
        how: dict[str, Any] = {"voice": self.voice or None, "speed": self.speed, "format": self.format}
        return await services.speech.synthesize(call.route, self.text, progress=tell, **how)


class TranscriptionCell(Cell):
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
            progress=tell,
        )


Medium = ImageCell | SpeechCell | TranscriptionCell
AnyCell: TypeAdapter[ChatCell | Medium] = TypeAdapter(Annotated[ChatCell | Medium, Field(discriminator="task")])


class Texts(BaseModel):
    """Texts whose words are compared: with a reference, or with one another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: str | None = Field(None, max_length=400_000)
    texts: Sequence[Annotated[str, Field(max_length=400_000)]] = Field(min_length=1, max_length=MOST_TEXTS)

"""What the engine accepts, field by field, as the wire contract documents it. Knows nothing about models or routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 256.0 is a fine count."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
Seed = Annotated[Whole, Field(ge=1, le=2**63 - 1)]


class Body(BaseModel):
    """Strict about the fields it knows; unknown ones are dropped, as the API's gateway does."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, frozen=True)

    model: Annotated[str, Field(min_length=1, max_length=200)]


class TextPart(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    type: Literal["text"]
    text: str


class OtherPart(BaseModel):
    """Pictures, files and recordings: understood, so that the refusal can name them."""

    model_config = ConfigDict(strict=True, frozen=True)

    type: Literal["image_url", "file", "input_audio", "video_url"]


Part = Annotated[TextPart | OtherPart, Field(discriminator="type")]


class Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[Part], Field(max_length=100)] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if isinstance(part, TextPart))
        return self.content or ""

    @property
    def attachments(self) -> list[str]:
        """The types of the parts that are not text."""
        parts = self.content if isinstance(self.content, list) else []
        return [part.type for part in parts if isinstance(part, OtherPart)]


class ResponseFormat(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = None


class ChatBody(Body):
    messages: Annotated[list[Message], Field(min_length=1, max_length=1000)]
    stream: bool = False
    max_tokens: Annotated[Whole, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[Whole, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    seed: Seed | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    n: Annotated[Whole, Field(ge=1, le=1)] | None = None
    response_format: ResponseFormat | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None

    @model_validator(mode="after")
    def _somebody_asks(self) -> ChatBody:
        if not any(message.role == "user" for message in self.messages):
            raise ValueError("messages: at least one message of the role 'user' is needed")
        if self.tools and self.tool_choice != "none":
            raise ValueError("tools: this model calls none; ask for an answer in the form of a JSON schema instead")
        return self


class ImageSize(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    width: Annotated[Whole, Field(ge=1, le=4096)]
    height: Annotated[Whole, Field(ge=1, le=4096)]


class ImageBody(Body):
    prompt: Annotated[str, Field(max_length=4000)]
    n: Annotated[Whole, Field(ge=1, le=4)] | None = None
    num_images: Annotated[Whole, Field(ge=1, le=4)] | None = None
    size: Annotated[str, Field(pattern=r"^[1-9]\d{1,3}x[1-9]\d{1,3}$")] | None = None
    image_size: ImageSize | None = None
    seed: Seed | None = None
    negative_prompt: Annotated[str, Field(max_length=4000)] | None = None
    response_format: Literal["b64_json", "url"] | None = None

    @property
    def dimensions(self) -> tuple[int, int]:
        if self.image_size:
            return self.image_size.width, self.image_size.height
        width, _, height = (self.size or "1024x1024").partition("x")
        return int(width), int(height)


class SpeechBody(Body):
    text: Annotated[str, Field(max_length=10_000)]
    voice: Literal["heart"] | None = None
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    response_format: Literal["wav", "mp3", "flac", "ogg"] | None = None
    format: Literal["wav", "mp3", "flac", "ogg"] | None = None
    container: Literal["wav", "mp3", "flac", "ogg"] | None = None
    stream: bool = True
    delivery: Literal["audio", "url"] = "audio"

    @property
    def chosen_format(self) -> str:
        return self.response_format or self.format or self.container or "wav"


class TranscriptionForm(BaseModel):
    """The text fields of an upload; the recording itself is no field."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: Annotated[str, Field(min_length=1, max_length=200)]
    language: Annotated[str, Field(max_length=35)] = ""
    diarize: bool = False

"""The public API: four endpoints for Gradio clients, HTTP callers and MCP. Knows nothing about the page.

A visitor's own key comes as the header `x-aiml-key`. Files come in through components, since those refuse every path
that was not uploaded; a typed `gr.api` file input takes any path from a raw caller.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from components.alerts import answering, answering_stream
from components.visitor import visitor_of
from services.chat import Message, Parameters
from services.errors import InvalidInput
from services.extra import checked_extra
from services.pacing import paced
from services.playground import Services
from services.worth import Asked


def expose(services: Services) -> None:
    """Add the four endpoints to the blocks that are being built."""
    gr.api(  # type: ignore[attr-defined]
        _chat(services), api_name="chat", concurrency_limit=None
    )
    _image(services)
    _transcription(services)
    _speech(services)


def _chat(services: Services) -> Any:
    @answering_stream
    async def chat(
        message: str,
        history: list[dict[str, Any]] = [],  # noqa: B006 - the API's published default; never changed
        model: str | None = None,
        system_prompt: str = "",
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        extra: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> AsyncGenerator[str]:
        """Answer a message, streaming the answer's text so far; the last item is the whole answer.

        Args:
            message: What the user says.
            history: Earlier turns, oldest first, as {role, content} objects.
            model: Model id; null for the first model of the list.
            system_prompt: Instructions that stand before the conversation; empty for the model's own.
            temperature: Randomness from 0 to 2; null for the model's own default.
            top_p: Share of likely tokens to choose from, above 0 up to 1; null for the model's own default.
            max_tokens: Longest answer in tokens; null for the model's own default.
            extra: Further fields of the request as a JSON object in text, such as {"seed": 7}; empty for none.
        """
        turns = [*(_turn(turn) for turn in history), Message("user", message)]
        further = checked_extra(extra, "chat")
        wanted = Parameters(system_prompt or None, temperature, top_p, max_tokens, extra=further)
        asked = Asked.chat(turns, system_prompt, max_tokens, further)
        text, sent = "", False
        async with (
            services.gate.admit(visitor_of(request), "chat", model, asked) as call,
            aclosing(paced(services.chat.stream(call.route, turns, wanted))) as snapshots,
        ):
            async for snapshot in snapshots:
                text = call.saw(snapshot).text
                if text:
                    sent = True
                    yield text
        if not sent:
            yield text

    # What a client is told it gets: each item is the text so far. (An AsyncGenerator would be told as "Any".)
    chat.__annotations__["return"] = str
    return chat


def _turn(turn: Any) -> Message:
    """One turn of the history: text, or Gradio's own list of parts."""
    if not isinstance(turn, dict) or turn.get("role") not in ("user", "assistant", "system"):
        raise InvalidInput("A turn of the history needs a role and a content.", remedy="Send {role, content} objects.")
    content = turn.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return Message(str(turn["role"]), content if isinstance(content, str) else "")


def _hidden(trigger: str) -> gr.Button:
    return gr.Button(visible=False, elem_id=f"api-{trigger}")


def _further() -> gr.Textbox:
    return gr.Textbox("", visible=False, label="extra", info="Further fields of the request, a JSON object as text.")


def _image(services: Services) -> None:
    @answering
    async def generate_image(
        prompt: str,
        model: str | None = None,
        size: str = "1024x1024",
        n: int = 1,
        seed: int | None = None,
        negative_prompt: str = "",
        extra: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> list[str]:
        """Make pictures from a description; a list of image files.

        Args:
            prompt: What is in the picture.
            model: Model id; null for the first model of the list.
            size: Width x height in pixels, such as 1024x1024; models bring it to the nearest size they make.
            n: How many pictures, 1 to 4.
            seed: The same seed gives the same picture where the model takes one; null for a new one.
            negative_prompt: What should not be in the picture.
            extra: Further fields of the request as a JSON object in text, such as {"seed": 7}; empty for none.
        """
        further = checked_extra(extra, "image")
        asked = Asked.text(prompt, pictures=int(n), extra=further)
        async with services.gate.admit(visitor_of(request), "image", model, asked) as call:
            made = call.saw(
                await services.image.generate(
                    call.route,
                    prompt,
                    size=size,
                    n=int(n),
                    seed=None if seed is None else int(seed),
                    negative_prompt=negative_prompt,
                    extra=further,
                )
            )
        return [str(image.path) for image in made.images]

    gr.on(
        [_hidden("generate_image").click],
        generate_image,
        [
            gr.Textbox(visible=False, label="prompt", info="What is in the picture."),
            gr.Textbox(visible=False, label="model", info="Model id; null for the first model of the list."),
            gr.Textbox("1024x1024", visible=False, label="size", info="Width x height in pixels."),
            gr.Number(1, visible=False, label="n", precision=0, info="How many pictures, 1 to 4."),
            gr.Number(
                None, visible=False, label="seed", precision=0, info="The same seed, the same picture; null: a new one."
            ),
            gr.Textbox("", visible=False, label="negative_prompt", info="What should not be in the picture."),
            _further(),
        ],
        gr.File(visible=False, file_count="multiple", label="images"),
        api_name="generate_image",
        concurrency_limit=None,
    )


def _transcription(services: Services) -> None:
    @answering
    async def transcribe(
        audio: str | None = None,
        url: str = "",
        model: str | None = None,
        language: str = "",
        diarize: bool = False,
        extra: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> dict[str, Any]:
        """Write down what is said in a recording: text, segments with times, language, duration and the run's facts.

        Args:
            audio: The recording, or null when a URL is given.
            url: Where the recording is (https), when no file is given.
            model: Model id; null for the first model of the list.
            language: Language code such as en; empty to detect it.
            diarize: Whether to tell speakers apart, where the model can.
            extra: Further fields of the request as a JSON object in text, such as {"seed": 7}; empty for none.
        """
        recording, further = Path(audio) if audio else None, checked_extra(extra, "transcription")
        async with services.gate.admit(visitor_of(request), "transcription", model, Asked(extra=further)) as call:
            heard = call.saw(
                await services.transcription.transcribe(
                    call.route, audio=recording, url=url, language=language, diarize=diarize, extra=further
                )
            )
        return {
            "text": heard.text,
            "segments": [asdict(segment) for segment in heard.segments],
            "language": heard.language,
            "duration": heard.duration,
            "run": heard.run.plain,
        }

    gr.on(
        [_hidden("transcribe").click],
        transcribe,
        [
            gr.Audio(visible=False, type="filepath", label="audio"),
            gr.Textbox("", visible=False, label="url", info="Where the recording is (https), when no file is given."),
            gr.Textbox(visible=False, label="model", info="Model id; null for the first model of the list."),
            gr.Textbox("", visible=False, label="language", info="Language code such as en; empty to detect it."),
            gr.Checkbox(False, visible=False, label="diarize", info="Whether to tell speakers apart."),
            _further(),
        ],
        gr.JSON(visible=False, label="transcript"),
        api_name="transcribe",
        concurrency_limit=None,
    )


def _speech(services: Services) -> None:
    @answering
    async def synthesize(
        text: str,
        model: str | None = None,
        voice: str | None = None,
        speed: float = 1.0,
        format: str = "",  # noqa: A002 - the published name
        extra: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> str:
        """Read a text aloud; an audio file.

        Args:
            text: What is said.
            model: Model id; null for the first model of the list.
            voice: Name of the voice; null for the model's own.
            speed: How fast, 1 is the voice's own pace.
            format: wav, mp3, flac, ogg ...; empty for the model's own.
            extra: Further fields of the request as a JSON object in text, such as {"seed": 7}; empty for none.
        """
        how: dict[str, Any] = {"voice": voice or None, "speed": float(speed), "format": format}
        how["extra"] = further = checked_extra(extra, "speech")
        asked = Asked.text(text, extra=further)
        async with services.gate.admit(visitor_of(request), "speech", model, asked) as call:
            speech = call.saw(await services.speech.synthesize(call.route, text, **how))
        return str(speech.path)

    gr.on(
        [_hidden("synthesize").click],
        synthesize,
        [
            gr.Textbox(visible=False, label="text", info="What is said."),
            gr.Textbox(visible=False, label="model", info="Model id; null for the first model of the list."),
            gr.Textbox(visible=False, label="voice", info="Name of the voice; null for the model's own."),
            gr.Number(1.0, visible=False, label="speed", info="How fast, 1 is the voice's own pace."),
            gr.Textbox("", visible=False, label="format", info="wav, mp3, flac, ogg; empty for the model's own."),
            _further(),
        ],
        gr.Audio(visible=False, type="filepath", label="speech"),
        api_name="synthesize",
        concurrency_limit=None,
    )

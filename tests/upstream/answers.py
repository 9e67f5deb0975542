"""What a scripted upstream says by default: the published examples, filled in with what was asked. Knows no sockets.

A model's id can ask for trouble: `scripted/long`, `endless`, `slow` (3 s to the first token), `thinking`, `whole`
(plain JSON to a streaming call), `no-system` (400 for a system turn), `legacy`, `cut`, `stall`, `tools` (calls each
tool that it is offered, then tells their results), `json` (fills in the schema that was asked for), or a status such
as `scripted/429`.
"""

from __future__ import annotations

import base64
import copy
import io
import itertools
import json
import math
import re
import struct
import wave
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .calls import Answer, Call, task_of
from .contract import example
from .structured import calls_of, filled, results_of

SCRIPTED = (
    "long",
    "endless",
    "slow",
    "thinking",
    "whole",
    "no-system",
    "legacy",
    "cut",
    "stall",
    "tools",
    "json",
    "401",
    "403",
    "429",
    "503",
)


def published(name: str, case: str) -> Any:
    """A fresh copy of one published response."""
    return copy.deepcopy(example(name, case)["response"])


@dataclass
class Scene:
    """How this upstream behaves: `text` for every answer (else an echo), `rate` in tokens per second (0: at once),
    `first_token` in seconds, `polls` a job is pending for, `inline` media in place of URLs."""

    text: str = ""
    rate: float = 0
    first_token: float = 0
    polls: int = 1
    inline: bool = False
    polled: Counter[str] = field(default_factory=Counter)

    def answer(self, call: Call) -> Answer:
        """The published answer to this call, or a refusal in the published envelope."""
        task, form = task_of(call.path)
        wanted = re.fullmatch(r"scripted/(\d{3})", str(call.fields.get("model", "")))
        if wanted:
            return Answer.refusing(int(wanted[1]), f"As asked: {wanted[1]} for {call.fields['model']}")
        answers: dict[str, Callable[[Call, str], Answer]] = {
            "chat": self._chat, "image": self._image, "job": self._job, "poll": self._poll,
            "transcription": self._transcription, "speech": self._speech, "media": self._media,
            "models": self._models, "billing": self._billing, "balance": self._billing, "metrics": self._metrics,
            "deprecations": self._deprecations,
        }  # fmt: skip
        return answers[task](call, form)

    def _chat(self, call: Call, form: str) -> Answer:
        asked, model = call.json, str(call.json.get("model", ""))
        messages = asked["messages"]
        if model == "scripted/no-system" and any(m["role"] == "system" for m in messages):
            return Answer.refusing(400, "messages[0].role does not support 'system' with this model", "flat")
        said = self.text or f"You said: {_last_words(messages)}"
        if model == "scripted/long":
            said = " ".join(itertools.islice(itertools.cycle(said.split()), 600))
        if model == "scripted/json" and (form := asked.get("response_format", {}).get("json_schema")):
            said = json.dumps(filled(form["schema"]), indent=2)
        if model == "scripted/tools":
            said = results_of(messages) or said
        usage = {"prompt_tokens": sum(len(str(m["content"]).split()) for m in messages)}
        if model == "scripted/tools" and asked.get("tools") and messages[-1]["role"] != "tool":
            return Answer(chunks=map(_event, calls_of(asked["tools"])), content_type="text/event-stream")
        if asked.get("stream") and model not in ("scripted/whole", "scripted/legacy"):
            return self._stream(model, said, usage, cost=True)
        whole = published("chat", "legacy" if model == "scripted/legacy" else "whole")
        choice = whole["choices"][0]
        whole["model"] = model
        if "text" in choice:
            choice["text"] = said
        else:
            choice["message"]["content"] = said
        whole["usage"] |= _counted(usage, said)
        cost = {"x-aimlapi-credits-used": "12", "x-aimlapi-usd-spent": "0.000006"}
        return Answer(status=201 if form == "seed" else 200, json=whole, headers=cost, delay=self.first_token)

    def _stream(self, model: str, said: str, usage: dict[str, int], cost: bool) -> Answer:
        words: Iterable[str] = re.findall(r"\S+\s*", said)
        if model == "scripted/endless":
            words = itertools.cycle([f"{said} "])
        if model in ("scripted/cut", "scripted/stall"):
            words = list(words)[:3]
        events = self._events(model, words, said, usage, ends=model not in ("scripted/cut", "scripted/stall"))
        if model == "scripted/stall":
            events = itertools.chain(events, itertools.repeat(b""))
        return Answer(
            chunks=events,
            content_type="text/event-stream",
            first=3.0 if model == "scripted/slow" else self.first_token,
            pause=1 / self.rate if self.rate else (0.02 if model in ("scripted/endless", "scripted/stall") else 0),
            cut=model == "scripted/cut",
        )

    def _events(
        self, model: str, words: Iterable[str], said: str, usage: dict[str, int], ends: bool
    ) -> Iterator[bytes]:
        frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": model}
        if model == "scripted/thinking":
            for word in ("First ", "I ", "think."):
                yield _event(frame | {"choices": [{"index": 0, "delta": {"reasoning_content": word}}], "usage": None})
        role: dict[str, Any] = {"role": "assistant"}
        for word in words:
            delta, role = role | {"content": word}, {}
            yield _event(frame | {"choices": [{"index": 0, "delta": delta}], "usage": None})
            frame["id"] = ""
        if ends:
            last = {"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}
            yield _event(frame | {"choices": [last], "usage": _counted(usage, said)})
            yield _event(frame | {"choices": [{"index": 0, "finish_reason": "stop"}], "usage": None})
            yield _event({"meta": {"usage": {"credits_used": 12, "usd_spent": 0.000006}}})
            yield b"data: [DONE]\n\n"

    def _image(self, call: Call, form: str) -> Answer:
        asked = call.fields
        count = int(asked.get("n") or asked.get("num_images") or 1)
        names = [f"{zlib.crc32(str(asked.get('prompt')).encode())}-{i}" for i in range(count)]
        size = _size(asked)
        if form == "seed":
            reply = published("image", "seed") | {
                "model": asked["model"],
                "prompt": [asked["prompt"]],
                "num_returns": count,
            }
            reply["output"]["choices"] = [{"image_base64": _base64(picture(name, size))} for name in names]
            return Answer(status=201, json=reply, delay=self.first_token)
        urls = [f"{_root(call)}/media/{size[0]}x{size[1]}/{name}.png" for name in names]
        if self.inline or asked.get("response_format") == "b64_json":
            reply = published("image", "v1 inline")
            reply["data"] = [{"url": None, "b64_json": _base64(picture(name, size))} for name in names]
        elif str(asked["model"]).startswith("flux"):
            reply = published("image", "v1 images") | {"prompt": asked["prompt"], "has_nsfw_concepts": [False] * count}
            reply["images"] = [{"url": url.replace(".png", ".jpg"), "content_type": "image/jpeg"} for url in urls]
        else:
            reply = published("image", "v1")
            reply["data"] = [reply["data"][0] | {"url": url} for url in urls]
        return Answer(json=reply, delay=self.first_token)

    def _transcription(self, call: Call, form: str) -> Answer:
        return Answer(
            status=201, json=self._heard("seed") if form == "seed" else self._heard("job finished, deepgram")["result"]
        )

    def _job(self, call: Call, form: str) -> Answer:
        number = f"{len(self.polled):04d}-{call.fields['model']}".replace("/", "_").replace("#", "")
        self.polled[number] = 0
        return Answer(status=201, json=published("transcription", "job") | {"generation_id": number})

    def _poll(self, call: Call, form: str) -> Answer:
        number = call.path.rsplit("/", 1)[1]
        if number not in self.polled:
            return Answer.refusing(404, f"No generation {number}")
        self.polled[number] += 1
        if self.polled[number] <= self.polls:
            return Answer(json=published("transcription", "job pending") | {"generation_id": number})
        kind = "assembly" if "aai" in number else "plain" if re.search("gpt-4o|mai", number) else "deepgram"
        return Answer(json=self._heard(f"job finished, {kind}") | {"generation_id": number})

    def _heard(self, case: str) -> Any:
        reply = published("transcription", case)
        if not self.text:
            return reply
        result = reply.get("result", reply)
        if "text" in result:
            result["text"] = self.text
        else:
            best = result["results"]["channels"][0]["alternatives"][0]
            best["transcript"] = self.text
            best["words"] = [
                {"word": word, "start": i * 0.4, "end": i * 0.4 + 0.3, "confidence": 0.9}
                for i, word in enumerate(self.text.split())
            ]
        return reply

    def _speech(self, call: Call, form: str) -> Answer:
        model = str(call.fields["model"])
        if form == "seed":
            return Answer(status=201, body=tone(), content_type="audio/wav", delay=self.first_token)
        if model.startswith("elevenlabs"):  # declares audio/wav and sends MP3
            return Answer(body=tone("MP3"), content_type="audio/wav", delay=self.first_token)
        if self.inline or model.startswith(("deepgram", "#g1_aura")):
            return Answer(body=tone(), content_type="audio/wav", delay=self.first_token)
        reply = published("speech", "v1 url") | {"audio": {"url": f"{_root(call)}/media/speech.wav"}}
        return Answer(json=reply, delay=self.first_token)

    def _media(self, call: Call, form: str) -> Answer:
        if "/redirect/" in call.path:
            return Answer(status=302, headers={"location": call.path.replace("/redirect/", "/")})
        if call.path.endswith((".wav", ".mp3")):
            kind = "MP3" if call.path.endswith("mp3") else "WAV"
            return Answer(body=tone(kind), content_type="audio/mpeg" if kind == "MP3" else "audio/wav")
        sizes = re.search(r"/(\d+)x(\d+)/", call.path)
        size = (int(sizes[1]), int(sizes[2])) if sizes else (64, 64)
        kind = "JPEG" if call.path.endswith("jpg") else "PNG"
        return Answer(body=picture(Path(call.path).stem, size, kind), content_type=f"image/{kind.lower()}")

    def _models(self, call: Call, form: str) -> Answer:
        listing = published("catalog", "list")
        for name in SCRIPTED:
            info = {"name": f"Scripted: {name}", "developer": "Tests"}
            listing["data"].append({"id": f"scripted/{name}", "type": "openai/chat-completions", "info": info})
        if "include" not in call.query:
            for row in listing["data"]:
                for extra in ("modalities", "capabilities", "pricing"):
                    row.pop(extra, None)
        etag = f'"{zlib.crc32(json.dumps(listing).encode()):x}"'
        headers = {"etag": etag, "cache-control": "max-age=60"}
        if call.headers.get("if-none-match") == etag:
            return Answer(status=304, headers=headers)
        return Answer(json=listing, headers=headers)

    def _billing(self, call: Call, form: str) -> Answer:
        return Answer(json=published("account", "billing" if call.task == "billing" else "balance"))

    def _metrics(self, call: Call, form: str) -> Answer:
        return Answer(json=published("catalog", "metrics"))

    def _deprecations(self, call: Call, form: str) -> Answer:
        return Answer(json=published("catalog", "deprecations"), headers={"etag": 'W/"d1"'})


def picture(name: str, size: tuple[int, int] = (64, 64), kind: str = "PNG") -> bytes:
    """A picture in one colour, the same for the same name."""
    from PIL import Image

    file = io.BytesIO()
    colour = struct.unpack("4B", struct.pack("I", zlib.crc32(name.encode())))[:3]
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def tone(kind: str = "WAV", seconds: float = 0.5, rate: int = 16_000) -> bytes:
    """A 440 Hz tone, mono, 16 bit."""
    samples = [int(8000 * math.sin(2 * math.pi * 440 * i / rate)) for i in range(int(seconds * rate))]
    file = io.BytesIO()
    if kind == "WAV":
        with wave.open(file, "wb") as out:
            out.setparams((1, 2, rate, 0, "NONE", ""))
            out.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    else:
        import numpy
        import soundfile

        soundfile.write(file, numpy.array(samples, dtype="int16"), rate, format=kind)
    return file.getvalue()


def _event(data: Any) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def _counted(usage: dict[str, int], said: str) -> dict[str, int]:
    tokens = len(said.split())
    return usage | {"completion_tokens": tokens, "total_tokens": usage["prompt_tokens"] + tokens}


def _last_words(messages: list[dict[str, Any]]) -> str:
    content = next((m["content"] for m in reversed(messages) if m["role"] == "user"), "")
    if isinstance(content, str):
        return content
    return " ".join(part["text"] if part["type"] == "text" else f"[{part['type']}]" for part in content)


def _size(asked: Any) -> tuple[int, int]:
    if isinstance(asked.get("image_size"), dict):
        return int(asked["image_size"]["width"]), int(asked["image_size"]["height"])
    found = re.fullmatch(r"(\d+)x(\d+)", str(asked.get("size", "")))
    return (int(found[1]), int(found[2])) if found else (64, 64)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _root(call: Call) -> str:
    return f"http://{call.headers['host']}"

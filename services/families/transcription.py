"""Transcription bodies by family. The fields are those of the published request schemas (contract, section 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.catalog import Model
from services.families.match import Fields, Ignored, first_match


@dataclass(frozen=True)
class TranscriptionFamily:
    """`language`, `detect`, `diarize` name the fields, "" for none; `extras` are always sent; `part` names the file."""

    ids: str
    language: str = ""
    detect: str = ""
    diarize: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)
    part: str = "audio"


DEEPGRAM = {"punctuate": True, "smart_format": True}

FAMILIES = (
    TranscriptionFamily(r"embedded/", language="language", diarize="diarize"),
    TranscriptionFamily(r"(openai/)?gpt-4o.*transcribe", language="language", part="file"),
    TranscriptionFamily(
        r"aai/|(assemblyai/)?(universal|slam-1)",
        language="language_code",
        detect="language_detection",
        diarize="speaker_labels",
        extras={"punctuate": True, "format_text": True},
    ),
    TranscriptionFamily(
        r"(#?g1_|deepgram/|openai/)?(nova-|whisper)",
        language="language",
        detect="detect_language",
        diarize="diarize",
        extras=DEEPGRAM,
    ),
    TranscriptionFamily(r"microsoft/mai-transcribe"),
)
UNKNOWN = TranscriptionFamily(r"")


def transcription_family(model: Model) -> TranscriptionFamily:
    """The table's row for a model; a model that no row knows gets the required fields only."""
    return first_match(model.id, FAMILIES, UNKNOWN)


def transcription_body(
    model: Model, *, url: str = "", language: str = "", diarize: bool = False
) -> tuple[Fields, Ignored]:
    """The fields that go beside a file, or with a `url` in place of it. No language: the model is to find it out."""
    family = transcription_family(model)
    body: Fields = {"model": model.id, **family.extras}
    ignored = []
    if url:
        body["url"] = url
    if language and family.language:
        body[family.language] = language
    elif language:
        ignored.append("language")
    elif family.detect:
        body[family.detect] = True
    if diarize and family.diarize:
        body[family.diarize] = True
        if family.extras is DEEPGRAM:
            body["utterances"] = True  # without it, turns have to be guessed from the words
    elif diarize:
        ignored.append("diarize")
    return body, tuple(ignored)

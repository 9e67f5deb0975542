"""The parameters that each family documents besides those with a control on the page. Knows nothing about sending them.

The figures are those of the published request schemas (contract, sections 2.1, 3.2, 4.2 and 5.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from services.catalog import Model, Task
from services.families.match import first_match

Kind = Literal["number", "integer", "text", "choice", "flag"]


@dataclass(frozen=True)
class Parameter:
    """One field of a body; a name with dots lies in objects. `ignored` says why this model does not take it."""

    name: str
    kind: Kind
    label: str = ""
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    default: Any = None
    choices: tuple[Any, ...] = ()
    ignored: str = ""


@dataclass(frozen=True)
class Further:
    """A row of the table. `ignored` are names of the task's usual parameters that this family does not take."""

    ids: str
    parameters: tuple[Parameter, ...] = ()
    ignored: tuple[str, ...] = ()


def _number(name: str, low: float | None, high: float | None, help: str = "", **more: Any) -> Parameter:  # noqa: A002
    return Parameter(name, "number", labelled(name), help, low, high, **more)


def _integer(name: str, low: float | None, high: float | None, help: str = "", **more: Any) -> Parameter:  # noqa: A002
    return Parameter(name, "integer", labelled(name), help, low, high, 1, **more)


def _flag(name: str, help: str = "", default: bool | None = None) -> Parameter:  # noqa: A002
    return Parameter(name, "flag", labelled(name), help, default=default)


def _choice(name: str, *choices: Any, default: Any = None, help: str = "") -> Parameter:  # noqa: A002
    return Parameter(name, "choice", labelled(name), help, default=default, choices=choices)


def _text(name: str, help: str = "") -> Parameter:  # noqa: A002
    return Parameter(name, "text", labelled(name), help)


def labelled(name: str) -> str:
    """A field's name as people write: `voice_settings.use_speaker_boost` is "Use speaker boost"."""
    words = name.rpartition(".")[2].replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


SEED = _integer("seed", 1, 2**31 - 1, "The same seed gives the same answer, as far as the model can.")
STOP = _text("stop", "The answer ends before this text.")
PENALTIES = (
    _number("presence_penalty", -2, 2, "Above 0: fewer subjects twice.", step=0.1, default=0),
    _number("frequency_penalty", -2, 2, "Above 0: fewer words twice.", step=0.1, default=0),
)
EFFORT = _choice("reasoning_effort", "low", "medium", "high", help="How long the model thinks before it answers.")
TOP_K = _integer("top_k", 1, 500, "Choose among so many of the likeliest tokens.")
OPEN = (
    SEED,
    STOP,
    *PENALTIES,
    TOP_K,
    _number("min_p", 0.001, 0.999, "Leave out tokens less likely than this share of the likeliest.", step=0.001),
    _number("repetition_penalty", 0.5, 2, "Above 1: less is said twice.", step=0.05),
)

CHAT = (
    Further(r"embedded/", (SEED, STOP, *PENALTIES)),
    Further(r"(openai/)?(o\d|gpt-5(?!.*chat))", (EFFORT, SEED), ("stop", "presence_penalty", "frequency_penalty")),
    Further(r"(openai/)?(gpt|chatgpt)", (SEED, STOP, *PENALTIES)),
    Further(r"(anthropic/)?claude", (TOP_K,), ("seed", "presence_penalty", "frequency_penalty")),
    Further(r"(google/)?gemini", (SEED, STOP, EFFORT)),
    Further(r"(deepseek/)?deepseek|meta-llama/|mistralai/|(alibaba/|Qwen/)?qwen|google/gemma|nousresearch/", OPEN),
)
CHAT_USUAL = (SEED, STOP, *PENALTIES)

STEPS = _integer("num_inference_steps", 1, 50, "More steps: finer and slower.")
GUIDANCE = _number("guidance_scale", 1, 20, "How closely the picture follows the prompt.", step=0.1)
CHECKED = _flag("enable_safety_checker", default=True)
JPEG_PNG = _choice("output_format", "jpeg", "png", default="jpeg")
TOLERANCE = _choice("safety_tolerance", *"123456", default="2", help="1 is the strictest.")
MARK = _flag("watermark")

IMAGE = (
    Further(r"embedded/"),
    Further(
        r"(openai/)?gpt-image-",
        (
            _choice("quality", "low", "medium", "high", default="medium"),
            _choice("background", "transparent", "opaque", "auto", default="auto"),
            _choice("moderation", "low", "auto", default="auto"),
            _choice("output_format", "png", "jpeg", "webp", default="png"),
            _integer("output_compression", 0, 100, "In percent, for JPEG and WebP.", default=100),
        ),
    ),
    Further(
        r"(openai/)?dall-e-3",
        (_choice("quality", "standard", "hd", default="standard"), _choice("style", "vivid", "natural")),
    ),
    Further(r"(google/)?imagen", (_flag("enhance_prompt", "The prompt is made longer before it is painted."),)),
    Further(r"google/(gemini-3.*image|nano-banana-(2|pro))", (_choice("resolution", "1K", "2K", "4K"),)),
    Further(r"flux/kontext|flux-pro/v1\.1-ultra", (TOLERANCE, JPEG_PNG, CHECKED)),
    Further(
        r"blackforestlabs/flux-2",
        (
            GUIDANCE,
            _integer("num_inference_steps", 4, 50, "More steps: finer and slower."),
            _choice("output_format", "jpeg", "png", "webp", default="png"),
            _choice("acceleration", "none", "regular", "high", default="regular"),
            _flag("enable_prompt_expansion", "The prompt is made longer before it is painted.", True),
            CHECKED,
        ),
    ),
    Further(r"flux-pro/v1\.1", (TOLERANCE, JPEG_PNG, CHECKED)),
    Further(r"flux-pro", (GUIDANCE, STEPS, TOLERANCE, JPEG_PNG)),
    Further(r"flux/schnell", (_integer("num_inference_steps", 1, 12, "More steps: finer and slower."), CHECKED)),
    Further(r"flux/|flux-realism|stable-diffusion-v3", (GUIDANCE, STEPS, CHECKED)),
    Further(r"alibaba/z-image", (_flag("enable_prompt_expansion"), CHECKED)),
    Further(r"alibaba/", (MARK, _flag("enhance_prompt"))),
    Further(r"bytedance/", (MARK,)),
    Further(r"x-ai/grok-imagine", (_choice("resolution", "1k", "2k"),)),
)

DEEPGRAM = (
    _flag("punctuate", "Sent as on, unless you say otherwise.", True),
    _flag("smart_format", "Dates, sums and the like as people write them. Sent as on.", True),
    _flag("paragraphs"),
    _flag("utterances", "Parts of speech by meaning."),
    _number("utt_split", 0.1, 10, "Seconds of silence that part two utterances.", step=0.1),
    _flag("numerals", "Numbers in digits."),
    _flag("measurements", "Units abbreviated."),
    _flag("dictation"),
    _flag("filler_words", "Keep “uh” and “um”."),
    _flag("profanity_filter"),
    _flag("detect_entities"),
    _flag("topics"),
    _flag("intents"),
    _flag("sentiment"),
    _text("summarize", "v2 for a short summary."),
    _text("search", "Words to look for."),
)
TRANSCRIPTION = (
    Further(r"embedded/"),
    Further(
        r"(openai/)?gpt-4o.*transcribe",
        (_text("prompt", "Names and words that occur."), _number("temperature", 0, 1, step=0.05, default=0)),
    ),
    Further(
        r"aai/|(assemblyai/)?(universal|slam-1)",
        (
            _flag("punctuate", default=True),
            _flag("format_text", default=True),
            _flag("disfluencies", "Keep “uh” and “um”.", False),
            _integer("speakers_expected", 1, 50),
            _integer("audio_start_from", 0, None, "Milliseconds."),
            _integer("audio_end_at", 0, None, "Milliseconds."),
            _flag("filter_profanity", default=False),
            _flag("sentiment_analysis", default=False),
            _flag("auto_chapters", default=False),
            _flag("summarization", default=False),
            _flag("redact_pii", "Names, numbers and addresses are blotted out.", False),
        ),
    ),
    Further(
        r"(deepgram/)?nova-3",
        (*DEEPGRAM, _text("keyterm", "A name or term to listen for."), _text("redact", "pii, pci or numbers.")),
    ),
    Further(r"(#?g1_|deepgram/|openai/)?(nova-|whisper)", DEEPGRAM),
)

SPEECH = (
    Further(r"embedded/"),
    Further(r"#?g1_aura-|(deepgram/)?aura", (_choice("sample_rate", "8000", "16000", "24000", "32000", "48000"),)),
    Further(r"(openai/)?gpt-4o-mini-tts", (_text("style", "How it is to be said, in words."),)),
    Further(
        r"elevenlabs/",
        (
            _number("voice_settings.stability", 0, 1, "Lower: more feeling, less even.", step=0.05),
            _number("voice_settings.similarity_boost", 0, 1, "How close to the voice's own recordings.", step=0.05),
            _number("voice_settings.style", 0, 1, step=0.05),
            _flag("voice_settings.use_speaker_boost"),
            SEED,
        ),
    ),
    Further(
        r"minimax/speech",
        (
            _number("voice_setting.vol", 0.01, 10, "Loudness.", step=0.1, default=1),
            _integer("voice_setting.pitch", -12, 12, "Semitones.", default=0),
            _choice("voice_setting.emotion", "happy", "sad", "angry", "fearful", "disgusted", "surprised", "neutral"),
            _choice("audio_setting.bitrate", 32_000, 64_000, 128_000, 256_000),
        ),
    ),
    Further(r"microsoft/vibevoice", (_number("cfg_scale", 0.1, 2, step=0.1, default=1.3), SEED)),
)
TABLES: dict[Task, tuple[Further, ...]] = {
    "chat": CHAT,
    "image": IMAGE,
    "transcription": TRANSCRIPTION,
    "speech": SPEECH,
}
UNKNOWN = Further(r"")
# Other OpenAI-compatible servers and chat models that no row knows: what all of them document.
PLAIN = Further(r"", CHAT_USUAL)


def further(model: Model) -> tuple[Parameter, ...]:
    """What the family of a model takes; the usual ones that it does not take come last, with the reason."""
    otherwise = PLAIN if model.task == "chat" else UNKNOWN
    family = first_match(model.id, TABLES[model.task], otherwise)
    return (*family.parameters, *(_refused(name) for name in family.ignored))


def _refused(name: str) -> Parameter:
    usual = next(parameter for parameter in CHAT_USUAL if parameter.name == name)
    return replace(usual, ignored="This model does not take it.")

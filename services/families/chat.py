"""Chat bodies by family. The figures are from a survey of 580 documented chat operations (contract, section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from services.catalog import Model
from services.extra import PROTECTED, merged
from services.families.match import Fields, Ignored, first_match


@dataclass(frozen=True)
class ChatFamily:
    """`hottest` None: no temperature. `tokens` is the default output limit; a reasoning model thinks within it.

    `formats` and `tools`: whether `response_format` and `tools` are documented. Where they are not, the gateway drops
    them and answers 200 as if nothing were (contract, section 2.1), so they are not sent, and that is said.
    """

    ids: str
    limit: str = "max_tokens"
    tokens: int = 1024
    hottest: float | None = 2.0
    top_p: bool = True
    seed: bool = True
    system: bool = True
    formats: bool = True
    tools: bool = True


FAMILIES = (
    ChatFamily(r"embedded/", tokens=256, tools=False),
    # The published schemas of the searching models have neither sampling nor tools.
    ChatFamily(r"(openai/)?gpt-4o-(mini-)?search", hottest=None, top_p=False, seed=False, formats=False, tools=False),
    ChatFamily(r"(perplexity/)?sonar", tools=False),
    ChatFamily(r"(openai/)?o\d", limit="max_completion_tokens", tokens=8192, hottest=None, top_p=False),
    ChatFamily(r"(openai/)?gpt-5(?!.*chat)", limit="max_completion_tokens", tokens=8192, hottest=None, top_p=False),
    # Anthropic's schemas: temperature up to 1, no seed, tools but no response_format.
    ChatFamily(r"(anthropic/)?claude", hottest=1.0, seed=False, formats=False),
    ChatFamily(r"(google/)?gemini-(2\.5|[3-9])", tokens=8192),
    ChatFamily(r"(deepseek/)?deepseek-(r1|reasoner)$", tokens=8192, formats=False, tools=False),
    ChatFamily(r"(deepseek/)?deepseek-(r\d|reasoner|.*thinking)|.*(thinking|reason|qwq|magistral)", tokens=8192),
    ChatFamily(r".*omni.*captioner", system=False),
)
PLAIN = ChatFamily(r"")
LOWEST_TOP_P = 0.01
HIGHEST_TOP_P = 1.0
NOTHING: Mapping[str, Any] = MappingProxyType({})


def chat_body(
    model: Model,
    messages: Sequence[Mapping[str, object]],
    *,
    system_prompt: str = "",
    temperature: float | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
    seed: int | None = None,
    stop: Sequence[str] = (),
    response_format: Mapping[str, object] | None = None,
    tools: Sequence[Mapping[str, object]] = (),
    tool_choice: str | Mapping[str, object] | None = None,
    extra: Mapping[str, Any] = NOTHING,
    fold_system: bool = False,
) -> tuple[Fields, Ignored]:
    """The body of a streamed call; `messages` are in the wire's form.

    Values outside the family's range are brought to its edge. `fold_system` writes the system prompt into the first
    user message, for models that refuse the role; so do families that document no such role. Earlier calls of tools
    are left out where the family documents none. `extra` comes last, but for what makes the call.
    """
    family = chat_family(model)
    messages = messages if family.tools else _without_calls(messages)
    body: Fields = {
        "model": model.id,
        "messages": _with_system(messages, system_prompt, fold_system or not family.system),
    }
    # All 580 operations list `max_tokens`; OpenAI itself refuses it where it has a newer name.
    body[family.limit if model.plain else "max_tokens"] = chat_tokens(model, max_tokens)
    ignored = []
    if temperature is not None:
        if family.hottest is None:
            ignored.append("temperature")
        else:
            body["temperature"] = min(max(temperature, 0.0), family.hottest)
    if top_p is not None:
        if family.top_p:
            body["top_p"] = min(max(top_p, LOWEST_TOP_P), HIGHEST_TOP_P)
        else:
            ignored.append("top_p")
    if seed is not None:
        if family.seed and seed >= 1:
            body["seed"] = seed
        else:
            ignored.append("seed")
    if stop:
        body["stop"] = list(stop[:4])
    if response_format and not family.formats:
        ignored.append("response_format")
    elif response_format:
        body["response_format"] = response_format
    if tools and not family.tools:
        ignored.append("tools")
    elif tools:
        body |= {"tools": list(tools), **({"tool_choice": tool_choice} if tool_choice else {})}
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    return merged(body, {name: value for name, value in extra.items() if name not in PROTECTED["chat"]}), tuple(ignored)


def chat_family(model: Model) -> ChatFamily:
    """The table's row for a model."""
    return first_match(model.id, FAMILIES, PLAIN)


def chat_tokens(model: Model, wanted: int | None = None) -> int:
    """The output limit to send: what is wanted, else the model's own default, else its family's."""
    default = model.defaults.get("max_tokens")
    tokens = wanted or (default if isinstance(default, int) else 0) or chat_family(model).tokens
    return max(1, min(tokens, model.output_max or tokens))


def _without_calls(messages: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """What was said beside the calls stays."""
    plain = [{key: value for key, value in turn.items() if key != "tool_calls"} for turn in messages]
    return [turn for turn in plain if turn["role"] != "tool" and turn["content"]]


def _with_system(messages: Sequence[Mapping[str, object]], prompt: str, fold: bool) -> list[Fields]:
    turns = [dict(message) for message in messages]
    if not prompt:
        return turns
    first = next((at for at, turn in enumerate(turns) if turn["role"] == "user"), None)
    if not fold or first is None:
        return [{"role": "system", "content": prompt}, *turns]
    said = turns[first]["content"]
    parts = said if isinstance(said, list) else []
    folded = f"{prompt}\n\n{said}" if isinstance(said, str) else [{"type": "text", "text": prompt}, *parts]
    return [*turns[:first], {**turns[first], "content": folded}, *turns[first + 1 :]]

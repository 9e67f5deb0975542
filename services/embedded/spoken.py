"""Written text as a person would read it aloud. Knows Markdown and shorthand; knows nothing about voices.

The voice's own rules already read numbers, times, dates, units and titles; here is what they stumble over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MONTHS = "January February March April May June July August September October November December"
_MONEY = {
    "$": ("dollar", "cent"),
    "€": ("euro", "cent"),
    "£": ("pound", "penny"),
    "¥": ("yen", ""),
    "₹": ("rupee", "paisa"),
}
_SCALES = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion", "b": "billion", "tn": "trillion"}
_PLURALS = {"penny": "pence", "yen": "yen", "paisa": "paise"}


def _plural(word: str, amount: str) -> str:
    return word if amount == "1" else _PLURALS.get(word, word + "s")


def _money(found: re.Match[str]) -> str:
    """`$5.50`: 5 dollars and 50 cents; `€3.2 million` and `$1bn` keep their scale."""
    unit, part = _MONEY[found["sign"]]
    whole, cents, scale = found["whole"], found["cents"] or "", found["scale"]
    if scale:
        amount = f"{whole}.{cents}" if cents else whole
        return f"{amount} {_SCALES.get(scale.lower(), scale)} {_plural(unit, '')}"
    if len(cents) == 2 and part:
        small = f"{int(cents)} {_plural(part, str(int(cents)))}" if int(cents) else ""
        if whole == "0" and small:
            return small
        return f"{whole} {_plural(unit, whole)}" + (f" and {small}" if small else "")
    return f"{whole}{'.' + cents if cents else ''} {_plural(unit, whole + cents)}"


def _month(found: re.Match[str]) -> str:
    return next(month for month in _MONTHS.split() if month.startswith(found[1][:3])) + " "


# In this order, each on what the one before left.
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\bhttps?://(?:www\.)?([\w.-]+\w)[^\s)>\]]*"), r"\1"),
    (re.compile(r"\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)"), r"\1 at \2"),
    (
        re.compile(
            r"(?P<sign>[$€£¥₹])\s?(?P<whole>\d+(?:,\d{3})*)(?:\.(?P<cents>\d+))?"
            r"(?:\s?(?P<scale>(?:thousand|million|billion|trillion|bn|mn|tn|k|m|b))\b)?",
            re.IGNORECASE,
        ),
        _money,
    ),
    (re.compile(r"(\d)\s?¢"), r"\1 cents"),
    (re.compile(r"\be\.\s?g\.,?", re.IGNORECASE), "for example,"),
    (re.compile(r"\bi\.\s?e\.,?", re.IGNORECASE), "that is,"),
    (re.compile(r"\betc\.(?=\s+[A-Z]|\s*$)"), "et cetera."),
    (re.compile(r"\betc\."), "et cetera"),
    (re.compile(r"\bvs\.?(?=\s)"), "versus"),
    (re.compile(r"\bapprox\.", re.IGNORECASE), "approximately"),
    (re.compile(r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s+(?=\d)"), _month),
    (re.compile(r"\bNo\.\s?(?=\d)"), "number "),
    (re.compile(r"\bp\.\s?(?=\d)"), "page "),
    (re.compile(r"(?<!\w)[~≈]\s?(?=\d)"), "about "),
    (re.compile(r"(?<=\d)\s?[×✕]\s?(?=\d)"), " times "),
    (re.compile(r"(?<=\d)\s?÷\s?(?=\d)"), " divided by "),
    (re.compile(r"\bC#"), "C sharp"),
    (re.compile(r"\bCO(?:2|₂)"), "C O 2"),
    (re.compile(r"\bH(?:2|₂)O\b"), "H 2 O"),
    (re.compile(r"\s?(?:→|⇒|->|=>)\s?"), " to "),
    (re.compile(r"\s+—\s+|—"), ", "),
    (re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D\u20E3]+"), " "),
    (re.compile(r"[ \t]{2,}"), " "),
)


def spoken(text: str) -> str:
    """Plain sentences, a line for each block: no markup, shorthand written out, code and pictures named by a word."""
    lines = (line for line in _blocks(_markdown().parse(text)) if any(map(str.isalnum, line)))
    return "\n".join(map(_written_out, lines))


def _written_out(line: str) -> str:
    for pattern, replacement in _RULES:
        line = pattern.sub(replacement, line)
    line = line.strip()
    return line if line.endswith((".", "!", "?", ":", ";", "…", ",", '"', "”")) else f"{line}."


def _blocks(tokens: Iterable[Token]) -> Iterable[str]:
    """The text of each heading, paragraph, list item and table cell; code blocks as a remark."""
    for token in tokens:
        if token.type == "inline":
            yield from _inline(token.children or []).split("\n")
        elif token.type in ("fence", "code_block"):
            yield "There is a piece of code here."


_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


def _inline(tokens: Iterable[Token]) -> str:
    heard = ("text", "code_inline", "image")  # an image is its description
    return "".join(_BREAKS.get(token.type) or (token.content if token.type in heard else "") for token in tokens)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def sentences(text: str, split: Callable[[str], list[str]]) -> list[str]:
    """What to say one after the other, by the voice's own idea of a sentence."""
    return list(chain.from_iterable(split(line) for line in spoken(text).splitlines()))

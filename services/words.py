"""How transcripts and answers differ, word by word. Knows text; knows nothing about who said it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import jiwer

from services.errors import InvalidInput

MOST_WORDS = 10_000  # an alignment keeps a bit for each pair of words: 25 MB for two texts of this length
MOST_TEXTS = 5
# Chinese and Japanese put no spaces between words: there each character counts as one.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+(?:['’.,:][^\W_]+)*"
)
_SAME_AS = str.maketrans({"’": "'"})


@dataclass(frozen=True)
class Part:
    """A stretch of text: in both, only in the reference (`gone`), or only in the other text (`new`)."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True)
class Difference:
    """A text against a reference. `rate` is the word error rate, wrong words (replaced, left out, put in) by the
    reference's words: 0 is perfect, more than 1 is possible. Case and punctuation don't count."""

    parts: tuple[Part, ...]
    wrong: int
    words: int

    @property
    def rate(self) -> float:
        return self.wrong / self.words if self.words else float(self.wrong > 0)


@dataclass(frozen=True)
class Likeness:
    """How stable answers are: the most of them that are the same, and the mean share of words two have in common."""

    same: int
    of: int
    share: float


def difference(reference: str, text: str) -> Difference:
    """Align the words of `text` with those of `reference`. Raises InvalidInput when there are too many."""
    theirs, ours = _words(reference), _words(text)
    if not theirs or not ours:
        parts = [Part("gone", reference.strip())] if theirs else [Part("new", text.strip())] if ours else []
        return Difference(tuple(parts), len(theirs) or len(ours), len(theirs))
    aligned = jiwer.process_words(_plain(theirs), _plain(ours))
    parts = []
    for chunk in aligned.alignments[0]:
        before = _stretch(reference, theirs, chunk.ref_start_idx, chunk.ref_end_idx)
        now = _stretch(text, ours, chunk.hyp_start_idx, chunk.hyp_end_idx)
        if chunk.type == "equal":
            parts.append(Part("same", now))
        else:
            parts += [part for part in (Part("gone", before), Part("new", now)) if part.text]
    wrong = aligned.substitutions + aligned.deletions + aligned.insertions
    return Difference(tuple(parts), wrong, len(theirs))


def likeness(texts: Sequence[str]) -> Likeness:
    """How many of the answers say the same (spacing aside), and how much two of them have in common on average."""
    plain = [" ".join(text.split()) for text in texts]
    same = max((plain.count(text) for text in plain), default=0)
    shares = [_share(one, other) for one, other in combinations(plain, 2)]
    return Likeness(same, len(plain), sum(shares) / len(shares) if shares else 1.0)


def _share(one: str, other: str) -> float:
    if one == other:
        return 1.0
    found, longest = difference(one, other), max(len(_words(one)), len(_words(other)))
    return max(0.0, 1 - found.wrong / longest) if longest else 0.0


def _words(text: str) -> list[re.Match[str]]:
    found = list(_WORD.finditer(text))
    if len(found) > MOST_WORDS:
        raise InvalidInput(
            f"The text has {len(found):,} words; {MOST_WORDS:,} is the most that are compared.",
            remedy="Compare it in parts.",
        )
    return found


def _plain(words: list[re.Match[str]]) -> str:
    return " ".join(word[0].translate(_SAME_AS).casefold() for word in words)


def _stretch(text: str, words: list[re.Match[str]], start: int, end: int) -> str:
    """The text from one word to before another, with what stands between and right behind them."""
    if start == end:
        return ""
    until = words[end].start() if end < len(words) else len(text)
    return text[words[start].start() if start else 0 : until].strip()

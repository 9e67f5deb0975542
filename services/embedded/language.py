"""Tells whether a text is English, so that the engine can say plainly what it can't do. Errs towards silence."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

# Common enough to be asked in; fewer candidates make short sentences clearer.
_LANGUAGES = "en fr de es it pt nl sv da no fi pl cs sk hu ro tr vi id tl sw hr sl et lv lt sq ca eu is ga cy af"
_UNSPOKEN = re.compile(r"```.*?(```|$)|`[^`]*`|https?://\S+|\"[^\"]*\"|“[^”]*”|«[^»]*»|<[^>]*>", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_EVERYDAY = (
    "the a an is are was were be of and to in it you i my me your that this what who how why when where which do does "
    "did can could should would will with for from on at not please tell write give make explain about"
)
_LIKELIER = 20.0
"""How many times likelier than English another language must be: measured on the sentences of the tests."""


def is_foreign(text: str) -> bool:
    """Whether the text is, quite surely, in another language than English; names, code and single words are not."""
    text = _UNSPOKEN.sub(" ", text[:2000])
    words = _WORD.findall(text)
    if _not_latin(text) > 0.4:
        return True
    # Names are no language: a text of capitalised words, such as "Leonardo da Vinci", is not judged.
    if len(words) < 2 or sum(word[0].isupper() for word in words) > len(words) / 2:
        return False
    everyday = _EVERYDAY.split()
    if sum(word.lower() in everyday for word in words) >= len(words) / 3:
        return False
    likely: dict[str, float] = dict(_identifier().rank(" ".join(words)))
    return max(likely.values()) > _LIKELIER * likely["en"]


def prepare() -> None:
    """Load what judging needs (most of a second), so that the first question need not wait for it."""
    _identifier()


def _not_latin(text: str) -> float:
    """The share of letters from other scripts; 0 where there are no letters."""
    letters = [letter for letter in text if letter.isalpha()]
    other = sum(not unicodedata.name(letter, "LATIN").startswith(("LATIN", "MATHEMATICAL")) for letter in letters)
    return other / len(letters) if letters else 0.0


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LANGUAGES.split())
    return identifier

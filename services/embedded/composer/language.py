"""A prompt's words matched against the vocabulary: phrases before words, names before tags. Knows no grammar."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from .tables import kinds, tags, words

ARTICLES = frozenset(
    word
    for words_of_a_kind in (
        ("a", "an", "the", "some", "his", "her", "its", "their", "my", "your", "our", "this", "that", "these", "those"),
        ("very", "of", "lovely", "beautiful", "pretty", "nice"),
    )
    for word in words_of_a_kind
)
BREAKS = frozenset(".;:!?\n")
LONGEST = 5  # words in a phrase


@dataclass(frozen=True)
class Term:
    """One matched phrase (or unknown word) with everything that it can mean: kind of meaning → value."""

    text: str
    meanings: Mapping[str, str] = field(default_factory=dict)
    plural: bool = False

    def __contains__(self, kind: str) -> bool:
        return kind in self.meanings


def terms(prompt: str) -> list[Term]:
    """Read from the left, each time the longest phrase that the vocabulary knows."""
    tokens = list(_tokens(prompt))
    found: list[Term] = []
    while tokens:
        taken, term = _longest(tokens)
        found.append(term)
        tokens = tokens[taken:]
    return found


def tagged(word: str, limit: int = 12) -> tuple[str, ...]:
    """Objects that merely carry the word as a keyword; none when so many do that it says nothing."""
    names = tags().get(word) or tags().get(singular(word)) or ()
    return names if len(names) <= limit else ()


def singular(word: str) -> str:
    """The dictionary form of an English plural; any other word as it is."""
    irregular: dict[str, str] = words()["irregular"]
    if word in irregular:
        return irregular[word]
    if word in words()["always_plural"]["words"] or len(word) < 4 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


def _tokens(prompt: str) -> Iterator[str]:
    text = unicodedata.normalize("NFKC", prompt.replace("\ufe0f", "")).lower().replace("’", "'")
    pattern = "|".join([*map(re.escape, _by_emoji()), r"[^\W_]+(?:['-][^\W_]+)*", r"[.,;:!?\n&]"])
    for token in re.findall(pattern, text):
        bare = token.removesuffix("'s")
        if bare not in ARTICLES:
            yield from words()["spelled_out"].get(singular(bare), bare).split(" ")


@cache
def _by_emoji() -> Mapping[str, str]:
    """Emoji without the variation selector → object, the longest sequences first so that they win."""
    pairs = {
        unicodedata.normalize("NFKC", emoji.replace("\ufe0f", "")): name
        for name, kind in kinds().items()
        for emoji in kind.emoji.split()
    }
    return dict(sorted(pairs.items(), key=lambda pair: -len(pair[0])))


def _longest(tokens: list[str]) -> tuple[int, Term]:
    first = tokens[0]
    if first in BREAKS or first == ",":
        return 1, Term(first, {"break": first})
    if first in _by_emoji():
        return 1, Term(first, {"thing": _by_emoji()[first]})
    for length in range(min(LONGEST, len(tokens)), 0, -1):
        *head, last = tokens[:length]
        for form in (last, singular(last)):
            phrase = " ".join([*head, form])
            if meanings := _lexicon().get(phrase):
                return length, Term(phrase, meanings, plural=form != last or last in words()["irregular"])
    if "-" in first:  # "red-haired" is not in the vocabulary, but "red" may be
        return 1, Term(first, _lexicon().get(first.rpartition("-")[2], {}))
    return 1, Term(first)


@cache
def _lexicon() -> Mapping[str, Mapping[str, str]]:
    """Phrase without articles → kind of meaning → value."""
    lexicon: dict[str, dict[str, str]] = {}

    def learn(phrase: str, kind: str, value: str) -> None:
        plain = " ".join(word for word in phrase.replace("'s", "").split() if word not in ARTICLES)
        lexicon.setdefault(plain, {}).setdefault(kind, value)

    table = words()
    for word in table["homonyms"]:
        learn(word, "homonym", word)
    for position in range(max(len(kind.words) for kind in kinds().values())):  # names first, then synonyms in order
        for kind in kinds().values():
            if position < len(kind.words):
                learn(kind.words[position], "thing", kind.name)
    for colour in table["colours"]:
        learn(colour, "colour", colour)
    for one in ("counts", "sizes"):
        for word in table[one]:
            learn(word, one[:-1], word)
    for many, kind_name in MEANINGS.items():
        for value, phrases in table[many].items():
            for phrase in phrases:
                learn(phrase, kind_name, value)
    for group, kind_name in {
        "negations": "negation",
        "outfits": "outfit",
        "joining": "joining",
        "body": "body",
    }.items():
        for phrase in table[group]["words"]:
            learn(phrase, kind_name, phrase)
    for foreign, english in table["foreign"].items():
        if foreign not in lexicon:
            lexicon[foreign] = lexicon[english]
    learn("sky", "heaven", "sky")
    learn("background", "backdrop", "background")
    learn("backdrop", "backdrop", "background")
    learn("but", "but", "but")
    return lexicon


MEANINGS = {
    "times": "time",
    "sky": "sky",
    "weather": "weather",
    "seasons": "season",
    "places": "place",
    "styles": "style",
    "finishes": "finish",
    "relations": "relation",
}

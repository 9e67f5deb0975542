"""The shapes of replies: strict in what a result rests on, indifferent to what decorates it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upstream.contract import published

from services.errors import MalformedReply
from services.replies import (
    Balance,
    ChannelTranscript,
    Job,
    PictureReply,
    Shape,
    SpeechReply,
    TextTranscript,
    read,
    words_of,
)
from services.rows import Row

ANOTHER = "Try again, or choose another model."
SHAPES = (Balance, ChannelTranscript, Job, PictureReply, SpeechReply, TextTranscript, Row)
FIELDS = (
    *("current_balance", "balance", "results", "channels", "alternatives", "transcript", "metadata", "duration"),
    *("generation_id", "id", "status", "error", "message", "name", "data", "images", "output", "choices", "url"),
    *("b64_json", "audio", "audio_url", "result", "text", "words", "start", "end", "speaker", "usage", "seed", "info"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=20,
)


@pytest.mark.parametrize("shape", SHAPES)
@given(said=JSON)
def test_whatever_a_reply_says_it_has_the_shape_or_is_malformed(shape, said):
    """C36, C50, C51, C74: no other error comes out, and what has the shape can be written down."""
    try:
        ended: Shape | MalformedReply = read(shape, said, "No.", request_id="r1")
    except MalformedReply as error:
        ended = error
    assert isinstance(ended, shape) or (ended.remedy, ended.request_id) == (ANOTHER, "r1")


EXAMPLES = [
    (PictureReply, "image", lambda reply: [one.source for one in reply.pictures]),
    (SpeechReply, "speech", lambda reply: reply.found),
]


@pytest.mark.parametrize(("shape", "name", "found"), EXAMPLES)
def test_every_published_reply_of_both_forms_has_its_shape(shape, name, found):
    replies = [example["response"] for example in published(name)["examples"].values() if "response" in example]
    assert replies
    assert all(found(read(shape, reply, "No.")) for reply in replies)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"message": "no voice today"}, "no voice today"),
        ({"error": {"message": "no voice today"}}, "no voice today"),
        ({"error": "no voice today"}, "no voice today"),
        ({"title": "no voice today", "status": 200}, "no voice today"),
        ({"message": None, "error": {}, "audio": 7}, ""),
        ({"message": "left\u202eright\x00"}, ""),
        (["no voice today"], ""),
        (7, ""),
    ],
)
def test_the_upstreams_own_words_are_quoted_where_it_says_any(said, words):
    """C38, C51: an error that comes with status 200."""
    with pytest.raises(MalformedReply) as error:
        read(SpeechReply, said, "The reply holds no speech.")
    assert words_of(said) == words
    assert ("It says" in error.value.message) == bool(words)
    assert words in error.value.message


def test_what_a_reply_held_is_neither_said_nor_logged():
    """E4, E7: which field is at fault goes to the log, not its value."""
    with pytest.raises(MalformedReply) as error:
        read(TextTranscript, {"text": ["my secret"]}, "The reply holds no transcript.")
    assert error.value.detail.startswith("text: ")
    assert "secret" not in repr(error.value.detail) + error.value.sentence
    assert error.value.__cause__ is None


@pytest.mark.parametrize("amount", ["12", True, None, float("nan"), float("inf"), 10**400, [1], {}])
def test_a_balance_is_a_number(amount):
    with pytest.raises(MalformedReply):
        read(Balance, {"current_balance": amount}, "No.")


@pytest.mark.parametrize("time", ["1", True, float("nan"), -1, 10**400, None])
def test_a_word_with_an_odd_time_is_left_out_and_the_transcript_stays(time):
    words = [{"text": "a", "start": 0, "end": 1}, {"text": "b", "start": time, "end": 2}]
    reply = read(TextTranscript, {"text": "a b", "words": words}, "No.")
    assert (reply.text, [word.said for word in reply.words]) == ("a b", ["a"])


def test_half_a_character_becomes_a_question_mark_and_nul_goes():
    """C57: JSON can spell what neither a file nor a page can hold."""
    text = json.loads(r'"a\ud800b\u0000c\ud83d\ude00"')
    assert read(TextTranscript, {"text": text}, "No.").text == "a?bc\U0001f600"


def test_an_entry_without_a_picture_is_counted_and_a_list_of_such_does_not_hide_the_pictures():
    empty, full = {"url": None, "b64_json": ""}, {"url": "https://a.example/a.png"}
    assert len(read(PictureReply, {"data": [empty, full, None, 7]}, "No.").pictures) == 2
    assert read(PictureReply, {"data": [empty], "images": [full]}, "No.").pictures[0].source == full["url"]
    assert len(read(PictureReply, {"data": [empty]}, "No.").pictures) == 1
    assert read(PictureReply, {}, "No.").pictures == ()

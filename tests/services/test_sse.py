"""Events come out whole however the bytes were cut."""

import pytest
from contract_check import example
from hypothesis import given
from hypothesis import strategies as st

from services.errors import MalformedReply
from services.sse import Event, EventReader

LINE = 1000


def read(*packets: bytes, line_bytes: int = LINE) -> list[Event]:
    reader = EventReader(line_bytes)
    return [*(event for packet in packets for event in reader.feed(packet)), *reader.close()]


def data(*packets: bytes) -> list[str]:
    return [event.data for event in read(*packets)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_line_end_of_the_standard_is_one(end):
    assert data(end.join([b"data: one", b"", b"data: two", b"", b""])) == ["one", "two"]


def test_a_line_end_may_be_cut_in_half():
    assert data(b"data: one\r", b"\n\r", b"\ndata: two\r\n\r", b"\n") == ["one", "two"]


def test_an_emoji_split_over_packets_is_whole():
    text = "data: 👩‍🚀 naïve\n\n".encode()
    assert data(*(text[i : i + 1] for i in range(len(text)))) == ["👩‍🚀 naïve"]


def test_several_data_lines_are_one_event():
    assert data(b"data: a\ndata:b\ndata:\ndata:  c\n\n") == ["a\nb\n\n c"]


def test_what_is_no_data_is_passed_over():
    packet = b"event: message\nid: 7\nretry: 10\nunknown: x\nno colon\n\ndata: one\nevent: x\n\n\n\n"
    assert data(packet) == ["one"]


def test_a_comment_is_a_note_and_no_content():
    assert read(b": waiting for a place\n\ndata: one\n\n") == [Event(comment="waiting for a place"), Event(data="one")]


def test_a_byte_order_mark_is_no_part_of_the_first_line():
    assert data(b"\xef\xbb\xbfdata: one\n\n") == ["one"]


def test_separators_that_are_not_line_ends_stay_in_the_text():
    text = "a\u2028b\u0085c\x0bd\x0ce"
    assert data(f"data: {text}\n\n".encode()) == [text]


def test_the_last_event_needs_no_blank_line():
    assert data(b"data: one\n\ndata: [DONE]") == ["one", "[DONE]"]


def test_an_empty_stream_has_no_events():
    assert data() == data(b"") == data(b"\n\n\n") == []


@pytest.mark.parametrize(
    "packets", [[b"data: " + b"x" * 2000], [b"x" * 600, b"x" * 600], [b"data: " + b"x" * 2000 + b"\n\n"]]
)
def test_a_line_over_the_limit_is_refused(packets):
    with pytest.raises(MalformedReply):
        read(*packets)


def test_an_event_of_endless_short_lines_is_refused():
    with pytest.raises(MalformedReply):
        read(*[b"data: 0123456789\n"] * 1000)


def test_a_long_stream_of_short_events_is_not():
    assert len(data(*[b"data: 0123456789\n\n"] * 1000)) == 1000


@pytest.mark.parametrize("packet", [b"data: \xff\n\n", b"data: \xc3(\n\n", b"\x1f\x8b\x08\x00"])
def test_bytes_that_are_no_text_are_refused(packet):
    with pytest.raises(MalformedReply):
        read(packet)


@pytest.mark.parametrize("wrong", [b"data: \xff\n\n", b"x" * 2000])
def test_what_stood_before_the_break_in_the_same_packet_is_kept(wrong):
    """C28"""
    events = EventReader(LINE).feed(b"data: one\n\n" + wrong)
    assert next(events) == Event(data="one")
    with pytest.raises(MalformedReply):
        list(events)


def test_a_stream_that_ends_inside_a_character_is_refused():
    reader = EventReader(LINE)
    assert list(reader.feed("data: one\n\ndata: é".encode()[:-1])) == [Event(data="one")]
    with pytest.raises(MalformedReply):
        list(reader.close())


@pytest.mark.parametrize("case", ["stream", "stream with the usage alone", "stream that thinks and ends without DONE"])
def test_the_published_streams_are_read(case):
    lines = example("chat", case)["lines"]
    assert data("\n".join([*lines, ""]).encode()) == [line[6:] for line in lines if line]


LINE_LIKE = ["data: one", "data:", "data: é👩‍🚀", ": note", "event: x", "", "", "nonsense", 'data: {"a": 1}']
LINES = st.lists(st.sampled_from(LINE_LIKE), max_size=12)


@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.data())
def test_any_cut_of_the_bytes_gives_the_same_events(lines, end, draw):
    whole = end.join([*lines, ""]).encode()
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(*pieces) == read(whole)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(packet):
    try:
        events = read(packet)
    except MalformedReply:
        return
    assert all(isinstance(event, Event) for event in events)

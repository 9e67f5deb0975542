"""The bench itself: an upstream that keeps to its script, a client that misses nothing, a table that can say no."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.page import ours, peers, report, wire
from benchmarks.page.__main__ import main, measured
from benchmarks.page.bench import Bench
from benchmarks.page.figures import Figure, in_turns, percentile, ratio, value
from benchmarks.page.ours import Visitor
from benchmarks.page.queued import Form, Session
from benchmarks.page.rows import ROWS, Row
from benchmarks.page.upstream import SCRIPTED, Script, Upstream, picture

PROJECT = Path(__file__).parents[1]
ABOUT = {"times": 3, "long": False, "way": "lane", "load": [0.2, 1.5], "cores": 2, "python": "CPython 3.11.7"}
ABOUT |= {"system": "Linux", "commit": "abc1234"}


@pytest.fixture
async def upstream():
    scripted = Upstream()
    server = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    scripted.url = f"http://{host}:{port}"
    yield scripted
    server.close()


def test_the_models_name_is_the_script_or_else_what_was_said():
    assert Script.of("chat-r200-n800-f50") == Script("chat", 200, 800, 50)
    assert Script.of("bench/image-n512") == Script("image", 0, 512, 0)
    assert Script.of(SCRIPTED, "Go on. chat-r0-n16000-f0") == Script("chat", 0, 16_000, 0)


async def test_nothing_is_measured_on_a_guess(upstream):
    body = {"model": SCRIPTED, "stream": True, "messages": [{"role": "user", "content": "Hello"}]}
    reply = await wire.get(upstream.url, "/v1/chat/completions", "POST", body)
    assert reply.status == 400
    assert "no script" in reply.json["error"]["message"]
    assert upstream.calls == []


async def test_tokens_come_at_the_rate_asked_for_and_the_first_after_its_wait(upstream):
    timed = await wire.direct(upstream.url, "chat-r100-n50-f100", 50)
    assert 0.1 <= timed.first < 0.4
    assert 0.48 <= timed.last - timed.first < 0.9
    assert upstream.calls[0].sent == 50


async def test_a_missing_token_fails_the_measurement(upstream):
    with pytest.raises(AssertionError, match="not whole, 1 tokens are missing"):
        await wire.direct(upstream.url, "chat-r0-n50-f0", 51)


def test_a_token_that_is_missing_in_the_middle_is_noticed():
    ear = wire.Ear(4)
    ear.hear(b'"w0 w1 ')
    ear.hear(b'w3 "')
    with pytest.raises(AssertionError, match="not whole, 1 tokens"):
        ear.done()


def test_a_token_is_heard_across_two_pieces_and_not_inside_of_other_words():
    ear = wire.Ear(2)
    ear.hear(b'"id": "ew0f", "text": "w')
    ear.hear(b'0 w1 "')
    timed = ear.done()
    assert 0 < timed.first <= timed.last <= timed.end
    assert timed.size == 30


async def test_the_upstream_notes_when_a_reader_went_away(upstream):
    body = {"model": "chat-r50-n1000-f0", "stream": True, "messages": []}
    async with wire.request(upstream.url, "POST", "/v1/chat/completions", body) as reply:
        async for _ in reply.pieces():
            break
    left = time.time()
    while not (await wire.get(upstream.url, "/calls")).json[0]["closed"]:
        assert time.time() < left + 3
        await asyncio.sleep(0.02)
    assert upstream.calls[0].closed - left < 1
    assert upstream.calls[0].sent < 1000


def test_a_picture_is_the_same_each_time_and_of_a_plausible_size():
    assert picture(256) == picture.__wrapped__(256)
    assert 50_000 < len(picture(256)) < 400_000


async def test_turns_are_taken():
    order = itertools.count()

    async def next_one() -> int:
        return next(order)

    assert await in_turns(2, {"a": next_one, "b": next_one}) == {"a": [0, 2], "b": [1, 3]}


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert percentile([float(i) for i in range(1, 101)], 0.95) == 95.0
    assert percentile([float(i) for i in range(1, 101)], 0.5) == 50.0


def test_a_ratio_is_that_of_the_medians_and_its_spread_that_of_the_turns():
    taken = {"ours": [2.0, 4.0, 6.0], "bare": [1.0, 4.0, 2.0], "stock": [10.0]}
    figure = ratio("quick", 1.3, taken, to="bare")
    assert (figure.ours, figure.spread, dict(figure.others)) == (2.0, (1.0, 3.0), {"stock": 5.0})
    assert not figure.met


def test_a_value_keeps_its_unit_and_the_turns_between_which_it_lies():
    figure = value("short", 0.3, "s", {"ours": [0.1, 0.5, 0.2], "stock": [9.0]})
    assert (figure.ours, figure.spread, dict(figure.others), figure.met) == (0.2, (0.1, 0.5), {"stock": 9.0}, True)


@pytest.mark.parametrize("nothing", [0.0, -1.0, float("nan")])
def test_what_was_not_measured_is_no_figure(nothing):
    with pytest.raises(ValueError, match="no measurement"):
        Figure("first token", nothing, 1.3)
    with pytest.raises(ValueError, match="no measurement"):
        Figure("first token", 1.0, 1.3, others={"stock": nothing})


def test_no_samples_are_no_figure():
    with pytest.raises(ValueError):
        value("first token", 0.3, "s", {"ours": []})


def test_a_count_may_be_zero():
    assert Figure("changed pictures", 0, 0, "").met


class _NoProcesses(Bench):
    async def __aenter__(self) -> Bench:
        return self


async def test_a_row_that_gives_no_figures_fails_the_run():
    async def nothing(bench: Bench) -> list[Figure]:
        return []

    with pytest.raises(RuntimeError, match="idle measured nothing"):
        await measured([Row("idle", nothing)], _NoProcesses())


def test_measuring_less_than_once_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--times", "0"])
    assert "measure at least once" in capsys.readouterr().err


async def _answering(*lines: bytes, status: str = "200 OK"):
    """A page that gives the same answer to every order."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"".join(line + b"\n" for line in lines)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    return server, f"http://{host}:{port}"


DONE = b'{"running":false,"turns":{"keep":0,"add":[{},{}]}}'


@pytest.mark.parametrize(
    ("lines", "status", "wrong"),
    [
        ([b'{"add":"w0 w1 "}', DONE], "200 OK", None),
        ([b'{"add":"w0 "}', DONE], "200 OK", AssertionError),
        ([b'{"add":"w0 w1 "}'], "200 OK", RuntimeError),
        ([b'{"notice":"Too many.","refused":true,"running":false}'], "200 OK", RuntimeError),
        ([b'{"missing":true}'], "200 OK", RuntimeError),
        ([b"Not here."], "403 Forbidden", RuntimeError),
    ],
)
async def test_a_visitor_by_the_lane_takes_only_a_whole_answer_that_ended(lines, status, wrong):
    server, url = await _answering(*lines, status=status)
    form = Form({}, [])
    visitor = Visitor(url, Session(url, form), form, "lane")
    if wrong:
        with pytest.raises(wrong):
            await visitor.ask("chat-r0-n2-f0", 2)
    else:
        assert (await visitor.ask("chat-r0-n2-f0", 2)).size == len(lines[0]) + len(lines[1]) + 2
    server.close()


def test_each_way_of_our_page_has_an_address_of_its_own():
    assert {ours.address("http://here", way) for way in ours.WAYS} == {"http://here", "http://here/?lane=off"}


def test_the_peers_are_never_a_requirement_of_the_playground():
    wanted = (PROJECT / "requirements.txt").read_text() + (PROJECT / "requirements-dev.txt").read_text()
    assert not any(name in wanted for name in peers.NAMES)


@pytest.mark.parametrize("uv", [None, "/usr/bin/uv"])
def test_the_peers_get_an_environment_of_their_own(uv, tmp_path):
    make, install = peers.installing(tmp_path, tmp_path / "bin" / "python", uv)
    assert str(tmp_path) in make
    assert str(tmp_path / "bin" / "python") in install
    assert set(peers.NAMES) < set(install)


def test_the_table_says_what_was_missed_and_how_far_the_turns_lay_apart():
    met = Figure("quick", 1.0, 1.3, others={"stock": 6.3, "nicegui": 1.5}, spread=(0.9, 1.2))
    missed = Figure("slow", float("inf"), 0.25, "s")
    rows = report.table([met, missed]).splitlines()[2:]
    assert rows[0] == "| quick | 6.3 × | nicegui 1.5 × | ≤ 1.3 × | 1 × | 0.9 – 1.2 × | met |"
    assert rows[1] == "| slow | – | – | ≤ 0.25 s | never | – | **missed** |"


def test_a_later_run_stands_beside_an_earlier_one():
    earlier = json.loads(report.as_json([Figure("kept", 2.0, 1.3), Figure("gone", 1.0, 1.3)], ABOUT))
    lines = report.compared([Figure("kept", 1.0, 1.3), Figure("new", 3.0, 1.0, "s")], earlier).splitlines()[2:]
    assert lines == [
        "| kept | ≤ 1.3 × | 2 × | 1 × | 0.50 | met |",
        "| new | ≤ 1 s | – | 3 s | – | **missed** |",
        "| gone | ≤ 1.3 × | 1 × | – | – | not measured |",
    ]


def test_what_goes_into_a_document_says_how_it_was_measured():
    said = report.markdown([Figure("quick", 1.0, 1.3)], ABOUT)
    assert said.startswith("The short form, 3 turns, our page by the lane; 2 cores under a load of 0.2 to 1.5; ")
    assert "commit abc1234" in said
    assert report.table([Figure("quick", 1.0, 1.3)]) in said


def test_the_plot_is_an_svg_with_a_bar_for_each_figure():
    figures = [Figure("a & b", 1.0, 2.0, spread=(0.5, 1.5)), Figure("never", float("inf"), 1.0, others={"stock": 3.0})]
    drawn = ElementTree.fromstring(report.plot(figures))  # noqa: S314 - our own
    assert len(drawn.findall("{*}rect")) == 1 + len(figures)
    assert len(drawn.findall("{*}circle")) == 1


def test_every_row_has_a_name_of_its_own():
    assert len({row.name for row in ROWS}) == len(ROWS)

"""What a page may order, and how long a server keeps a conversation for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradio.utils import get_upload_folder
from pydantic import ValidationError

from components.conversation import Turn, answer
from components.desk import Desks, Order, plain_turns
from components.job import Job
from services.chat import Completion
from services.run import Cost, Run, Usage
from services.tools import ToolCall

NAME = "0123456789abcdef0123456789abcdef"
RUN = Run("m", "AI/ML API", first_token=0.3, duration=1.2, usage=Usage(3, 4), cost=Cost(0.1, "billed"), request_id="r1")


def order(**fields) -> Order:
    return Order.model_validate({"desk": NAME, "act": "ask", **fields})


def test_turns_come_back_as_they_were_kept():
    turns = (Turn("user", "hi"), answer(Completion(RUN, "Hello.", "Hm.", "stop")), Turn("user", "and?"))
    assert order(turns=plain_turns(turns), after=3).turns == turns


@pytest.mark.parametrize(
    "wrong",
    [
        {"desk": "short"},
        {"desk": "../../etc/passwd/0123456789abcdef"},
        {"act": "shutdown"},
        {"after": -1},
        {"nobody": "knows"},
        {"settings": {"temperature": 9}},
        {"settings": {"max_tokens": 0}},
        {"settings": {"key": "sk-1"}},
        {"settings": {"tools": "x" * 32_001}},
        {"results": ["x"] * 65},
        {"turns": [{"role": "system", "content": "x"}]},
        {"images": ["x"] * 21},
    ],
)
def test_what_is_no_order_is_refused(wrong):
    with pytest.raises(ValidationError):
        order(**wrong)


@pytest.mark.parametrize("path", ["/etc/hostname", "relative.png", "{uploads}/../../etc/hostname"])
@pytest.mark.parametrize("where", ["images", "turns"])
def test_no_file_is_read_but_what_was_uploaded_here(path, where):
    path = path.format(uploads=get_upload_folder())
    said = [path] if where == "images" else [{"role": "user", "content": "x", "images": [path]}]
    with pytest.raises(ValidationError, match="uploaded here"):
        order(**{where: said})


def test_an_uploaded_file_may_be_sent():
    path = Path(get_upload_folder()) / "a" / "cat.png"
    assert order(images=[str(path)]).images == (str(path),)


def test_a_desk_that_was_idle_longest_gives_way_and_a_busy_one_never():
    desks = Desks(most=2)
    first, second = desks.of("first"), desks.of("second")
    first.job, second.turns = Job(), (Turn("user", "kept"),)
    desks.of("third")
    assert desks.of("first") is first
    assert desks.of("second") is not second


def test_what_lies_on_all_desks_together_is_limited_and_the_latest_and_the_busy_stay():
    desks = Desks(most_characters=10_000)
    for name in ("first", "second", "third"):
        desks.of(name).turns = (Turn("user", "x" * 3_000),)
        desks.weigh(name)
    assert list(desks._desks) == ["second", "third"]
    desks.of("second").job = Job()
    desks.of("third").turns += (Turn("assistant", "y" * 3_000, calls=(ToolCall("c", "f", "z" * 3_000),)),)
    desks.weigh("third")
    assert [name for name in ("first", "second", "third") if name in desks._desks] == ["second", "third"]
    desks.of("third").turns = ()
    desks.weigh("third")
    desks.of("fourth").turns = (Turn("user", "x" * 3_000),)
    desks.weigh("fourth")
    assert "third" in desks._desks  # what was taken away weighs nothing any more


def test_a_desk_lacks_a_picture_whose_file_is_gone(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = tmp_path / "cat.png"
    path.write_bytes(b"x")
    desk, turns = Desks().of(NAME), (Turn("user", "hi", (str(path),)),)
    assert not desk.lacks(order(after=1, turns=plain_turns(turns), images=[str(path)]))
    path.unlink()
    assert desk.lacks(order(after=1))
    assert not desk.lacks(order(after=1, turns=plain_turns(turns)))
    assert desk.turns == (Turn("user", "hi"),)
    assert desk.lacks(order(after=1, images=[str(path)]))


def test_a_desk_lacks_what_the_page_knows_until_the_page_lays_it_down():
    desk = Desks().of(NAME)
    turns = (Turn("user", "hi"),)
    assert desk.lacks(order(after=1))
    assert not desk.lacks(order(after=1, turns=plain_turns(turns)))
    assert desk.turns == turns
    assert desk.lacks(order(after=0))

"""Carries out what a page orders of its conversation and tells the news. Knows no HTTP and no events of the page.

News are plain objects in JSON's types; a field that is absent has not changed:
`keep` and `messages`: so many shown messages stay, these follow (in the Chatbot's own form);
`add`: more text of the last message;
`status`, `notice`: HTML of ours; `running`: whether an answer grows; `refused`: what was sent goes back to its box;
`said`: a question for the box; `turns`: `{"keep": n, "add": [...]}`, what the page keeps of the conversation;
`left`: what may still be spent of the owner's budget, in words;
`missing`: this server does not know the conversation; the page orders again, with its turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr
from gradio.processing_utils import async_move_files_to_cache

from components import alerts, conversation, facts, job
from components.alerts import CONTINUE, RETRY
from components.conversation import Turn, Turns, answer
from components.desk import Asked, Desk, Desks, Order, plain_turns
from components.job import Job, telling
from services import schemas, worth
from services.catalog import Model
from services.chat import Completion, Message, Parameters
from services.conforming import verdict
from services.errors import InvalidInput, ServiceError
from services.extra import checked_extra
from services.gate import Call
from services.playground import Services
from services.run import Run
from services.visitor import Visitor

News = dict[str, Any]

# What the API takes when nothing is sent; a slider that stands there sends nothing.
TEMPERATURE, TOP_P = 1.0, 1.0
ANOTHER = 0.5
LOST = ("The answer to your last question was lost.", "The page or its server went away meanwhile; ask again.")
UNANSWERED = ("Your last question has no answer.", "Ask it again, or go on with another.")
STOPPED = "Stopped. What had arrived is kept."
NOT_SENT = {
    "tools": "This model takes no tools; they were not sent.",
    "response_format": "This model takes no schema; it was not sent, and the answer was not checked.",
}


@dataclass(frozen=True)
class Reply:
    """What is to be answered: the first `start` turns were there before and stay; `prefix` is an answer to go on."""

    asked: Turns
    start: int
    prefix: str = ""
    vary: bool = False


class Exchange:
    """The one producer of a conversation's news; the lane and the queue are its readers."""

    def __init__(self, services: Services, chatbot: gr.Chatbot, desks: Desks) -> None:
        self._services, self._chatbot, self._desks = services, chatbot, desks

    async def carry_out(self, order: Order, visitor: Visitor) -> AsyncGenerator[News]:
        """The news of one order, the last one with `running` false; closing the generator closes the upstream."""
        desk = self._desks.of(order.desk)
        try:
            async with aclosing(self._carried_out(desk, order, visitor)) as all_news:
                async for news in all_news:
                    yield news
        finally:
            self._desks.weigh(order.desk)

    async def _carried_out(self, desk: Desk, order: Order, visitor: Visitor) -> AsyncGenerator[News]:
        if order.act == "stop":
            await job.stop(desk.job)
        elif desk.busy:
            error = InvalidInput("Something is still running here.", remedy="Wait for it, or stop it first.")
            yield {"notice": alerts.failure(error), "refused": True, "running": False}
        elif desk.lacks(order):
            yield {"missing": True}
        else:
            async with aclosing(self._done(desk, order, visitor)) as all_news:
                async for news in all_news:
                    yield news
            if (left := await self._services.gate.left(visitor)) is not None:
                yield {"left": left.words}

    async def _done(self, desk: Desk, order: Order, visitor: Visitor) -> AsyncGenerator[News]:
        before, start = desk.turns, len(desk.turns)
        try:
            if order.act == "open":
                yield await self._opened(desk, order.lost)
                return
            if order.act in ("undo", "clear"):
                yield await self._taken_back(desk, order)
                return
            reply = wanted(before, order)
            start = reply.start
            asked = order.settings
            form: Parameters | None = Parameters()
            if asked.structured:
                desk.job = Job()
                form = await desk.job.result(asyncio.to_thread(structure, asked))
            if form is None:  # stopped
                yield {**await self._settled(desk, start), "refused": True}
                return
            async with aclosing(self._reply(desk, reply, asked, form, visitor)) as all_news:
                async for news in all_news:
                    yield news
        except Exception as error:  # noqa: BLE001 - the one place of the tab that catches
            if isinstance(error, InvalidInput):  # we would not send it: all is as it was
                desk.turns = before
            yield await self._failed(desk, start, alerts.logged(error))

    async def _opened(self, desk: Desk, lost: bool) -> News:
        """A conversation that the page has kept; when its last question went without an answer, that is said."""
        answered = not desk.turns or (desk.turns[-1].role != "user" and not desk.turns[-1].answered)
        notice = "" if answered else alerts.card("cut", *(LOST if lost else UNANSWERED), RETRY)
        return await self._settled(desk, 0, notice)

    async def _taken_back(self, desk: Desk, order: Order) -> News:
        """Undo: the last question returns to the box. Clear: a new conversation."""
        place = last_question(desk.turns) if order.act == "undo" else 0
        said = desk.turns[place].content if order.act == "undo" and desk.turns else ""
        desk.turns = desk.turns[:place]
        start = max(place - 1, 0)  # calls that nobody answered are the last ones again
        return {**await self._settled(desk, start), **({"said": said} if said else {})}

    async def _reply(
        self, desk: Desk, reply: Reply, asked: Asked, form: Parameters, visitor: Visitor
    ) -> AsyncGenerator[News]:
        """The question at once, then the answer as it grows; the desk has the turns whatever ends it."""
        if not reply.asked:
            return
        work = desk.job = Job()
        if not reply.vary:  # an answer that is asked for once more gives way when its successor begins, not before
            desk.turns = reply.asked
        base = reply.asked[:-1] if reply.prefix else reply.asked
        said = Said()
        yield await self._growing(reply.asked, reply.start, status=facts.waiting("Thinking"))
        async with aclosing(work.each(self._snapshots(reply, asked, form, visitor))) as snapshots:
            async for snapshot in snapshots:
                if snapshot.text or snapshot.reasoning or snapshot.calls:
                    desk.turns = (*base, answer(snapshot, reply.prefix))
                if (news := said.next(snapshot)) is not None:
                    yield news or await self._growing(desk.turns, reply.start, status="")
        if work.stopped and said.began and desk.turns[-1].cut:
            desk.turns = (*desk.turns[:-1], replace(desk.turns[-1], mark=STOPPED))
        if said.began and form.response_format and "response_format" not in said.ignored:
            desk.turns = (*desk.turns[:-1], await _checked(desk.turns[-1], form.response_format))
        notes = [said.notice, *(NOT_SENT[name] for name in said.ignored if name in NOT_SENT)]
        notice = " ".join(note for note in notes if note)
        yield await self._settled(desk, reply.start, alerts.card("info", "Please note:", notice) if notice else "")

    async def _snapshots(
        self, reply: Reply, asked: Asked, form: Parameters, visitor: Visitor
    ) -> AsyncGenerator[Completion]:
        """Find who answers, ask, and hand on the growing answer."""
        sent = conversation.messages(reply.asked)
        if reply.prefix:
            sent.append(Message("user", conversation.GO_ON))
        around = [asked.system or "", asked.tools, asked.answer_schema]
        around += [call.arguments for message in sent for call in message.calls]
        size = worth.Asked.chat(sent, "\n".join(around), asked.max_tokens, form.extra)
        async with AsyncExitStack() as stack:
            entering = partial(self._services.gate.admit, visitor, "chat", asked.model, size)
            call: Call | None = None
            async for said in telling(lambda tell: stack.enter_async_context(entering(tell=tell))):
                if isinstance(said, str):
                    yield Completion(Run(asked.model or "", ""), progress=said)
                else:
                    call = said
            if call is None:
                return
            wish = parameters(asked, call.route.model, form)
            if reply.vary and (wish.temperature or call.route.model.defaults.get("temperature", 1)) == 0:
                wish = replace(wish, temperature=ANOTHER)  # without chance the same answer would come again
            async with aclosing(self._services.chat.stream(call.route, sent, wish)) as snapshots:
                async for snapshot in snapshots:
                    yield call.saw(snapshot)

    async def _growing(self, turns: Turns, start: int, status: str) -> News:
        shown = await self._shown(turns, start, working=True)
        return {**shown, "status": status, "notice": "", "running": True}

    async def _settled(self, desk: Desk, start: int, notice: str = "") -> News:
        """Nothing runs: every answer has its footer."""
        shown = await self._shown(desk.turns, start)
        return {**shown, "status": "", "notice": notice, "running": False}

    async def _failed(self, desk: Desk, start: int, error: ServiceError) -> News:
        """What had arrived stays, marked; what we would not send goes back; the notice stands beside, never in it."""
        if isinstance(error, InvalidInput):
            return {**await self._settled(desk, start, alerts.failure(error)), "refused": True}
        last = desk.turns[-1] if desk.turns else None
        actions = (CONTINUE, RETRY) if last and last.cut and last.content else (RETRY,)
        return await self._settled(desk, start, alerts.failure(error, *actions))

    async def _shown(self, turns: Turns, start: int, *, working: bool = False) -> News:
        messages = self._chatbot.postprocess(conversation.show(turns, start, working=working)).model_dump()  # type: ignore[arg-type]
        if any(turn.images for turn in turns[start:]):
            messages = await async_move_files_to_cache(messages, self._chatbot, postprocess=True)
        return {
            "keep": sum(conversation.shown_by(turn) for turn in turns[:start]),
            "messages": messages,
            "turns": {"keep": start, "add": plain_turns(turns[start:])},
        }


class Said:
    """How much of an answer was told already, so that only what is new is told."""

    def __init__(self) -> None:
        self._text, self._reasoning, self._progress, self._calls = "", "", "", 0
        self.notice = ""
        self.ignored: tuple[str, ...] = ()

    @property
    def began(self) -> bool:
        return bool(self._text or self._reasoning or self._calls)

    def next(self, snapshot: Completion) -> News | None:
        """What is new since the last one; {} when its shape changed and all must be told, None when nothing is."""
        text, reasoning, progress = snapshot.text, snapshot.reasoning, snapshot.progress
        self.notice, self.ignored = snapshot.run.notice, snapshot.ignored
        calls, knew = len(snapshot.calls), self._calls
        more = text[len(self._text) :] if self._text else reasoning[len(self._reasoning) :] if not text else ""
        same = bool(text) == bool(self._text) and bool(reasoning) == bool(self._reasoning)
        waits, told = not (text or reasoning or calls), self._progress
        self._text, self._reasoning, self._progress, self._calls = text, reasoning, progress, calls
        if waits:
            return {"status": facts.waiting("Thinking", progress)} if progress != told else None
        if not same or calls != knew or (calls and more):  # what stands below the text does not grow with it
            return {}
        return {"add": more} if more else None


def wanted(turns: Turns, order: Order) -> Reply:
    """What an order to answer means. Raises InvalidInput when there is nothing to ask."""
    if order.act == "ask":
        if not order.text.strip() and not order.images:
            raise InvalidInput("There is nothing to send yet.", remedy="Write a message first.")
        left = bool(turns) and turns[-1].unanswered  # its calls are closed now, and shown so
        return Reply((*turns, Turn("user", order.text, order.images)), len(turns) - left)
    if order.act == "result":
        return _with_results(turns, order.results)
    if order.act == "edit":
        place = conversation.turn_at(turns, order.place)
        if place is None or turns[place].role != "user":
            raise InvalidInput("That message is not here any more.", remedy="Ask it anew.")
        return Reply((*turns[:place], replace(turns[place], content=order.text)), place)
    if order.act == "continue" and turns and turns[-1].role == "assistant":
        return Reply(turns, len(turns) - 1, prefix=turns[-1].content)
    asked = turns[:-1] if turns and turns[-1].role == "assistant" and not turns[-1].answered else turns
    return Reply(asked, len(asked), vary=True)


def _with_results(turns: Turns, results: Sequence[str]) -> Reply:
    last = turns[-1] if turns else None
    if last is None or not last.unanswered:
        raise InvalidInput("Those calls wait for no result any more.", remedy="Ask again.")
    if len(results) != len(last.calls) or not all(said.strip() for said in results):
        raise InvalidInput("A call has no result yet.", remedy="Type one for each; “{}” will do where there is none.")
    return Reply((*turns[:-1], conversation.with_results(last, results)), len(turns) - 1)


def last_question(turns: Turns) -> int:
    """The place of the last question; 0 when there is none."""
    return max((index for index, turn in enumerate(turns) if turn.role == "user"), default=0)


async def _checked(turn: Turn, form: Mapping[str, Any]) -> Turn:
    """The answer with the verdict about its form; one that was cut, or that calls tools, has none."""
    if not turn.whole or turn.calls or not turn.content:
        return turn
    return replace(turn, verdict=await asyncio.to_thread(verdict, turn.content, form))


def structure(asked: Asked) -> Parameters:
    """What the boxes of JSON ask for. Raises InvalidInput that says where one is wrong."""
    tools = schemas.read_tools(asked.tools)
    return Parameters(
        response_format=schemas.read_response_format(asked.answer_schema),
        tools=tools,
        tool_choice=schemas.read_tool_choice(asked.tool_choice, tools),
        extra=checked_extra(asked.extra, "chat"),
    )


def parameters(asked: Asked, model: Model, form: Parameters | None = None) -> Parameters:
    """What the person set; a slider at the model's own default asks for nothing. `form` is `structure(asked)`."""
    own = model.defaults
    return replace(
        form or structure(asked),
        system_prompt=asked.system or None,
        temperature=None if asked.temperature == own.get("temperature", TEMPERATURE) else asked.temperature,
        top_p=None if asked.top_p == own.get("top_p", TOP_P) else asked.top_p,
        max_tokens=asked.max_tokens,
    )

"""Speech to Text tab: drop or record a clip, read it. Knows widgets; knows nothing about HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from components import alerts, compare, earlier, facts, job, keeping, news
from components.alerts import RETRY, Admitted, Updates, alerting
from components.choice import ModelChoice, model_choice
from components.earlier import PICK_UP, Accepted, Earlier, Tell
from components.job import Job
from components.layout import QUIET, act, result, side, start_and_stop
from components.news import Kept
from components.parameters import extra_box, worth_line
from components.theme import ASSETS
from components.transcript import caption, paragraphs
from components.visitor import visitor_of
from services import logs, subtitles
from services.catalog import Model
from services.errors import ServiceError
from services.extra import checked_extra
from services.families import transcription_family
from services.gate import Call
from services.playground import Services
from services.transcription import Transcript
from services.worth import Asked

EXAMPLES = (
    ("A greeting", ASSETS / "clip-greeting.mp3"),
    ("A train announcement", ASSETS / "clip-train.mp3"),
    ("A weather report", ASSETS / "clip-weather.mp3"),
)
DOWNLOADS = {"TXT": subtitles.txt, "SRT": subtitles.srt, "VTT": subtitles.vtt, "JSON": subtitles.json}
LANGUAGES = {
    "Detect": "",
    "English": "en",
    "German": "de",
    "Spanish": "es",
    "French": "fr",
    "Italian": "it",
    "Portuguese": "pt",
    "Dutch": "nl",
    "Polish": "pl",
    "Ukrainian": "uk",
    "Russian": "ru",
    "Turkish": "tr",
    "Hindi": "hi",
    "Chinese": "zh",
    "Japanese": "ja",
    "Korean": "ko",
}
Doing = Callable[[Admitted, Tell], Awaitable[Transcript | Accepted]]
INVITATION = (
    '<div class="invitation"><h3>Let it listen</h3><p>Drop a recording, speak into the microphone, or name an address. '
    "The text appears here, with times.</p></div>"
)


@dataclass(frozen=True)
class TranscriptionPanel:
    """The widgets of the tab, and how a transcript gets onto them."""

    choice: ModelChoice
    audio: gr.Audio
    url: gr.Textbox
    language: gr.Dropdown
    diarize: gr.Checkbox
    extra: gr.Textbox
    transcribe: gr.Button
    stop: gr.Button
    stage: gr.HTML
    text: gr.Textbox
    segments: gr.HTML
    status: gr.HTML
    notice: gr.HTML
    downloads: tuple[gr.DownloadButton, ...]
    shelf: gr.HTML
    news: gr.JSON
    earlier: gr.JSON
    job: gr.State

    @property
    def shown(self) -> list[Any]:
        """What an event of this tab may change."""
        return [
            self.transcribe, self.stop, self.stage, self.text, self.segments, self.status, self.notice, self.news,
            self.job, *self.downloads,
        ]  # fmt: skip

    @property
    def controls(self) -> dict[str, Any]:
        """What a transcription is asked with beside the recording, under the names by which the browser keeps it."""
        return {"url": self.url, "language": self.language, "diarize": self.diarize, "extra": self.extra}

    @property
    def drafts(self) -> set[str]:
        """The controls that a person writes in, and that are never overwritten."""
        return {"url"}

    @property
    def settings(self) -> set[Any]:
        """What an event of this tab is given."""
        return {self.choice.model, self.audio, *self.controls.values(), self.job}

    @property
    def adapted(self) -> list[Any]:
        """What a change of model changes."""
        return [self.language, self.diarize]

    def adapt(self, model: Model) -> Updates:
        """Switch off what this model does not take."""
        family, fixed = transcription_family(model), "not taken by this model"
        return {
            self.language: gr.Dropdown(interactive=bool(family.language), info=None if family.language else fixed),
            self.diarize: gr.Checkbox(interactive=bool(family.diarize), info=None if family.diarize else fixed),
        }

    def working(self, note: str = "") -> Updates:
        """Stop in Transcribe's place."""
        return {
            self.transcribe: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
            self.stage: facts.waiting("Listening", note),
            self.notice: "",
        }

    def idle(self) -> Updates:
        """Nothing runs."""
        return {self.transcribe: gr.Button(visible=True), self.stop: gr.Button(visible=False), self.stage: ""}

    def show(self, transcript: Transcript, asked: Kept) -> Updates:
        """Text, times and downloads; silence is a result too."""
        files, unwritten = self._files(transcript)
        ignored = [f"{name} is ignored by this model" for name in transcript.ignored]
        said = ". ".join(note.rstrip(".") for note in (*ignored, transcript.notice, unwritten) if note)
        quiet = "" if transcript.text else "No speech was found in this clip. "
        return {
            **self.idle(),
            self.text: gr.Textbox(value=transcript.text, visible=bool(transcript.text)),
            self.news: news.made(transcript.run, asked, [kept_of(transcript, list(files.values()))]),
            self.segments: paragraphs(transcript.segments),
            self.status: facts.line(transcript.run, *caption(transcript)),
            self.notice: alerts.card("info", "Please note:", f"{quiet}{said}") if quiet or said else "",
            **{button: gr.DownloadButton(value=path, visible=path is not None) for button, path in files.items()},
        }

    def _files(self, transcript: Transcript) -> tuple[dict[Any, str | None], str]:
        """The downloads, or None for each and why; a full disk costs nobody the words."""
        named = dict(zip(self.downloads, DOWNLOADS, strict=True))
        try:
            folder = Path(tempfile.mkdtemp(dir=_cache()))
            return {button: _written(folder, name, transcript) for button, name in named.items()}, ""
        except OSError as failed:
            logs.log.warning("downloads were not written", reason=failed.strerror)
            return dict.fromkeys(named), "The files to download could not be written; the text can be copied"

    def failed(self, shown: Updates, error: ServiceError) -> Updates:
        """The clip stays, and so does an earlier transcript; a job that was not heard to the end can be picked up."""
        again = earlier.lasts(error) and "accepted" in (shown.get(self.news) or {})
        notice = {self.notice: alerts.failure(error, *([PICK_UP] if again else []), RETRY)}
        return {**self.idle(), **notice, self.news: news.ended(again=again)} if self.job in shown else notice

    def failed_again(self, shown: Updates, error: ServiceError) -> Updates:
        """The same for a job that was picked up: to try again is to ask for it again, not to send it again."""
        again = earlier.lasts(error)
        notice = {self.notice: alerts.failure(error, *([PICK_UP] if again else []))}
        return {**self.idle(), **notice, self.news: news.ended(again=again)} if self.job in shown else notice


def kept_of(transcript: Transcript, files: Sequence[str | None]) -> Kept:
    """What the browser keeps of a transcript, and the files that it gets to download again."""
    named = {name: path for name, path in zip(DOWNLOADS, files, strict=True) if path}
    return {"files": named, "text": transcript.text, "about": caption(transcript)}


def _cache() -> str:
    from gradio.utils import get_upload_folder

    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    return get_upload_folder()


def _written(folder: Path, name: str, transcript: Transcript) -> str:
    path = folder / f"transcript.{name.lower()}"
    path.write_text(DOWNLOADS[name](transcript), "utf-8")
    return str(path)


def render(services: Services) -> TranscriptionPanel:
    """Lay the tab out and wire its events; all of them are private."""
    with gr.Row(elem_classes="room"):
        with side():
            settings = _settings()
        with result():
            clip, examples, stage = _clip(), _examples(), _stage()
    panel = TranscriptionPanel(
        **settings,
        **clip,
        **stage,
        news=news.channel("transcription"),
        earlier=gr.JSON(visible=False),
        job=gr.State(None),
    )

    @alerting(panel.failed)
    async def listen(values: Updates, request: gr.Request) -> AsyncGenerator[Updates]:
        name = news.name_of(values[panel.audio], values[panel.url] or "")
        work, asked = Job.after(values[panel.job]), {**news.asked(panel, values), "name": name}
        doing = partial(_transcribed, services, panel, values, request)
        async with aclosing(_followed(panel, work, asked, doing)) as updates:
            async for update in updates:
                yield update

    @alerting(panel.failed_again)
    async def pick_up(values: Updates, request: gr.Request) -> AsyncGenerator[Updates]:
        kept = Earlier.read(values[panel.earlier])
        work, doing = Job.after(values[panel.job]), partial(_resumed, services, kept, request)
        async with aclosing(_followed(panel, work, kept.asked, doing, picked_up=True)) as updates:
            async for update in updates:
                yield update

    triggers = [panel.transcribe.click, panel.url.submit, act("transcription-retry").click]
    gr.on(triggers, listen, panel.settings, panel.shown, **QUIET)
    which = "() => [playground.jobs.pick(), null]"  # the state of the job never travels
    act("transcription-resume").click(pick_up, {panel.earlier, panel.job}, panel.shown, js=which, **QUIET)
    for button, path in examples.items():
        filled = button.click(lambda path=path: str(path), None, panel.audio, queue=False, **QUIET)
        filled.then(listen, panel.settings, panel.shown, **QUIET)
    compare.wire(
        "transcription",
        model=panel.choice.model,
        audio=panel.audio,
        url=panel.url,
        language=panel.language,
        diarize=panel.diarize,
        extra=panel.extra,
    )
    panel.stop.click(job.stop, [panel.job], None, queue=False, **QUIET)
    return panel


async def _followed(
    panel: TranscriptionPanel, work: Job, asked: Kept, doing: Doing, *, picked_up: bool = False
) -> AsyncGenerator[Updates]:
    """The page while a transcription runs. One that was picked up and stopped again may be picked up once more."""
    calls: list[Call] = []
    yield {**panel.working(), panel.news: news.began(asked), panel.job: work}
    async with aclosing(work.each(job.telling(partial(doing, calls.append)))) as items:
        async for item in items:
            if isinstance(item, str):
                yield panel.working(item)
            elif isinstance(item, Accepted):
                yield {panel.news: news.accepted(**asdict(item), wish=asked)}
            else:
                yield panel.show(item, asked)
    if work.stopped:
        card = alerts.stopped(calls, PICK_UP if picked_up else RETRY)
        yield {**panel.idle(), panel.notice: card, panel.news: news.ended(again=picked_up)}


async def _transcribed(
    services: Services, panel: TranscriptionPanel, values: Updates, request: gr.Request, admitted: Admitted, tell: Tell
) -> Transcript:
    extra = checked_extra(values[panel.extra] or "", "transcription")
    visitor, model, asked = visitor_of(request), values[panel.choice.model], Asked(extra=extra)
    async with services.gate.admit(visitor, "transcription", model, asked, tell=tell) as call:
        admitted(call)
        return call.saw(
            await services.transcription.transcribe(
                call.route,
                audio=Path(values[panel.audio]) if values[panel.audio] else None,
                url=(values[panel.url] or "").strip(),
                language=values[panel.language] or "",
                diarize=bool(values[panel.diarize]),
                extra=extra,
                progress=tell,
                accepted=lambda it: tell(Accepted.by(it, call, own_key=visitor.own_key)),
            )
        )


async def _resumed(
    services: Services, kept: Earlier, request: gr.Request, admitted: Admitted, tell: Tell
) -> Transcript:
    visitor, paid = kept.asked_for_by(visitor_of(request)), Asked(paid=True)
    async with services.gate.admit(visitor, "transcription", kept.model, paid, tell=tell) as call:
        admitted(call)
        job = kept.checked(call)
        return call.saw(await services.transcription.resume(call.route, job, language=kept.language, progress=tell))


def _settings() -> dict[str, Any]:
    return {
        "choice": model_choice("transcription"),
        "language": gr.Dropdown(list(LANGUAGES.items()), value="", label="Language", allow_custom_value=True),
        "diarize": gr.Checkbox(label="Tell speakers apart"),
        "extra": extra_box("transcription"),
    }


def _clip() -> dict[str, Any]:
    audio = gr.Audio(
        label="Audio", sources=["upload", "microphone"], type="filepath", editable=False, elem_id="audio", buttons=[]
    )
    with gr.Row(elem_classes="composer"):
        look: dict[str, Any] = {"lines": 1, "max_lines": 1, "placeholder": "Audio URL, https://…", "scale": 1}
        url = gr.Textbox(label="Audio URL", elem_id="url", **look)
        compare.toggle("transcription")
        transcribe, stop = start_and_stop("Transcribe", 120)
    gr.HTML(worth_line("transcription"))
    return {"audio": audio, "url": url, "transcribe": transcribe, "stop": stop}


def _examples() -> dict[gr.Button, Path]:
    with gr.Row(elem_classes="examples"):
        return {gr.Button(name, size="sm", elem_classes="example"): clip for name, clip in EXAMPLES}


def _stage() -> dict[str, Any]:
    compare.stage("transcription")
    notice = gr.HTML(elem_classes="notices", elem_id="transcription-notice")
    stage = gr.HTML(INVITATION, elem_classes="stage")
    look: dict[str, Any] = {"visible": False, "interactive": False, "lines": 2, "max_lines": 14}
    text = gr.Textbox(label="Transcript", buttons=["copy"], elem_id="transcript", **look)
    segments, status = gr.HTML(), gr.HTML(elem_classes="status")
    with gr.Row(elem_classes="downloads"):
        downloads = tuple(
            gr.DownloadButton(name, size="sm", visible=False, scale=0, min_width=72) for name in DOWNLOADS
        )
    return {
        "notice": notice,
        "stage": stage,
        "text": text,
        "segments": segments,
        "status": status,
        "downloads": downloads,
        "shelf": keeping.shelf("transcription"),
    }

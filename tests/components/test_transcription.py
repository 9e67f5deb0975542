"""The panel of Speech to Text, where its transcript meets a server whose disk is full."""

from __future__ import annotations

import errno
from pathlib import Path

import gradio as gr
import pytest
from gradio.utils import get_upload_folder

from components import transcription
from services.engine import EmbeddedEngine
from services.playground import assemble
from services.run import Run
from services.settings import Settings
from services.transcription import Transcript

ASKED = {"model": "m", "url": "", "language": "", "diarize": False, "extra": "", "name": "clip.wav"}


@pytest.fixture
def panel(tmp_path: Path) -> transcription.TranscriptionPanel:
    services = assemble(Settings(data=tmp_path), EmbeddedEngine(), tmp_path)
    with gr.Blocks():
        return transcription.render(services)


def heard() -> Transcript:
    return Transcript("What was said.", (), (), "en", 1.0, "", (), "", Run("m", "AI/ML API"))


def test_a_full_disk_costs_the_downloads_and_not_the_words(panel, monkeypatch):
    """C71, on the page: the transcript was paid for; it is shown, and why there are no files is said."""

    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(transcription.tempfile, "mkdtemp", full)
        shown = panel.show(heard(), ASKED)
    assert shown[panel.text].value == "What was said."
    assert "could not be written" in shown[panel.notice]
    assert get_upload_folder() not in shown[panel.notice]
    assert not any(shown[button].visible for button in panel.downloads)
    assert shown[panel.news]["made"][0]["files"] == {}
    again = panel.show(heard(), ASKED)
    assert all(Path(again[button].value["path"]).is_file() for button in panel.downloads)
    assert again[panel.notice] == ""

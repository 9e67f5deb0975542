"""What Gradio gives without further ado, each in a process of its own: a chat, a picture, a page of four tabs.

`python -m benchmarks.page.stock chat --base URL --port 7000`. Knows nothing of the playground.
"""

from __future__ import annotations

import argparse
import importlib.util
from typing import Any

from benchmarks.page.queued import Form, Session
from benchmarks.page.upstream import PAINTER, SCRIPTED


def chat(base: str) -> Any:
    import gradio as gr

    return gr.load_chat(base, model=SCRIPTED, token="bench")  # noqa: S106 - the scripted upstream takes any


def picture(base: str) -> Any:
    """A picture as most examples hand it over: decoded with Pillow, given to `gr.Image`."""
    import base64
    import io

    import gradio as gr
    from openai import OpenAI
    from PIL import Image

    client = OpenAI(api_key="bench", base_url=base)

    def generate(prompt: str) -> Image.Image:
        made = client.images.generate(model=PAINTER, prompt=prompt)
        assert made.data
        return Image.open(io.BytesIO(base64.b64decode(made.data[0].b64_json or "")))

    return gr.Interface(generate, gr.Textbox(label="Prompt"), gr.Image())


def tabs(base: str) -> Any:
    """The four jobs with Gradio's own parts and nothing else."""
    import gradio as gr

    with gr.Blocks() as blocks:
        with gr.Tab("Chat"):
            gr.load_chat(base, model=SCRIPTED, token="bench")  # noqa: S106
        with gr.Tab("Image"):
            prompt, made = gr.Textbox(label="Prompt"), gr.Image()
            gr.Button("Generate").click(lambda said: None, prompt, made)
        with gr.Tab("Speech to Text"):
            clip, text = gr.Audio(type="filepath"), gr.Textbox(label="Text")
            gr.Button("Transcribe").click(lambda said: "", clip, text)
        with gr.Tab("Text to Speech"):
            words, sound = gr.Textbox(label="Words"), gr.Audio()
            gr.Button("Speak").click(lambda said: None, words, sound)
    return blocks


async def visitors(url: str, number: int) -> list[Session]:
    """So many people at the chat: its box's first event, then the one that answers."""
    form = await Form.of(url, "multimodaltextbox", chain=(0, 2))
    return [await Session.open(url, form) for _ in range(number)]


def said(script: str) -> dict[str, Any]:
    """What they say, for `Session.ask`."""
    return {"multimodaltextbox": {"text": script, "files": []}, "chatbot": []}


PAGES = {"chat": chat, "picture": picture, "tabs": tabs}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page.stock", description=__doc__)
    parser.add_argument("page", choices=PAGES)
    parser.add_argument("--base", required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    page = PAGES[asked.page](asked.base)
    page.launch(server_port=asked.port, quiet=True, mcp_server=importlib.util.find_spec("mcp") is not None)


if __name__ == "__main__":
    main()

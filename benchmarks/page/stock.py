"""What Gradio gives without further ado, each in a process of its own: a chat, a picture, a page of four tabs.

`python -m benchmarks.page.stock chat --base URL --model NAME --port 7000`. Knows nothing of the playground.
"""

from __future__ import annotations

import argparse
import importlib.util
from typing import Any


def chat(base: str, model: str) -> Any:
    import gradio as gr

    return gr.load_chat(base, model=model, token="bench")  # noqa: S106 - the scripted upstream takes any


def picture(base: str, model: str) -> Any:
    """A picture as most examples hand it over: decoded with Pillow, given to `gr.Image`."""
    import base64
    import io

    import gradio as gr
    from openai import OpenAI
    from PIL import Image

    client = OpenAI(api_key="bench", base_url=base)

    def generate(prompt: str) -> Image.Image:
        made = client.images.generate(model=model, prompt=prompt)
        assert made.data
        return Image.open(io.BytesIO(base64.b64decode(made.data[0].b64_json or "")))

    return gr.Interface(generate, gr.Textbox(label="Prompt"), gr.Image())


def tabs(base: str, model: str) -> Any:
    """The four jobs with Gradio's own parts and nothing else."""
    import gradio as gr

    with gr.Blocks() as blocks:
        with gr.Tab("Chat"):
            gr.load_chat(base, model=model, token="bench")  # noqa: S106
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


PAGES = {"chat": chat, "picture": picture, "tabs": tabs}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page.stock", description=__doc__)
    parser.add_argument("page", choices=PAGES)
    parser.add_argument("--base", required=True)
    parser.add_argument("--model", default="chat-r0-n100")
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    page = PAGES[asked.page](asked.base, asked.model)
    page.launch(server_port=asked.port, quiet=True, mcp_server=importlib.util.find_spec("mcp") is not None)


if __name__ == "__main__":
    main()

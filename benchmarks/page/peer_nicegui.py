"""A chat in NiceGUI, as its documentation would write it: a label that grows with each token."""

import os
import sys

from nicegui import ui
from openai import AsyncOpenAI

client = AsyncOpenAI(api_key="bench", base_url=os.environ["BENCH_BASE"])


@ui.page("/")
def page() -> None:
    async def ask() -> None:
        question, box.value = box.value, ""
        stream = await client.chat.completions.create(
            model=os.environ["BENCH_MODEL"], messages=[{"role": "user", "content": question}], stream=True
        )
        text = ""
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                text += chunk.choices[0].delta.content
                answer.set_content(text)

    answer = ui.markdown().classes("answer")
    box = ui.textarea("Message").on("keydown.enter.prevent", ask)


ui.run(port=int(sys.argv[1]), show=False, reload=False)

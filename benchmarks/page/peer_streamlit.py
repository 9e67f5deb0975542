"""A chat in Streamlit, as its documentation writes it: `st.chat_input` and `st.write_stream`."""

import os

import streamlit
from openai import OpenAI


@streamlit.cache_resource
def client() -> OpenAI:
    return OpenAI(api_key="bench", base_url=os.environ["BENCH_BASE"])


if question := streamlit.chat_input("Message"):
    with streamlit.chat_message("user"):
        streamlit.write(question)
    with streamlit.chat_message("assistant"):
        streamlit.write_stream(
            client().chat.completions.create(
                model=os.environ["BENCH_MODEL"], messages=[{"role": "user", "content": question}], stream=True
            )
        )

"""A call for Python: chat with `openai`, all else with `requests`. Knows both; knows nothing of what is said."""

from __future__ import annotations

import re

from services.snippets.again import PENDING, Again, Found, Path
from services.snippets.literals import python as literal
from services.snippets.literals import quoted

# The parameters of `chat.completions.create`; the SDK takes any other field of the body by `extra_body`.
KNOWN = re.compile(
    r"audio|frequency_penalty|function_call|functions|logit_bias|logprobs|max_completion_tokens|max_tokens|messages"
    r"|metadata|modalities|model|n|parallel_tool_calls|prediction|presence_penalty|reasoning_effort|response_format"
    r"|seed|service_tier|stop|store|stream|stream_options|temperature|tool_choice|tools|top_logprobs|top_p|user"
    r"|web_search_options"
)


def written(call: Again) -> str:
    """The whole program."""
    note = f"# {call.note}\n" if call.note else ""
    return note + (_chat(call) if call.task == "chat" else _request(call))


def _chat(call: Again) -> str:
    key = 'os.environ["AIML_API_KEY"]' if call.keyed else 'os.environ.get("AIML_API_KEY", "none")'
    known = {name: value for name, value in call.fields.items() if KNOWN.fullmatch(name)}
    other = {name: value for name, value in call.fields.items() if not KNOWN.fullmatch(name)}
    arguments = [f"    {name}={literal(value, 4)},\n" for name, value in known.items()]
    if other:
        arguments.append(f"    extra_body={literal(other, 4)},\n")
    return f"""\
import os

from openai import OpenAI

client = OpenAI(
    api_key={key},
    base_url={quoted(call.url.removesuffix("/chat/completions"))},
)

response = client.chat.completions.create(
{"".join(arguments)})
{_streamed(call) if call.streams else _whole(call)}"""


def _streamed(call: Again) -> str:
    tools = """\
    if delta and delta.tool_calls:
        print(delta.tool_calls)
"""
    return f"""\
for chunk in response:
    delta = chunk.choices[0].delta if chunk.choices else None
    if delta and delta.content:
        print(delta.content, end="", flush=True)
{tools if "tools" in call.fields else ""}print()
"""


def _whole(call: Again) -> str:
    tools = "print(message.tool_calls)\n" if "tools" in call.fields else ""
    return f"message = response.choices[0].message\nprint(message.content)\n{tools}"


def _request(call: Again) -> str:
    found, inline = call.found, call.found and not call.found.whole and not call.found.is_url
    modules = ["base64"] * bool(inline) + ["json"] * (call.task == "transcription" and not call.text)
    modules += ["os"] * call.keyed + ["time"] * bool(call.polls)
    lines = [*(f"import {module}" for module in modules), *(["from urllib.parse import quote"] * bool(call.polls))]
    head = "\n".join([*lines, "", "import requests"]).lstrip()
    if call.keyed:
        head += '\n\nheaders = {"Authorization": f"Bearer {os.environ[\'AIML_API_KEY\']}"}'
    after = _polled(call) if call.polls else "reply = response.json()\n" if not (found and found.whole) else ""
    result = _saved(found) if found else _told(call)
    return f"{head}\n\n{_post(call)}response.raise_for_status()\n{after}{result}"


def _post(call: Again) -> str:
    arguments = [f"    {quoted(call.url)},\n"] + ["    headers=headers,\n"] * call.keyed
    if not call.parts:
        arguments.append(f"    json={literal(call.fields, 4)},\n")
    else:
        fields = [(part.name, part.text) for part in call.parts if part.text is not None]
        unique = len({name for name, _ in fields}) == len(fields)
        arguments.append(f"    data={literal(dict(fields) if unique else [list(pair) for pair in fields], 4)},\n")
        for part in call.parts:
            if part.text is None:
                file = f'({quoted(part.filename)}, open({quoted(part.filename)}, "rb"), {quoted(part.media_type)})'
                arguments.append(f"    files={{{quoted(part.name)}: {file}}},\n")
    return f"response = requests.post(\n{''.join(arguments)}    timeout=600,\n)\n"


def _polled(call: Again) -> str:
    headers = ", headers=headers" if call.keyed else ""
    return f"""\
job = response.json(){_path(call.job)}
reply = {{"status": "queued"}}
while reply.get("status") in {literal(list(PENDING), 0)}:
    time.sleep(2)
    response = requests.get({quoted(call.polls)} + quote(job, safe=""){headers}, timeout=60)
    response.raise_for_status()
    reply = response.json()
"""


def _told(call: Again) -> str:
    return f"print(reply{_path(call.text)})\n" if call.text else "print(json.dumps(reply, indent=2))\n"


def _saved(found: Found) -> str:
    if found.whole or found.many is None:
        return _file(found, quoted(found.file), f"reply{_path(found.path)}", "")
    name = f'f"image-{{number}}{found.extension}"'
    body = _file(found, name, f"picture{_path(found.path)}", "    ")
    return f"for number, picture in enumerate(reply{_path(found.many)}, 1):\n{body}"


def _file(found: Found, name: str, place: str, indent: str) -> str:
    if found.whole:
        lines = []
        data = "response.content"
    elif found.is_url:  # without the key: the media are somewhere else
        lines = [f"media = requests.get({place}, timeout=60)", "media.raise_for_status()"]
        data = "media.content"
    else:
        lines, data = [], f'base64.b64decode({place}.rpartition(",")[2])'
    lines += [f'with open({name}, "wb") as file:', f"    file.write({data})"]
    return "".join(f"{indent}{line}\n" for line in lines)


def _path(path: Path) -> str:
    return "".join(f"[{step if isinstance(step, int) else quoted(step)}]" for step in path)

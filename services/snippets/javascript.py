"""A call for Node 18 and later, with nothing but its fetch. Knows the language; knows nothing of what is said."""

from __future__ import annotations

from services.snippets.again import PENDING, Again, Found, Path
from services.snippets.literals import NAME, is_whole_in_javascript, javascript, quoted

HEADERS = "Authorization: `Bearer ${process.env.AIML_API_KEY}`"


def written(call: Again) -> str:
    """The whole program; as a module and as a script."""
    note = f"// {call.note}\n" if call.note else ""
    lines = [*_files(call), *_post(call), _checked(), *_after(call)]
    body = "\n".join(f"  {line}" if line else "" for text in lines for line in text.split("\n"))
    return f"{note}async function main() {{\n{body}\n}}\n\nmain();\n"


def _files(call: Again) -> list[str]:
    names = ["readFile"] * any(part.text is None for part in call.parts) + ["writeFile"] * (call.found is not None)
    return [f'const {{ {", ".join(names)} }} = await import("node:fs/promises");'] if names else []


def _post(call: Again) -> list[str]:
    form, body = [], "form"
    if call.parts:
        form = ["const form = new FormData();", *(_part(part.name, part.text, part) for part in call.parts)]
    else:
        fields = call.fields
        whole = is_whole_in_javascript(fields)
        body = f"JSON.stringify({javascript(fields, 2)})" if whole else quoted(call.body)
    headers = [HEADERS] * call.keyed + ['"Content-Type": "application/json"'] * (not call.parts)
    given = f"  headers: {{ {', '.join(headers)} }},\n" if headers else ""
    return [
        *form,
        f'const response = await fetch({quoted(call.url)}, {{\n  method: "POST",\n{given}  body: {body},\n}});',
    ]


def _part(name: str, text: str | None, file: object) -> str:
    if text is not None:
        return f"form.append({quoted(name)}, {quoted(text)});"
    filename, kind = quoted(getattr(file, "filename", "")), quoted(getattr(file, "media_type", ""))
    blob = f"new Blob([await readFile({filename})], {{ type: {kind} }})"
    return f"form.append({quoted(name)}, {blob}, {filename});"


def _checked(name: str = "response") -> str:
    return f"if (!{name}.ok) throw new Error(`${{{name}.status}} ${{await {name}.text()}}`);"


def _after(call: Again) -> list[str]:
    if call.streams:
        return [_streamed(call)]
    if call.polls:
        return [*_polled(call), _told(call)]
    if call.found and call.found.whole:
        return [f"await writeFile({quoted(call.found.file)}, Buffer.from(await response.arrayBuffer()));"]
    return ["const reply = await response.json();", _saved(call.found) if call.found else _told(call)]


def _streamed(call: Again) -> str:
    tools = "\n    if (delta?.tool_calls) console.log(JSON.stringify(delta.tool_calls));"
    return f"""\
const decoder = new TextDecoder();
let rest = "";
for await (const bytes of response.body) {{
  const lines = (rest + decoder.decode(bytes, {{ stream: true }})).split("\\n");
  rest = lines.pop();
  for (const line of lines) {{
    const data = line.startsWith("data:") ? line.slice(5).trim() : "";
    if (!data || data === "[DONE]") continue;
    const delta = JSON.parse(data).choices?.[0]?.delta;
    process.stdout.write(delta?.content ?? "");{tools if "tools" in call.fields else ""}
  }}
}}
console.log();"""


def _polled(call: Again) -> list[str]:
    headers = f", {{ headers: {{ {HEADERS} }} }}" if call.keyed else ""
    return [
        f"const job = (await response.json()){_path(call.job)};",
        'let reply = { status: "queued" };',
        f"while ({javascript(list(PENDING))}.includes(reply.status)) {{\n"
        "  await new Promise((resolve) => setTimeout(resolve, 2000));\n"
        f"  const poll = await fetch({quoted(call.polls)} + encodeURIComponent(job){headers});\n"
        f"  {_checked('poll')}\n"
        "  reply = await poll.json();\n"
        "}",
    ]


def _told(call: Again) -> str:
    if call.task == "chat":
        message = "reply.choices[0].message"
        return f"console.log({message}.content);" + (
            f"\nif ({message}.tool_calls) console.log(JSON.stringify({message}.tool_calls));"
            if "tools" in call.fields
            else ""
        )
    return f"console.log(reply{_path(call.text)});" if call.text else "console.log(JSON.stringify(reply, null, 2));"


def _saved(found: Found) -> str:
    if found.many is None:
        return _file(found, quoted(found.file), f"reply{_path(found.path)}")
    name = f"`image-${{number + 1}}{found.extension}`"
    inner = _file(found, name, f"picture{_path(found.path)}").replace("\n", "\n  ")
    return f"for (const [number, picture] of reply{_path(found.many)}.entries()) {{\n  {inner}\n}}"


def _file(found: Found, name: str, place: str) -> str:
    if not found.is_url:
        return f'await writeFile({name}, Buffer.from({place}.replace(/^data:.*,/, ""), "base64"));'
    # Without the key: the media are somewhere else.
    return (
        f"const media = await fetch({place});\n{_checked('media')}\n"
        f"await writeFile({name}, Buffer.from(await media.arrayBuffer()));"
    )


def _path(path: Path) -> str:
    return "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if NAME.fullmatch(step) else f"[{quoted(step)}]"
        for step in path
    )

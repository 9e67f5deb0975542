"""A call for bash with curl: the body byte for byte. Knows shells' quoting; knows nothing about what is said."""

from __future__ import annotations

from services.snippets.again import PENDING, Again, Found

LARGE = 4_000  # characters from which a body comes from standard input: a shell takes 128 kB as one argument
KEY = '-H "Authorization: Bearer $AIML_API_KEY"'
MORE = " \\\n  "


def written(call: Again) -> str:
    """The whole script."""
    after = _saved(call.found) if call.found else ""
    if call.polls:
        script = _polled(call)
    elif call.found and call.found.whole:
        script = _sent(call, f"-o {call.found.file}")
    else:
        script = _sent(call, "-o reply.json" if call.found else "-N" if call.streams else "")
    note = f"# {call.note}\n" if call.note else ""
    return f"{note}{script}\n{after}"


def quote(text: str) -> str:
    """One word of a shell, whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"


def _sent(call: Again, *options: str) -> str:
    words = [f"curl -sS {call.url if _plain(call.url) else quote(call.url)}", *([KEY] if call.keyed else [])]
    words += [option for option in options if option]
    if call.parts:
        return MORE.join([*words, *_form(call)])
    words.append('-H "Content-Type: application/json"')
    if len(call.body) < LARGE or "\n" in call.body:
        return MORE.join([*words, f"--data-raw {quote(call.body)}"])
    # The body is one line that begins with a brace, so that no delimiter is in it; tr takes the line's end off again.
    return f"tr -d '\\n' <<'JSON' | {MORE.join([*words, '--data-binary @-'])}\n{call.body}\nJSON"


def _form(call: Again) -> list[str]:
    return [
        f"-F {quote(f'{part.name}=@{part.filename};type={part.media_type}')}"
        if part.text is None
        else f"--form-string {quote(f'{part.name}={part.text}')}"
        for part in call.parts
    ]


def _polled(call: Again) -> str:
    key = f" {KEY}" if call.keyed else ""
    states = "|".join(PENDING)
    return f"""\
reply=$({_sent(call)})
job=$(printf %s "$reply" | {_field(str(call.job[-1]))} | sed 's/%/%25/g; s/#/%23/g; s/ /%20/g; s|/|%2F|g')
while sleep 2; do
  reply=$(curl -sS {quote(call.polls)}"$job"{key})
  case $(printf %s "$reply" | {_field("status")}) in
    {states}) ;;
    *) break ;;
  esac
done
printf '%s\\n' "$reply\""""


def _field(name: str) -> str:
    """A filter that finds the first string of this name in JSON."""
    return f"grep -o {_pair(name)} | head -n 1 | cut -d '\"' -f 4"


def _pair(name: str) -> str:
    """A pattern for the strings of this name."""
    return quote(f'"{name}": *"[^"]*"')


def _saved(found: Found) -> str:
    """Takes media out of reply.json; JSON may write a slash as \\/ and an ampersand as \\u0026."""
    if found.whole:
        return ""
    name = str(found.path[-1])
    plain = "sed 's|\\\\/|/|g; s/\\\\u0026/\\&/g'"
    each = f"grep -o {_pair(name)} reply.json | cut -d '\"' -f 4 | {plain}"
    target = found.file if found.many is None else f'"image-$n{found.extension}"'
    if found.is_url:
        take = f'curl -sSL -o {target} "$media"'
    else:
        take = f'printf %s "${{media#*base64,}}" | base64 -d > {target}'
    return f"n=0\n{each} | while read -r media; do\n  n=$((n + 1))\n  {take}\ndone\n"


def _plain(url: str) -> bool:
    return all(character.isalnum() or character in ":/.-_" for character in url)

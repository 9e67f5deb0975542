"""An answer's Markdown as HTML that can do nothing: no script, no style, no picture. Knows no widgets.

`POST page/markup`: Markdown in, that HTML out, for what the page saves as a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import nh3
from markdown_it import MarkdownIt
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

LONGEST = 200_000  # characters
BODY = 1_000_000
# The tags that Markdown makes; a picture stays a link, so that nothing is asked of another origin before a click.
TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre", "code"),
    *("em", "strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"),
}


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"]).disable("image")


def as_html(text: str) -> str:
    """What a model wrote, as it may stand in a page."""
    drawn = _reader().render(text[:LONGEST])
    return nh3.clean(
        drawn,
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def routes() -> Sequence[Route]:
    """`POST page/markup`; the answer is plain text to a browser that opens it, since what it holds is another's."""

    async def markup(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > BODY:
                return PlainTextResponse("Too large.", 413)
        return PlainTextResponse(await run_in_threadpool(as_html, body.decode("utf-8", "replace")))

    return [Route("/page/markup", markup, methods=["POST"])]

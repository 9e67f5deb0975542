"""An answer's Markdown as HTML that can do nothing: no script, no style, no picture. Knows no widgets."""

from __future__ import annotations

from functools import cache

import nh3
from markdown_it import MarkdownIt

LONGEST = 200_000
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

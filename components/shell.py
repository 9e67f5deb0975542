"""What stands around the tabs: header, who answers, key panel. Knows words and markup; page.js brings it to life."""

from __future__ import annotations

import html

from services.endpoint import Endpoint

NAME = "AI/ML API Playground"
LINE = "Chat, paint, listen and speak with AI models"
KEYS_PAGE = "https://aimlapi.com/app/keys"


def brand() -> str:
    """Mark, name and one line."""
    return f"""<div class="brand"><div class="mark" aria-hidden="true"></div>
  <div><h1>{NAME}</h1><p>{LINE}</p></div></div>"""


def tools() -> str:
    """The doors of the runs (runs.js), of the link (link.js) and of the key panel, and the light switch."""
    return """<div class="tools">
  <button type="button" class="ghost" data-act="runs" aria-haspopup="dialog">Runs<span data-total></span></button>
  <button type="button" class="ghost" data-act="link" aria-haspopup="dialog">Share</button>
  <button type="button" class="ghost" data-act="key" aria-haspopup="dialog">Use my own key</button>
  <button type="button" class="ghost icon" data-act="light" aria-label="Light or dark" title="Light or dark">◐</button>
</div>"""


def chip(endpoint: Endpoint, *, own_key: bool = False, switched_off: bool = False, left: str = "") -> str:
    """Who answers now; `left` is what remains of the owner's budget, in words."""
    if endpoint.embedded:
        why = "<em>this page's key is switched off</em>" if switched_off else "<em data-engine>no key needed</em>"
        return f'<span class="chip engine"><i></i>Embedded engine · {why}</span>'
    whose = "your key" if own_key else "this page's key" if endpoint.key.get_secret_value() else "no key"
    told = f"<small data-budget>{html.escape(left)}</small>" if left else ""
    who = f"{html.escape(endpoint.name)} · {whose} <em data-balance></em>"
    return f'<span class="chip api"><i></i><span>{who}{told}</span></span>'


def key_panel(base: str) -> str:
    """The drawer for a visitor's own key. The input is drawn here and read by page.js alone; it is no component."""
    return f"""
<dialog id="key-panel" aria-labelledby="key-title">
  <form method="dialog">
    <div class="head"><h2 id="key-title">Use my own key</h2>
      <button type="button" class="ghost icon" data-act="key-close" aria-label="Close">✕</button></div>
    <p>With a key of your own, hundreds of models of the AI/ML API answer in all four tabs,
       and you pay for what you use.
       Without one, everything works as it does now.</p>
    <p><a href="{KEYS_PAGE}" target="_blank" rel="noopener noreferrer">Get a key at aimlapi.com</a></p>
    <label for="key-input">API key</label>
    <input id="key-input" type="password" autocomplete="off" spellcheck="false" data-1p-ignore data-lpignore="true">
    <div class="row">
      <button type="submit" class="primary" data-act="key-check">Check and use</button>
      <button type="button" class="ghost" data-act="key-forget">Forget</button>
    </div>
    <p id="key-said" role="status"></p>
    <ul>
      <li>It lives in this page's memory only, and is gone when you close or reload the page.</li>
      <li>It is sent only to {html.escape(base)}, through this page's server, with your own requests.</li>
      <li>It is never stored, logged, put in a link or an export, or used for anybody else.</li>
    </ul>
  </form>
</dialog>"""

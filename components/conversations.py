"""Where the list of this browser's conversations lies on the page: a row above the chat, and a drawer.

Knows markup only; conversations.js fills it from what the browser keeps. The server never sees the list.
"""

from __future__ import annotations

import gradio as gr


def row() -> gr.HTML:
    """Which conversation this is, the door to the others, and a new one."""
    return gr.HTML(
        """<div class="talks">
  <button type="button" class="ghost" data-talks="list" aria-haspopup="dialog">Conversations</button>
  <span id="talk-title" aria-label="This conversation"></span>
  <button type="button" class="ghost" data-talks="new" title="New conversation">New</button>
</div>""",
        elem_classes="talks-row",
    )


def drawer() -> gr.HTML:
    """The list itself. Its inputs are drawn here and read by conversations.js alone; they are no components."""
    return gr.HTML("""
<dialog id="talks-panel" aria-labelledby="talks-heading">
  <div class="head"><h2 id="talks-heading">Conversations</h2>
    <button type="button" class="ghost icon" data-talks="close" aria-label="Close">✕</button></div>
  <button type="button" class="primary" data-talks="new">New conversation</button>
  <input id="talks-search" type="search" placeholder="Search titles and texts" aria-label="Search conversations"
         autocomplete="off" spellcheck="false">
  <p id="talks-said" role="status"></p>
  <ul id="talks-list" aria-label="Conversations"></ul>
  <div class="foot">
    <p>They are kept by this browser, not on a server. Your key is never part of them or of an export.</p>
    <div class="row">
      <button type="button" class="ghost" data-talks="import">Import</button>
      <button type="button" class="ghost" data-talks="export">Export all</button>
      <input id="talks-file" type="file" accept=".json,application/json" aria-label="A file of conversations" hidden>
    </div>
  </div>
</dialog>""")

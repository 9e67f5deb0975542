"""The look as data: tokens of light and dark, and the theme made from them. Knows no component by name."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

ASSETS = Path(__file__).parent / "assets"

# name: (light, dark); the same names are CSS variables in style.css.
TOKENS = {
    "paper": ("#FAF9F6", "#131417"),
    "card": ("#FFFFFF", "#1B1D21"),
    "ink": ("#1C1F23", "#ECEAE5"),
    "soft": ("#5B626B", "#A2A8B0"),
    "line": ("#E6E3DC", "#2D3036"),
    "accent": ("#C2410C", "#FF7A45"),
    "accent-ink": ("#FFFFFF", "#1C0E07"),
    "engine": ("#0B7A66", "#5CD1B9"),
    "engine-soft": ("#E3F4F0", "#12302A"),
    "api": ("#2F5D8C", "#8FB8E8"),
    "api-soft": ("#E6EEF6", "#16263A"),
    "cut-soft": ("#FFF6DB", "#332A12"),
    "failed-soft": ("#FEECEB", "#3A1B19"),
    "failed": ("#A3241A", "#FF9A91"),
    "user": ("#F1EEE8", "#25282E"),
    "code": ("#F5F3EE", "#15171A"),
}
# Only system fonts: nothing is fetched from anywhere.
SANS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "DejaVu Sans Mono", "monospace"]

# Gradio's theme variable: our token.
_THEME = {
    "body_background_fill": "paper",
    "body_text_color": "ink",
    "body_text_color_subdued": "soft",
    "background_fill_primary": "card",
    "background_fill_secondary": "paper",
    "block_background_fill": "card",
    "block_border_color": "line",
    "block_label_background_fill": "card",
    "block_label_text_color": "soft",
    "block_title_text_color": "soft",
    "block_info_text_color": "soft",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "input_background_fill": "paper",
    "input_background_fill_focus": "card",
    "input_border_color": "line",
    "input_border_color_focus": "accent",
    "input_placeholder_color": "soft",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent",
    "button_primary_text_color": "accent-ink",
    "button_primary_border_color": "accent",
    "button_secondary_background_fill": "card",
    "button_secondary_background_fill_hover": "user",
    "button_secondary_text_color": "ink",
    "button_secondary_border_color": "line",
    "slider_color": "accent",
    "checkbox_background_color_selected": "accent",
    "checkbox_border_color_selected": "accent",
    "checkbox_label_background_fill": "card",
    "checkbox_label_background_fill_selected": "card",
    "checkbox_label_border_color": "line",
    "checkbox_label_text_color": "ink",
    "checkbox_label_text_color_selected": "ink",
    "link_text_color": "accent",
    "code_background_fill": "code",
    "panel_background_fill": "paper",
    "table_even_background_fill": "card",
    "table_odd_background_fill": "paper",
    "error_background_fill": "failed-soft",
    "error_text_color": "ink",
    "error_border_color": "line",
}


def theme() -> gr.themes.Base:
    """Our tokens, put where Gradio's components look for them."""
    values: dict[str, str] = {}
    for variable, token in _THEME.items():
        values[variable], values[f"{variable}_dark"] = TOKENS[token]
    base = gr.themes.Base(
        font=SANS, font_mono=MONO, radius_size=gr.themes.sizes.radius_lg, text_size=gr.themes.sizes.text_md
    )
    return base.set(
        **values,
        block_radius="16px",
        block_shadow="none",
        block_border_width="0px",
        block_label_text_weight="600",
        block_title_text_weight="600",
        block_title_text_size="12.5px",
        block_label_text_size="12.5px",
        block_padding="0px",
        layout_gap="16px",
        button_large_radius="10px",
        button_medium_radius="10px",
        button_small_radius="999px",
        button_large_text_weight="650",
        button_primary_shadow="none",
        button_secondary_shadow="none",
        input_radius="10px",
        input_border_width="1px",
        input_padding="9px 11px",
        input_shadow="none",
        input_shadow_focus="none",
    )


def stylesheet() -> str:
    """The tokens as CSS variables, then style.css, then the sheets of single parts."""
    light = ";".join(f"--{name}:{value}" for name, (value, _) in TOKENS.items())
    dark = ";".join(f"--{name}:{value}" for name, (_, value) in TOKENS.items())
    sheets = [ASSETS / "style.css", *sorted(path for path in ASSETS.glob("*.css") if path.name != "style.css")]
    return f":root{{{light}}}\n.dark{{{dark}}}\n" + "\n".join(path.read_text("utf-8") for path in sheets)

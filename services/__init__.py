"""What the playground can do: plain values in, frozen dataclasses out. Knows nothing about Gradio."""

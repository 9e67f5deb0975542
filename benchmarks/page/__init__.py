"""The page against the wire, stock Gradio and its peers, side by side in one run: `python -m benchmarks.page`."""

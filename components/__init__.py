"""What the visitor sees: one module per tab. Gradio is imported here and in app.py, nowhere else."""

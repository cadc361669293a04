"""Settings of a training: declared once, named, and their learning rates."""

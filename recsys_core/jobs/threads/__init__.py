"""The threads that work is done on, and what goes before it."""

"""Train movie embeddings on ratings, save them as runs, and explore what they learned. Knows nothing of any UI."""

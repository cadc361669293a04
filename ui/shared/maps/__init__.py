"""What pages with a map of their own have in common: which projection, and what its colors and sizes say."""

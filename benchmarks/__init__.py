"""Scripts that measure, each printing medians and a ratio against a peer of the same run."""

"""The loop of dot products, and of what their users watch, by Numba: on one thread quicker than XLA on two."""

"""Parts of the Biases page."""

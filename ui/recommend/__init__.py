"""Parts of the For you page."""

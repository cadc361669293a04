"""Parts of the Neighbors page."""

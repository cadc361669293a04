"""A second run beside the first: chosen on the pages that show lists, and its list beside the first one's."""

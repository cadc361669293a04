"""Data sets of one's own: a folder for each, imported once, with what there is to know about it."""

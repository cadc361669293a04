"""The parts of the Map page, a module each: what is projected, how it is painted, and the panels beside the map."""

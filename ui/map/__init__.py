"""The parts of the Map page, a module each: what is measured of it, and the panels beside the map."""

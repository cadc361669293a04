"""Two runs and more, side by side: their settings, figures, neighbors, maps and predictions."""

"""Saved runs: written, listed, opened."""

"""Sweeps: a study varies settings, has each trial trained and measured, and learns what to try next."""

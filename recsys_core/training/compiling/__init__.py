"""Compiling once and for many: programs kept on disk, and trainings made ready before anybody asks."""

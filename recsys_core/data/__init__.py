"""Ratings: read, validated, split, and their yardsticks."""

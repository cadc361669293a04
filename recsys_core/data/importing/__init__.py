"""Ratings in any form that people have them in, read leniently: what cannot be used is left out, counted and shown."""

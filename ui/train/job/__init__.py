"""A training on the Train page, from its wait to its end: how far it is, its pictures, and what came of it."""

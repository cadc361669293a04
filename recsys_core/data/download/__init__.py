"""MovieLens from where GroupLens publishes it."""

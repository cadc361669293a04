"""The compiled loop that trains a model, and the fit around it."""

"""What neighbors and predictions are worth."""

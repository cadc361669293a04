"""What is asked of a run's embeddings: neighbors, clusters, reasons, predictions, exports."""

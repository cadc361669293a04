"""Work in the background: the thread that owns TensorFlow, and the queues before it."""

"""Components with a browser side of their own."""

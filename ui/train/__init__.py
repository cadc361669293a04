"""The Train page: its settings, and in `job` what is seen of a training."""

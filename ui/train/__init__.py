"""The parts of the Train page: settings, and what is seen of a job."""

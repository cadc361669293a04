"""What people say of pairs of movies: read, asked for, kept, and held against a run."""

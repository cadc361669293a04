"""What people do with their runs: name, note, star, delete and restore, shrink, take away and bring back."""

"""Pages of objects and their records."""

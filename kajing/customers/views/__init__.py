"""Pages and fragments of customers."""

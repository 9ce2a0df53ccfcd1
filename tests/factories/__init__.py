"""Makers of rows with sensible values; a test names only what it is about."""

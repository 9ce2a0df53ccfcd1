"""Pages of what records carry."""

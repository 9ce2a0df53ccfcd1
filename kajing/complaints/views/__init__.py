"""Pages of complaints: the list, a new one, one with its clocks and acts, and acts on many."""

"""Pages of people and units: looking up and own things, staffing, what somebody reaches."""

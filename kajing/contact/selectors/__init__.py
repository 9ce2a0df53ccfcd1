"""Reads of the room; each takes the person who looks first."""

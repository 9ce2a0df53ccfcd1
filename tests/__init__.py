"""Tests: one tree that mirrors the package, because factories cross rooms and rooms may not."""

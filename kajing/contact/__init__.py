"""Interactions with customers, messages to them, and the contact gate that says what is allowed when."""

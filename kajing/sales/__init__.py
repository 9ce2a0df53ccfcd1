"""What to do next with a customer, why, and what came of it."""

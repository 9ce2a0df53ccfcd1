"""What was said to a customer and what is on its way to one."""

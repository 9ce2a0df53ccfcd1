"""What people type in the room, cleaned."""

"""What people type, cleaned; nothing is saved here."""

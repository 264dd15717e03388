"""What other services told, kept as copies, and what it makes this one do."""

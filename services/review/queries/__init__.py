"""What may be read of review."""

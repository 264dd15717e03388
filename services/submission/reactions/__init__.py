"""What events of other services make this one do."""

"""What events of other services make review do."""

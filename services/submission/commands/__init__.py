"""What changes something: one function a command, each in one transaction."""

"""The rules of registration as plain Python."""

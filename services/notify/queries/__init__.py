"""What can be read of letters, messages and announcements."""

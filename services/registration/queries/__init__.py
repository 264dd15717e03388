"""What registration answers when it is asked."""

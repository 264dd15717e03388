"""Background work of one replica at a time."""

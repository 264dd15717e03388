"""A whole contest played before the user's eyes, by clients like any other, on the real parts."""

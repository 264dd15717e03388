"""What events make notify do: remember what letters speak of, and write letters."""

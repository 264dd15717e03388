"""Rules of letters as plain Python: who is written to and when, and how a letter lives."""

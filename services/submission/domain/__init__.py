"""The rules of handing in: plain Python, no I/O, time and identifiers passed in."""

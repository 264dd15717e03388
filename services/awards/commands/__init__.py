"""One command a file: load, decide, save and emit in one transaction."""

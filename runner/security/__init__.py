"""What docs/security.md shows and a release carries, written from the code: rights, parts list."""

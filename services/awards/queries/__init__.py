"""Reads, paged."""

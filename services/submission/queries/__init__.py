"""Reads; lists are paged."""

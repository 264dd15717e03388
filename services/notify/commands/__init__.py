"""What staff and account holders may change."""

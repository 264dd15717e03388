"""The public site and API: a client like any other. It comes with a later issue; no service depends on it."""

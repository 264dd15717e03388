"""Starts everything: the local stack, the services, the checks; the only room that imports services."""

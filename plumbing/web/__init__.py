"""Health and metrics of a process, answered by a native thread."""

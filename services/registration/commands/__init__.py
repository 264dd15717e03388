"""What registration does when it is told to: one module a topic, one function a command."""

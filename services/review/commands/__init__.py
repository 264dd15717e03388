"""What people ask review to do, one function a command."""

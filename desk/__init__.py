"""The staff's desk: a command line that reaches every method of every service, and checks the whole."""

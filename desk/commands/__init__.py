"""The desk's commands, one module a subject; each calls methods that anybody with the right may call."""

"""The rules of judging as plain Python: nothing here reads, writes, asks the time or draws by chance."""

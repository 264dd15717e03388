"""What a prize is and when it counts: plain rules, nothing passed in but facts."""

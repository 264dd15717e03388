"""What runs by itself: checking files under quarantine, sweeping what nobody needs."""

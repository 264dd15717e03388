"""The language between rooms: words, refusals, editions, events and RPC methods. It decides nothing."""

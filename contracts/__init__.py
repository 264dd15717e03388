"""The language between rooms: words, refusals, an edition's rules, events and RPC methods. It decides nothing."""

"""How it crosses: storage, the bus, identity, materials, time, health; decides nothing about a contest."""

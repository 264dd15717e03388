"""How services reach each other: RPC, events, retries and parking over RabbitMQ, inside nameko's container."""

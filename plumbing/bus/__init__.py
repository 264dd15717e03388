"""How services reach each other: RPC, events, retries and parking over RabbitMQ, in nameko's container."""

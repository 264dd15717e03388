"""Storage: transactions on MongoDB with idempotent commands, outbox, inbox, audit, jobs; knows no broker."""

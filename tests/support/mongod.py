"""A real mongod for tests that need no other part; used where no whole stack is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.stack import mongod, processes
from runner.stack.environment import REPLICA_SET
from runner.stack.secrets import load_or_make
from runner.stack.state import State


@contextmanager
def private_mongod(folder: Path) -> Iterator[str]:
    """Yield the operator's URL of a replica set of one that ends with this process."""
    state = State(folder)
    state.open()
    secrets = load_or_make(folder)
    mongod.start(state, mongod.provide(lambda part, message: None), secrets, True)
    try:
        mongod.wait(state, secrets)
        operator = secrets["operator"]
        yield (
            f"mongodb://{operator['mongo_user']}:{operator['mongo_password']}"
            f"@127.0.0.1:{state.document['ports']['mongo']}/?replicaSet={REPLICA_SET}&authSource=admin"
        )
    finally:
        processes.stop(state.children()[mongod.PART], grace=10.0)

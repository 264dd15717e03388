"""The connection to MongoDB: what every write and read is held to, and the collections of one service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from pymongo import MongoClient, ReadPreference
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from plumbing.service import Index

Document = dict[str, Any]
MAJORITY = WriteConcern(w="majority", j=True, wtimeout=15_000)
INDEX_OPTIONS_CONFLICT, INDEX_KEY_SPECS_CONFLICT = 85, 86


def connect(url: str, name: str = "xinlv", *, pool: int = 50) -> MongoClient[Document]:
    """Return a client that writes to a majority and never waits without end; it connects when first used."""
    return MongoClient(
        url,
        appname=name,
        tz_aware=True,
        tzinfo=UTC,
        w="majority",
        journal=True,
        wTimeoutMS=15_000,
        readConcernLevel="majority",
        retryWrites=True,
        retryReads=True,
        serverSelectionTimeoutMS=8_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=30_000,
        waitQueueTimeoutMS=10_000,
        maxPoolSize=pool,
        maxIdleTimeMS=300_000,
    )


class Store:
    """One service's database. Collections are made once: building a Collection costs more than using it."""

    def __init__(self, database: Database[Document]) -> None:
        self.client = database.client
        self.database: Database[Document] = database.with_options(
            write_concern=MAJORITY,
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._collections: dict[str, Collection[Document]] = {}

    def collection(self, name: str) -> Collection[Document]:
        """Return a collection; reads see what a majority holds, writes wait for it."""
        known = self._collections.get(name)
        if known is None:
            known = self._collections[name] = self.database[name]
        return known

    def ensure_indexes(self, indexes: Iterable[Index]) -> None:
        """Make the indexes that are missing; one whose options were changed is made anew."""
        for index in indexes:
            collection = self.collection(index.collection)
            options: dict[str, Any] = {"unique": index.unique} if index.unique else {}
            if index.partial:
                options["partialFilterExpression"] = dict(index.partial)
            try:
                collection.create_index(list(index.keys), **options)
            except OperationFailure as error:
                if error.code not in (INDEX_OPTIONS_CONFLICT, INDEX_KEY_SPECS_CONFLICT):
                    raise
                collection.drop_index(list(index.keys))
                collection.create_index(list(index.keys), **options)

"""A collection inside a transaction: the same calls as PyMongo's, with the session already given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from plumbing.store.mongo import Document


class Bound:
    """Plain methods on purpose: this lies in the path of every command, and ``__getattr__`` costs."""

    __slots__ = ("_collection", "_session", "writes")

    def __init__(self, collection: Collection[Document], session: ClientSession) -> None:
        self._collection = collection
        self._session = session
        self.writes = 0

    @property
    def name(self) -> str:
        """Return the name of the collection."""
        return self._collection.name

    def find_one(self, query: Any = None, *args: Any, **options: Any) -> Any:
        return self._collection.find_one(query, *args, session=self._session, **options)

    def find(self, query: Any = None, *args: Any, **options: Any) -> Any:
        return self._collection.find(query, *args, session=self._session, **options)

    def aggregate(self, pipeline: Sequence[Mapping[str, Any]], **options: Any) -> Any:
        return self._collection.aggregate(pipeline, session=self._session, **options)

    def distinct(self, key: str, query: Any = None, **options: Any) -> Any:
        return self._collection.distinct(key, query, session=self._session, **options)

    def count_documents(self, query: Any, **options: Any) -> int:
        return self._collection.count_documents(query, session=self._session, **options)

    def insert_one(self, document: Document, **options: Any) -> Any:
        self.writes += 1
        return self._collection.insert_one(document, session=self._session, **options)

    def insert_many(self, documents: Sequence[Document], **options: Any) -> Any:
        self.writes += 1
        return self._collection.insert_many(documents, session=self._session, **options)

    def replace_one(self, query: Any, document: Document, **options: Any) -> Any:
        self.writes += 1
        return self._collection.replace_one(query, document, session=self._session, **options)

    def update_one(self, query: Any, update: Any, **options: Any) -> Any:
        self.writes += 1
        return self._collection.update_one(query, update, session=self._session, **options)

    def update_many(self, query: Any, update: Any, **options: Any) -> Any:
        self.writes += 1
        return self._collection.update_many(query, update, session=self._session, **options)

    def delete_one(self, query: Any, **options: Any) -> Any:
        self.writes += 1
        return self._collection.delete_one(query, session=self._session, **options)

    def delete_many(self, query: Any, **options: Any) -> Any:
        self.writes += 1
        return self._collection.delete_many(query, session=self._session, **options)

    def find_one_and_update(self, query: Any, update: Any, **options: Any) -> Any:
        self.writes += 1
        return self._collection.find_one_and_update(query, update, session=self._session, **options)

    def find_one_and_replace(self, query: Any, document: Document, **options: Any) -> Any:
        self.writes += 1
        return self._collection.find_one_and_replace(query, document, session=self._session, **options)

    def find_one_and_delete(self, query: Any, **options: Any) -> Any:
        self.writes += 1
        return self._collection.find_one_and_delete(query, session=self._session, **options)

    def bulk_write(self, requests: Sequence[Any], **options: Any) -> Any:
        self.writes += 1
        return self._collection.bulk_write(requests, session=self._session, **options)

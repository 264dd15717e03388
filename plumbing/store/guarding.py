"""What every call passes: who may, which arguments, and how the database's troubles are called."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bson.errors import BSONError
from marshmallow import Schema
from pymongo.errors import (
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    WriteConcernError,
)

from contracts.errors import InvalidInput, NotAllowed, NotSignedIn, Unavailable
from contracts.fields import load
from contracts.rpc import Method
from plumbing.identity.caller import Caller

log = logging.getLogger(__name__)
TRANSIENT = ("TransientTransactionError", "RetryableWriteError", "UnknownTransactionCommitResult")
_schemas: dict[str, Schema] = {}


def check_caller(method: Method, caller: Caller) -> None:
    """Raise NotSignedIn or NotAllowed unless somebody with the caller's roles may call the method at all."""
    if method.allows(caller.roles):
        return
    if not caller.roles:
        raise NotSignedIn("请先登录。", "Sign in first.")
    raise NotAllowed("您没有办理此事的权限。", "You do not have the role that this needs.")


def load_arguments(method: Method, args: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the arguments as Python values; InvalidInput names every field at fault."""
    schema = _schemas.get(method.full_name)
    if schema is None:  # building a schema costs a hundred times its use
        schema = _schemas[method.full_name] = method.args()
    return load(schema, {} if args is None else args)


@contextmanager
def database_refusals() -> Iterator[None]:
    """Turn what the database cannot do or store into refusals; anything else passes as it is."""
    try:
        yield
    except (BSONError, DocumentTooLarge, OverflowError, UnicodeEncodeError) as error:
        raise InvalidInput.of(
            "_", "not_storable", "内容无法保存：过大，或含有无法保存的字符或数字",
            "Cannot be stored: too large, or with characters or numbers that no document can hold.",
        ) from error  # fmt: skip
    except PyMongoError as error:
        if not _passes(error):
            raise
        log.warning("the database did not answer in time: %s: %s", type(error).__name__, error)
        raise Unavailable(
            "数据库暂时没有响应，请稍后用同一指令编号再试。",
            "The database does not answer now; try again later with the same command id.",
        ) from error


def _passes(error: PyMongoError) -> bool:
    if isinstance(error, ConnectionFailure | NetworkTimeout | ExecutionTimeout | WriteConcernError):
        return True
    return any(error.has_error_label(label) for label in TRANSIENT)

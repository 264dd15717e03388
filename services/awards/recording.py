"""What awards puts on the tamper-evident record: states of its documents, and certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plumbing.store import chain
from plumbing.store.plain import canonical, digest, to_plain

Doc = dict[str, Any]
Sign = Callable[[str], tuple[str, str]]
"""Returns the key's id and the signature in hex."""
# what a person may have erased must not be where nothing is ever removed
UNRECORDED = {"objections": ("objector", "filed_by", "version"), "nominations": ()}
# nor must who voted how, and what somebody wrote of others; a digest tells nothing but that it changed
DIGESTED = {
    "objections": ("grounds", "evidence"), "nominations": ("votes", "nominated_by", "grounds", "salt"),
}  # fmt: skip
# counts tries and says when the next one is; a certificate that is made has none
PASSING = ("attempts", "not_before")


def record_state(
    tx: Any, collection: str, document: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> None:
    """Put the state of one document on its own chain, with digests of what it was made from (``before``)."""
    content = snapshot(collection, document)
    if before is not None:
        content["digests_before"] = digests_of(collection, before)
    chain.append(tx, state_chain(collection, document["_id"]), "state", content)


def record_states(tx: Any, awards: Sequence[Mapping[str, Any]]) -> None:
    """Put the states of awards of one proposal on its chain, at once."""
    content = {"awards": [snapshot("awards", award) for award in awards]}
    chain.append(tx, state_chain("proposals", awards[0]["proposal_id"]), "awards", content)


def record_certificate(tx: Any, row: Mapping[str, Any], sign: Sign) -> None:
    """Put a certificate that was made on its award's chain, signed."""
    said = snapshot("certificates", row)
    key_id, signature = sign(canonical(said))
    content = {**said, "signed_by": key_id, "signature": signature}
    chain.append(tx, state_chain("awards", row["award_id"]), "certificate", content)


def state_chain(collection: str, key: str) -> str:
    """Return the name of the chain of a document."""
    return f"{collection}:{key}"


def snapshot(collection: str, document: Mapping[str, Any]) -> Doc:
    """Return a document as it is recorded: JSON values, the id as ``id``."""
    left_out = {"_id", *UNRECORDED.get(collection, ()), *DIGESTED.get(collection, ())}
    left_out |= set(PASSING if collection == "certificates" else ())
    plain: Doc = to_plain({name: value for name, value in document.items() if name not in left_out})
    digests = {"digests": digests_of(collection, document)} if collection in DIGESTED else {}
    return {**plain, **digests, "id": document["_id"]}


def digests_of(collection: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Return a digest of each field of which nothing else is recorded; a salt hides short ones."""
    salt = document.get("salt", "")
    return {name: digest([salt, document.get(name)]) for name in DIGESTED[collection]}

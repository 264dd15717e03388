"""What awards puts on the tamper-evident record: states of its documents, and certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plumbing.store import chain
from plumbing.store.plain import canonical, to_plain

Doc = dict[str, Any]
Sign = Callable[[str], tuple[str, str]]
"""Returns the key's id and the signature in hex."""
# what a person may have erased, and who voted how, must not be where nothing is ever removed
UNRECORDED = {
    "objections": ("objector", "grounds", "evidence", "filed_by", "version"),
    "nominations": ("votes", "nominated_by", "grounds"),
}  # fmt: skip
# counts tries and says when the next one is; a certificate that is made has none
PASSING = ("attempts", "not_before")


def record_state(tx: Any, collection: str, document: Mapping[str, Any]) -> None:
    """Put the state of one document on its own chain."""
    chain.append(tx, state_chain(collection, document["_id"]), "state", snapshot(collection, document))


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
    left_out = {"_id", *UNRECORDED.get(collection, ()), *(PASSING if collection == "certificates" else ())}
    plain: Doc = to_plain({name: value for name, value in document.items() if name not in left_out})
    return {**plain, "id": document["_id"]}

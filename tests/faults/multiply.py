"""Many cases out of one: every document of a judged case is copied under other names, its chain made anew."""

from __future__ import annotations

import re
from typing import Any

from plumbing.store import chain

SKIPPED = {
    "inbox", "outbox", "audit", "commands", "leases", "attempts", "jobs", "job_outcomes", "chain_heads",
    "told",
}  # fmt: skip
RANDOM = re.compile(r"^[a-z]+-[0-9a-f]{32}$")


def multiply(database: Any, round_id: str, model: str, others: list[str]) -> None:
    """Copy what belongs to the case ``model`` in a round, as judged as it is, to each of the other ids."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in set(database.list_collection_names()) - SKIPPED:
        own = [row for row in database[name].find({}) if _belongs(row, model, round_id)]
        if own:
            rows[name] = own
    records = sorted(rows.pop("records", []), key=lambda row: row["index"])
    written: dict[str, list[dict[str, Any]]] = {name: [] for name in (*rows, "records", "chain_heads")}
    for number, other in enumerate(others):
        names = {model: other}
        for own in rows.values():
            names |= {
                row["_id"]: f"{row['_id'][:-8]}{number:08x}" for row in own
                if isinstance(row["_id"], str) and RANDOM.match(row["_id"])
            }  # fmt: skip
        previous, head = chain.GENESIS, {}
        for record in records:
            made = _renamed(record, names)
            made["previous"] = previous
            made["hash"] = previous = chain.hash_of(made)
            names[record["hash"]] = made["hash"]
            written["records"].append(made)
            head = {"_id": made["chain"], "index": made["index"], "hash": made["hash"]}
        if head:
            written["chain_heads"].append(head)
        for name, own in rows.items():
            written[name] += [_renamed(row, names) for row in own]
    for name, made in written.items():
        if made:
            database[name].insert_many(made, ordered=False)


def _belongs(row: dict[str, Any], model: str, round_id: str) -> bool:
    if row.get("chain") == f"case:{model}":
        return True
    # rounds that are closed have their root over the cases they had
    in_round = row["_id"] == model or row.get("round_id", round_id) == round_id
    return in_round and model in (row.get("case_id"), row["_id"])


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if not isinstance(value, str):
        return value
    if value in names:
        return names[value]
    # compound keys such as round:case, or a chain's place
    parts = re.split(r"([:#|])", value)
    return "".join(names.get(part, part) for part in parts) if len(parts) > 1 else value

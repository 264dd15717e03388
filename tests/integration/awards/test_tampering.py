"""Whatever is changed in awards' database behind the service's back is found and named."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.rpc import awards as rpc
from plumbing.store.chain import hash_of
from tests.integration.awards.test_certificates import awards, issue  # noqa: F401  (a fixture)
from tests.support.harness import Harness
from tests.support.tampering import findings_of, undetected

pytestmark = pytest.mark.stack
HARMLESS: dict[str, dict[str, str]] = {
    "awards": {}, "proposals": {}, "records": {},
    "certificates": {
        "attempts": "counts tries to print; a certificate that is made is not printed again",
        "not_before": "when to try again; as above",
    },
}  # fmt: skip


def is_named(finding: dict[str, str], document: dict[str, Any], path: tuple[Any, ...]) -> bool:
    if "chain" in document:
        return document["chain"] in finding["subject"]
    field = str(path[0]) if path else "is missing"
    return str(document["_id"]) in finding["subject"] and field in finding["problem"]


def test_every_change_of_what_is_stored_is_found_and_named(awards: Harness) -> None:  # noqa: F811
    issue(awards)
    award = awards.rows("awards", {"case_id": "case-3"})[0]
    awards.execute(
        rpc.withdraw_award, {"award_id": award["_id"], "reason": "数据不实"}, awards.secretariat()
    )
    assert findings_of(awards) == []
    missed: list[str] = []
    for collection, harmless in HARMLESS.items():
        kinds = {(row.get("status"), row.get("kind")): row for row in awards.rows(collection)}
        missed += undetected(awards, collection, list(kinds.values()), harmless, is_named)
    assert missed == []


def test_a_certificate_forged_with_its_record_is_told_by_the_signature(awards: Harness) -> None:  # noqa: F811
    issue(awards)
    row = awards.rows("certificates")[0]
    records = awards.store.collection("records")
    record = records.find_one({"kind": "certificate", "content.id": row["_id"]})
    assert record is not None
    record["content"]["laureate"] = "另一家公司"
    record["hash"] = hash_of(record)
    records.replace_one({"_id": record["_id"]}, record)
    place = {"index": record["index"], "hash": record["hash"]}
    forged = {"$set": {"laureate": "另一家公司"}}
    awards.store.collection("certificates").update_one({"_id": row["_id"]}, forged)
    awards.store.collection("chain_heads").update_one({"_id": record["chain"]}, {"$set": place})
    said = {finding["problem"] for finding in findings_of(awards)}
    assert "the signature is not over what the certificate says" in said

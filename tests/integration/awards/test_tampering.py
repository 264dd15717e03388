"""Whatever is changed in awards' database behind the service's back is found and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.rpc import awards as rpc
from plumbing.settings import Settings
from plumbing.store.chain import hash_of
from tests.integration.awards.test_certificates import (
    awards,  # noqa: F401  (a fixture)
    begin,
    issue,
    open_publicity,
    publish,
)
from tests.integration.awards.test_publicity import object_to, resolve
from tests.integration.awards.world import EDITION
from tests.support.harness import Harness
from tests.support.tampering import FORGED, findings_of, undetected

pytestmark = pytest.mark.stack
HARMLESS: dict[str, dict[str, str]] = {
    "awards": {}, "proposals": {}, "records": {}, "nominations": {},
    "objections": {
        "objector": "erased on request, so it cannot be where nothing is ever removed",
        "filed_by": "as above",
        "version": "an erasure counts as a save",
    },
    "certificates": {
        "attempts": "counts tries to print; a certificate that is made is not printed again",
        "not_before": "when to try again; as above",
    },
}  # fmt: skip
DISGUISES: dict[str, tuple[dict[str, Any], ...]] = {
    "certificates": ({"state": "allotted"},), "proposals": ({"status": "discarded"},),
    "objections": ({"status": "dismissed"},),
}  # fmt: skip


def is_named(finding: dict[str, str], document: dict[str, Any], path: tuple[Any, ...]) -> bool:
    if "chain" in document:
        return document["chain"] in finding["subject"]
    said = "is on no record" if path == FORGED else str(path[0]) if path else "is missing"
    return str(document["_id"]) in finding["subject"] and said in finding["problem"]


@pytest.fixture
def contested(harness: Callable[..., Harness], settings_of: Callable[..., Settings]) -> Harness:
    """A contest with votes, an objection that is open and one that was dismissed, published but for that."""
    contest = begin(harness, settings_of)
    nominate_and_vote(contest)
    open_publicity(contest)
    object_to(contest, "case-2")
    resolve(contest, object_to(contest, "case-1"), "dismissed")
    publish(contest)
    return contest


def nominate_and_vote(contest: Harness) -> tuple[str, ...]:
    """Return nominations for which one of two voted, each for another."""
    nominee = {"edition_id": EDITION, "prize": "best_contribution", "grounds": "连年协助组织评审"}
    nominated = []
    for number in (1, 2):
        args = {**nominee, "unit_id": f"unit-{number}"}
        nominated.append(contest.execute(rpc.nominate_contribution, args, contest.expert())["nomination_id"])
        for voter in (1, 2):
            vote = {"nomination_id": nominated[-1], "in_favour": number == 1}
            contest.execute(rpc.vote_contribution, vote, contest.expert(f"expert-{voter}"))
    return tuple(nominated)


def test_every_change_of_what_is_stored_is_found_and_named(contested: Harness) -> None:
    contest = contested
    issue(contest)
    award = contest.rows("awards", {"case_id": "case-3"})[0]
    contest.execute(
        rpc.withdraw_award, {"award_id": award["_id"], "reason": "数据不实"}, contest.secretariat()
    )
    assert findings_of(contest) == []
    missed: list[str] = []
    for collection, harmless in HARMLESS.items():
        kinds = {(row.get("status"), row.get("kind")): row for row in contest.rows(collection)}
        missed += undetected(contest, collection, list(kinds.values()), harmless, is_named,
                             DISGUISES.get(collection, ()))  # fmt: skip
    assert missed == []


def test_votes_changed_before_they_are_counted_are_found_for_ever(
    harness: Callable[..., Harness], settings_of: Callable[..., Settings]
) -> None:
    contest = begin(harness, settings_of)
    chosen, other = nominate_and_vote(contest)
    rows = contest.store.collection("nominations")
    for key, in_favour in ((chosen, False), (other, True)):
        # with the counts beside them, which is all that the service goes by
        counts = {"in_favour": 2 * in_favour, "against": 2 * (not in_favour)}
        rows.update_one({"_id": key}, {"$set": {"votes.$[].in_favour": in_favour, **counts}})
    vote = {"nomination_id": chosen, "in_favour": True}
    contest.execute(rpc.vote_contribution, vote, contest.expert("expert-3"))
    open_publicity(contest)
    (prize,) = contest.rows("awards", {"prize": "best_contribution"})
    assert prize["unit_id"] == "unit-2"
    assert sorted((one["subject"], one["problem"]) for one in findings_of(contest)) == sorted(
        (f"nominations {key} before version {version}", "votes not as recorded")
        for key, version in ((chosen, 4), (other, 4))
    )


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

"""What must hold after every fault: one effect a command, every event handled or parked, nothing left."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from contracts.words import Role
from plumbing.bus import names
from tests.faults.rig import RECOVERY
from tests.support.waiting import until


class Oracle:
    """Judges the sample services by their databases, their parked messages and their own checks."""

    def __init__(self, mongo: Any, client: Any, tokens: Any, depth: Any) -> None:
        self._mongo = mongo
        self._client = client
        self._tokens = tokens
        self._depth = depth

    def holds(self, confirmed: Iterable[str], *, parked: Iterable[str] = ()) -> None:
        """Raise AssertionError unless all is as promised; ``parked`` names the only cases that may be."""
        self.outbox_drains()
        self._every_event_is_settled()
        self._once_each(set(confirmed), set(parked))
        self._records_agree()

    def outbox_drains(self) -> None:
        """Every row is published within the time of recovery."""
        outbox = self._mongo.xinlv_submission.outbox
        until(
            lambda: outbox.count_documents({"published": None}) == 0, RECOVERY,
            f"{outbox.count_documents({'published': None})} events were not published in {RECOVERY:.0f} s",
        )  # fmt: skip

    def parked(self) -> dict[str, dict[str, Any]]:
        """Return the keeper's parked messages by event id."""
        answer = self._client.call(
            "review", "list_parked", {"limit": 200}, self._tokens(Role.OPERATOR), timeout=15
        )
        return {row["event_id"]: row for row in answer["items"]}

    def discard(self, parked_id: str) -> None:
        """Throw one parked message away, as an operator does."""
        args = {"parked_ids": [parked_id], "reason": "poison"}
        self._client.call("review", "discard_parked", args, self._tokens(Role.OPERATOR), timeout=15)
        until(lambda: parked_id not in {row["parked_id"] for row in self.parked().values()})

    def _every_event_is_settled(self) -> None:
        told = {row["_id"] for row in self._mongo.xinlv_submission.outbox.find({}, {"_id": 1})}

        def settled() -> bool:
            handled = {row["event_id"] for row in self._mongo.xinlv_review.inbox.find({}, {"event_id": 1})}
            return told <= handled or told <= handled | self.parked().keys()

        until(settled, RECOVERY, "an event was neither handled nor parked")
        until(
            lambda: self._depth(names.inbox("review")) == 0, RECOVERY, "messages are left in the inbox"
        )  # fmt: skip

    def _once_each(self, confirmed: set[str], parked: set[str]) -> None:
        submitter, keeper = self._mongo.xinlv_submission, self._mongo.xinlv_review
        kept = {row["_id"] for row in submitter.cases.find({}, {"_id": 1})}
        assert confirmed <= kept, f"confirmed and lost: {sorted(confirmed - kept)[:5]}"
        for what, subjects in (
            ("told", [row["subject"] for row in submitter.outbox.find({}, {"subject": 1})]),
            ("audited", [row["subject"] for row in submitter.audit.find({"action": "submit_case"})]),
        ):  # fmt: skip
            wrong = Counter(subjects) - Counter(kept) + (Counter(kept) - Counter(subjects))
            assert not wrong, f"{what} not exactly once: {dict(wrong)}"
        answers = submitter.commands.count_documents({"method": "submission.submit_case"})
        assert answers == len(kept), f"{answers} answers are kept for {len(kept)} effects"
        times = {row["_id"]: row["times"] for row in keeper.counts.find()}
        double = {case: count for case, count in times.items() if count != 1}
        assert not double, f"remembered more than once: {double}"
        aside = self.parked()
        assert all(row["reason"] for row in aside.values()), "parked without a reason"
        put_aside = {subject for row in aside.values() if (subject := _subject(row["body"]))}
        assert put_aside == parked, f"parked: {sorted(put_aside)}, expected {sorted(parked)}"
        missing = kept - times.keys() - put_aside
        assert not missing, f"told but not remembered: {sorted(missing)[:5]}"
        assert not put_aside & times.keys(), "parked although it was handled"

    def _records_agree(self) -> None:
        for service in ("submission", "review"):
            found = self._client.call(
                service, "check_integrity", {}, self._tokens(Role.OPERATOR), timeout=20
            )["findings"]
            assert not found, f"{service}: {found[:3]}"


def _subject(body: str) -> str:
    try:
        return str(json.loads(body)["subject"])
    except (ValueError, KeyError, TypeError):
        return ""

"""What must hold in this service's data; each check returns findings, empty when all is well."""

from __future__ import annotations

from typing import Any

from contracts.words import EntryStatus
from plumbing.service import Findings
from services.submission import repository
from services.submission.domain.receipt import canonical_hash, is_genuine


def _finding(check: str, subject: str, problem: str) -> dict[str, Any]:
    return {"check": check, "subject": subject, "problem": problem}


def every_revision_is_kept(view: Any) -> Findings:
    """Each case holds revisions 1..n, each with a genuine receipt over what was handed in."""
    found = Findings()
    kept: dict[str, set[int]] = {}
    for version in view.collection("case_versions").find({}):
        found.seen += 1
        kept.setdefault(version["case_id"], set()).add(version["revision"])
        receipt = version["receipt"]
        if not is_genuine(receipt) or receipt["content_hash"] != canonical_hash(version["content"]):
            found.append(
                _finding("receipts", version["_id"], "the receipt does not belong to what was handed in")
            )
    for case in view.collection("cases").find({}, {"revision": 1}):
        if kept.pop(case["_id"], set()) != set(range(1, case["revision"] + 1)):
            found.append(_finding("revisions", case["_id"], "a revision is missing or one too many"))
    found += [_finding("revisions", case_id, "revisions of a case that is not there") for case_id in kept]
    return found


def every_status_is_derived(view: Any) -> Findings:
    """What stands beside a case for queries is what its rules derive, and a handed in case has a number."""
    found = Findings()
    for document in view.collection("cases").find({}):
        found.seen += 1
        entry = repository.entry_of(document)
        if repository.document_of(entry) != document:
            found.append(_finding("cases", entry.id, "what is stored is not what the rules derive"))
        if (entry.number is None) != (entry.revision == 0) or (entry.number is None) != (
            entry.submitted_at is None
        ):
            found.append(_finding("numbers", entry.id, "number, revision and time do not belong together"))
        if entry.status == EntryStatus.RETURNED and entry.due_at is None:
            found.append(_finding("returns", entry.id, "returned without a due time"))
    return found


INVARIANTS = (every_revision_is_kept, every_status_is_derived)

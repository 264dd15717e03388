"""Reads on units' qualification and on cases."""

from __future__ import annotations

from typing import Any

from plumbing.store.paging import page
from services.review import repository
from services.review.domain.assessment import Assessment
from services.review.domain.qualification import qualification_id
from services.review.domain.record import case_chain
from services.review.queries.rounds import filters
from services.review.shapes import show_assessment, show_qualification, show_record

Json = dict[str, Any]


def list_qualifications(view: Any, args: Json) -> Json:
    """List units to be decided, or decided."""
    listed = page(view.collection("qualifications"), filters(args, "edition_id", "status"), args, dict)
    units = repository.by_id(view, "units", (doc["unit_id"] for doc in listed["items"]))
    shown = [show_qualification(doc, units.get(doc["unit_id"])) for doc in listed["items"]]
    return {**listed, "items": shown}


def list_assessments(view: Any, args: Json) -> Json:
    """List cases on the judging side."""
    query = filters(args, "edition_id", "track", "status", "unit_id", "round_id")
    return page(view.collection("assessments"), query, args, show_assessment)


def get_assessment(view: Any, args: Json) -> Json:
    """Show one case on the judging side."""
    return show_assessment(repository.to_doc(repository.get(view, Assessment, args["case_id"])))


def case_timeline(view: Any, args: Json) -> Json:
    """Show everything recorded of a case, its unit's qualification included."""
    case = repository.get(view, Assessment, args["case_id"])
    chains = [case_chain(case.id), f"qualification:{qualification_id(case.edition_id, case.unit_id)}"]
    query = {"chain": {"$in": chains}}
    return page(view.collection("records"), query, args, show_record, order=(("at", 1), ("_id", 1)))

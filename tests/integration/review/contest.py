"""A small contest to judge: rules, units, experts and cases as the other services would tell them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from stdnum.cn import uscc as stdnum_uscc

from contracts.events import Event, registration, submission
from contracts.rpc import review as rpc
from services.review.service import SERVICE
from tests.support.harness import Harness

FILE = Path(__file__).resolve().parents[3] / "editions" / "xinlv-3.yaml"
RULES: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
EDITION_ID: str = RULES["id"]
TRACKS = [track["id"] for track in RULES["tracks"]]
IN_TIME = {
    name: window["opens_at"].astimezone(UTC) if isinstance(window["opens_at"], datetime)
    else datetime.fromisoformat(window["opens_at"]).astimezone(UTC)
    for name, window in ((window["id"], window) for window in RULES["windows"])
}  # fmt: skip


def make_uscc(number: int) -> str:
    """Return a valid credit code."""
    body = f"9111{number:013d}"
    return body + stdnum_uscc.calc_check_digit(body)


class Contest:
    """A harness of review with the outside world told to it."""

    def __init__(self, harness: Any, **changes: Any) -> None:
        self.review: Harness = harness(SERVICE)
        self.rules = copy.deepcopy(RULES)
        for stage in self.rules["stages"]:
            stage.update(copy.deepcopy(changes.get(stage["id"], {})))
        self.secretary = self.review.secretariat()
        self.review.clock.set(IN_TIME["qualification"])
        self.experts: list[str] = []
        self.sequence = 0

    def tell(self, *events: Event) -> list[str]:
        """Hand events over; return each outcome."""
        return [str(outcome.status) for outcome in self.review.handle(events)]

    def event(self, kind: Any, subject: str, data: dict[str, Any], sequence: int = 0) -> Event:
        """Return an event with the next sequence number."""
        self.sequence += 1
        return self.review.event(kind, subject, sequence or self.sequence, data)

    def edition(self, version: int = 1) -> Event:
        """Return the edition being published."""
        data = {"edition_id": EDITION_ID, "version": version, "edition": self.rules}
        return self.event(registration.EditionPublished, EDITION_ID, data, version)

    def unit(self, number: int, kind: Any = registration.UnitRegistered, **changes: Any) -> Event:
        """Return a unit signing up, or changing."""
        data = {
            "unit_id": f"unit-{number}", "name": f"单位{number}", "uscc": make_uscc(number),
            "kind": "enterprise", "province": "11", "group_unit": None, "recommender": None,
            "status": "active", "contact_account": f"acc-unit-{number}", **changes,
        }  # fmt: skip
        return self.event(kind, data["unit_id"], data)

    def expert(self, number: int, kind: Any = registration.ExpertEnrolled, **changes: Any) -> Event:
        """Return an expert entering the pool, or changing."""
        data = {
            "expert_id": f"expert-{number}", "account_id": f"acc-expert-{number}",
            "employer": f"研究院{number}", "employer_uscc": None, "group_unit": None,
            "province": "31", "past_employers": [],
            "tracks": [TRACKS[0]], "capacity": 50, "status": "active", **changes,
        }  # fmt: skip
        return self.event(kind, data["expert_id"], data)

    def case_data(self, number: int, unit: int, **changes: Any) -> dict[str, Any]:
        """Return a case in full."""
        return {
            "case_id": f"case-{number}", "number": f"XL3-01-{number:04d}", "edition_id": EDITION_ID,
            "edition_version": 1, "track": TRACKS[0], "title": f"案例{number}", "summary": "摘要",
            "answers": {"baseline": "节电"}, "unit_id": f"unit-{unit}", "joint_units": [],
            "contact_account": f"acc-unit-{unit}", "revision": 1, "submitted_at": self.review.clock.now(),
            "materials": [
                {"material_id": f"m-{number}", "kind": "application_form", "media_type": "application/pdf",
                 "size": 10}
            ],
            **changes,
        }  # fmt: skip

    def case(self, number: int, unit: int, kind: Any = submission.CaseSubmitted, **changes: Any) -> Event:
        """Return a case coming in, or coming back."""
        return self.event(kind, f"case-{number}", self.case_data(number, unit, **changes))

    def begin(self, units: int, cases_each: int, experts: int) -> None:
        """Tell of the edition, units with their cases, and experts; pass every unit."""
        self.tell(self.edition())
        self.tell(*(self.unit(number) for number in range(1, units + 1)))
        self.tell(*(self.expert(number) for number in range(1, experts + 1)))
        cases = [
            self.case((unit - 1) * cases_each + place, unit)
            for unit in range(1, units + 1) for place in range(1, cases_each + 1)
        ]  # fmt: skip
        assert set(self.tell(*cases)) == {"handled"}
        rows = [{"unit_id": f"unit-{number}", "decision": "pass"} for number in range(1, units + 1)]
        self.do(rpc.decide_qualifications, edition_id=EDITION_ID, rows=rows)

    def do(self, rpc_method: Any, caller: Any = None, /, **args: Any) -> dict[str, Any]:
        """Run a command or a query as the secretariat or as ``caller``; its answer must be as declared."""
        answer = self.review.call(rpc_method, args, caller or self.secretary)
        rpc_method.result().load(answer)
        return answer

    def everything(self, method: Any, caller: Any = None, **args: Any) -> list[dict[str, Any]]:
        """Return all rows of a list, page by page."""
        rows: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.do(method, caller, **args, limit=7, after=after)
            rows += page["items"]
            after = page["next"]
            if after is None:
                return rows

    def open(self, stage: str, track: str | None = None) -> str:
        """Open a round and have its panels filled and accepted; return its id."""
        round_id: str = self.do(rpc.open_round, edition_id=EDITION_ID, stage=stage, track=track)["round_id"]
        window = next(item["window"] for item in self.rules["stages"] if item["id"] == stage)
        self.review.clock.set(IN_TIME[window])
        self.do(rpc.assign_experts, round_id=round_id)
        self.review.run_jobs()
        self.accept(round_id)
        return round_id

    def accept(self, round_id: str) -> None:
        """Have every expert of a round take his duty on."""
        seats = self.everything(rpc.list_assignments, round_id=round_id, status="assigned")
        for expert_id in sorted({seat["expert_id"] for seat in seats}):
            self.do(rpc.accept_duty, self.as_expert(expert_id), round_id=round_id, confidentiality=True)

    def as_expert(self, expert_id: str) -> Any:
        """Return an expert as caller."""
        return self.review.expert(expert_id=expert_id)

    def seats(self, round_id: str, case_id: str | None = None) -> list[dict[str, Any]]:
        """Return the accepted seats of a round without a sheet."""
        rows = self.everything(rpc.list_assignments, round_id=round_id, case_id=case_id, status="accepted")
        return sorted(
            (row for row in rows if row["active"]), key=lambda row: (row["case_id"], row["expert_id"])
        )

    def score(
        self, seat: dict[str, Any], mark: Any, comment: str = "总体较好，数据充分，推广价值明显。"
    ) -> dict[str, Any]:
        """Hand in a sheet with the same mark for every criterion."""
        caller = self.as_expert(seat["expert_id"])
        shown = self.do(rpc.case_for_review, caller, assignment_id=seat["assignment_id"])
        marks = [{"criterion": item["criterion"], "value": str(Decimal(mark))} for item in shown["criteria"]]
        return self.do(
            rpc.submit_score_sheet, caller, assignment_id=seat["assignment_id"],
            case_revision=shown["case_revision"], marks=marks, comment=comment,
        )  # fmt: skip

    def check(
        self, seat: dict[str, Any], failing: tuple[str, ...] = (), decision: str = "pass"
    ) -> dict[str, Any]:
        """Hand in a checklist on which the ``failing`` items are 0."""
        caller = self.as_expert(seat["expert_id"])
        shown = self.do(rpc.case_for_review, caller, assignment_id=seat["assignment_id"])
        marks = [
            {"criterion": item["criterion"], "value": "0" if item["criterion"] in failing else "1"}
            for item in shown["criteria"]
        ]
        return self.do(
            rpc.submit_score_sheet, caller, assignment_id=seat["assignment_id"],
            case_revision=shown["case_revision"], marks=marks, decision=decision,
            comment="材料情况说明，请核对。",
        )  # fmt: skip

    def pass_formal(self) -> str:
        """Take every waiting case through the formal review and close its round; return its id."""
        round_id = self.open("formal")
        for seat in self.seats(round_id):
            self.check(seat)
        self.do(rpc.close_round, round_id=round_id)
        self.review.run_jobs()
        return round_id

    def findings(self) -> list[dict[str, Any]]:
        """Return what the service's invariants find."""
        return [item for check in SERVICE.invariants for item in check(self.review.reading())]

    def told(self, name: str) -> list[Event]:
        """Return the events told so far, by name."""
        return [event for event in self.review.emitted() if event.kind.name == name]

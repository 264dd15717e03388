"""The entry: draft → submitted → (returned → revised)* → locked, or withdrawn. Each step is guarded here.

What the judging side decides arrives as events in any order. It is kept as two registers, the newest formal
decision and the newest standing, each overwritten only by a higher sequence; the status is derived from them,
so that every order of arrival ends in the same state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.edition import Edition
from contracts.errors import Conflict, NotFound
from contracts.words import EntryStatus, MaterialStatus
from services.submission.domain.content import Content
from services.submission.domain.judged import Formal, Standing
from services.submission.domain.material import Material
from services.submission.domain.window import require_before

MAX_AWAITING = 20
"""Announced files per case that have not arrived; more would only be litter."""


@dataclass
class Entry:
    """``version`` counts changes, ``draft_version`` those of the text, ``revision`` what was handed in."""

    id: str
    edition_id: str
    unit_id: str
    created_at: datetime
    updated_at: datetime
    content: Content = field(default_factory=Content)
    materials: dict[str, Material] = field(default_factory=dict)
    version: int = 0
    draft_version: int = 1
    number: str | None = None
    revision: int = 0
    edition_version: int | None = None
    submitted_at: datetime | None = None
    withdrawn_reason: str | None = None
    formal: Formal | None = None
    standing: Standing | None = None
    replace_by: datetime | None = None
    """Time to replace files that the checker refused after the case was handed in."""
    handed_in: tuple[str, ...] = ()
    """The files of the latest revision."""
    extended_to: datetime | None = None
    """The last time to replace files that follows from one first submission or one answered return."""
    extended_revision: int = 0
    """The revision whose files were refused then; a revision that replaces them gives no more time."""

    @property
    def status(self) -> EntryStatus:
        """Derive where the entry stands."""
        if self.withdrawn_reason is not None:
            return EntryStatus.WITHDRAWN
        if self.revision == 0:
            return EntryStatus.DRAFT
        if self.locked_by is not None:
            return EntryStatus.LOCKED
        return EntryStatus.RETURNED if self.due_at is not None else EntryStatus.SUBMITTED

    @property
    def locked_by(self) -> str | None:
        """Return ``disqualified``, ``passed`` or ``failed``, or None."""
        if self.standing is not None and self.standing.disqualified:
            return "disqualified"
        if self.formal is not None and self.formal.outcome in ("passed", "failed"):
            return self.formal.outcome
        return None

    @property
    def due_at(self) -> datetime | None:
        """Return until when it may be corrected: the later date where it came back for two causes."""
        dates = [self.replace_by] if self.replace_by else []
        if (
            self.formal
            and self.formal.outcome == "returned"
            and not self.formal.answered
            and self.formal.due_at
        ):
            dates.append(self.formal.due_at)
        return max(dates, default=None)

    @property
    def return_reasons(self) -> tuple[Mapping[str, str], ...]:
        """Return the reasons of a return that is not answered yet."""
        open_return = self.formal and self.formal.outcome == "returned" and not self.formal.answered
        return self.formal.reasons if self.formal and open_return else ()

    def counted_materials(self) -> Iterator[Material]:
        """Go through the files that count as handed in."""
        return (material for material in self.materials.values() if material.counts)

    def save(self, content: Content, *, draft_version: int | None, edition: Edition, now: datetime) -> None:
        """Take over what the unit wrote.

        Raises Conflict when somebody saved in between (the facts show both), or when it is not editable;
        OutsideWindow when its correction is over.
        """
        self.require_editable(edition, now)
        self.require_draft_version(draft_version, content)
        if self.number is not None and content.track != self.content.track:
            # the number names the track, and stands on receipts that are out
            raise Conflict(
                "案例提交后不能更换赛项。", "A case keeps its track once handed in.", number=self.number
            )
        if content != self.content:
            self.content = content
            self.draft_version += 1
            self.updated_at = now

    def require_draft_version(self, draft_version: int | None, yours: Content | None = None) -> None:
        """Raise Conflict unless the stored draft is the one the caller has seen."""
        if draft_version == self.draft_version:
            return
        raise Conflict(
            "草稿已在别处更改，请核对后再保存。",
            "The draft was changed elsewhere: compare both and save again.",
            draft_version=self.draft_version, your_draft_version=draft_version,
            stored=self.content.to_dict(), yours=yours.to_dict() if yours else None,
        )  # fmt: skip

    def announce(self, material: Material, edition: Edition, now: datetime) -> None:
        """Make room for a file that is about to be sent. Raises as require_editable, or Conflict."""
        self.require_editable(edition, now)
        waiting = [m for m in self.materials.values() if m.status == MaterialStatus.AWAITING_UPLOAD]
        if len(waiting) >= MAX_AWAITING:
            raise Conflict(
                "等待上传的文件过多，请先完成上传。",
                "Too many files await their upload: finish those first.",
                awaiting=len(waiting),
            )
        self.materials[material.id] = material

    def require_room(self, material_id: str, edition: Edition, now: datetime) -> Material:
        """Return an announced file that may be confirmed now.

        Raises as require_editable, or Conflict when there are as many of its kind as the edition allows.
        """
        self.require_editable(edition, now)
        material = self.material(material_id)
        most = next((kind.most for kind in edition.materials if kind.id == material.kind), 0)
        if sum(1 for other in self.counted_materials() if other.kind == material.kind) >= most:
            raise Conflict(
                f"这类材料至多{most}个。",
                f"At most {most} files of this kind.",
                kind=material.kind,
                most=most,
            )
        return material

    def confirm(
        self, material_id: str, edition: Edition, now: datetime, *, etag: str, version_id: str, size: int
    ) -> Material:
        """Take an uploaded file under quarantine. Raises as require_room."""
        material = self.require_room(material_id, edition, now)
        material.confirm(etag=etag, version_id=version_id, size=size)
        return material

    def remove(self, material_id: str, edition: Edition, now: datetime) -> Material:
        """Take a file out; earlier revisions keep it. Raises as require_editable."""
        self.require_editable(edition, now)
        return self.materials.pop(self.material(material_id).id)

    def submit(self, number: str, edition_version: int, now: datetime) -> None:
        """Hand it in for the first time. The checklist and the window are judged before."""
        self.require(EntryStatus.DRAFT)
        self.number, self.submitted_at = number, now
        self._hand_in(edition_version, now)

    def revise(self, edition: Edition, now: datetime) -> None:
        """Hand it in again after a return; answers every open return.

        Raises Conflict unless it was returned, OutsideWindow when its correction is over.
        """
        self.require(EntryStatus.RETURNED)
        self.require_editable(edition, now)
        if self.formal is not None:
            if not self.formal.answered and self.formal.due_at and now < self.formal.due_at:
                # what experts asked for is a cause of its own, and its files may turn out bad as any others
                self.extended_to = None
            self.formal.answered = True
        self.replace_by = None
        self._hand_in(edition.version, now)

    def withdraw(self, reason: str, now: datetime, *, by_staff: bool = False) -> None:
        """Take the case back for good. Raises Conflict for a locked one, unless the secretariat does it."""
        allowed = [EntryStatus.DRAFT, EntryStatus.SUBMITTED, EntryStatus.RETURNED]
        self.require(*allowed, *([EntryStatus.LOCKED] if by_staff else []))
        self.withdrawn_reason, self.updated_at = reason, now

    def learn_formal(self, formal: Formal) -> None:
        """Keep a decision of the formal review unless a newer one is known."""
        if self.formal is None or formal.sequence > self.formal.sequence:
            self.formal = formal

    def learn_standing(self, standing: Standing) -> None:
        """Keep a disqualification or its reversal unless a newer one is known."""
        if self.standing is None or standing.sequence > self.standing.sequence:
            self.standing = standing

    def refuse_material(
        self, material_id: str, sha256: str, findings: Sequence[str], replace_by: datetime, now: datetime
    ) -> datetime | None:
        """Refuse a file; return until when it may be replaced, None where it may not.

        A file that was handed in brings its case back. Revising with another bad file gives no more time than
        there was: a case whose time is up stands as it was received, without the file.
        """
        self.material(material_id).refuse(sha256, findings)
        in_time = self.due_at is None or now < self.due_at
        if self.status not in (EntryStatus.SUBMITTED, EntryStatus.RETURNED) or not in_time:
            return None
        if material_id in self.handed_in:
            if self.extended_to is None or self.extended_revision == self.revision:
                self.extended_to = max(replace_by, self.extended_to or replace_by)
                self.extended_revision = self.revision
            if now < self.extended_to:
                self.replace_by = self.extended_to
        return self.due_at

    def material(self, material_id: str) -> Material:
        """Return a file of this case. Raises NotFound."""
        found = self.materials.get(material_id)
        if found is None:
            raise NotFound("没有这个文件。", "There is no such file.", material_id=material_id)
        return found

    def _hand_in(self, edition_version: int, now: datetime) -> None:
        self.revision += 1
        self.handed_in = tuple(material.id for material in self.counted_materials())
        self.edition_version, self.updated_at = edition_version, now

    def require_editable(self, edition: Edition, now: datetime) -> None:
        """Raise Conflict unless it is a draft or was returned, OutsideWindow when its correction is over."""
        self.require(EntryStatus.DRAFT, EntryStatus.RETURNED)
        if self.due_at is not None and self.status == EntryStatus.RETURNED:
            require_before(self.due_at, now, edition)

    def require(self, *allowed: EntryStatus) -> None:
        if self.status not in allowed:
            raise Conflict(
                f"案例当前状态（{STATUS_ZH[self.status]}）不允许此操作。",
                f"The case is {self.status}; this needs it to be {' or '.join(allowed)}.",
                **self._facts(allowed),
            )

    def _facts(self, allowed: Sequence[EntryStatus]) -> dict[str, Any]:
        listed = [status.value for status in allowed]
        return {
            "case_id": self.id,
            "status": self.status.value,
            "allowed": listed,
            "locked_by": self.locked_by,
        }


STATUS_ZH = {
    EntryStatus.DRAFT: "草稿",
    EntryStatus.SUBMITTED: "已提交",
    EntryStatus.RETURNED: "已退回",
    EntryStatus.LOCKED: "已锁定",
    EntryStatus.WITHDRAWN: "已撤回",
}

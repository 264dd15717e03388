"""Let the checker look at files under quarantine and decide: accepted, or refused with its findings.

A file that cannot be checked within the limits is tried again alone, and refused after some tries: what
nobody could look into is shown to nobody. Units take turns, those whose files failed last, so that nobody's
files keep the others' from being checked. Where storage or the virus scanner is away, nothing is decided.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from contracts.errors import NotFound, Refusal, Unavailable
from contracts.events.submission import MaterialAccepted, MaterialQuarantined
from contracts.words import EntryStatus, MaterialStatus
from services.submission import repository
from services.submission.domain.entry import Entry
from services.submission.domain.material import Material

CHECKER = "plumbing.materials.checker:check_files"
BATCH_UNITS, BATCH_CASES, BATCH_FILES, BATCH_BYTES = 10, 5, 20, 64 << 20
TIMEOUT, MEMORY_MB = 60, 1024
ALONE_SECONDS = 30.0
"""No further file that failed before is begun after this."""
NO_HASH = "0" * 64


@dataclass(frozen=True)
class _Verdict:
    """``findings`` is None where the check could not be made; a try counts only if the file is to blame."""

    findings: list[str] | None
    sha256: str = NO_HASH
    blame_file: bool = False


def check_materials(context: Any) -> int:
    """Check what waits, a bounded number of files; return how many were looked at."""
    batch: list[tuple[str, Material]] = []
    size = 0
    for case_id, material in _by_turns(context):
        if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
            break
        batch.append((case_id, material))
        size += material.size
    if not batch:
        return 0
    verdicts = _examine(context, [material for _, material in batch])
    for case_id in dict.fromkeys(case_id for case_id, material in batch if material.id in verdicts):
        decided = {m.id: verdicts[m.id] for owner, m in batch if owner == case_id and m.id in verdicts}
        context.transact("check_materials", lambda tx, c=case_id, d=decided: _decide(tx, c, d))
    return len(verdicts)


def _by_turns(context: Any) -> list[tuple[str, Material]]:
    """Return files that are due with their cases: a first one of each unit, then a second one."""
    cases = context.collection("cases")
    units = cases.aggregate([
        {"$match": {"check_at": repository.waiting_until(context.now)}},
        {"$sort": {"check_at": 1}},
        {"$group": {"_id": "$unit_id", "since": {"$first": "$check_at"}, "cases": {"$push": "$_id"},
                    "failed": {"$sum": {"$sum": "$materials.tries"}}}},
        {"$sort": {"failed": 1, "since": 1, "_id": 1}},
        {"$limit": BATCH_UNITS},
    ])  # fmt: skip
    turns: list[tuple[int, int, str, Material]] = []
    for place, unit in enumerate(units):
        ids = unit["cases"][:BATCH_CASES]
        entries = sorted(
            map(repository.entry_of, cases.find({"_id": {"$in": ids}})), key=lambda e: ids.index(e.id)
        )
        due = [
            (entry.id, m) for entry in entries for m in entry.materials.values() if _is_due(m, context.now)
        ]
        due.sort(key=lambda one: one[1].tries)
        turns += [(turn, place, case_id, material) for turn, (case_id, material) in enumerate(due)]
    return [(case_id, material) for _, _, case_id, material in sorted(turns, key=lambda one: one[:2])]


def _is_due(material: Material, now: datetime) -> bool:
    waiting = material.status == MaterialStatus.QUARANTINED
    return waiting and (material.check_at is None or material.check_at <= now)


def _examine(context: Any, materials: list[Material]) -> dict[str, _Verdict]:
    folder = Path(tempfile.mkdtemp(prefix="xinlv-check-"))
    try:
        verdicts: dict[str, _Verdict] = {}
        fetched: list[tuple[Material, Path, str]] = []
        for index, material in enumerate(materials):
            path = folder / str(index)
            try:
                digest = context.parts.materials.fetch(
                    material.key, material.version_id, path, most=material.size
                )
                fetched.append((material, path, digest))
            except Unavailable:
                verdicts[material.id] = _Verdict(None)
            except Refusal as problem:
                verdicts[material.id] = _Verdict(None, blame_file=isinstance(problem, NotFound))
        # files that failed before are looked at alone, so that they cannot take others with them
        together = [one for one in fetched if one[0].tries == 0]
        if together:
            verdicts |= _check(context, together)
        until = time.monotonic() + ALONE_SECONDS
        for one in (one for one in fetched if one[0].tries):
            if time.monotonic() < until:
                verdicts |= _check(context, [one])
        return verdicts
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check(context: Any, group: list[tuple[Material, Path, str]]) -> dict[str, _Verdict]:
    files = [
        {"path": str(path), "size": material.size, "extension": material.extension,
         "media_type": material.media_type}
        for material, path, _ in group
    ]  # fmt: skip
    payload = {"files": files, "clamd_url": context.parts.settings.clamd_url}
    try:
        answer = context.parts.offload.call(CHECKER, payload, timeout=TIMEOUT, memory_mb=MEMORY_MB)
    except RuntimeError:
        # time, memory or a fault ended the child: the file that did it is found when each is looked at alone
        return {material.id: _Verdict(None, digest, blame_file=True) for material, _, digest in group}
    except OSError:
        return {material.id: _Verdict(None, digest) for material, _, digest in group}
    return {
        material.id: _Verdict(result.get("findings"), digest, blame_file=result.get("slow", False))
        for (material, _, digest), result in zip(group, answer["results"], strict=True)
        if result is not None
    }


def _decide(tx: Any, case_id: str, verdicts: dict[str, _Verdict]) -> None:
    entry = repository.load_case(tx, case_id)
    replace_by = tx.now + timedelta(days=repository.load_edition(tx, entry.edition_id).quarantine_days)
    decided: list[tuple[Material, datetime | None]] = []
    waiting = [
        m for m in entry.materials.values() if m.id in verdicts and m.status == MaterialStatus.QUARANTINED
    ]
    for material in waiting:
        verdict = verdicts[material.id]
        findings = verdict.findings
        if findings is None and not verdict.blame_file:
            material.postpone_check(tx.now)
        elif findings is None and not material.fail_check(tx.now):
            continue
        elif findings == []:
            material.accept(verdict.sha256)
            decided.append((material, None))
        else:
            due_at = entry.refuse_material(
                material.id, verdict.sha256, findings or ["not_checkable"], replace_by, tx.now
            )
            decided.append((material, due_at))
    if waiting:
        repository.save_case(tx, entry)
    for material, due_at in decided:
        _tell(tx, entry, material, due_at)


def _tell(tx: Any, entry: Entry, material: Material, due_at: datetime | None) -> None:
    data: dict[str, Any] = {
        "material_id": material.id, "case_id": entry.id, "kind": material.kind, "sha256": material.sha256,
        "size": material.size,
    }  # fmt: skip
    if material.status == MaterialStatus.ACCEPTED:
        tx.emit(MaterialAccepted, material.id, entry.version, data)
        return
    unit = repository.load_unit(tx, entry.unit_id)
    submitted = entry.revision > 0 and entry.status != EntryStatus.WITHDRAWN
    data |= {"findings": list(material.findings), "contact_account": unit["contact_account"],
             "submitted": submitted, "due_at": due_at}  # fmt: skip
    tx.emit(MaterialQuarantined, material.id, entry.version, data)

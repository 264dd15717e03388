"""The submission service's table of contents: each contract and the function that keeps it."""

from __future__ import annotations

from contracts.events import registration, review
from contracts.rpc import submission as rpc
from plumbing.service import Command, Loop, Service
from services.submission import repository
from services.submission.commands.hand_in import revise_case, submit_case
from services.submission.commands.materials import (
    confirm_material,
    keep_upload,
    remove_material,
    sign_upload,
    upload_material,
)
from services.submission.commands.save_draft import save_draft
from services.submission.commands.withdraw_case import withdraw_case
from services.submission.invariants import INVARIANTS
from services.submission.loops.check_materials import check_materials
from services.submission.loops.sweep_uploads import sweep_incoming, sweep_uploads
from services.submission.personal import show_personal
from services.submission.queries.cases import get_case, get_receipt, list_cases, list_versions, show_checklist
from services.submission.queries.material_link import material_link
from services.submission.reactions.copies import remember_edition, remember_unit
from services.submission.reactions.judging import (
    lock_disqualified_case,
    lock_failed_case,
    lock_passed_case,
    return_case,
    unlock_reinstated_case,
)

SERVICE = Service(
    name="submission",
    commands={
        rpc.save_draft: Command(save_draft, small=True),
        rpc.upload_material: Command(upload_material, prepare=sign_upload),
        rpc.confirm_material: Command(confirm_material, prepare=keep_upload),
        rpc.remove_material: remove_material,
        rpc.submit_case: Command(submit_case, small=True),
        rpc.revise_case: Command(revise_case, small=True),
        rpc.withdraw_case: withdraw_case,
    },
    queries={
        rpc.get_case: get_case,
        rpc.list_cases: list_cases,
        rpc.checklist: show_checklist,
        rpc.get_receipt: get_receipt,
        rpc.list_versions: list_versions,
        rpc.material_link: material_link,
    },
    reactions={
        registration.EditionPublished: [remember_edition],
        registration.UnitRegistered: [remember_unit],
        registration.UnitUpdated: [remember_unit],
        registration.UnitSuspended: [remember_unit],
        review.CaseReturned: [return_case],
        review.FormalReviewPassed: [lock_passed_case],
        review.FormalReviewFailed: [lock_failed_case],
        review.CaseDisqualified: [lock_disqualified_case],
        review.CaseReinstated: [unlock_reinstated_case],
    },
    loops={
        "check_materials": Loop(check_materials),
        "sweep_uploads": Loop(sweep_uploads, every=60.0),
        "sweep_incoming": Loop(sweep_incoming, every=900.0),
    },
    indexes=repository.INDEXES,
    show_personal=show_personal,
    invariants=INVARIANTS,
)

"""Methods of the submission service: drafts, files, submission with its receipt, revision, withdrawal."""

from typing import Any

from marshmallow import fields, validate

from contracts.errors import NotYet, OutsideWindow, Unavailable
from contracts.events.review import ReasonGiven
from contracts.events.submission import JointUnit
from contracts.fields import BothSchema, Choice, Id, Many, Moment, Strict, Text
from contracts.rpc.method import Page, command, listing, query
from contracts.rpc.shared import Link
from contracts.words import EntryStatus, MaterialStatus, Role

OWNER = (Role.ENTRANT,)
READERS = (Role.ENTRANT, Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR, Role.SERVICE)
MAX_FILE: int = 2 * 1024**3


def _answers(**kwargs: Any) -> fields.Dict:
    return fields.Dict(
        keys=Id(), values=Text(4000, empty=True), validate=validate.Length(0, 100),
        metadata={"description": "answers by question id; 'yes' affirms"}, **kwargs,
    )  # fmt: skip


class CaseArgs(Strict):
    case_id = Id(required=True)


class SaveDraftArgs(Strict):
    """Without ``case_id`` a new draft begins. Fields that are left out stay as they are."""

    edition_id = Id(required=True)
    case_id = Id(load_default=None, allow_none=True)
    draft_version = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1),
        metadata={"description": "the version that was edited; needed to save an existing draft"},
    )  # fmt: skip
    track = Id(allow_none=True)
    title = Text(120, empty=True)
    summary = Text(3000, empty=True)
    answers = _answers()
    declarations = Many(Id(), 50, metadata={"description": "ids of the declarations that are affirmed"})
    joint_units = Many(JointUnit, 20)


class Finding(BothSchema):
    code = Id(required=True)


class MaterialView(Strict):
    material_id = Id(required=True)
    kind = Id(required=True)
    file_name = Text(160, required=True)
    media_type = Text(120, required=True)
    size = fields.Integer(required=True)
    status = Choice(MaterialStatus, required=True)
    etag = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    findings = Many(Finding, 20, required=True)
    announced_at = Moment(required=True)


class ReturnView(Strict):
    """Why a case came back and until when it may be corrected."""

    due_at = Moment(required=True)
    reasons = Many(ReasonGiven, 20, required=True)
    refused_materials = Many(Id(), 50, required=True)


class CaseView(Strict):
    """``draft_version`` rises with every save of the draft; ``revision`` counts what was handed in."""

    case_id = Id(required=True)
    number = Id(required=True, allow_none=True)
    edition_id = Id(required=True)
    unit_id = Id(required=True)
    status = Choice(EntryStatus, required=True)
    track = Id(required=True, allow_none=True)
    title = Text(120, empty=True, required=True)
    summary = Text(3000, empty=True, required=True)
    answers = _answers(required=True)
    declarations = Many(Id(), 50, required=True)
    joint_units = Many(JointUnit, 20, required=True)
    materials = Many(MaterialView, 200, required=True)
    draft_version = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    submitted_at = Moment(required=True, allow_none=True)
    returned = fields.Nested(ReturnView, required=True, allow_none=True)
    locked_by = Choice(["passed", "failed", "disqualified"], required=True, allow_none=True)
    created_at = Moment(required=True)
    updated_at = Moment(required=True)


class CaseRow(Strict):
    case_id = Id(required=True)
    number = Id(required=True, allow_none=True)
    edition_id = Id(required=True)
    unit_id = Id(required=True)
    status = Choice(EntryStatus, required=True)
    track = Id(required=True, allow_none=True)
    title = Text(120, empty=True, required=True)
    revision = fields.Integer(required=True)
    submitted_at = Moment(required=True, allow_none=True)
    due_at = Moment(required=True, allow_none=True)


class ListCasesArgs(Page):
    edition_id = Id(load_default=None, allow_none=True)
    track = Id(load_default=None, allow_none=True)
    status = Choice(EntryStatus, load_default=None, allow_none=True)
    unit_id = Id(load_default=None, allow_none=True)
    number = Id(load_default=None, allow_none=True)


class ChecklistItem(BothSchema):
    """One thing that keeps the case from being handed in."""

    field = Text(200, required=True)
    rule = Id(required=True)


class ChecklistView(Strict):
    complete = fields.Boolean(required=True)
    missing = Many(ChecklistItem, 400, required=True)
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)
    open_now = fields.Boolean(required=True)


class UploadArgs(Strict):
    case_id = Id(required=True)
    kind = Id(required=True)
    file_name = Text(160, required=True)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_FILE))
    media_type = Text(120, load_default=None, allow_none=True)


class UploadView(Strict):
    """POST ``form``, then the file as ``file``, as multipart/form-data to ``url``; then confirm."""

    material_id = Id(required=True)
    url = Text(2000, required=True)
    form = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    expires_at = Moment(required=True)


class MaterialArgs(Strict):
    case_id = Id(required=True)
    material_id = Id(required=True)


class MaterialLinkArgs(MaterialArgs):
    for_account = Id(
        load_default=None, allow_none=True,
        metadata={"description": "for whom a service asks; stands in the audit log"},
    )  # fmt: skip


class SubmitArgs(Strict):
    case_id = Id(required=True)
    draft_version = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1),
        metadata={"description": "hands in exactly this version, or refuses"},
    )  # fmt: skip


class ReceiptArgs(Strict):
    case_id = Id(required=True)
    revision = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1))


class ReceiptMaterial(Strict):
    """``sha256`` is null where the file was still under check when the case was received."""

    material_id = Id(required=True)
    kind = Id(required=True)
    file_name = Text(160, required=True)
    size = fields.Integer(required=True)
    etag = fields.String(required=True)
    sha256 = fields.String(required=True, allow_none=True)


class Receipt(Strict):
    """``receipt_hash``: SHA-256 of all other fields as JSON with sorted keys, without spaces, in UTF-8."""

    number = Id(required=True)
    case_id = Id(required=True)
    edition_id = Id(required=True)
    edition_version = fields.Integer(required=True)
    unit_id = Id(required=True)
    track = Id(required=True)
    title = Text(120, required=True)
    revision = fields.Integer(required=True)
    received_at = Moment(required=True)
    content_hash = fields.String(required=True)
    materials = Many(ReceiptMaterial, 50, required=True)
    receipt_hash = fields.String(required=True)


class VersionsArgs(Page):
    case_id = Id(required=True)


class VersionRow(Strict):
    """One revision as it was handed in."""

    case_id = Id(required=True)
    revision = fields.Integer(required=True)
    received_at = Moment(required=True)
    track = Id(required=True)
    title = Text(120, required=True)
    summary = Text(3000, required=True)
    answers = _answers(required=True)
    declarations = Many(Id(), 50, required=True)
    joint_units = Many(JointUnit, 20, required=True)
    receipt_hash = fields.String(required=True)


class WithdrawArgs(CaseArgs):
    reason = Text(500, required=True)


save_draft = command(
    "submission", "save_draft", "Begin a draft or save one; a stale save shows both versions.",
    args=SaveDraftArgs, result=CaseView, roles=OWNER, errors=(NotYet, OutsideWindow),
)  # fmt: skip
submit_case = command(
    "submission", "submit_case", "Hand in a complete draft while collection is open; answers with a receipt.",
    args=SubmitArgs, result=Receipt, roles=OWNER, errors=(NotYet, OutsideWindow), dry_run=True,
)  # fmt: skip
revise_case = command(
    "submission", "revise_case", "Hand a returned case in again before its due time.",
    args=SubmitArgs, result=Receipt, roles=OWNER, errors=(NotYet, OutsideWindow), dry_run=True,
)  # fmt: skip
withdraw_case = command(
    "submission", "withdraw_case", "Withdraw a case; a locked one only the secretariat may.",
    args=WithdrawArgs, result=CaseView, roles=(Role.ENTRANT, Role.SECRETARIAT), dry_run=True,
)  # fmt: skip
upload_material = command(
    "submission", "upload_material", "Announce a file; answers with the form that sends it to storage.",
    args=UploadArgs, result=UploadView, roles=OWNER, errors=(NotYet, OutsideWindow),
)  # fmt: skip
confirm_material = command(
    "submission", "confirm_material", "Say that a file was sent; it stays in quarantine until checked.",
    args=MaterialArgs, result=MaterialView, roles=OWNER, errors=(NotYet, OutsideWindow, Unavailable),
)  # fmt: skip
remove_material = command(
    "submission", "remove_material", "Take a file out of a draft or a returned case.",
    args=MaterialArgs, result=CaseView, roles=OWNER, errors=(NotYet, OutsideWindow),
)  # fmt: skip
get_case = query(
    "submission", "get_case", "One case as it stands; a unit sees only its own.",
    args=CaseArgs, result=CaseView, roles=READERS,
)  # fmt: skip
list_cases = listing(
    "submission", "list_cases", "Cases by edition, track, status, unit or number; a unit sees only its own.",
    args=ListCasesArgs, item=CaseRow, roles=READERS,
)  # fmt: skip
checklist = query(
    "submission", "checklist", "What is missing before the case can be handed in, in words, field by field.",
    args=CaseArgs, result=ChecklistView, roles=READERS, errors=(NotYet,),
)  # fmt: skip
get_receipt = query(
    "submission", "get_receipt", "The receipt of a revision, the latest by default.",
    args=ReceiptArgs, result=Receipt, roles=READERS,
)  # fmt: skip
list_versions = listing(
    "submission", "list_versions", "Every revision of a case as it was handed in, oldest first.",
    args=VersionsArgs, item=VersionRow, roles=READERS,
)  # fmt: skip
material_link = query(
    "submission", "material_link", "A short-lived link to download a checked file; every link is audited.",
    args=MaterialLinkArgs, result=Link, roles=(Role.ENTRANT, Role.SECRETARIAT, Role.SERVICE),
    errors=(NotYet, Unavailable), personal=True,
)  # fmt: skip

"""What the submission service tells: cases and their materials."""

from marshmallow import fields, validate

from contracts.events.kinds import event
from contracts.fields import Id, Many, Moment, Strict, Text, Uscc
from contracts.words import Audience


class JointUnit(Strict):
    name = Text(120, required=True)
    uscc = Uscc(required=True)


class MaterialRef(Strict):
    material_id = Id(required=True)
    kind = Id(required=True)
    media_type = Text(120, required=True)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(1))


class CaseData(Strict):
    """A submitted case in full, as judging and the public may need it; ``revision`` counts from 1."""

    case_id = Id(required=True)
    number = Id(required=True)
    edition_id = Id(required=True)
    edition_version = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    track = Id(required=True)
    title = Text(120, required=True)
    summary = Text(3000, required=True)
    answers = fields.Dict(
        required=True, keys=fields.String(), values=fields.String(),
        metadata={"description": "answers to the track's own questions by question id"},
    )  # fmt: skip
    unit_id = Id(required=True)
    joint_units = Many(JointUnit, 20, required=True)
    contact_account = Id(required=True)
    materials = Many(MaterialRef, 50, required=True)
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    submitted_at = Moment(required=True, metadata={"description": "when the case was first handed in"})
    received_at = Moment(metadata={"description": "when this revision was received"})


class CaseWithdrawnData(Strict):
    case_id = Id(required=True)
    edition_id = Id(required=True)
    unit_id = Id(required=True)
    reason = Text(500, required=True)


class MaterialData(Strict):
    material_id = Id(required=True)
    case_id = Id(required=True)
    kind = Id(required=True)
    sha256 = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}"))
    size = fields.Integer(required=True, strict=True, validate=validate.Range(0))


class MaterialQuarantinedData(MaterialData):
    findings = Many(Id(), 20, 1, required=True)
    contact_account = Id(required=True)
    submitted = fields.Boolean(required=True)
    """Whether the case had been submitted, so that it is returned for a new file."""
    due_at = Moment(required=True, allow_none=True)


CaseSubmitted = event(
    "submission", "CaseSubmitted", "A case was received in time.",
    audience=Audience.PARTNER, subject="case", data=CaseData, copies=True,
)  # fmt: skip
CaseRevised = event(
    "submission", "CaseRevised", "A returned case came back corrected.",
    audience=Audience.PARTNER, subject="case", data=CaseData, copies=True,
)  # fmt: skip
CaseWithdrawn = event(
    "submission", "CaseWithdrawn", "The unit withdrew its case.",
    audience=Audience.PARTNER, subject="case", data=CaseWithdrawnData,
)  # fmt: skip
MaterialAccepted = event(
    "submission", "MaterialAccepted", "A file passed the checker.",
    audience=Audience.INTERNAL, subject="material", data=MaterialData,
)  # fmt: skip
MaterialQuarantined = event(
    "submission", "MaterialQuarantined", "A file was refused by the checker and is shown to nobody.",
    audience=Audience.INTERNAL, subject="material", data=MaterialQuarantinedData,
)  # fmt: skip

"""Objections: filed by anybody under his name or seal, resolved by the secretariat."""

from marshmallow import fields, validate

from contracts.errors import NotFound, OutsideWindow, TooManyRequests
from contracts.fields import Choice, Id, Many, Moment, Strict, Text, Uscc
from contracts.rpc.awards.shared import SECRETARIAT, AwardArgs
from contracts.rpc.method import PUBLIC, Page, command, listing, query
from contracts.words import ObjectionStatus, Role


class ObjectorArgs(Strict):
    """A person gives his real name, a unit its full name, credit code and sealed letter; either a contact."""

    kind = Choice(["person", "unit"], required=True)
    name = Text(120, empty=True, load_default="")
    uscc = Uscc(load_default=None, allow_none=True)
    sealed_letter = Text(300, empty=True, load_default="")
    phone = Text(40, empty=True, load_default="")
    email = fields.Email(load_default="", validate=validate.Length(0, 254))


class EvidenceArgs(Strict):
    """``link`` is where it can be read, ``sha256`` the hash of a file sent to the secretariat."""

    description = Text(1000, required=True)
    link = Text(500, empty=True, load_default="")
    sha256 = fields.String(load_default="", validate=validate.Regexp(r"([0-9a-f]{64})?"))


class FileObjectionArgs(AwardArgs):
    objector = fields.Nested(ObjectorArgs, required=True)
    grounds = Text(3000, required=True)
    evidence = Many(EvidenceArgs, 20, load_default=list)


class ObjectionState(Strict):
    objection_id = Id(required=True)
    award_id = Id(required=True)
    status = Choice(ObjectionStatus, required=True)
    version = fields.Integer(required=True)


class ObjectionsArgs(Page):
    edition_id = Id(load_default=None, allow_none=True)
    award_id = Id(load_default=None, allow_none=True)
    status = Choice(ObjectionStatus, load_default=None, allow_none=True)


class ObjectionRow(ObjectionState):
    """The objector's phone and mail are masked in this list."""

    edition_id = Id(required=True)
    kind = Choice(["person", "unit"], required=True)
    name = Text(120, required=True)
    phone = Text(40, empty=True, required=True)
    email = Text(254, empty=True, required=True)
    grounds = Text(3000, required=True)
    evidence = Many(EvidenceArgs, 20, required=True)
    filed_at = Moment(required=True)
    resolved_at = Moment(required=True, allow_none=True)
    resolution = Text(1000, empty=True, required=True)


class ObjectionArgs(Strict):
    objection_id = Id(required=True)


class ObjectionFull(ObjectionRow):
    uscc = Uscc(required=True, allow_none=True)
    sealed_letter = Text(300, empty=True, required=True)
    resolved_by = Text(120, required=True, allow_none=True)


class ResolveArgs(ObjectionArgs):
    outcome = Choice([ObjectionStatus.UPHELD, ObjectionStatus.DISMISSED], required=True)
    resolution = Text(1000, required=True)


file_objection = command(
    "awards", "file_objection", "Object to a proposed prize under a real name or seal, with evidence.",
    args=FileObjectionArgs, result=ObjectionState, roles=PUBLIC,
    errors=(NotFound, OutsideWindow, TooManyRequests),
)  # fmt: skip
resolve_objection = command(
    "awards", "resolve_objection", "Uphold an objection, which withdraws the prize, or dismiss it.",
    args=ResolveArgs, result=ObjectionState, roles=SECRETARIAT, dry_run=True,
)  # fmt: skip
list_objections = listing(
    "awards", "list_objections", "Objections, contacts masked.",
    args=ObjectionsArgs, item=ObjectionRow, roles=(Role.SECRETARIAT, Role.AUDITOR), personal=True,
)  # fmt: skip
get_objection = query(
    "awards", "get_objection", "One objection with its objector's contacts.",
    args=ObjectionArgs, result=ObjectionFull, roles=SECRETARIAT, personal=True,
)  # fmt: skip

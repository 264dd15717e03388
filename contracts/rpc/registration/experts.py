"""Experts: the pool from which panels are drawn."""

from __future__ import annotations

from marshmallow import fields, validate

from contracts.fields import Choice, Id, Many, Province, Strict, Text, Uscc
from contracts.rpc.method import Page, command, listing, query
from contracts.rpc.registration.people import READERS, Person, Version
from contracts.words import ExpertStatus, Role


class PastEmployerArgs(Strict):
    name = Text(120, required=True)
    until_year = fields.Integer(required=True, strict=True, validate=validate.Range(1950, 2200))


class ExpertParticulars(Strict):
    employer = Text(120, required=True)
    employer_uscc = Uscc(load_default=None, allow_none=True)
    group_unit = Text(120, load_default=None, allow_none=True)
    province = Province(required=True)
    past_employers = Many(PastEmployerArgs, 20, load_default=list)
    tracks = Many(Id(), 50, 1, required=True)
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, 500))


class EnrollExpertArgs(ExpertParticulars):
    person = fields.Nested(Person, required=True)


class EnrollExpertsArgs(Strict):
    experts = Many(EnrollExpertArgs, 200, 1, required=True)


class ExpertOutcome(Strict):
    expert_id = Id(required=True)
    account_id = Id(required=True)
    version = fields.Integer(required=True)
    status = Choice(ExpertStatus, required=True)


class EnrolledRow(Strict):
    """``problem`` is the refusal of this row alone, as problem JSON."""

    row = fields.Integer(required=True, metadata={"description": "place in the request, from 0"})
    outcome = Choice(("enrolled", "refused"), required=True)
    expert_id = Id(required=True, allow_none=True)
    account_id = Id(required=True, allow_none=True)
    problem = fields.Dict(required=True, allow_none=True)


class EnrolledOutcome(Strict):
    enrolled = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    rows = fields.List(fields.Nested(EnrolledRow), required=True)


class UpdateExpertArgs(Strict):
    """What is left out stays; ``version`` is the one the change was made from."""

    expert_id = Id(required=True)
    version = Version(required=True)
    employer = Text(120)
    employer_uscc = Uscc(allow_none=True)
    group_unit = Text(120, allow_none=True)
    province = Province()
    past_employers = Many(PastEmployerArgs, 20)
    tracks = Many(Id(), 50, 1)
    capacity = fields.Integer(strict=True, validate=validate.Range(1, 500))


class ExpertArgs(Strict):
    expert_id = Id(required=True)


class ReasonedExpertArgs(ExpertArgs):
    reason = Text(500, required=True)


class ListExpertsArgs(Page):
    status = Choice(ExpertStatus, load_default=None, allow_none=True)
    track = Id(load_default=None, allow_none=True)
    province = Province(load_default=None, allow_none=True)


class ExpertRow(Strict):
    """Mail and phone are masked in lists."""

    expert_id = Id(required=True)
    account_id = Id(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    phone = fields.String(required=True)
    employer = fields.String(required=True)
    employer_uscc = fields.String(required=True, allow_none=True)
    group_unit = fields.String(required=True, allow_none=True)
    province = fields.String(required=True)
    past_employers = fields.List(fields.Nested(PastEmployerArgs), required=True)
    tracks = fields.List(fields.String(), required=True)
    capacity = fields.Integer(required=True)
    status = Choice(ExpertStatus, required=True)
    version = fields.Integer(required=True)


enroll_expert = command(
    "registration", "enroll_expert",
    "Enter an expert in the pool and invite him by letter.",
    args=EnrollExpertArgs, result=ExpertOutcome, roles=[Role.SECRETARIAT],
)  # fmt: skip
enroll_experts = command(
    "registration", "enroll_experts",
    "Enter many experts; a refused row does not hold up the others.",
    args=EnrollExpertsArgs, result=EnrolledOutcome, roles=[Role.SECRETARIAT], dry_run=True,
)  # fmt: skip
update_expert = command(
    "registration", "update_expert",
    "Change an expert's particulars; an expert changes his own.",
    args=UpdateExpertArgs, result=ExpertOutcome, roles=[Role.SECRETARIAT, Role.EXPERT],
)  # fmt: skip
suspend_expert = command(
    "registration", "suspend_expert",
    "Keep an expert from judging; he is signed out.",
    args=ReasonedExpertArgs, result=ExpertOutcome, roles=[Role.SECRETARIAT],
)  # fmt: skip
reinstate_expert = command(
    "registration", "reinstate_expert",
    "Let a suspended expert judge again.",
    args=ReasonedExpertArgs, result=ExpertOutcome, roles=[Role.SECRETARIAT],
)  # fmt: skip
get_expert = query(
    "registration", "get_expert",
    "An expert with his contact; an expert sees himself.",
    args=ExpertArgs, result=ExpertRow, roles=[Role.EXPERT, *READERS], personal=True,
)  # fmt: skip
list_experts = listing(
    "registration", "list_experts",
    "Experts by status, track and province.",
    args=ListExpertsArgs, item=ExpertRow, roles=READERS,
)  # fmt: skip

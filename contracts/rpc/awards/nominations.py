"""Nominated prizes: put forward and voted."""

from marshmallow import fields

from contracts.errors import NotYet
from contracts.fields import Id, Strict, Text
from contracts.rpc.method import Page, command, listing
from contracts.rpc.shared import EditionArgs
from contracts.words import Role

JURY = (Role.SECRETARIAT, Role.EXPERT)


class NominateArgs(Strict):
    """``unit_id`` where the nominee is a unit that signed up; his name is then the unit's."""

    edition_id = Id(required=True)
    prize = Id(required=True)
    laureate = Text(160, load_default=None, allow_none=True)
    unit_id = Id(load_default=None, allow_none=True)
    grounds = Text(2000, required=True)


class NominationState(Strict):
    nomination_id = Id(required=True)
    laureate = Text(160, required=True)
    in_favour = fields.Integer(required=True)
    against = fields.Integer(required=True)
    version = fields.Integer(required=True)


class VoteArgs(Strict):
    nomination_id = Id(required=True)
    in_favour = fields.Boolean(required=True, truthy={True}, falsy={False})


class NominationsArgs(EditionArgs, Page):
    pass


class NominationRow(NominationState):
    edition_id = Id(required=True)
    prize = Id(required=True)
    unit_id = Id(required=True, allow_none=True)
    grounds = Text(2000, required=True)
    proposal_id = Id(required=True, allow_none=True)


nominate_contribution = command(
    "awards", "nominate_contribution", "Put somebody forward for a nominated prize, with a reason.",
    args=NominateArgs, result=NominationState, roles=JURY, errors=(NotYet,),
)  # fmt: skip
vote_contribution = command(
    "awards", "vote_contribution", "Vote for or against a nomination; the last vote of an account counts.",
    args=VoteArgs, result=NominationState, roles=JURY,
)  # fmt: skip
list_nominations = listing(
    "awards", "list_nominations", "Nominations of an edition with their votes.",
    args=NominationsArgs, item=NominationRow, roles=(*JURY, Role.AUDITOR),
)  # fmt: skip

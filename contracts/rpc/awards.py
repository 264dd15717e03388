"""What can be asked of awards: proposals, publicity, objections, publishing, certificates, results."""

from marshmallow import fields, validate

from contracts.errors import NotFound, NotYet, OutsideWindow, Unavailable
from contracts.fields import Both, Choice, Id, Many, Moment, Strict, Text, Uscc
from contracts.rpc.method import PUBLIC, Page, command, listing, query
from contracts.rpc.shared import EditionArgs, JobStarted, Link
from contracts.words import AwardStatus, ObjectionStatus, Role

SECRETARIAT = (Role.SECRETARIAT,)
JURY = (Role.SECRETARIAT, Role.EXPERT)
READERS = (Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR)
LAUREATES = (Role.ENTRANT, *READERS)
MOST_AWARDS = 2000


class ProposalArgs(Strict):
    proposal_id = Id(required=True)


class ProposedLine(Strict):
    """One row of a proposal's table; ``score`` is the final's, or an organisation's weighted count."""

    position = fields.Integer(required=True)
    prize = Id(required=True)
    prize_name = Both(required=True)
    laureate = Text(160, required=True)
    title = Text(200, required=True, allow_none=True)
    case_id = Id(required=True, allow_none=True)
    rank = fields.Integer(required=True, allow_none=True)
    score = fields.String(required=True, allow_none=True)


class ProposalTable(Strict):
    """``proposal_id`` is null with a dry run; ``left_out`` are finalists that take no prize."""

    proposal_id = Id(required=True, allow_none=True)
    edition_id = Id(required=True)
    result_id = Id(required=True)
    total = fields.Integer(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    left_out = Many(Id(), 10000, required=True)
    lines = Many(ProposedLine, MOST_AWARDS, required=True)


class ProposalRow(Strict):
    proposal_id = Id(required=True)
    edition_id = Id(required=True)
    result_id = Id(required=True)
    status = Choice(["proposed", "in_publicity", "discarded"], required=True)
    total = fields.Integer(required=True)
    proposed_at = Moment(required=True)
    opens_at = Moment(required=True, allow_none=True)
    closes_at = Moment(required=True, allow_none=True)
    superseded_by = Id(required=True, allow_none=True)
    version = fields.Integer(required=True)


class ProposalsArgs(Page):
    edition_id = Id(load_default=None, allow_none=True)


class DiscardArgs(ProposalArgs):
    reason = Text(500, required=True)


class Discarded(Strict):
    proposal_id = Id(required=True)
    awards = fields.Integer(required=True)


class PublicityPlan(Strict):
    """``days`` are the working days that count; objections are taken from opens_at until before closes_at."""

    proposal_id = Id(required=True)
    awards = fields.Integer(required=True)
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)
    working_days = fields.Integer(required=True)
    days = Many(fields.Date(), 60, required=True)


class AwardsArgs(Page):
    edition_id = Id(load_default=None, allow_none=True)
    proposal_id = Id(load_default=None, allow_none=True)
    prize = Id(load_default=None, allow_none=True)
    status = Choice(AwardStatus, load_default=None, allow_none=True)
    case_id = Id(load_default=None, allow_none=True)


class AwardArgs(Strict):
    award_id = Id(required=True)


class AwardRow(Strict):
    award_id = Id(required=True)
    edition_id = Id(required=True)
    proposal_id = Id(required=True)
    position = fields.Integer(required=True)
    prize = Id(required=True)
    prize_name = Both(required=True)
    laureate = Text(160, required=True)
    title = Text(200, required=True, allow_none=True)
    case_id = Id(required=True, allow_none=True)
    unit_id = Id(required=True, allow_none=True)
    track = Id(required=True, allow_none=True)
    status = Choice(AwardStatus, required=True)
    opens_at = Moment(required=True, allow_none=True)
    closes_at = Moment(required=True, allow_none=True)
    open_objections = fields.Integer(required=True)
    held = Text(80, required=True, allow_none=True)
    published_at = Moment(required=True, allow_none=True)
    certificate_number = Id(required=True, allow_none=True)
    version = fields.Integer(required=True)


class AwardFull(AwardRow):
    """``rank`` and ``score`` are shown to the secretariat and auditors only."""

    rank = fields.Integer(required=True, allow_none=True)
    score = fields.String(required=True, allow_none=True)
    joint_units = Many(Text(120), 20, required=True)
    withdrawn_at = Moment(required=True, allow_none=True)
    withdrawn_reason = Text(500, empty=True, required=True)


class AwardState(Strict):
    award_id = Id(required=True)
    status = Choice(AwardStatus, required=True)
    version = fields.Integer(required=True)


class WithReason(AwardArgs):
    reason = Text(500, required=True)


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


class NoticeRow(Strict):
    """What the public sees of a prize while it is open to objection."""

    award_id = Id(required=True)
    prize = Id(required=True)
    prize_name = Both(required=True)
    laureate = Text(160, required=True)
    joint_units = Many(Text(120), 20, required=True)
    title = Text(200, required=True, allow_none=True)
    track = Id(required=True, allow_none=True)
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)


class PublicListArgs(EditionArgs, Page):
    prize = Id(load_default=None, allow_none=True)


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


class VerifyArgs(Strict):
    number = Text(80, required=True)


class Verified(Strict):
    """What a certificate says, and whether it holds; ``sha256`` is of the PDF, null until it is made."""

    certificate_number = Id(required=True)
    status = Choice(["valid", "withdrawn"], required=True)
    edition_name = Both(required=True)
    prize = Id(required=True)
    prize_name = Both(required=True)
    laureate = Text(160, required=True)
    joint_units = Many(Text(120), 20, required=True)
    title = Text(200, required=True, allow_none=True)
    issued_at = Moment(required=True)
    withdrawn_at = Moment(required=True, allow_none=True)
    sha256 = fields.String(required=True)
    statement = Both(required=True)


class ResultRow(Strict):
    """A published prize."""

    award_id = Id(required=True)
    prize = Id(required=True)
    prize_name = Both(required=True)
    laureate = Text(160, required=True)
    joint_units = Many(Text(120), 20, required=True)
    title = Text(200, required=True, allow_none=True)
    track = Id(required=True, allow_none=True)
    published_at = Moment(required=True)
    certificate_number = Id(required=True, allow_none=True)


propose_awards = command(
    "awards", "propose_awards", "Draw up all prizes of an edition from the final's result.",
    args=EditionArgs, result=ProposalTable, roles=SECRETARIAT, errors=(NotYet,), dry_run=True,
)  # fmt: skip
discard_proposal = command(
    "awards", "discard_proposal", "Put a proposal aside before anything of it is published.",
    args=DiscardArgs, result=Discarded, roles=SECRETARIAT, dry_run=True,
)  # fmt: skip
nominate_contribution = command(
    "awards", "nominate_contribution", "Put somebody forward for a nominated prize, with a reason.",
    args=NominateArgs, result=NominationState, roles=JURY, errors=(NotYet,),
)  # fmt: skip
vote_contribution = command(
    "awards", "vote_contribution", "Vote for or against a nomination; the last vote of an account counts.",
    args=VoteArgs, result=NominationState, roles=JURY,
)  # fmt: skip
open_publicity = command(
    "awards", "open_publicity", "Make proposed prizes public for the edition's number of working days.",
    args=ProposalArgs, result=PublicityPlan, roles=SECRETARIAT, errors=(NotYet,), dry_run=True,
)  # fmt: skip
file_objection = command(
    "awards", "file_objection", "Object to a proposed prize under a real name or seal, with evidence.",
    args=FileObjectionArgs, result=ObjectionState, roles=PUBLIC, errors=(NotFound, OutsideWindow),
)  # fmt: skip
resolve_objection = command(
    "awards", "resolve_objection", "Uphold an objection, which withdraws the prize, or dismiss it.",
    args=ResolveArgs, result=ObjectionState, roles=SECRETARIAT, dry_run=True,
)  # fmt: skip
publish_awards = command(
    "awards", "publish_awards", "Publish every prize of a proposal that nothing holds back; others wait.",
    args=ProposalArgs, result=JobStarted, roles=SECRETARIAT, errors=(OutsideWindow,), dry_run=True,
)  # fmt: skip
withdraw_award = command(
    "awards", "withdraw_award", "Take a prize back; its certificate shows as withdrawn.",
    args=WithReason, result=AwardState, roles=SECRETARIAT, dry_run=True,
)  # fmt: skip
reinstate_award = command(
    "awards", "reinstate_award", "Undo the withdrawal of a published prize; its certificate holds again.",
    args=WithReason, result=AwardState, roles=SECRETARIAT, dry_run=True,
)  # fmt: skip

list_proposals = listing(
    "awards", "list_proposals", "Proposals of prizes, newest last.",
    args=ProposalsArgs, item=ProposalRow, roles=READERS,
)  # fmt: skip
list_awards = listing(
    "awards", "list_awards", "Prizes in order; an entrant sees his unit's from publicity on.",
    args=AwardsArgs, item=AwardRow, roles=LAUREATES,
)  # fmt: skip
get_award = query(
    "awards", "get_award", "One prize.", args=AwardArgs, result=AwardFull, roles=LAUREATES,
)  # fmt: skip
list_nominations = listing(
    "awards", "list_nominations", "Nominations of an edition with their votes.",
    args=NominationsArgs, item=NominationRow, roles=(*JURY, Role.AUDITOR),
)  # fmt: skip
public_notice = listing(
    "awards", "public_notice", "Prizes that are open to objection now.",
    args=PublicListArgs, item=NoticeRow, roles=PUBLIC,
)  # fmt: skip
list_objections = listing(
    "awards", "list_objections", "Objections, contacts masked.",
    args=ObjectionsArgs, item=ObjectionRow, roles=(Role.SECRETARIAT, Role.AUDITOR), personal=True,
)  # fmt: skip
get_objection = query(
    "awards", "get_objection", "One objection with its objector's contacts.",
    args=ObjectionArgs, result=ObjectionFull, roles=SECRETARIAT, personal=True,
)  # fmt: skip
certificate_link = query(
    "awards", "certificate_link", "A short-lived link to the PDF, for its laureate and the secretariat.",
    args=AwardArgs, result=Link, roles=LAUREATES, errors=(NotYet, Unavailable),
)  # fmt: skip
verify_certificate = query(
    "awards", "verify_certificate", "Say what a certificate's number stands for, and whether it holds.",
    args=VerifyArgs, result=Verified, roles=PUBLIC, errors=(NotFound,),
)  # fmt: skip
list_results = listing(
    "awards", "list_results", "Published prizes of an edition.",
    args=PublicListArgs, item=ResultRow, roles=PUBLIC,
)  # fmt: skip

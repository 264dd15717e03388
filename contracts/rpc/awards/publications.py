"""What is public: the notice, the results, certificates."""

from marshmallow import fields

from contracts.errors import NotFound, NotYet, Unavailable
from contracts.fields import Both, Choice, Id, Many, Moment, Strict, Text
from contracts.rpc.awards.shared import LAUREATES, AwardArgs
from contracts.rpc.method import PUBLIC, Page, listing, query
from contracts.rpc.shared import EditionArgs, Link


class PublicListArgs(EditionArgs, Page):
    prize = Id(load_default=None, allow_none=True)


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


public_notice = listing(
    "awards", "public_notice", "Prizes that are open to objection now.",
    args=PublicListArgs, item=NoticeRow, roles=PUBLIC,
)  # fmt: skip
list_results = listing(
    "awards", "list_results", "Published prizes of an edition.",
    args=PublicListArgs, item=ResultRow, roles=PUBLIC,
)  # fmt: skip
certificate_link = query(
    "awards", "certificate_link", "A short-lived link to the PDF, for its laureate and the secretariat.",
    args=AwardArgs, result=Link, roles=LAUREATES, errors=(NotYet, Unavailable),
)  # fmt: skip
verify_certificate = query(
    "awards", "verify_certificate", "Say what a certificate's number stands for, and whether it holds.",
    args=VerifyArgs, result=Verified, roles=PUBLIC, errors=(NotFound,),
)  # fmt: skip

"""What the awards service tells: prizes, publicity, objections, certificates, casebook, product directory."""

from marshmallow import fields, validate

from contracts.events.kinds import event
from contracts.fields import Choice, Id, Many, Moment, Strict, Text
from contracts.words import Audience, AwardStatus, ObjectionStatus

HASH = validate.Regexp(r"[0-9a-f]{64}")


class ProposedAward(Strict):
    """``unit_id``, ``case_id`` and ``contact_account`` are null for a prize that goes to a recommender."""

    award_id = Id(required=True)
    prize = Id(required=True)
    laureate = Text(160, required=True)
    case_id = Id(required=True, allow_none=True)
    unit_id = Id(required=True, allow_none=True)
    contact_account = Id(required=True, allow_none=True)


class AwardsProposedData(Strict):
    """One chunk of a proposal; ``total`` awards over all chunks."""

    proposal_id = Id(required=True)
    edition_id = Id(required=True)
    chunk = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    chunks = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    total = fields.Integer(required=True, strict=True, validate=validate.Range(0))
    awards = Many(ProposedAward, 200, required=True)


class PublicityOpenedData(AwardsProposedData):
    opens_at = Moment(required=True)
    closes_at = Moment(required=True)
    working_days = fields.Integer(required=True, strict=True, validate=validate.Range(1, 60))


class ObjectionFiledData(Strict):
    objection_id = Id(required=True)
    award_id = Id(required=True)
    edition_id = Id(required=True)
    filed_at = Moment(required=True)


class ObjectionResolvedData(ObjectionFiledData):
    outcome = Choice([ObjectionStatus.UPHELD, ObjectionStatus.DISMISSED], required=True)


class AwardData(Strict):
    award_id = Id(required=True)
    edition_id = Id(required=True)
    prize = Id(required=True)
    prize_name = Text(60, required=True)
    laureate = Text(160, required=True)
    title = Text(200, required=True, allow_none=True)
    case_id = Id(required=True, allow_none=True)
    unit_id = Id(required=True, allow_none=True)
    track = Id(required=True, allow_none=True)
    contact_account = Id(required=True, allow_none=True)
    status = Choice(AwardStatus, required=True)


class AwardWithdrawnData(AwardData):
    reason = Text(500, required=True)


class CertificateIssuedData(Strict):
    award_id = Id(required=True)
    edition_id = Id(required=True)
    certificate_number = Id(required=True)
    verify_url = Text(400, required=True)
    sha256 = fields.String(required=True, validate=HASH)
    unit_id = Id(required=True, allow_none=True)
    case_id = Id(required=True, allow_none=True)
    contact_account = Id(required=True, allow_none=True)


class CasebookPublishedData(Strict):
    casebook_id = Id(required=True)
    edition_id = Id(required=True)
    cases = fields.Integer(required=True, strict=True, validate=validate.Range(0))
    sha256 = fields.String(required=True, validate=HASH)
    published_at = Moment(required=True)


class ProductListedData(Strict):
    """A product of a winning case with its certification by an authorised body."""

    product_id = Id(required=True)
    edition_id = Id(required=True)
    case_id = Id(required=True)
    unit_id = Id(required=True)
    name = Text(120, required=True)
    issuer = Text(120, required=True)
    certificate_number = Text(80, required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True)


AwardsProposed = event(
    "awards", "AwardsProposed", "Prizes were proposed from the final's result.",
    audience=Audience.INTERNAL, subject="proposal", data=AwardsProposedData,
)  # fmt: skip
PublicityOpened = event(
    "awards", "PublicityOpened", "Proposed prizes are public and open to objection until a date.",
    audience=Audience.PUBLIC, subject="proposal", data=PublicityOpenedData,
)  # fmt: skip
ObjectionFiled = event(
    "awards", "ObjectionFiled", "Somebody objected under his name or seal; that award waits.",
    audience=Audience.INTERNAL, subject="objection", data=ObjectionFiledData,
)  # fmt: skip
ObjectionResolved = event(
    "awards", "ObjectionResolved", "An objection was upheld or dismissed, with a reason.",
    audience=Audience.INTERNAL, subject="objection", data=ObjectionResolvedData,
)  # fmt: skip
AwardPublished = event(
    "awards", "AwardPublished", "A prize is final.",
    audience=Audience.PUBLIC, subject="award", data=AwardData, copies=True,
)  # fmt: skip
AwardWithdrawn = event(
    "awards", "AwardWithdrawn", "A prize was taken back; its certificate shows as withdrawn.",
    audience=Audience.PUBLIC, subject="award", data=AwardWithdrawnData, copies=True,
)  # fmt: skip
CertificateIssued = event(
    "awards", "CertificateIssued", "A certificate with a number that anybody can verify.",
    audience=Audience.PUBLIC, subject="certificate", data=CertificateIssuedData, copies=True,
)  # fmt: skip
CasebookPublished = event(
    "awards", "CasebookPublished", "The book of winning cases is out.",
    audience=Audience.PUBLIC, subject="casebook", data=CasebookPublishedData,
)  # fmt: skip
ProductListed = event(
    "awards", "ProductListed", "A certified product of a winning case entered the directory.",
    audience=Audience.PUBLIC, subject="product", data=ProductListedData,
)  # fmt: skip

"""What can be asked of notify: letters, in-site messages, announcements. Whole addresses appear nowhere."""

from marshmallow import fields

from contracts.errors import NotYet
from contracts.fields import Both, Choice, Id, Many, Moment, Strict, Text
from contracts.rpc.method import PUBLIC, Page, command, listing, query
from contracts.words import LetterStatus, Role

STAFF = (Role.SECRETARIAT, Role.OPERATOR)
READERS = (*STAFF, Role.AUDITOR)
SIGNED_IN = (Role.ENTRANT, Role.RECOMMENDER, Role.EXPERT, *READERS)

class LetterText(Strict):
    zh = Text(40000, required=True)
    en = Text(40000, required=True)


class LettersArgs(Page):
    status = Choice(LetterStatus, load_default=None, allow_none=True)
    template = Id(load_default=None, allow_none=True)
    account_id = Id(load_default=None, allow_none=True)
    case_id = Id(load_default=None, allow_none=True)
    cause_id = Id(load_default=None, allow_none=True)

class LetterRow(Strict):
    """``sent_to`` is the masked address it went to; ``cause_id`` the event it was written for."""

    letter_id = Id(required=True)
    template = Id(required=True)
    account_id = Id(required=True)
    case_id = Id(required=True, allow_none=True)
    status = Choice(LetterStatus, required=True)
    attempts = fields.Integer(required=True)
    subject = Both(required=True)
    problem = Text(300, required=True, allow_none=True)
    sent_to = Text(120, required=True, allow_none=True)
    created_at = Moment(required=True)
    settled_at = Moment(required=True, allow_none=True)
    cause_id = Id(required=True)
    cause_type = Text(120, required=True)

class LetterStep(Strict):
    """One thing that happened to a letter."""

    at = Moment(required=True)
    status = Choice(LetterStatus, required=True)
    actor = Text(120, required=True)
    note = Text(500, empty=True, required=True)

class LetterData(LetterRow):
    message_id = Text(200, required=True)
    correlation_id = Text(120, empty=True, required=True)
    body = fields.Nested(LetterText, required=True)
    steps = Many(LetterStep, required=True)

class LetterArgs(Strict):
    letter_id = Id(required=True)

class LetterReasonArgs(LetterArgs):
    reason = Text(500, required=True)

class SettleArgs(LetterReasonArgs):
    arrived = fields.Boolean(required=True, truthy={True}, falsy={False})

class LetterState(Strict):
    letter_id = Id(required=True)
    status = Choice(LetterStatus, required=True)
    version = fields.Integer(required=True)

class CountsArgs(Strict):
    """``due`` (real time): only letters made before it, and not those that were put off until later."""

    edition_id = Id(load_default=None, allow_none=True)
    due = Moment(load_default=None, allow_none=True)

class LetterCounts(Strict):
    """How many letters stand in each status, and how many of each kind there are."""

    statuses = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    templates = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    total = fields.Integer(required=True)
    oldest_waiting = Moment(required=True, allow_none=True)

class AnnouncementArgs(Strict):
    edition_id = Id(required=True)
    title = Both(required=True)
    body = Both(required=True)

class AnnouncementRow(AnnouncementArgs):
    announcement_id = Id(required=True)
    published_at = Moment(required=True)

class AnnouncementsArgs(Page):
    edition_id = Id(load_default=None, allow_none=True)

class MessagesArgs(Page):
    unread = fields.Boolean(load_default=False, truthy={True}, falsy={False})

class MessageRow(Strict):
    """What a letter said, on the site; a one-time link is never repeated here."""

    message_id = Id(required=True)
    template = Id(required=True)
    case_id = Id(required=True, allow_none=True)
    subject = Both(required=True)
    body = fields.Nested(LetterText, required=True)
    written_at = Moment(required=True)
    read_at = Moment(required=True, allow_none=True)

class MessageArgs(Strict):
    message_id = Id(required=True)

class MessageRead(Strict):
    message_id = Id(required=True)
    read_at = Moment(required=True)

list_letters = listing(
    "notify", "list_letters", "List letters, the newest first.",
    args=LettersArgs, item=LetterRow, roles=READERS,
)  # fmt: skip
get_letter = query(
    "notify", "get_letter", "Show what one letter says (without its one-time link) and what happened to it.",
    args=LetterArgs, result=LetterData, roles=READERS,
)  # fmt: skip
letter_counts = query(
    "notify", "letter_counts", "Count letters by status and kind.",
    args=CountsArgs, result=LetterCounts, roles=READERS,
)  # fmt: skip
resend_letter = command(
    "notify", "resend_letter", "Send a failed letter, or one whose fate is unknown, once more.",
    args=LetterReasonArgs, result=LetterState, roles=STAFF, dry_run=True,
)  # fmt: skip
settle_letter = command(
    "notify", "settle_letter",
    "Write down whether a letter of unknown fate arrived, after somebody looked; or close one that failed.",
    args=SettleArgs, result=LetterState, roles=STAFF, dry_run=True,
)  # fmt: skip
publish_announcement = command(
    "notify", "publish_announcement", "Tell everybody something of an edition.",
    args=AnnouncementArgs, result=AnnouncementRow, roles=(Role.SECRETARIAT,), errors=(NotYet,), dry_run=True,
)  # fmt: skip
list_announcements = listing(
    "notify", "list_announcements", "List announcements, the newest first.",
    args=AnnouncementsArgs, item=AnnouncementRow, roles=PUBLIC,
)  # fmt: skip
my_messages = listing(
    "notify", "my_messages", "List the caller's own in-site messages, the newest first.",
    args=MessagesArgs, item=MessageRow, roles=SIGNED_IN,
)  # fmt: skip
mark_message_read = command(
    "notify", "mark_message_read", "Mark one of the caller's own messages as read.",
    args=MessageArgs, result=MessageRead, roles=SIGNED_IN,
)  # fmt: skip

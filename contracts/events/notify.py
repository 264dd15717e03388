"""What the notify service tells: letters and announcements. No addresses."""

from contracts.events.kinds import event
from contracts.fields import Both, Id, Moment, Strict, Text
from contracts.words import Audience


class NotificationData(Strict):
    letter_id = Id(required=True)
    template = Id(required=True)
    account_id = Id(required=True)
    cause_id = Id(required=True)


class NotificationFailedData(NotificationData):
    problem = Text(300, required=True)


class AnnouncementData(Strict):
    announcement_id = Id(required=True)
    edition_id = Id(required=True)
    title = Both(required=True)
    body = Both(required=True)
    published_at = Moment(required=True)


NotificationSent = event(
    "notify", "NotificationSent", "A letter was handed to the mail server.",
    audience=Audience.INTERNAL, subject="letter", data=NotificationData,
)  # fmt: skip
NotificationFailed = event(
    "notify", "NotificationFailed", "A letter could not be sent.",
    audience=Audience.INTERNAL, subject="letter", data=NotificationFailedData,
)  # fmt: skip
AnnouncementPublished = event(
    "notify", "AnnouncementPublished", "A public announcement of the secretariat.",
    audience=Audience.PUBLIC, subject="announcement", data=AnnouncementData, copies=True,
)  # fmt: skip

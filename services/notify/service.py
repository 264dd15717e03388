"""The notify service's table of contents."""

from __future__ import annotations

from contracts.events import awards, registration, review, submission
from contracts.rpc import notify as rpc
from plumbing.service import JobKind, Loop, Service
from services.notify import repository
from services.notify.commands.announcements import publish_announcement
from services.notify.commands.letters import resend_letter, settle_letter
from services.notify.commands.messages import mark_message_read
from services.notify.invariants import letters_sent_once, letters_settled
from services.notify.loops.post_letters import post_letters
from services.notify.personal import erase_personal, show_personal
from services.notify.queries.letters import get_letter, letter_counts, list_letters
from services.notify.queries.messages import list_announcements, my_messages
from services.notify.reactions import announce, remember
from services.notify.reactions.write import write_award_letters, write_letter

SERVICE = Service(
    name="notify",
    commands={
        rpc.resend_letter: resend_letter,
        rpc.settle_letter: settle_letter,
        rpc.publish_announcement: publish_announcement,
        rpc.mark_message_read: mark_message_read,
    },
    queries={
        rpc.list_letters: list_letters,
        rpc.get_letter: get_letter,
        rpc.letter_counts: letter_counts,
        rpc.list_announcements: list_announcements,
        rpc.my_messages: my_messages,
    },
    reactions={
        registration.EditionPublished: [remember.remember_edition],
        registration.ScheduleMoved: [announce.announce_schedule],
        registration.UnitRegistered: [remember.remember_unit, write_letter],
        registration.UnitUpdated: [remember.remember_unit],
        registration.UnitSuspended: [remember.remember_unit, write_letter],
        registration.ExpertSuspended: [write_letter],
        registration.AccountInvited: [write_letter],
        registration.PasswordResetRequested: [write_letter],
        submission.CaseSubmitted: [remember.remember_case, write_letter],
        submission.CaseRevised: [remember.remember_case, write_letter],
        submission.CaseWithdrawn: [write_letter],
        submission.MaterialQuarantined: [write_letter],
        review.QualificationPassed: [write_letter],
        review.QualificationReturned: [write_letter],
        review.QualificationRejected: [write_letter],
        review.CaseReturned: [write_letter],
        review.FormalReviewPassed: [write_letter],
        review.FormalReviewFailed: [write_letter],
        review.CaseDisqualified: [write_letter],
        review.CaseReinstated: [write_letter],
        review.ExpertsAssigned: [write_letter],
        awards.PublicityOpened: [remember.remember_proposed_awards, write_award_letters],
        awards.ObjectionFiled: [write_letter],
        awards.ObjectionResolved: [write_letter],
        awards.AwardPublished: [remember.remember_award, write_letter],
        awards.CertificateIssued: [write_letter],
        awards.AwardWithdrawn: [remember.remember_award, write_letter],
    },
    jobs={"tell_of_schedule": JobKind(announce.tell_of_schedule)},
    loops={"post_letters": Loop(post_letters)},
    indexes=repository.INDEXES,
    show_personal=show_personal,
    erase_personal=erase_personal,
    invariants=[letters_sent_once, letters_settled],
)

"""Table of contents: which function answers each method and handles each event."""

from contracts.events import registration, review, submission
from contracts.rpc import awards as rpc
from plumbing.service import Command, JobKind, Loop, Service
from plumbing.store.throttling import sweep_throttles
from services.awards import evidence, invariants, repository, upkeep
from services.awards.commands import nominations, objections, publish_awards, withdrawing
from services.awards.commands.discard_proposal import discard_proposal
from services.awards.commands.issue_certificates import issue_certificates
from services.awards.commands.open_publicity import open_publicity
from services.awards.commands.propose_awards import propose_awards
from services.awards.personal import erase_personal, show_personal
from services.awards.queries import awards, public
from services.awards.queries.certificates import certificate_link
from services.awards.queries.objections import get_objection, list_objections
from services.awards.reactions import copies, standings

SERVICE = Service(
    name="awards",
    commands={
        rpc.propose_awards: propose_awards,
        rpc.discard_proposal: discard_proposal,
        rpc.nominate_contribution: nominations.nominate_contribution,
        rpc.vote_contribution: nominations.vote_contribution,
        rpc.open_publicity: open_publicity,
        rpc.file_objection: Command(objections.file_objection, prepare=objections.count_objection),
        rpc.resolve_objection: objections.resolve_objection,
        rpc.publish_awards: publish_awards.publish_awards,
        rpc.withdraw_award: withdrawing.withdraw_award,
        rpc.reinstate_award: withdrawing.reinstate_award,
    },
    queries={
        rpc.list_proposals: awards.list_proposals,
        rpc.list_placings: awards.list_placings,
        rpc.list_awards: awards.list_awards,
        rpc.get_award: awards.get_award,
        rpc.list_nominations: awards.list_nominations,
        rpc.public_notice: public.public_notice,
        rpc.list_objections: list_objections,
        rpc.get_objection: get_objection,
        rpc.certificate_link: certificate_link,
        rpc.verify_certificate: public.verify_certificate,
        rpc.list_results: public.list_results,
    },
    reactions={
        registration.EditionPublished: [copies.copy_edition],
        registration.UnitRegistered: [copies.copy_unit],
        registration.UnitUpdated: [copies.copy_unit],
        registration.UnitSuspended: [copies.copy_unit],
        submission.CaseSubmitted: [copies.copy_case],
        submission.CaseRevised: [copies.copy_case],
        submission.CaseWithdrawn: [standings.note_withdrawal],
        review.QualificationPassed: [copies.remember_qualification],
        review.FormalReviewPassed: [standings.note_formal_pass],
        review.CaseDisqualified: [standings.note_disqualification],
        review.CaseReinstated: [standings.note_reinstatement],
        review.RoundScored: [copies.copy_result],
        review.RoundClosed: [copies.remember_closing],
        review.ResultSuperseded: [copies.remember_supersession],
    },
    jobs={publish_awards.JOB: JobKind(publish_awards.publish_portion)},
    loops={
        "issue_certificates": Loop(issue_certificates, every=2.0),
        "forget_objectors": Loop(upkeep.forget_objectors, every=3600.0),
        "sweep_throttles": Loop(sweep_throttles, every=600.0),
    },
    indexes=repository.INDEXES,
    show_personal=show_personal,
    erase_personal=erase_personal,
    invariants=[
        invariants.awards_recompute,
        invariants.certificates_match,
        invariants.stored_pdfs_match,
        invariants.objections_hold,
        evidence.awards_follow_record,
    ],
)

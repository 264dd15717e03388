"""What can be asked of awards: proposals, publicity, objections, publishing, certificates, results."""

from contracts.rpc.awards.nominations import list_nominations, nominate_contribution, vote_contribution
from contracts.rpc.awards.objections import file_objection, get_objection, list_objections, resolve_objection
from contracts.rpc.awards.prizes import get_award, list_awards, reinstate_award, withdraw_award
from contracts.rpc.awards.proposals import (
    discard_proposal,
    list_placings,
    list_proposals,
    open_publicity,
    propose_awards,
    publish_awards,
)
from contracts.rpc.awards.publications import (
    certificate_link,
    list_results,
    public_notice,
    verify_certificate,
)

__all__ = [
    "certificate_link",
    "discard_proposal",
    "file_objection",
    "get_award",
    "get_objection",
    "list_awards",
    "list_nominations",
    "list_objections",
    "list_placings",
    "list_proposals",
    "list_results",
    "nominate_contribution",
    "open_publicity",
    "propose_awards",
    "public_notice",
    "publish_awards",
    "reinstate_award",
    "resolve_objection",
    "verify_certificate",
    "vote_contribution",
    "withdraw_award",
]

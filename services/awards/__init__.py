"""Decides who gets which prize and when it counts: proposal, publicity, objections, publishing, certificates.

Comes in: EditionPublished, UnitRegistered, UnitUpdated, UnitSuspended, CaseSubmitted, CaseRevised,
CaseWithdrawn, QualificationPassed, FormalReviewPassed, CaseDisqualified, CaseReinstated, RoundScored,
RoundClosed, ResultSuperseded.
Goes out: AwardsProposed, PublicityOpened, ObjectionFiled, ObjectionResolved, AwardPublished, AwardWithdrawn,
CertificateIssued.
Collections: copies `editions`, `units`, `cases`; what judging said `standings`, `qualifications`, `results`,
`rounds`; its own `proposals`, `awards`, `nominations`, `objections`, `certificates`, `numbering`.
"""

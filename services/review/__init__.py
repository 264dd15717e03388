"""Judging: whether a unit may take part, whether a case is in order, and what the experts' rounds say of it.

In: EditionPublished, UnitRegistered, UnitUpdated, UnitSuspended, ExpertEnrolled, ExpertUpdated,
ExpertSuspended, CaseSubmitted, CaseRevised, CaseWithdrawn.
Out: QualificationPassed, QualificationRejected, QualificationReturned, CaseReturned, FormalReviewPassed,
FormalReviewFailed, CaseDisqualified, CaseReinstated, RoundOpened, ExpertsAssigned, ExpertRecused,
ScoreSubmitted, RoundScored, RoundClosed, ResultSuperseded.
Collections: editions, edition_versions, units, experts, cases (copies); qualifications, assessments, rounds,
round_cases, seats, duties, recusals, plans, sheets, results, scores.
"""

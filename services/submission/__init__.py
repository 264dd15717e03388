"""Submission decides what was handed in, and whether in time: drafts, files, receipts, revisions, withdrawal.

In: EditionPublished, UnitRegistered, UnitUpdated, UnitSuspended (copies); CaseReturned, FormalReviewPassed,
FormalReviewFailed, CaseDisqualified, CaseReinstated (what the judging side decided of an entry).
Out: CaseSubmitted, CaseRevised, CaseWithdrawn, MaterialAccepted, MaterialQuarantined.
Collections: cases (entries with their files), case_versions (each revision with its receipt), counters,
discarded (objects to be removed from storage), editions and units (copies).
"""

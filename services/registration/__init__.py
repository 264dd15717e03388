"""Registration decides who takes part and by which rules: editions, units, experts, accounts, sessions.

In: nothing; everything here begins with somebody's command.
Out: EditionPublished, ScheduleMoved, UnitRegistered, UnitUpdated, UnitSuspended, ExpertEnrolled,
ExpertUpdated, ExpertSuspended, AccountInvited, PasswordResetRequested, SessionsRevoked.
Collections: editions and edition_versions (the rules, now and as they were), units, experts, accounts,
sessions (families of refresh tokens), links (SHA-256 of one-time secrets), throttles, marks.
"""

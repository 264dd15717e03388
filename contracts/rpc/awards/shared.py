"""What several of the methods of awards use."""

from contracts.fields import Id, Strict
from contracts.words import Role

SECRETARIAT = (Role.SECRETARIAT,)
READERS = (Role.SECRETARIAT, Role.OPERATOR, Role.AUDITOR)
LAUREATES = (Role.ENTRANT, *READERS)


class AwardArgs(Strict):
    award_id = Id(required=True)

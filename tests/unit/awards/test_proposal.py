from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts.edition import Prize, Text2
from contracts.errors import Conflict
from services.awards.domain.nomination import Nomination
from services.awards.domain.organisation import Tally
from services.awards.domain.prizes import Place
from services.awards.domain.proposal import (
    Line,
    Proposal,
    draw_up,
    require_same_field,
    require_standing_result,
)
from services.awards.domain.verification import explain_unknown, state_validity

NOW = datetime(2025, 9, 8, tzinfo=UTC)
PRIZES = [
    Prize("best", "nominated", Text2("最佳贡献奖", "Best contribution"), 1),
    Prize("first", "case", Text2("一等奖", "First prize"), 1),
    Prize("organisation", "organisation", Text2("最佳组织奖", "Best organisation"), 1),
]


def proposal() -> Proposal:
    return Proposal("proposal-1", "xinlv-3", 1, "result-1", [], [], [], [], 0, NOW)


def test_lines_come_in_the_editions_order_whatever_their_kind():
    nomination = Nomination("n1", "xinlv-3", "best", "某人", None, "理由", "acc", votes={"a": True})
    lines = draw_up(
        PRIZES,
        [Place("first", "case-1", 1, Decimal("95.50")), Place("other", "case-2", 2, Decimal(90))],
        [Tally("甲", 3, 2, 1, Decimal(12))],
        [nomination],
    )
    assert lines == [
        Line("best", nomination_id="n1"),
        Line("first", case_id="case-1", rank=1, score="95.50"),
        Line("organisation", organisation="甲", score="12"),
    ]


def test_publicity_opens_once_and_a_discarded_proposal_stays_discarded():
    mine = proposal()
    mine.open_publicity(NOW, NOW, 5)
    with pytest.raises(Conflict):
        mine.open_publicity(NOW, NOW, 5)
    mine.discard()
    with pytest.raises(Conflict):
        mine.discard()


def test_a_superseded_result_is_named():
    require_standing_result(proposal(), None)
    with pytest.raises(Conflict) as refused:
        require_standing_result(proposal(), "result-2")
    assert refused.value.facts == {"result_id": "result-1", "superseded_by": "result-2"}


def test_finalists_who_went_or_came_back_are_named():
    require_same_field(proposal())
    with pytest.raises(Conflict) as refused:
        require_same_field(proposal(), gone={"case-2", "case-1"}, back={"case-3"})
    assert refused.value.facts["knocked_out"] == ["case-1", "case-2"]
    assert refused.value.facts["reinstated"] == ["case-3"]


def test_who_verifies_is_told_in_both_languages():
    row = {
        "edition_name": {"zh": "第三届大赛", "en": "Third contest"},
        "prize_name": {"zh": "一等奖", "en": "First prize"},
        "laureate": "某公司",
    }
    assert "有效" in state_validity(row, True)["zh"] and "First prize" in state_validity(row, True)["en"]
    assert "撤销" in state_validity(row, False)["zh"] and "withdrawn" in state_validity(row, False)["en"]
    assert explain_unknown(True) != explain_unknown(False)

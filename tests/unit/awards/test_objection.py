from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import Conflict, InvalidInput, NotAllowed, OutsideWindow
from contracts.words import ObjectionStatus
from services.awards.domain.objection import Objection, Objector, check_objection, is_real_name

OPENS = datetime(2025, 9, 8, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=8)
PERSON = Objector("person", "欧阳清", None, "", "13800000000", "")
UNIT = Objector(
    "unit", "第七通信有限公司", "91350100M000100Y43", "关于获奖名单的函〔2025〕7号，加盖公章", "", "a@b.cn"
)
EVIDENCE = [{"description": "对比截图", "link": "", "sha256": ""}]


def faults(objector: Objector, evidence: list | None = None) -> set[str]:
    with pytest.raises(InvalidInput) as refused:
        check_objection(objector, EVIDENCE if evidence is None else evidence, OPENS, CLOSES, OPENS)
    return {f"{fault.field}:{fault.rule}" for fault in refused.value.fields}


@pytest.mark.parametrize("objector", [PERSON, UNIT])
@pytest.mark.parametrize("now", [OPENS, CLOSES - timedelta(milliseconds=1)])
def test_a_named_objection_with_evidence_in_time_is_taken(objector, now):
    check_objection(objector, EVIDENCE, OPENS, CLOSES, now)


@pytest.mark.parametrize("now", [OPENS - timedelta(seconds=1), CLOSES])
def test_early_or_late_is_refused_with_the_period(now):
    with pytest.raises(OutsideWindow) as refused:
        check_objection(PERSON, EVIDENCE, OPENS, CLOSES, now)
    assert refused.value.facts["window"] == "publicity"
    assert refused.value.facts["closes_at"] == CLOSES.isoformat()


def test_every_fault_is_named_at_once():
    nobody = Objector("person", "匿名", None, "", "", "")
    assert faults(nobody, []) == {"objector.name:anonymous", "objector.phone:required", "evidence:required"}
    unit = replace(UNIT, uscc=None, sealed_letter="")
    assert faults(unit) == {"objector.uscc:required", "objector.sealed_letter:required"}


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "匿名",
        "匿名群众",
        "某某",
        "李某",
        "李某某",
        "热心网友",
        "Anonymous",
        "an anonymous user",
        "x",
        "***",
        "123456",
        "N/A",
        "王",
        "madonna",
        "知情人士",
    ],
)
def test_no_name_is_no_name(name):
    assert not is_real_name(name, "person")


@pytest.mark.parametrize(
    "name", ["欧阳清", "李四", "𠮷野三郎", "阿不都·热合曼", "Mary O'Neill", "José  García-López"]
)
def test_names_are_names(name):
    assert is_real_name(name, "person")


def test_a_unit_gives_its_full_name():
    assert not is_real_name("公司", "unit")
    assert is_real_name("第七通信有限公司", "unit")


def objection() -> Objection:
    return Objection("o", "a", "e", PERSON, "理由", EVIDENCE, OPENS, "acc-1")


def test_only_another_person_resolves_it_once_with_a_reason():
    with pytest.raises(NotAllowed):
        objection().resolve(ObjectionStatus.UPHELD, "属实", "acc-1", OPENS)
    with pytest.raises(InvalidInput):
        objection().resolve(ObjectionStatus.UPHELD, "  ", "acc-2", OPENS)
    mine = objection()
    mine.resolve(ObjectionStatus.DISMISSED, "查无实据", "acc-2", OPENS)
    assert (mine.status, mine.resolved_by) == (ObjectionStatus.DISMISSED, "acc-2")
    with pytest.raises(Conflict):
        mine.resolve(ObjectionStatus.UPHELD, "属实", "acc-2", OPENS)

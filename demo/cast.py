"""Who takes part in the sample contest: invented units, cases and experts, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from stdnum.cn import uscc

CITIES = (
    ("11", "北京"),
    ("31", "上海"),
    ("44", "深圳"),
    ("33", "杭州"),
    ("32", "南京"),
    ("51", "成都"),
    ("42", "武汉"),
    ("61", "西安"),
    ("37", "青岛"),
    ("34", "合肥"),
    ("50", "重庆"),
    ("22", "长春"),
    ("45", "南宁"),
    ("53", "昆明"),
)
TRADES = ("云帆", "碧空", "青禾", "长风", "星桥", "澄江", "岭南", "北辰", "启源", "远山", "明湖", "新川")
FORMS = (
    ("enterprise", "信息技术有限公司"),
    ("enterprise", "通信有限公司"),
    ("enterprise", "能源科技股份有限公司"),
    ("research_institute", "绿色计算研究院"),
    ("school", "理工大学"),
    ("public_institution", "信息中心"),
)
GROUPS = ("华网集团", "联讯集团", "移信集团")
RECOMMENDERS = ("华网集团总部", "联讯集团总部", "东部省通信管理局", "西部省通信管理局")
SUBJECTS = {
    1: "钢铁产线能效数字孪生",
    2: "干线物流车队碳效调度",
    3: "社区出行与绿色积分平台",
    4: "园区碳足迹感知与双碳大脑",
    5: "设施农业水肥与能耗协同",
    6: "数据中心液冷与余热回收",
    7: "基站智能休眠与光储一体",
    8: "机房杆塔共建共享调度",
    9: "通信设备绿色采购与碳标签",
    10: "高效电源新材料改造",
}
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "安宁嘉明思远文博清和若水志行子衿雨桐"


@dataclass
class Person:
    name: str
    email: str
    phone: str
    password: str
    account_id: str = ""
    token: str = ""


@dataclass
class Unit:
    name: str
    uscc: str
    kind: str
    province: str
    group_unit: str | None
    recommender: str | None
    contact: Person
    unit_id: str = ""
    member: Person | None = None
    """A colleague whom the contact invites, and who writes the unit's drafts then."""

    @property
    def writer(self) -> Person:
        """Who writes the drafts of its cases."""
        return self.member or self.contact


@dataclass
class Case:
    unit: Unit
    track: str
    number: int
    title: str
    summary: str
    case_id: str = ""
    version: int = 0
    receipt: dict[str, Any] = field(default_factory=dict)


@dataclass
class Expert:
    person: Person
    employer: str
    employer_uscc: str | None
    group_unit: str | None
    province: str
    tracks: list[str]
    past_employers: list[dict[str, Any]]
    expert_id: str = ""


@dataclass
class Cast:
    """Everybody in the sample contest."""

    units: list[Unit]
    cases: list[Case]
    experts: list[Expert]
    secretariat: list[Person]
    operator: Person

    def people(self) -> list[Person]:
        """Return everybody who has an account."""
        members = [unit.member for unit in self.units if unit.member]
        contacts = [unit.contact for unit in self.units]
        return [self.operator, *self.secretariat, *contacts, *members, *(one.person for one in self.experts)]


def make_credit_code(rng: random.Random, province: str) -> str:
    """Return a well-formed credit code of an organisation that does not exist."""
    body = f"91{province}0100MA" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(7))
    return body + uscc.calc_check_digit(body)


def invent_cast(seed: int, tracks: list[tuple[str, int]], units: int, cases: int, experts: int) -> Cast:
    """Invent the people; ``tracks`` are (id, number) of the edition."""
    rng = random.Random(seed)  # noqa: S311
    entrants = [_invent_unit(rng, index) for index in range(units)]
    cast = Cast(
        units=entrants,
        cases=[_invent_case(rng, index, entrants, tracks) for index in range(cases)],
        experts=[_invent_expert(rng, index, entrants, tracks) for index in range(experts)],
        secretariat=[_invent_person(rng, f"secretary{index}", index) for index in (1, 2)],
        operator=_invent_person(rng, "operator", 0),
    )
    entrants[0].member = _invent_person(rng, "member000", 3000)
    return cast


def _invent_person(rng: random.Random, mailbox: str, index: int) -> Person:
    name = rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2))))
    password = "".join(rng.choices("abcdefghjkmnpqrstuvwxyz23456789", k=16))
    return Person(
        name, f"{mailbox}@mail.example.cn", f"+86138{rng.randrange(10**4):04d}{index:04d}", password
    )


def _invent_unit(rng: random.Random, index: int) -> Unit:
    province, city = CITIES[index % len(CITIES)]
    kind, form = FORMS[rng.randrange(len(FORMS))]
    group = GROUPS[index % 9 // 3] if index % 3 == 0 else None
    return Unit(
        name=f"{city}{TRADES[index % len(TRADES)]}{form}",
        uscc=make_credit_code(rng, province),
        kind=kind,
        province=province,
        group_unit=group,
        recommender=RECOMMENDERS[index % len(RECOMMENDERS)] if index % 5 else None,
        contact=_invent_person(rng, f"unit{index:03d}", 1000 + index),
    )


def _invent_case(rng: random.Random, index: int, units: list[Unit], tracks: list[tuple[str, int]]) -> Case:
    track, number = tracks[index % len(tracks)]
    unit = units[(index * 7 + index // len(units)) % len(units)]
    subject = SUBJECTS.get(number, "绿色低碳创新")
    saving = rng.randrange(8, 46)
    return Case(
        unit,
        track,
        index,
        f"{subject}（{unit.name[:4]}方案{index + 1}）",
        f"围绕{subject}，在{rng.randrange(2, 60)}个站点落地，综合能耗下降{saving}%，"
        f"年减排二氧化碳约{rng.randrange(300, 9000)}吨，投资回收期约{rng.randrange(14, 48)}个月。",
    )


def _invent_expert(
    rng: random.Random, index: int, units: list[Unit], tracks: list[tuple[str, int]]
) -> Expert:
    province, city = CITIES[(index * 5) % len(CITIES)]
    related = units[index] if index < 3 and index < len(units) else None
    return Expert(
        person=_invent_person(rng, f"expert{index:03d}", 5000 + index),
        employer=related.name if related else f"{city}通信工程大学{index + 1}院",
        employer_uscc=related.uscc if related else None,
        group_unit=GROUPS[0] if index == 4 else None,
        province=province,
        tracks=[track for track, number in tracks if (number + index) % 2 == 0],
        past_employers=[{"name": units[-1].name, "until_year": 2024}] if index == 5 else [],
    )

"""What a letter may speak of: plain facts gathered from its event and from what is known besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.edition import Edition, Text2
from contracts.findings import FINDINGS
from contracts.words import TIMEZONE, Role

CONTEST: Final = {"zh": "创新大赛", "en": "innovation contest"}
ROLES: Final = {
    Role.ENTRANT: {"zh": "参赛单位联系人", "en": "an entrant"},
    Role.RECOMMENDER: {"zh": "推荐单位联系人", "en": "a recommender"},
    Role.EXPERT: {"zh": "评审专家", "en": "an expert"},
    Role.SECRETARIAT: {"zh": "秘书处工作人员", "en": "a member of the secretariat"},
    Role.OPERATOR: {"zh": "平台运维人员", "en": "an operator"},
    Role.AUDITOR: {"zh": "审计人员", "en": "an auditor"},
    Role.SERVICE: {"zh": "服务", "en": "a service"},
}
WHOLE: Final = {"zh": "全届", "en": "all tracks"}
Both = dict[str, str]
Known = Mapping[str, Any]


def gather_facts(
    data: Known, edition: Edition | None, case: Known | None, unit: Known | None, award: Known | None
) -> dict[str, Any]:
    """Return the facts of one letter; what is not known is simply not there."""
    facts: dict[str, Any] = {"data": data, "timezone": edition.timezone if edition else TIMEZONE}
    facts["contest"] = both(edition.name) if edition else CONTEST
    if unit or "uscc" in data:
        facts["unit"] = unit or data
    if "role" in data:
        facts["role"] = ROLES[Role(data["role"])]
    if "findings" in data:
        facts["findings"] = [explain_finding(code) for code in data["findings"]]
        facts["material"] = name_material(data["kind"], edition)
    if edition is None:
        return facts
    if case or "number" in data:
        facts["case"] = describe_case(case or data, edition)
    if award or "prize" in data:
        facts["award"] = describe_award(award or data, edition)
    if "reasons" in data:
        facts["reasons"] = explain_reasons(data["reasons"], edition)
    if "stage" in data:
        stage = edition.stage(data["stage"])
        facts["stage"] = both(stage.name) if stage else same(data["stage"])
        facts["track"] = name_track(data.get("track"), edition)
    return facts


def describe_case(case: Known, edition: Edition) -> dict[str, Any]:
    """Return number, title and track of a case."""
    named = {name: case[name] for name in ("number", "title")}
    return {"id": case["case_id"], **named, "track": name_track(case["track"], edition)}


def describe_award(award: Known, edition: Edition, title: str | None = None) -> dict[str, Any]:
    """Return prize, laureate and case title of an award."""
    prize = next((prize for prize in edition.prizes if prize.id == award["prize"]), None)
    title = award.get("title") or title
    return {
        "prize": both(prize.name) if prize else same(award["prize"]),
        "laureate": award["laureate"],
        "title": title,
        "title_zh": f"，案例《{title}》" if title else "",
        "title_en": f", “{title}”" if title else "",
    }


def explain_reasons(reasons: Iterable[Known], edition: Edition) -> list[Both]:
    """Return the edition's text of each reason code, with the note given to it.

    A code that the newest rules no longer know is shown as it is: an older decision still has its letter.
    """
    texts = {reason.code: both(reason.text) for reason in edition.reasons}
    explained = []
    for reason in reasons:
        note = str(reason.get("note", "")).strip()
        marked = {"note_zh": f"（{note}）" if note else "", "note_en": f" ({note})" if note else ""}
        explained.append({**texts.get(reason["code"], same(reason["code"])), **marked})
    return explained


def explain_finding(code: str) -> Both:
    """Return what the file checker means by a finding; one it learnt since is shown by its code."""
    text = FINDINGS.get(code)
    return both(text) if text else same(code)


def name_material(kind: str, edition: Edition | None) -> Both:
    """Return what the edition calls a kind of file."""
    found = next((one for one in edition.materials if one.id == kind), None) if edition else None
    return both(found.name) if found else same(kind)


def name_track(track_id: str | None, edition: Edition) -> Both:
    """Return a track's name; without a track all of them are meant."""
    if track_id is None:
        return WHOLE
    track = edition.track(track_id)
    return both(track.name) if track else same(track_id)


def name_window(window_id: str, edition: Edition) -> Both:
    """Return a window's name, or its id where the rules no longer have it."""
    window = next((window for window in edition.windows if window.id == window_id), None)
    return both(window.name) if window else same(window_id)


def both(text: Text2) -> Both:
    """Return an edition's text as a dict."""
    return {"zh": text.zh, "en": text.en}


def same(word: str) -> Both:
    """Say a word alike in both languages."""
    return {"zh": word, "en": word}

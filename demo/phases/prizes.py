"""Prizes are proposed, public for five working days, objected to, published and certified."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3

from demo.stage import Impatience, Stage

_HTTP = urllib3.PoolManager(timeout=20.0)
OBJECTOR = {"kind": "person", "name": "韩明远", "phone": "+8613812345678", "email": "han@mail.example.cn"}


def award_prizes(stage: Stage) -> None:
    """Propose, open publicity, hear objections, publish after five working days, certify, verify."""
    first = stage.cast.secretariat[0]
    stage.show.total(6)
    _nominate(stage)
    plan = stage.call(first, "awards.propose_awards", edition_id=stage.edition.id, dry_run=True)
    proposal = stage.call(first, "awards.propose_awards", edition_id=stage.edition.id, reason="总决赛结果")
    if plan["counts"] != proposal["counts"]:
        raise Impatience("the dry run of the proposal differs from the proposal")
    stage.show.advance()
    closes_at = _make_public(stage, proposal["proposal_id"])
    stage.show.advance()
    dismissed, pending = _object(stage, proposal["proposal_id"])
    stage.show.advance()
    stage.move_clock(closes_at + timedelta(minutes=1))
    _resolve(stage, dismissed, "dismissed")
    stage.await_job(
        first,
        "awards",
        stage.call(first, "awards.publish_awards", proposal_id=proposal["proposal_id"], reason="公示期满"),
    )
    stage.show.advance()
    _resolve(stage, pending, "upheld")
    certified = _await_certificates(stage, proposal["total"] - 1)
    stage.show.advance()
    _verify(stage, certified)
    stage.show.advance()
    stage.facts |= {"proposal": proposal, "certified": certified}
    stage.show.say(
        f"{proposal['total']} 个奖项公示至 {closes_at:%Y-%m-%d}；1 件异议不成立，1 件异议成立而撤销；"
        f"颁发 {len(certified)} 张证书，逐一核验无误",
        f"{proposal['total']} prizes public for five working days; one objection dismissed, one upheld; "
        f"{len(certified)} certificates issued and verified",
    )


def _nominate(stage: Stage) -> None:
    first, second = stage.cast.secretariat
    prize = next((prize.id for prize in stage.edition.prizes if prize.kind == "nominated"), None)
    if prize is None:
        return
    nomination = stage.call(
        first,
        "awards.nominate_contribution",
        edition_id=stage.edition.id,
        prize=prize,
        laureate="东部省通信管理局",
        grounds="组织省内二十余家单位参赛，提供评审场地与志愿服务。",
    )
    for secretary in (first, second):
        stage.call(
            secretary, "awards.vote_contribution", nomination_id=nomination["nomination_id"], in_favour=True
        )


def _make_public(stage: Stage, proposal_id: str) -> datetime:
    first = stage.cast.secretariat[0]
    stage.move_to("publicity")
    opened = stage.call(first, "awards.open_publicity", proposal_id=proposal_id, reason="评委会审定")
    stage.expect_refusal(
        "OutsideWindow",
        "公示未满即公布 publishing before publicity ends",
        first,
        "awards.publish_awards",
        proposal_id=proposal_id,
    )
    return datetime.fromisoformat(opened["closes_at"])


def _object(stage: Stage, proposal_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    first = stage.cast.secretariat[0]
    awards = stage.every(first, "awards.list_awards", proposal_id=proposal_id)
    cases = [award for award in awards if award["case_id"]]
    grounds = "该案例的节电量与本人所知的电表数据不符。"
    stage.expect_refusal(
        "InvalidInput",
        "匿名异议 an anonymous objection",
        None,
        "awards.file_objection",
        award_id=cases[-1]["award_id"],
        objector={"kind": "person"},
        grounds=grounds,
    )
    filed = [
        stage.call(
            None,
            "awards.file_objection",
            award_id=award["award_id"],
            objector=OBJECTOR,
            grounds=grounds,
            evidence=[{"description": "抄表记录照片三张", "link": "https://files.example.cn/meter"}],
        )
        for award in (cases[-1], cases[-2])
    ]
    return filed[0], filed[1]


def _resolve(stage: Stage, objection: dict[str, Any], outcome: str) -> None:
    words = {"dismissed": "经核对原始电表，异议不成立。", "upheld": "经核查，节电量有误，异议成立。"}
    stage.call(
        stage.cast.secretariat[1],
        "awards.resolve_objection",
        objection_id=objection["objection_id"],
        outcome=outcome,
        resolution=words[outcome],
        reason="异议处理小组决定",
    )


def _await_certificates(stage: Stage, wanted: int) -> list[dict[str, Any]]:
    def issued() -> Any:
        rows = stage.every(
            stage.cast.secretariat[0], "awards.list_awards", edition_id=stage.edition.id, status="certified"
        )
        return rows if len(rows) == wanted else None

    rows: list[dict[str, Any]] = stage.await_until(f"{wanted} certificates", issued)
    return rows


def _verify(stage: Stage, certified: list[dict[str, Any]]) -> None:
    folder: Path = stage.facts["certificates"]
    folder.mkdir(parents=True, exist_ok=True)
    for award in certified:
        number = award["certificate_number"]
        verified = stage.call(None, "awards.verify_certificate", number=number)
        link = stage.call(stage.cast.secretariat[0], "awards.certificate_link", award_id=award["award_id"])
        content = _HTTP.request("GET", link["url"]).data
        if verified["status"] != "valid" or hashlib.sha256(content).hexdigest() != verified["sha256"]:
            raise Impatience(f"certificate {number} does not verify")
        (folder / f"{number}.pdf").write_bytes(content)
    stage.expect_refusal(
        "NotFound",
        "核验不存在的证书号 verifying a number that was never issued",
        None,
        "awards.verify_certificate",
        number=certified[0]["certificate_number"][:-1] + "#",
    )

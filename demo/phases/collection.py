"""Drafts, files by presigned form, the checklist, and submission with a receipt before the deadline."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import urllib3

from demo import files
from demo.cast import Case
from demo.stage import Impatience, Stage

_HTTP = urllib3.PoolManager(maxsize=8, timeout=20.0)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ANSWERS = {
    "baseline": "改造前年用电 4,200 MWh，依据结算电表。",
    "saving": "年节电 980 MWh，折合减排 559 吨二氧化碳，按区域电网平均排放因子核算。",
    "innovation": "负荷预测与设备群控联动，按碳强度调度。",
    "replication": "已在三个省推广。",
    "sharing_element": "yes",
    "sharing_partners": "与市政及电力单位共用杆塔 120 座、管孔 35 公里。",
}


def collect_cases(stage: Stage) -> None:
    """Every case: a draft, files of each kind, a complete checklist, a receipt; some things are refused."""
    stage.move_to("collection")
    window = stage.edition.window("collection")
    late, *rest = reversed(stage.cast.cases)
    stage.facts["late"] = late

    def enter(case: Case) -> None:
        _draft(stage, case)
        if case.number == 0:
            _try_what_is_refused(stage, case)
        _upload_all(stage, case)

    in_time = [*reversed(rest)]
    stage.side_by_side(enter, [*in_time, late])
    for case in in_time:  # one after the other: the same seed gives the same numbers
        case.receipt = stage.call(case.unit.contact, "submission.submit_case", case_id=case.case_id)
    _wait_for_checker(stage)
    stage.move_clock(window.closes_at + timedelta(minutes=1))
    refusal = stage.expect_refusal(
        "OutsideWindow",
        "截止后提交 a submission after the deadline",
        late.unit.contact,
        "submission.submit_case",
        case_id=late.case_id,
    )
    receipts = [case.receipt for case in stage.cast.cases if case.receipt]
    stage.facts["refused_late"] = str(refusal)
    stage.show.say(
        f"{len(receipts)} 个案例按时提交并取得回执（如 {receipts[0]['number']}），截止后一件被拒",
        f"{len(receipts)} cases received in time, each with a receipt such as {receipts[0]['number']}; "
        "one came too late",
    )


def _draft(stage: Stage, case: Case) -> None:
    track = stage.edition.track(case.track)
    assert track is not None
    asked = [*stage.edition.questions, *track.questions]
    draft = stage.call(
        case.unit.writer,
        "submission.save_draft",
        edition_id=stage.edition.id,
        track=case.track,
        title=case.title,
        summary=case.summary,
        answers={question.id: ANSWERS.get(question.id, "yes") for question in asked},
    )
    case.case_id, case.version = draft["case_id"], draft["draft_version"]
    draft = stage.call(
        case.unit.writer,
        "submission.save_draft",
        edition_id=stage.edition.id,
        case_id=case.case_id,
        draft_version=case.version,
        declarations=[declaration.id for declaration in stage.edition.declarations],
    )
    case.version = draft["draft_version"]


def _upload_all(stage: Stage, case: Case) -> None:
    contents: dict[str, tuple[str, str, bytes]] = {
        "application_form": ("申报书.docx", DOCX, files.make_docx(case.title, case.summary)),
        "proof_of_rights": ("权利证明.pdf", "application/pdf", files.make_pdf(case.number)),
        "site_picture": ("现场.png", "image/png", files.make_png(case.number)),
        "attachment": ("佐证.pdf", "application/pdf", files.make_pdf(1000 + case.number)),
    }
    for kind, (name, media_type, content) in contents.items():
        upload_material(stage, case, kind, name, media_type, content)


def upload_material(
    stage: Stage, case: Case, kind: str, name: str, media_type: str, content: bytes
) -> dict[str, Any]:
    """Announce a file, send it to storage as a browser would, and confirm it; return the material."""
    announced = stage.call(
        case.unit.contact,
        "submission.upload_material",
        case_id=case.case_id,
        kind=kind,
        file_name=name,
        size=len(content),
        media_type=media_type,
    )
    answer = _HTTP.request(
        "POST", announced["url"], fields={**announced["form"], "file": (name, content, media_type)}
    )
    if answer.status not in (200, 201, 204):
        raise RuntimeError(f"the storage refused a file: {answer.status} {answer.data[:300]!r}")
    confirmed: dict[str, Any] = stage.call(
        case.unit.contact,
        "submission.confirm_material",
        case_id=case.case_id,
        material_id=announced["material_id"],
    )
    return confirmed


def _try_what_is_refused(stage: Stage, case: Case) -> None:
    contact, other = case.unit.contact, stage.cast.units[1].contact
    stage.expect_refusal(
        "InvalidInput",
        "材料不齐即提交 an incomplete submission",
        contact,
        "submission.submit_case",
        case_id=case.case_id,
    )
    stage.expect_refusal(
        "Conflict",
        "用旧版本保存草稿 a stale draft",
        contact,
        "submission.save_draft",
        edition_id=stage.edition.id,
        case_id=case.case_id,
        draft_version=1,
        title="旧稿",
    )
    stage.expect_refusal(
        "InvalidInput",
        "选择两个赛项 two tracks at once",
        contact,
        "submission.save_draft",
        edition_id=stage.edition.id,
        track=[case.track, "city"],
        title="两个赛项",
    )
    stage.expect_refusal(
        "NotFound",
        "查看别家单位的案例 another unit's case",
        other,
        "submission.get_case",
        case_id=case.case_id,
    )
    pretended = upload_material(
        stage, case, "attachment", "伪装.pdf", "application/pdf", files.make_pretender()
    )
    found = stage.await_until("the checker to refuse a pretender", lambda: _checked(stage, case, pretended))
    stage.facts["pretender"] = found
    stage.expect_refusal(
        "InvalidInput",
        "带着未通过检查的文件提交 submitting with a refused file",
        contact,
        "submission.submit_case",
        case_id=case.case_id,
    )
    stage.call(
        contact,
        "submission.remove_material",
        case_id=case.case_id,
        material_id=found["material_id"],
        reason="换成真正的扫描件",
    )


def _checked(stage: Stage, case: Case, material: dict[str, Any]) -> dict[str, Any] | None:
    shown = stage.call(case.unit.contact, "submission.get_case", case_id=case.case_id)
    found: dict[str, Any] = next(
        row for row in shown["materials"] if row["material_id"] == material["material_id"]
    )
    return found if found["status"] in ("accepted", "refused") else None


def _wait_for_checker(stage: Stage) -> None:
    secretary = stage.cast.secretariat[0]
    unread = list(stage.cast.cases)

    def checked() -> bool:
        while unread:
            shown = stage.call(secretary, "submission.get_case", case_id=unread[-1].case_id)
            if any(material["status"] == "quarantined" for material in shown["materials"]):
                return False
            unread.pop()
        return True

    stage.await_until("the checker to have read every file", checked)
    found = stage.facts["pretender"]
    if found["status"] != "refused":
        raise Impatience("the checker let a program pass that called itself a PDF")
    stage.show.say(
        f"伪装成 PDF 的程序被查出：{'、'.join(finding['zh'] for finding in found['findings'])}",
        "a program that called itself a PDF was refused: "
        + ", ".join(finding["code"] for finding in found["findings"]),
    )

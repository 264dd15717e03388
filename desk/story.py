"""What a record of the judging says, in words for people; ``--json`` shows the record itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.names import name_code

Content = Mapping[str, Any]
DECISIONS: Final = {
    "qualification_pass": "资格审核通过 qualification passed",
    "qualification_return": "资格审核退回 qualification returned",
    "qualification_reject": "资格审核不通过 qualification rejected",
    "formal_pass": "形式审查通过 formal review passed",
    "formal_return": "形式审查退回 formal review returned",
    "formal_fail": "形式审查不通过 formal review failed",
    "disqualification_proposed": "提议取消资格 disqualification proposed",
    "disqualification_dropped": "撤销提议 disqualification dropped",
    "disqualified": "取消资格 disqualified",
    "reinstated": "恢复资格 reinstated",
    "withdrawn": "撤回参赛 withdrawn",
    "panel_decision": "合议裁定 decided by panel discussion",
    "gap_accepted": "认可分差 gap accepted",
}
RECORDS: Final = {
    "score_sheet": "评分表 score sheet",
    "result": "评审结果 result",
    "formal_result": "形式审查结束 formal review closed",
    "left_round": "退出本轮评审 left the round",
    "sheets_set_aside": "评分表作废 sheets set aside",
}


def name_record(kind: str, content: Content) -> str:
    """Say in Chinese and English what happened; what is not known here keeps its own name."""
    what = str(content.get("what", ""))
    return DECISIONS.get(what) or RECORDS.get(kind) or what or kind


def tell_record(kind: str, content: Content) -> str:
    """Say what is worth knowing of it in a line."""
    said: list[str] = []
    if kind == "score_sheet":
        decision = content.get("decision")
        said = [name_code(str(decision))] if decision else [f"总分 total {content.get('total')}"]
        said.append(str(content.get("comment") or ""))
    elif kind == "result":
        said = [
            f"得分 score {content.get('score')}", f"名次 rank {content.get('rank')}",
            name_code(str(content.get("outcome"))),
        ]  # fmt: skip
    elif kind == "sheets_set_aside":
        said = [f"{len(content.get('sheets', ()))} 份 sheets", str(content.get("why") or "")]
    else:
        said = [str(content.get("reason") or "")]
        said += [f"{row.get('code', '')} {row.get('note', '')}".strip() for row in content.get("reasons", ())]
    return " · ".join(part for part in said if part)

"""What the codes of the field are called in Chinese, wherever a person sees them."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, str]] = {
    "accepted": "已接受", "active": "有效", "advanced": "晋级", "assigned": "已分配", "auditor": "审计",
    "awaiting_upload": "待上传", "certified": "已发证", "closed": "已关闭", "closing": "关闭中",
    "declined": "已谢绝", "discarded": "已弃用", "dismissed": "不成立", "disqualified": "取消资格",
    "done": "完成", "draft": "草稿", "enterprise": "企业", "entrant": "参赛者", "expert": "专家",
    "fail": "不通过", "failed": "未通过", "filed": "已受理", "filled": "已分配", "final": "终评",
    "finalist": "入围", "formal": "形式审查", "in_formal_review": "形审中", "in_publicity": "公示中",
    "in_round": "评审中", "invited": "已邀请", "locked": "已锁定", "objected": "有异议", "open": "进行中",
    "operator": "运维", "pass": "通过", "passed": "通过", "pending": "待审", "proposed": "拟定",
    "public_institution": "事业单位", "published": "已发布", "qualified": "形审通过",
    "quarantined": "待查毒", "queued": "待办", "recommender": "推荐单位", "recused": "已回避",
    "refused": "已拒绝", "rejected": "不通过", "research_institute": "科研院所", "return": "退回",
    "returned": "已退回", "revoked": "已收回", "running": "进行中", "school": "院校", "scored": "已评分",
    "secretariat": "秘书处", "sending": "发送中", "sent": "已发送", "stopped": "未晋级",
    "submitted": "已提交", "superseded": "已取代", "suspended": "已停用", "track": "赛项评审",
    "unknown": "结果不明", "upheld": "成立", "waiting": "待审", "withdrawn": "已撤回",
}  # fmt: skip
"""By code; the enumerations of contracts/words share them where they mean the same."""


def name_code(code: str) -> str:
    """Return a code in Chinese and as it is; one that is not known only as it is."""
    return f"{CODES[code]} {code}" if code in CODES else code

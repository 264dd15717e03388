"""What the codes of the field are called in Chinese, wherever a person sees them."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, str]] = {
    "accepted": "已接受", "account_invited": "账号邀请", "active": "有效", "advanced": "晋级",
    "assigned": "已分配", "auditor": "审计", "awaiting_upload": "待上传", "award_proposed": "获奖公示",
    "award_published": "奖项公布", "award_withdrawn": "奖项撤销", "case_disqualified": "取消资格",
    "case_reinstated": "恢复资格", "case_returned": "案例退回", "case_revised": "补正收到",
    "case_submitted": "案例收到", "case_withdrawn": "案例撤回", "certificate_issued": "证书签发",
    "certified": "已发证", "closed": "已关闭", "closing": "关闭中", "computing": "计算中", "current": "当前",
    "declined": "已谢绝", "discarded": "已弃用", "dismissed": "不成立", "disqualified": "取消资格",
    "done": "完成", "draft": "草稿", "enterprise": "企业", "entrant": "参赛者", "expert": "专家",
    "expert_suspended": "专家停用", "experts_assigned": "评审任务", "fail": "不通过", "failed": "未通过",
    "filed": "已受理", "fill_panels": "分配专家", "filled": "已分配", "final": "终评", "finalist": "入围",
    "formal": "形式审查", "formal_failed": "形审未通过", "formal_passed": "形审通过",
    "in_formal_review": "形审中", "in_publicity": "公示中", "in_round": "评审中", "invited": "已邀请",
    "locked": "已锁定", "material_quarantined": "材料被拒", "objected": "有异议",
    "objection_filed": "异议受理", "objection_resolved": "异议处理", "open": "进行中", "operator": "运维",
    "pass": "通过", "passed": "通过", "password_reset": "重设密码", "pending": "待审", "person": "个人",
    "proposed": "拟定", "public_institution": "事业单位", "publish_awards": "发布奖项",
    "published": "已发布", "put_back_parked": "重新处理搁置消息", "qualification_passed": "资格通过",
    "qualification_rejected": "资格不通过", "qualification_returned": "资格退回", "qualified": "形审通过",
    "quarantined": "待查毒", "queued": "待办", "recommender": "推荐单位", "recused": "已回避",
    "refused": "已拒绝", "rejected": "不通过", "replay_events": "重发事件", "research_institute": "科研院所",
    "return": "退回", "returned": "已退回", "revoked": "已收回", "running": "进行中",
    "schedule_moved": "日程调整", "school": "院校", "scored": "已评分", "secretariat": "秘书处",
    "sending": "发送中", "sent": "已发送", "stopped": "未晋级", "submitted": "已提交",
    "superseded": "已取代", "suspended": "已停用", "tell_of_schedule": "通知日程调整",
    "throw_away_parked": "丢弃搁置消息", "track": "赛项评审", "unit": "单位", "unit_registered": "单位报名",
    "unit_suspended": "单位停用", "unknown": "结果不明", "upheld": "成立", "waiting": "待审",
    "withdrawn": "已撤回", "write_result": "计算结果",
}  # fmt: skip
"""By code; the enumerations of contracts/words share them where they mean the same."""


def name_code(code: str) -> str:
    """Return a code in Chinese and as it is; one that is not known only as it is."""
    return f"{CODES[code]} {code}" if code in CODES else code

"""Chinese headings of columns, by the contracts' field names."""

from __future__ import annotations

from typing import Final

LABELS: Final = {
    "account_id": "账号", "action": "动作", "actor": "办理人", "advanced": "晋级",
    "announcement_id": "公告", "assignment_id": "评审任务", "at": "时间", "attempts": "次数",
    "award_id": "奖项", "case_id": "案例", "cases": "案例数", "cause_type": "起因",
    "certificate_number": "证书编号", "check": "检查", "closed_at": "关闭时间", "closes_at": "结束",
    "created_at": "创建时间", "details": "详情", "due_at": "期限", "edition_id": "届",
    "email": "邮箱", "employer": "工作单位", "event_id": "事件", "expert_id": "专家",
    "job_id": "任务", "kind": "类别", "laureate": "获奖者", "letter_id": "信件",
    "name": "名称", "number": "编号", "opened_at": "开始时间", "opens_at": "开始",
    "outcome": "结果", "phone": "电话", "position": "序号", "prize": "奖项",
    "prize_name": "奖项", "problem": "问题", "province": "省份", "published_at": "发布时间",
    "rank": "名次", "reason": "原因", "recommender": "推荐单位", "revision": "版本",
    "roles": "身份", "round_id": "评审轮", "rows": "行数", "score": "得分",
    "sent_to": "收件地址", "service": "服务", "stage": "阶段", "status": "状态",
    "subject": "主题", "submitted_at": "提交时间", "summary": "摘要", "template": "模板",
    "title": "名称", "total": "合计", "track": "赛项", "type": "类型",
    "unit_id": "单位", "uscc": "信用代码", "version": "版本号", "what": "事项", "who": "何人",
}  # fmt: skip

"""What each method is called in Chinese, by its short name, or its full one where two services differ."""

from __future__ import annotations

from typing import Final

from contracts.rpc import Method

TITLES: Final = {
    "check_integrity": "核对本服务的记录", "command_outcome": "查询操作是否受理",
    "discard_parked": "丢弃搁置的消息", "health_summary": "队列、租约与未完工作", "job": "任务进度",
    "list_audit": "审计日志", "list_emitted": "已发出的事件", "list_job_outcomes": "任务逐行结果",
    "list_jobs": "任务列表", "list_parked": "搁置的消息", "list_unhandled": "尚未处理的事件",
    "personal_data": "本服务保存的个人信息", "replay_events": "重发事件",
    "replay_parked": "重新处理搁置的消息", "wanted_events": "本服务处理的事件类型",
    "accept_invitation": "接受邀请并设置密码", "advance_clock": "拨快业务时钟（仅限本地环境）",
    "bootstrap_operator": "创建首位运维账号", "business_time": "业务时间", "decline_invitation": "谢绝邀请",
    "enroll_expert": "录入专家并发邀请", "enroll_experts": "批量录入专家",
    "erase_personal_data": "删除个人信息", "export_personal_data": "导出个人信息",
    "get_edition": "查看届规则与日程", "get_expert": "查看专家", "get_unit": "查看参赛单位",
    "invite_account": "邀请工作人员、推荐单位或审计人员", "invite_member": "邀请本单位成员",
    "letter_link": "生成信件中的一次性链接", "letter_recipient": "查询信件收件人",
    "list_accounts": "账号列表", "list_editions": "各届列表", "list_experts": "专家列表",
    "list_units": "参赛单位列表", "move_schedule": "调整日程", "publish_edition": "发布届规则",
    "refresh_session": "续期登录", "register_unit": "单位报名", "reinstate_account": "恢复账号",
    "reinstate_expert": "恢复专家资格", "reinstate_unit": "恢复参赛单位",
    "request_password_reset": "申请重设密码", "reset_password": "重设密码",
    "revoke_sessions": "结束账号的全部登录", "sign_in": "登录", "sign_out": "退出",
    "suspend_account": "停用账号", "suspend_expert": "停用专家", "suspend_unit": "停用参赛单位",
    "update_expert": "修改专家信息", "update_unit": "修改单位信息", "who_am_i": "当前账号",
    "checklist": "提交前检查", "confirm_material": "确认文件已上传", "get_case": "查看案例",
    "get_receipt": "查看回执", "list_cases": "案例列表", "list_versions": "案例各版本",
    "material_link": "材料下载链接", "remove_material": "移除材料", "revise_case": "补正后重新提交",
    "save_draft": "保存草稿", "submit_case": "提交案例", "upload_material": "上传材料",
    "withdraw_case": "撤回案例", "accept_duty": "承诺保密并申报利害关系",
    "add_waiting_cases": "将待审案例并入本轮", "assign_experts": "分配专家",
    "case_for_review": "查看待评案例", "case_timeline": "案例评审记录", "close_round": "关闭一轮评审",
    "confirm_disqualification": "确认取消资格", "decide_qualification": "作出资格审核决定",
    "decide_qualifications": "批量资格审核", "disqualify_case": "提议取消案例资格",
    "drop_disqualification": "撤销取消资格的提议", "get_assessment": "查看案例评审状态",
    "get_result": "查看结果", "get_round": "查看评审轮", "list_assessments": "评审中的案例",
    "list_assignments": "评审任务列表", "list_qualifications": "资格审核列表",
    "list_results": "一轮的各次结果", "list_round_cases": "一轮的案例", "list_rounds": "评审轮列表",
    "list_scores": "得分与名次", "material_for_review": "评审材料链接", "my_assignments": "我的评审任务",
    "open_round": "开始一轮评审", "reassign": "改派专家", "recuse": "申请回避",
    "reinstate_case": "恢复案例资格", "resolve_gap": "记录分差的合议结果", "round_leaves": "一轮记录的各叶",
    "round_progress": "评审进度", "round_record": "一轮的全部记录", "round_seal": "一轮记录的根与签名",
    "submit_score_sheet": "提交评分表", "supersede_result": "以另一方法重算结果",
    "certificate_link": "证书下载链接", "discard_proposal": "弃用奖项方案", "file_objection": "提出异议",
    "get_award": "查看奖项", "get_objection": "查看异议", "list_awards": "奖项列表",
    "list_nominations": "提名列表", "list_objections": "异议列表", "list_placings": "奖项所依据的名次",
    "list_proposals": "奖项方案列表", "awards.list_results": "已发布的获奖结果",
    "nominate_contribution": "提名", "open_publicity": "开始公示", "propose_awards": "拟定奖项方案",
    "public_notice": "公示中的奖项", "publish_awards": "发布奖项", "reinstate_award": "恢复奖项",
    "resolve_objection": "处理异议", "verify_certificate": "验证证书", "vote_contribution": "对提名投票",
    "withdraw_award": "撤销奖项", "get_letter": "查看信件", "letter_counts": "信件统计",
    "list_announcements": "公告列表", "list_letters": "信件列表", "mark_message_read": "标记消息已读",
    "my_messages": "我的消息", "publish_announcement": "发布公告", "resend_letter": "重发信件",
    "settle_letter": "记录信件下落",
}  # fmt: skip


def title_of(method: Method) -> str:
    """Return the Chinese title of a method; empty where it has none."""
    return TITLES.get(method.full_name) or TITLES.get(method.name, "")

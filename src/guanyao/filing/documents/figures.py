"""How figures, measures and comparisons are written in a document."""

import math
from collections.abc import Mapping
from typing import Any

from guanyao.filing.checking import Checked
from guanyao.filing.evidence_kinds import DOCUMENTS, KINDS
from guanyao.filing.measured import LEVEL, Measured

SIGNS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "==": "＝"}
OUTCOMES = {
    "met": "达到",
    "not_met": "未达到",
    "not_shown": "尚不能证明达到",
    "missing": "无测量值",
}
SCORES = {
    "column_shapes": "单列分布一致性",
    "pair_trends": "两列关系保持度",
    "triple_trends": "三列关系保持度",
    "missingness": "缺失模式一致性",
    "c2st_auc": "真伪判别 AUC（越接近参照越好）",
    "tstr": "以虚拟数据训练、以真实数据检验的效用",
    "dcr_share": "更接近训练记录的比例",
    "exact_copies": "与训练记录完全相同的比例",
    "cfid": "条件弗雷歇距离",
    "ckid": "条件核距离",
    "precision": "精确率（图像落在真实分布内的比例）",
    "recall": "召回率（真实分布被覆盖的比例）",
    "density": "密度",
    "coverage": "覆盖率",
    "label_accuracy": "标签一致率",
    "copy_rate": "图像复制率",
}
"""Measure of a run -> what it is called; every measure of `guanyao.metrics` stands here."""
KINDS_OF_SCORE = {"fidelity": "保真", "utility": "效用", "diagnostic": "诊断", "privacy": "隐私"}
ATTACKS = {
    "nearest_neighbour": "最近邻成员推断",
    "calibrated_neighbour": "校准最近邻成员推断",
    "canaries": "植入记录探测",
}
GROUPS = {"random": "随机抽取的记录", "vulnerable": "最易受攻击的记录", "canary": "植入的记录"}
MEASURES = {
    "attack.auc": "最强攻击的 AUC",
    "attack.n_usable": "有效攻击项数",
    "exact_copies.excess": "完全相同记录比例（扣除真实数据间的重复）",
    "personal.n_direct_learned": "被学习的直接标识列数",
    "dp.epsilon": "差分隐私预算 ε",
    "dp.delta": "差分隐私参数 δ",
    "dp_audit.epsilon": "声明的 ε",
    "dp_audit.epsilon_low": "审计得到的 ε 下界",
    "dp_audit.margin": "声明的 ε 与审计下界之差",
    "dp_audit.delta": "声明的 δ",
    "dp_audit.confidence": "审计置信度",
    "dp_audit.n_canaries": "审计植入记录数",
    "masking.n_remaining": "脱敏后仍含个人信息的列数",
    "masking.n_rows": "脱敏行数",
    "masking.k": "脱敏后最小同类人数 k",
    "masking.alone": "脱敏后可单独识别的记录比例",
    "erasure.n_hits": "删除后仍能查到的处数",
    "erasure.n_unread": "删除核查中未能读取的文件数",
    "erasure.n_subjects": "删除涉及的主体数",
    "audit.ok": "审计链完整",
    "audit.n_lines": "审计链行数",
    "audit.anchored": "审计链已锚定",
    "vault.n_items": "备份恢复演练的项目数",
    "label.explicit_share": "显式标识合格率",
    "label.implicit_share": "隐式标识合格率",
    "label.n_checked": "标识核验文件数",
    "label.n_contradictory": "标识相互矛盾的文件数",
    "label.n_damaged": "标识损坏的文件数",
}
SERVICE = {
    "n_users": "注册使用者数",
    "n_accepted": "已接受现行协议的使用者数",
    "n_generations": "生成请求数",
    "n_labelled": "带标识输出数",
    "n_opt_outs": "关闭输入用于训练的使用者数",
    "opt_out_clicks": "从主界面到关闭选项的点击次数",
    "n_complaints": "收到的投诉数",
    "n_complaints_late": "逾期答复的投诉数",
    "complaint_limit_h": "公布的投诉答复时限（小时）",
    "complaint_median_h": "投诉答复中位时间（小时）",
    "n_complaint_channels": "公布的投诉渠道数",
    "n_rights_requests": "个人信息权利请求数",
    "n_rights_late": "逾期答复的权利请求数",
    "n_illegal_in_row": "连续违法输入次数上限",
    "n_illegal_per_day": "单日违法输入次数上限",
    "n_limited": "因滥用被限制的使用者数",
    "log_retention_days": "访问日志保存天数",
    "label_free_retention_days": "无显式标识内容接收记录保存天数",
    "n_logins": "工作人员登录次数",
    "n_second_factor": "其中使用双因素的次数",
    "n_incidents": "安全事件数",
    "n_incidents_late": "逾期报告的安全事件数",
    "uptime": "服务可用率",
    "n_without_consent": "无合法性基础而使用的记录数",
    "n_vulnerabilities": "已安装组件的高危漏洞数",
    "accepted_share": "接受现行协议的比例",
    "labelled_share": "输出带标识的比例",
    "second_factor_share": "双因素登录比例",
    "complaints_late_share": "投诉逾期比例",
    "rights_late_share": "权利请求逾期比例",
    "incidents_late_share": "安全事件逾期报告比例",
}
"""Figure of a service's log -> what it is called."""
SAMPLE_PARTS = {"n": "抽样数量", "part": "抽样占比", "share": "比例"}
SAMPLE_SHARES = {"source": "违法不良比例", "refuse": "拒答率", "non_refuse": "误拒率"}
DIGITS, MOST_PLACES, WIDE = 4, 12, 10_000
"""Digits that count, most places behind the point, and from where on there are none behind it."""
BANK_PARTS = {"n_entries": "条目总数", "n_unclassified": "未分类条目数"}


def figure(value: object) -> str:
    """A number as a document shows it: whole as it is, others with four digits, none as 4e-05.

    Examples:
        >>> figure(81290), figure(0.993057977), figure(0.00004725), figure(True)
        ('81290', '0.9931', '0.00004725', '是')
    """
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _decimal(value)
    return "—" if value is None else str(value)


def _decimal(value: float) -> str:
    if not math.isfinite(value):
        return "未知"
    if value.is_integer() or abs(value) >= WIDE:
        return f"{value:.0f}"
    n_places = max(DIGITS - 1 - math.floor(math.log10(abs(value))), 0)
    return f"{value:.{min(n_places, MOST_PLACES)}f}".rstrip("0").rstrip(".")


def with_interval(value: object, low: object, high: object) -> str:
    """A value and, where it is stated and no point, its interval."""
    if low == high or not isinstance(low, int | float) or not isinstance(high, int | float):
        return figure(value)
    if abs(low) == float("inf") or abs(high) == float("inf"):
        return f"{figure(value)}（区间未知）"
    return f"{figure(value)}（{LEVEL:.0%} 区间 {figure(low)} 至 {figure(high)}）"


def measured_text(found: Measured) -> str:
    """A measured value with its interval and the number it was measured on."""
    text = with_interval(found.value, found.low, found.high)
    return text if found.n is None else f"{text}，n＝{found.n}"


def title_of_measure(measure: str) -> str:
    """What a measure of the evidence is called.

    Examples:
        >>> title_of_measure("sample.refuse.share")
        '应拒答抽检：拒答率'
    """
    if measure in MEASURES:
        return MEASURES[measure]
    head, _, rest = measure.partition(".")
    if head == "score":
        return SCORES.get(rest, rest)
    if head == "service":
        return SERVICE.get(rest, rest)
    if head in ("sample", "bank"):
        name, _, part = rest.partition(".")
        return f"{title_of_kind(f'{head}.{name}')}：{_part(head, name, part)}"
    return measure


def _part(head: str, name: str, part: str) -> str:
    if head == "sample" and part == "share":
        return SAMPLE_SHARES.get(name.partition("_")[0] if "source" in name else name, "合格率")
    if part.startswith("kind."):
        return f"{part.removeprefix('kind.')} 类条目数"
    return {**SAMPLE_PARTS, **BANK_PARTS}.get(part, part)


def title_of_kind(kind: str, topics: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """What a kind of evidence is called."""
    head, _, topic = kind.partition(".")
    if head == "document":
        return str({**DOCUMENTS, **(topics or {})}.get(topic, {"zh": topic})["zh"])
    return str(KINDS[kind].title["zh"]) if kind in KINDS else kind


def check_text(checked: Checked) -> str:
    """A check in words: what was measured against what, and what came of it."""
    check = checked.check
    wanted = f"要求 {SIGNS[check.sign]} {figure(float(check.threshold))}"
    title = title_of_measure(check.measure)
    if checked.measured is None:
        return f"{title}：无测量值（{wanted}）"
    return f"{title}：{measured_text(checked.measured)}，{wanted}，{OUTCOMES[checked.outcome]}"


def score_rows(run: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Each measure of a run: title, value with interval, that of real data, of loose columns."""
    rows: list[tuple[str, ...]] = []
    for score in run.get("scores", ()):
        reference = score.get("reference") or {}
        rows.append(
            (
                SCORES.get(score.get("name", ""), str(score.get("name", ""))),
                KINDS_OF_SCORE.get(score.get("kind", ""), "—"),
                with_interval(score.get("value"), score.get("low"), score.get("high")),
                figure(reference.get("real")),
                figure(reference.get("independent")),
            )
        )
    return rows


def attack_rows(run: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Each attack of a run: what it is, on whom, its AUC with interval, the control, its use."""
    return [
        (
            ATTACKS.get(attack.get("name", ""), str(attack.get("name", ""))),
            GROUPS.get(attack.get("group", ""), str(attack.get("group", ""))),
            with_interval(attack.get("auc"), attack.get("low"), attack.get("high")),
            figure(attack.get("control")),
            "有效" if attack.get("usable") else "样本不足，不计",
        )
        for attack in run.get("attacks", ())
    ]

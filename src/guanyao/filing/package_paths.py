"""Where the files of a dossier lie, and what they are called there: as the offices expect them."""

from collections.abc import Collection
from pathlib import PurePosixPath

HELPER_TEXTS = ("说明.txt", "说明.md", "readme.txt", "readme.md")
"""Texts that tell how a folder is to be filled; none of them is handed in."""
LONGEST = 80
UNSAFE = '<>:"|?*\\/'

OTHER = "附件7 其他佐证材料"
FILING = {
    "application_form": "0 上线备案表/0 上线备案表",
    "assessment_report": "附件1 安全评估报告/附件1 安全评估报告",
    "service_agreement": "附件2 模型服务协议和隐私保护政策/2.1 模型服务协议",
    "privacy_policy": "附件2 模型服务协议和隐私保护政策/2.2 隐私保护政策",
    "annotation_rules": "附件3 语料标注规则/附件3 语料标注规则",
    "keywords": "附件4 拦截关键词列表/附件4 拦截关键词列表",
    "questions": "附件5 评估测试题/附件5 评估测试题",
    "continuity": "附件6 算力与服务连续性说明/附件6 算力与服务连续性说明",
    "clause_matrix": f"{OTHER}/7.1 条款符合性矩阵",
    "model_mechanism": f"{OTHER}/7.2 模型机制机理说明",
    "content_safety_rules": f"{OTHER}/7.3 内容安全管理制度",
    "emergency_plan": f"{OTHER}/7.4 安全事件应急预案",
    "called_model": f"{OTHER}/7.5 调用已备案模型情况说明",
    "risk_register": f"{OTHER}/7.6 安全风险清单",
    "personal_information_assessment": f"{OTHER}/7.7 个人信息保护影响评估",
    "disclosure_page": f"{OTHER}/7.8 公开说明页面",
    "complaint_rules": f"{OTHER}/7.9 投诉举报规则",
    "security_rules": f"{OTHER}/7.10 数据安全管理制度",
    "other": f"{OTHER}/7.11",
}
"""Slot -> folder and file name in the dossier of a filing."""
REGISTERED = "7 其他材料"
REGISTRATION = {
    "application_form": "0 登记表/0 登记表",
    "called_model": "1 调用已备案模型情况说明及证明/1 调用已备案模型情况说明",
    "service_agreement": "2 服务协议和隐私保护政策/2.1 服务协议",
    "privacy_policy": "2 服务协议和隐私保护政策/2.2 隐私保护政策",
    "content_safety_rules": "3 内容安全管理制度/3 内容安全管理制度",
    "keywords": "4 关键词库/4 关键词库",
    "questions": "5 评估测试题/5 评估测试题",
    "assessment_report": f"{REGISTERED}/7.1 安全评估报告",
    "clause_matrix": f"{REGISTERED}/7.2 条款符合性矩阵",
    "emergency_plan": f"{REGISTERED}/7.3 安全事件应急预案",
    "risk_register": f"{REGISTERED}/7.4 安全风险清单",
    "personal_information_assessment": f"{REGISTERED}/7.5 个人信息保护影响评估",
    "disclosure_page": f"{REGISTERED}/7.6 公开说明页面",
    "complaint_rules": f"{REGISTERED}/7.7 投诉举报规则",
    "security_rules": f"{REGISTERED}/7.8 数据安全管理制度",
    "other": f"{REGISTERED}/7.9",
}
"""The same for a registration; its place 6, the channel for tests, is handed over by itself."""
ALGORITHM = {
    "application_form": "0 算法备案信息表/0 算法备案信息表",
    "assessment_report": "1 算法安全自评估报告/1 算法安全自评估报告",
    "model_mechanism": "2 算法机制机理说明/2 算法机制机理说明",
    "clause_matrix": "3 其他材料/3.1 条款符合性矩阵",
    "other": "3 其他材料/3.2",
}
"""The same for the filing of an algorithm."""
LAYOUTS = {"filing": FILING, "registration": REGISTRATION, "algorithm": ALGORITHM}


def place_of(slot: str, route: str, name: str, taken: Collection[str] = ()) -> str:
    """Where a file of a slot lies in the dossier.

    Args:
        slot: The slot.
        route: The kind of workflow: filing, registration or algorithm.
        name: What the file was called; its ending is kept, of `other` the whole name.
        taken: Places that other files have.

    Examples:
        >>> place_of("service_agreement", "filing", "x.docx")
        '附件2 模型服务协议和隐私保护政策/2.1 模型服务协议.docx'
        >>> place_of("other", "filing", "证明.pdf")
        '附件7 其他佐证材料/7.11 证明.pdf'
    """
    layout = LAYOUTS.get(route, FILING)
    path = PurePosixPath(plain_name(name))
    stem, suffix = path.stem, path.suffix.lower()
    base = layout.get(slot)
    if base is None or slot == "other":
        stem = stem if slot == "other" else slot
        base = f"{base or layout['other']} {stem}"
    used = {place.casefold() for place in taken}
    found, n = f"{base}{suffix}", 2
    while found.casefold() in used:
        found, n = f"{base}（{n}）{suffix}", n + 1
    return found


def plain_name(name: str) -> str:
    """A file name that every system takes: without folders, controls and special characters.

    Examples:
        >>> plain_name("../../证 明?.pdf"), plain_name("")
        ('证 明_.pdf', 'file')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if c in UNSAFE or not c.isprintable() else c for c in last).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    if not dot:
        stem, suffix = kept, ""
    stem = stem.strip()[:LONGEST].strip(" .") or "file"
    return f"{stem}.{suffix[:10]}" if suffix else stem


def is_helper_text(name: str) -> bool:
    """Whether a file only tells how a folder is to be filled."""
    return name.replace("\\", "/").rpartition("/")[2].casefold() in HELPER_TEXTS

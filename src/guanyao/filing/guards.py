"""The guards G1 to G18: what must hold before an act, each with a reason in two languages.

A guard is a pure function of the facts and the profile's limits. What is not known does not hold:
a fact left at None refuses the act, it never lets it through.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from guanyao.filing.profile import Words

Limits: TypeAlias = Mapping[str, Any]
MOST = 8
"""How many names a text lists; all of them stand in the result's details."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """A required material of the dossier."""

    slot: str
    is_there: bool
    is_readable: bool = True
    is_checked: bool = True


@dataclass(frozen=True, kw_only=True)
class Clauses:
    """The clause ledger in short.

    Args:
        n_clauses: How many clauses apply.
        unset: Clauses without one of the three results.
        unreasoned: Clauses with a result and neither evidence nor reason.
        stale: Clauses whose result rests on something that changed or grew old.
    """

    n_clauses: int
    unset: tuple[str, ...] = ()
    unreasoned: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


@dataclass(frozen=True)
class Threshold:
    """A measured value against a pack's threshold; a dated plan may stand in for meeting it."""

    name: str
    is_met: bool
    plan_until: date | None = None


@dataclass(frozen=True)
class Freshness:
    """How old a piece of evidence is, and how old the pack lets it be, in days."""

    name: str
    age_days: float
    limit_days: float


@dataclass(frozen=True)
class Signature:
    """A signature that was verified, over the digest of a manifest."""

    kind: str
    signer: str
    over: str
    is_valid: bool = True


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a filing when somebody acts on it.

    The caller gathers the first part from the dossier, the ledger, the banks and the page. The
    second part is what the filing itself knows; `advance` fills it in, whatever the caller says.

    Args:
        scope_route: The decision of the first screen, with its reason; "": none.
        asked_route: The route that the act takes; "": it takes none.
        materials: The required materials; None: not looked at.
        clauses: The ledger; None: there is none.
        thresholds: Those of the active packs; None: not measured.
        evidence: How old what is; None: not looked at.
        model_digest: The model that the dossier describes.
        measured_digest: The model that the measurements ran on.
        manifest_digest: The dossier's manifest as it is now.
        signatures: Those over manifests of this filing.
        changed_files: Files that no longer match the manifest; None: not compared.
        label_failures: Sampled outputs without a right label; None: not tested.
        labels_apply: Whether a clause on labels applies; False: each was decided not to.
        secrets: Places of secrets or raw personal data; None: not searched.
        material_change: Whether the service changed in what matters; None: not known.
        number_is_unique: Whether no other filing has the number; None: not looked up.
        hearing_offered: Whether the provider was offered to be heard.
        page_shows_number: Whether the page was fetched and shows the number; None: not fetched.
        packs: Rule packs with their versions.

        today: The day in China.
        role_faults: What is wrong with who acts: role, four eyes, conflict of interest.
        reason: Why, as the person says.
        signed_digest: The manifest digest of the filing's present dossier version.
        notice_is_over: Whether the end of the notice is reached; None: no notice runs.
        notice_is_official: Whether all days that were counted are official.
        n_open_objections: Objections without an answer.
        n_standing_objections: Answered ones whose finding asks for more than this act does.
        open_changes: Declared changes that are material, or not classified yet.
        proof_author: Who handed the rectification's proof in; `proof_accepted_by` who took it.
    """

    scope_route: str = ""
    asked_route: str = ""
    materials: tuple[Material, ...] | None = None
    clauses: Clauses | None = None
    thresholds: tuple[Threshold, ...] | None = None
    evidence: tuple[Freshness, ...] | None = None
    model_digest: str = ""
    measured_digest: str = ""
    manifest_digest: str = ""
    signatures: tuple[Signature, ...] = ()
    changed_files: tuple[str, ...] | None = None
    label_failures: tuple[str, ...] | None = None
    labels_apply: bool = True
    secrets: tuple[str, ...] | None = None
    material_change: bool | None = None
    number_is_unique: bool | None = None
    hearing_offered: bool = False
    page_shows_number: bool | None = None
    packs: tuple[str, ...] = ()

    today: date | None = None
    role_faults: tuple[Words, ...] | None = None
    reason: str = ""
    signed_digest: str = ""
    notice_is_over: bool | None = None
    notice_is_official: bool = False
    n_open_objections: int | None = None
    n_standing_objections: int = 0
    open_changes: tuple[str, ...] = ()
    proof_author: str = ""
    proof_accepted_by: str = ""


@dataclass(frozen=True)
class Check:
    """Whether one condition of an act holds, and why.

    Args:
        name: The guard, "G1" to "G18" or "not G12", or another check: state, outcome, payload,
            clock, quorum, case, profile.
        passed: Whether it holds.
        why: What was found.
        items: What is at fault, by name.
    """

    name: str
    passed: bool
    why: Words
    items: tuple[str, ...] = ()


Guard: TypeAlias = Callable[[Facts, Limits], Check]


def _check(name: str, passed: bool, en: str, zh: str, items: tuple[str, ...] = ()) -> Check:
    if not items or passed:
        return Check(name, passed, Words(en, zh), items)
    listed = ", ".join(items[:MOST]) + (f" (+{len(items) - MOST})" if len(items) > MOST else "")
    return Check(name, passed, Words(f"{en}: {listed}", f"{zh}：{listed}"), items)


def scope_decided(facts: Facts, limits: Limits) -> Check:
    """G1: the decision on the scope is recorded, and the act follows it."""
    if facts.scope_route and facts.asked_route not in ("", facts.scope_route):
        en = f"the scope was decided otherwise: {facts.scope_route}"
        return _check("G1", False, en, f"与所记录的适用范围判断不符：{facts.scope_route}")
    if facts.scope_route:
        return _check("G1", True, f"scope decided: {facts.scope_route}", "适用范围已判断")
    return _check("G1", False, "no scope decision is recorded", "未记录适用范围判断")


def materials_complete(facts: Facts, limits: Limits) -> Check:
    """G2: every required material is there, can be read, and was checked."""
    if not facts.materials:
        return _check("G2", False, "the materials were not looked at", "未核对材料")
    bad = tuple(
        m.slot for m in facts.materials if not (m.is_there and m.is_readable and m.is_checked)
    )
    if bad:
        return _check(
            "G2", False, "missing, unreadable or unchecked", "缺失、无法读取或未检查", bad
        )
    return _check("G2", True, f"all {len(facts.materials)} materials are there", "材料齐全")


def clauses_answered(facts: Facts, limits: Limits) -> Check:
    """G3: every clause has one of the three results, with evidence or a reason, none stale."""
    found = facts.clauses
    if found is None or not found.n_clauses:
        return _check("G3", False, "there is no clause ledger", "无条款台账")
    bad = tuple(dict.fromkeys((*found.unset, *found.unreasoned, *found.stale)))
    if bad:
        return _check(
            "G3", False, "clauses without a sound result", "条款结论缺失、无依据或已失效", bad
        )
    return _check("G3", True, f"all {found.n_clauses} clauses have a result", "条款均有结论")


def thresholds_met(facts: Facts, limits: Limits) -> Check:
    """G4: thresholds of the active pack are met, or a plan with a date to come is attached."""
    if facts.thresholds is None:
        return _check("G4", False, "the thresholds were not measured", "未测量阈值指标")
    bad = tuple(t.name for t in facts.thresholds if not (t.is_met or _is_planned(t, facts.today)))
    if bad:
        return _check("G4", False, "not met, and no dated plan", "未达标且无有期限的整改计划", bad)
    return _check("G4", True, "thresholds met or planned for", "指标达标或有整改计划")


def _is_planned(threshold: Threshold, today: date | None) -> bool:
    until = threshold.plan_until
    return until is not None and today is not None and until >= today


def evidence_fresh(facts: Facts, limits: Limits) -> Check:
    """G5: evidence is no older than its pack says, and was measured on the dossier's model."""
    if facts.evidence is None:
        return _check("G5", False, "the age of the evidence is not known", "未核对证据时效")
    old = tuple(e.name for e in facts.evidence if not 0 <= e.age_days <= e.limit_days)
    if not facts.model_digest or facts.model_digest != facts.measured_digest:
        en, zh = "measured on another model than the dossier's", "测评所用模型与申报模型不一致"
        return _check("G5", False, en, zh, old)
    if old:
        return _check("G5", False, "too old", "证据已过期", old)
    return _check("G5", True, "fresh, and of the same model", "证据有效且为同一模型")


def signatures_complete(facts: Facts, limits: Limits) -> Check:
    """G6: each kind of signature is there, each by another person, over this manifest."""
    over = facts.signed_digest
    valid = [s for s in facts.signatures if s.is_valid and s.over and s.over == over]
    wanted = tuple(limits["signature_kinds"])
    missing = tuple(kind for kind in wanted if kind not in {s.kind for s in valid})
    if missing:
        return _check(
            "G6", False, "no valid signature over this manifest", "缺少对本清单的有效签名", missing
        )
    if len({s.signer for s in valid if s.kind in wanted}) < len(wanted):
        return _check("G6", False, "one person signed in two kinds", "同一人以两种身份签名")
    return _check("G6", True, f"{len(wanted)} signatures over this manifest", "签名齐全")


def digests_match(facts: Facts, limits: Limits) -> Check:
    """G7: every file of the dossier is as its manifest says."""
    if facts.changed_files is None:
        return _check(
            "G7", False, "the files were not compared with the manifest", "未核对文件摘要"
        )
    if facts.changed_files:
        en, zh = "files that no longer match the manifest", "文件与清单摘要不符"
        return _check("G7", False, en, zh, facts.changed_files)
    if not facts.manifest_digest or facts.manifest_digest != facts.signed_digest:
        return _check("G7", False, "the manifest is not the dossier's", "清单与卷宗版本不一致")
    return _check("G7", True, "every file matches the manifest", "文件与清单一致")


def labels_work(facts: Facts, limits: Limits) -> Check:
    """G8: sampled outputs of the live service carry their labels, where a clause asks for them."""
    if not facts.labels_apply:
        return _check("G8", True, "no clause on labels applies", "标识条款均不适用")
    if facts.label_failures is None:
        return _check("G8", False, "the labels were not tested", "未进行标识自测")
    if facts.label_failures:
        return _check(
            "G8", False, "outputs without a right label", "标识缺失或错误", facts.label_failures
        )
    return _check("G8", True, "sampled outputs are labelled", "抽样输出标识合格")


def right_person(facts: Facts, limits: Limits) -> Check:
    """G9: the right role, four eyes, and no conflict of interest."""
    if facts.role_faults is None:
        return _check("G9", False, "it is not known who acts", "未知操作人")
    if facts.role_faults:
        en = "; ".join(fault.en for fault in facts.role_faults)
        return _check("G9", False, en, "；".join(fault.zh for fault in facts.role_faults))
    return _check(
        "G9", True, "role, four eyes and independence are right", "角色、双人复核与回避符合要求"
    )


def no_secrets(facts: Facts, limits: Limits) -> Check:
    """G10: no keys, test passwords, raw personal data or training rows go out."""
    if facts.secrets is None:
        return _check(
            "G10", False, "the package was not searched for secrets", "未检查密钥与个人信息"
        )
    if facts.secrets:
        return _check(
            "G10", False, "secrets or raw personal data", "发现密钥或原始个人信息", facts.secrets
        )
    return _check("G10", True, "no secret was found", "未发现密钥或个人信息")


def notice_over(facts: Facts, limits: Limits) -> Check:
    """G11: the public notice has run to its end, on official days only."""
    if facts.notice_is_over is None:
        return _check("G11", False, "no notice runs", "没有进行中的公示")
    if not facts.notice_is_official:
        return _check(
            "G11",
            False,
            "the end rests on days that are not official yet",
            "期限所依据的日历尚未正式公布",
        )
    if not facts.notice_is_over:
        return _check("G11", False, "the notice is not over yet", "公示尚未期满")
    return _check("G11", True, "the notice is over", "公示期满")


def no_objection(facts: Facts, limits: Limits) -> Check:
    """G12: every objection is answered, and the act does justice to each finding."""
    if facts.n_open_objections is None:
        return _check("G12", False, "objections were not looked at", "未核对异议")
    if facts.n_open_objections:
        en = f"{facts.n_open_objections} objections are not answered"
        return _check("G12", False, en, f"尚有 {facts.n_open_objections} 件异议未答复")
    if facts.n_standing_objections:
        en = f"{facts.n_standing_objections} objections were found to ask for more than this"
        return _check("G12", False, en, f"{facts.n_standing_objections} 件异议的认定结果要求更严")
    return _check("G12", True, "no objection is open", "无未决异议")


def nothing_changed(facts: Facts, limits: Limits) -> Check:
    """G13: nothing that matters changed since the review."""
    if facts.open_changes:
        return _check(
            "G13", False, "changes that are not settled", "存在未处理的变更", facts.open_changes
        )
    if facts.material_change is None:
        return _check("G13", False, "it is not known whether anything changed", "未核对变更情况")
    if facts.material_change:
        return _check("G13", False, "the service changed in what matters", "审核后发生重大变更")
    return _check("G13", True, "nothing that matters changed", "无重大变更")


def number_unique(facts: Facts, limits: Limits) -> Check:
    """G14: no other filing has the number."""
    if facts.number_is_unique is None:
        return _check("G14", False, "the number was not looked up", "未核对备案编号")
    if not facts.number_is_unique:
        return _check("G14", False, "another filing has this number", "备案编号重复")
    return _check("G14", True, "the number is unique", "备案编号唯一")


def proof_accepted(facts: Facts, limits: Limits) -> Check:
    """G15: the proof of the rectification was accepted by somebody else than its author."""
    if not facts.proof_author or not facts.proof_accepted_by:
        return _check("G15", False, "no proof of rectification is accepted", "整改证明未被认可")
    if facts.proof_author == facts.proof_accepted_by:
        return _check("G15", False, "the author accepted the proof", "证明由提交人自行认可")
    return _check("G15", True, "the proof was accepted by another", "整改证明已由他人认可")


def hearing_offered(facts: Facts, limits: Limits) -> Check:
    """G16: the provider was offered to be heard before an act against it."""
    if facts.hearing_offered:
        return _check("G16", True, "a hearing was offered", "已告知陈述申辩权利")
    return _check("G16", False, "no hearing was offered", "未告知陈述申辩权利")


def page_shows_number(facts: Facts, limits: Limits) -> Check:
    """G17: the disclosure page was fetched and shows the number."""
    if facts.page_shows_number is None:
        return _check("G17", False, "the page was not fetched", "未获取公示页面")
    if not facts.page_shows_number:
        return _check("G17", False, "the page does not show the number", "页面未展示备案编号")
    return _check("G17", True, "the page shows the number", "页面已展示备案编号")


def reason_given(facts: Facts, limits: Limits) -> Check:
    """G18: a reason of a least length is given."""
    least, n = limits["reason_characters"], len("".join(facts.reason.split()))
    if n < least:
        en = f"the reason has {n} characters, and {least} are needed"
        return _check("G18", False, en, f"理由仅 {n} 字，至少需要 {least} 字")
    return _check("G18", True, "a reason is given", "已说明理由")


GUARDS: dict[str, Guard] = {
    "G1": scope_decided,
    "G2": materials_complete,
    "G3": clauses_answered,
    "G4": thresholds_met,
    "G5": evidence_fresh,
    "G6": signatures_complete,
    "G7": digests_match,
    "G8": labels_work,
    "G9": right_person,
    "G10": no_secrets,
    "G11": notice_over,
    "G12": no_objection,
    "G13": nothing_changed,
    "G14": number_unique,
    "G15": proof_accepted,
    "G16": hearing_offered,
    "G17": page_shows_number,
    "G18": reason_given,
}
"""Guard -> what it looks at."""


def run_guard(name: str, facts: Facts, limits: Limits) -> Check:
    """What a guard says; of "not G12", the opposite of what G12 says."""
    found = GUARDS[name.removeprefix("not ")](facts, limits)
    if not name.startswith("not "):
        return found
    why = Words(f"asked for the opposite; {found.why.en}", f"要求相反；{found.why.zh}")
    return Check(name, not found.passed, why, found.items)

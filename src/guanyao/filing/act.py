"""An act and every check of it beside the guards: state, payload, clocks, quorum, and who acts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from guanyao.errors import ConfigError
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_day import day_of, in_china, parse_day
from guanyao.filing.filing_state import Actor, Case, FilingState, Vote
from guanyao.filing.guards import Check, Facts
from guanyao.filing.profile import Clock, Machine, Profile, Transition, Words

NOTICE = "notice"
OBJECTION, CHANGE, RECTIFICATION = "ObjectionCase", "ChangeCase", "RectificationCase"
"""Names of a profile that guards look at: its clock of the notice, and kinds of cases."""
FINDINGS = ("dismissed", "adjust", "upheld")
"""What an objection can be found to be, the strongest last."""
LONGEST_NUMBER = 80


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody tries to do, and all that is known when they do.

    Args:
        filing: The filing before.
        event: What is to be done; `outcome` how it is to end.
        actor: Who acts.
        payload: What they say with it.
        facts: What the caller knows.
        profile: The workflow.
        now: When, with a zone.
        calendar: The working days.
        machine: Whose event it is; None: nobody's.
        case: The case it is about; None: the filing, or a case that it opens.
    """

    filing: FilingState
    event: str
    outcome: str
    actor: Actor
    payload: Mapping[str, Any]
    facts: Facts
    profile: Profile
    now: datetime
    calendar: Calendar
    machine: Machine | None
    case: Case | None

    @property
    def is_about_case(self) -> bool:
        """Whether the event belongs to a case."""
        return self.machine is not None and self.machine.name != ""

    @property
    def state(self) -> str:
        """Where the filing, or the case, is."""
        if not self.is_about_case:
            return self.filing.state
        return self.case.state if self.case else ""

    @property
    def transition(self) -> Transition | None:
        """The way it would go from here; None if there is none."""
        if self.machine is None:
            return None
        ways = self.machine.named(self.event, self.outcome)
        return next((t for t in ways if self.state in (t.sources or ("",))), None)

    @property
    def nearest(self) -> Transition | None:
        """The same, or else the way it would go from another state: its guards are run, too."""
        if self.machine is None:
            return None
        ways = self.machine.named(self.event, self.outcome)
        return self.transition or (ways[0] if ways else None)

    @property
    def votes(self) -> list[Vote]:
        """Parts of this act that others did already."""
        return [vote for vote in self.filing.votes if vote.act == self.key]

    @property
    def key(self) -> str:
        """What a vote is for: the act, the case, and the dossier it was given on."""
        name = f"{self.event}:{self.outcome}"
        return f"{name}/{self.case.id if self.case else ''}/{self.filing.dossier_version}"

    def completes(self, t: Transition) -> bool:
        """Whether the act is done once this person has acted."""
        return len(self.votes) + 1 >= sum(seat.n for seat in t.quorum)


def fault(name: str, en: str, zh: str) -> Check:
    """A check that failed."""
    return Check(name, False, Words(en, zh))


def right(name: str) -> Check:
    """A check that holds."""
    return Check(name, True, Words("right", "符合"))


def basic_checks(act: Act) -> tuple[Check, ...]:
    """Every check that is no guard: each that failed, and one that holds for each other name."""
    faults = [*_of_profile(act), *_of_state(act)]
    t = act.nearest
    if t is not None:
        faults += [*_of_case(act, t), *_of_payload(act, t), *_of_dossier(act, t)]
        faults += [*_of_clock(act, t), *_of_quorum(act, t)]
    failed = {check.name for check in faults}
    names = ("profile", "event", "state", "outcome", "case", "payload", "clock", "quorum")
    return (*faults, *(right(name) for name in names if name not in failed))


def _of_profile(act: Act) -> Iterator[Check]:
    own = (act.filing.profile, act.filing.profile_version, act.filing.profile_digest)
    if own != (act.profile.name, act.profile.version, act.profile.digest):
        en = f"the filing follows {own[0]} {own[1]} ({own[2][:12]}), and this is another"
        yield fault("profile", en, "备案适用的流程版本与当前不同")


def _of_state(act: Act) -> Iterator[Check]:
    if act.machine is None:
        yield fault("event", f"there is no event {act.event[:40]!r}", "无此事项")
        return
    outcomes = act.machine.outcomes(act.event)
    if act.outcome not in outcomes:
        allowed = ", ".join(filter(None, outcomes)) or "none"
        yield fault("outcome", f"the outcome is not one of: {allowed}", f"结果应为：{allowed}")
    elif act.transition is None or (act.is_about_case and not _case_is_there(act)):
        here = act.state or "not opened"
        en = f"{act.event} is not possible in the state {here}"
        yield fault("state", en, f"当前状态（{here}）不能执行该事项")


def _case_is_there(act: Act) -> bool:
    """Whether the case is open, or may be opened by its own first event."""
    assert act.machine is not None
    if act.case is not None:
        return act.case.is_open
    return act.filing.state in act.machine.opens_in


def _of_case(act: Act, t: Transition) -> Iterator[Check]:
    named = act.payload.get("case")
    if named and (act.case is None or (act.is_about_case and act.case.kind != _kind(act))):
        yield fault("case", "there is no such case of this kind", "无此案件")
    if t.case is not None and not _fits(act.case, t):
        en = f"it rests on a {t.case.kind} that is {' or '.join(t.case.sources)}"
        yield fault("case", en, "须以相应案件为依据")
    opens = _opens(act, t)
    if opens and 0 < act.profile.cases[opens].open_at_most <= len(act.filing.open_cases(opens)):
        yield fault("case", f"a {opens} is open already", "已有同类未结案件")
    if t.same_person and not (act.case and _is_same(act.actor, act.case)):
        yield fault("case", "only who opened the case may do this", "仅限提出人本人")


def _opens(act: Act, t: Transition) -> str:
    """The kind of case that the act opens, if it closes none of that kind."""
    kind = t.opens if not act.is_about_case else "" if t.sources else _kind(act)
    return "" if kind in t.closes else kind


def _kind(act: Act) -> str:
    return act.machine.name if act.machine else ""


def _fits(case: Case | None, t: Transition) -> bool:
    assert t.case is not None
    found = case is not None and case.is_open and case.kind == t.case.kind
    return found and case is not None and case.state in t.case.sources


def _is_same(actor: Actor, case: Case) -> bool:
    return actor.is_identified and actor.person == case.opened_by


def _of_payload(act: Act, t: Transition) -> Iterator[Check]:
    if act.completes(t):
        for name in t.needs:
            if not act.payload.get(name):
                yield fault("payload", f"{name} is missing", f"缺少 {name}")
    if t.unnumbered and act.filing.number and not act.filing.is_struck:
        yield fault(
            "payload", "the filing has a number; it is deregistered instead", "已有编号，应办理注销"
        )
    number = act.payload.get("number")
    if t.number == "give" and number is not None and not _is_number(number):
        yield fault("payload", "the number is none", "备案编号格式不正确")
    for key in t.counts_from.values():
        if act.payload.get(key) is not None and _past_day(act.payload[key], act.now) is None:
            yield fault("payload", f"{key} is no day up to today", f"{key} 不是今天或以前的日期")


def _of_dossier(act: Act, t: Transition) -> Iterator[Check]:
    if t.new_dossier and not act.facts.manifest_digest:
        en = "the new version of the dossier has no manifest: it is made by freezing it"
        yield fault("payload", en, "新版材料没有清单，须先定稿生成")


def _is_number(value: object) -> bool:
    is_text = isinstance(value, str) and value.isprintable() and value == value.strip()
    return is_text and 0 < len(str(value)) <= LONGEST_NUMBER


def _past_day(value: object, now: datetime) -> date | None:
    try:
        found = parse_day(value)
    except ConfigError:
        return None
    return found if found <= day_of(now) else None


def _of_clock(act: Act, t: Transition) -> Iterator[Check]:
    yield from _of_time(act)
    case = act.case.id if act.case and act.is_about_case else ""
    clocks = act.machine.clocks if act.machine else {}
    yield from (found for name in t.within for found in _in_time(act, clocks[name], case))
    yield from (found for name in t.after for found in _waited_for(act, clocks[name], case))
    if t.extends:
        yield from _of_extension(act, t, case)


def _in_time(act: Act, clock: Clock, case: str) -> Iterator[Check]:
    """What is wrong with an act that must come before the end of a clock."""
    if clock.length is None:
        return
    found = act.filing.deadline(clock.name, case)
    if found is None:
        yield fault("clock", f"{clock.name} does not run", f"期限未在进行（{clock.title.zh}）")
    elif found.is_over(act.now) and found.is_official:
        en = f"too late: {clock.name} is over"
        yield fault("clock", en, f"已超过期限（{clock.title.zh}）")


def _waited_for(act: Act, clock: Clock, case: str) -> Iterator[Check]:
    """What is wrong with an act that must come after the end of a clock."""
    found = act.filing.deadline(clock.name, case)
    if found is None or not found.is_over(act.now):
        en = f"too early: {clock.name} is not over"
        yield fault("clock", en, f"期限未满（{clock.title.zh}）")
    elif not found.is_official:
        en = f"the end of {clock.name} rests on days that are not official yet"
        yield fault("clock", en, f"期限依据的日历尚未正式公布（{clock.title.zh}）")


def _of_time(act: Act) -> Iterator[Check]:
    last = act.filing.changed
    if last is not None and act.now < last:
        yield fault("clock", "the clock stands before the last act", "时钟早于上一次操作")
    said = act.payload.get("at")
    if said is None:
        return
    moment = _moment(said)
    if moment is None:
        yield fault("clock", "the time of the act is none, or has no zone", "操作时间无效或无时区")
    elif moment > act.now:
        yield fault("clock", "the act is dated in the future", "操作时间在未来")
    elif last is not None and moment < last:
        yield fault("clock", "the act is dated before the last one", "操作时间早于上一次操作")


def _moment(value: object) -> datetime | None:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return in_china(found)
    except (ConfigError, ValueError):
        return None


def _of_extension(act: Act, t: Transition, case: str) -> Iterator[Check]:
    found = act.filing.deadline(t.extends, case)
    if found is None:
        yield fault("clock", f"{t.extends} does not run", "期限未在进行")
    elif found.n_extensions >= t.at_most:
        en = f"{t.extends} was extended {found.n_extensions} times, and {t.at_most} is allowed"
        yield fault("clock", en, "延期次数已用完")


def _of_quorum(act: Act, t: Transition) -> Iterator[Check]:
    if not t.quorum:
        return
    votes, actor = act.votes, act.actor
    if actor.person in {vote.person for vote in votes}:
        yield fault("quorum", "the same person acted already", "同一人已表决")
    waiting = next(
        (seat for seat in t.quorum if sum(v.role == seat.role for v in votes) < seat.n), None
    )
    if waiting is not None and waiting.distinct_kinds and not _has_signed(act):
        yield fault("quorum", "who signs has given no signature over it", "签字人尚未对清单签名")
    if waiting is None or waiting.role == actor.role:
        kinds = {vote.kind for vote in votes if vote.role == actor.role}
        if waiting is not None and waiting.distinct_kinds and actor.kind in kinds:
            yield fault("quorum", "a signature of this kind is there", "该类签名已存在")
    elif actor.role in t.by:
        en = f"{waiting.n} of the role {waiting.role} act at this point"
        yield fault("quorum", en, f"此时应由 {waiting.n} 名 {waiting.role} 办理")


def _has_signed(act: Act) -> bool:
    """Whether there is a signature of the kind of who acts over the present dossier."""
    return any(
        s.is_valid and s.kind == act.actor.kind and s.over == act.filing.manifest_digest
        for s in act.facts.signatures
    )


def role_faults(act: Act, t: Transition) -> tuple[Words, ...]:
    """What is wrong with who acts: the role, four eyes, a conflict of interest."""
    role = act.profile.roles.get(act.actor.role)
    if role is None or act.actor.role not in t.by:
        by = ", ".join(t.by)
        return (
            Words(
                f"the role {act.actor.role[:40]!r} may not; these may: {by}", f"无权限，应由：{by}"
            ),
        )
    if role.side == "system":
        return ()
    return (
        *_independence(act, role.side),
        *_four_eyes(act, t, role.duty),
        *_identity(act, role.side),
    )


def _independence(act: Act, side: str) -> Iterator[Words]:
    own, actor = act.filing.organisation, act.actor
    if side == "provider" and actor.organisation != own:
        yield Words("of another organisation than the provider", "非申报单位人员")
    if side == "authority" and (actor.organisation == own or own in actor.interests):
        yield Words("conflict of interest with the provider", "与申报单位存在利益关系，应当回避")


def _four_eyes(act: Act, t: Transition, duty: str) -> Iterator[Words]:
    roles = act.profile.roles
    own = [deed for deed in act.filing.deeds if deed.person == act.actor.person]
    held = {roles[deed.role].duty for deed in own if deed.role in roles} - {duty}
    groups = [group for group in act.profile.separate_duties if duty in group]
    if clash := sorted(held & frozenset().union(*groups)):
        duties = ", ".join(clash)
        yield Words(
            f"four eyes: the same person held the duty {duties}", f"双人复核：同一人已承担 {duties}"
        )
    if any(deed.event in t.not_by for deed in own):
        yield Words("the same person took the decision in question", "原决定人应当回避")


def _identity(act: Act, side: str) -> Iterator[Words]:
    actor, asked = act.actor, act.profile.settings["objector"]
    if not actor.person.strip():
        yield Words("it is not said who acts", "未说明操作人")
    if side != "public" and not actor.is_identified:
        yield Words("only the public may act unidentified", "仅公众可匿名")
    if side == "public" and asked == "identified" and not actor.is_identified:
        yield Words("objectors say who they are", "异议人须实名")
    if side == "public" and asked == "anonymous" and actor.is_identified:
        yield Words("objectors stay anonymous", "异议人须匿名")
    if (
        actor.role == "provider_signatory"
        and actor.kind not in act.profile.limits["signature_kinds"]
    ):
        yield Words("it is not said in which kind the signatory signs", "未说明签字类别")


def known_facts(act: Act, t: Transition) -> Facts:
    """The caller's facts, with everything the filing knows itself put in their place."""
    filing = act.filing
    notice = filing.deadline(NOTICE)
    proof = next((c for c in reversed(filing.open_cases(RECTIFICATION))), None)
    accepted = proof is not None and proof.state == "ACCEPTED"
    own_id = act.case.id if act.case else ""
    return replace(
        act.facts,
        today=day_of(act.now),
        role_faults=role_faults(act, t),
        reason=str(act.payload.get("reason") or ""),
        signed_digest=act.facts.manifest_digest if t.new_dossier else filing.manifest_digest,
        notice_is_over=None if notice is None else notice.is_over(act.now),
        notice_is_official=notice is not None and notice.is_official,
        n_open_objections=len(filing.open_cases(OBJECTION)),
        n_standing_objections=sum(_stands(case, t) for case in filing.cases),
        open_changes=tuple(c.id for c in filing.open_cases(CHANGE) if c.id != own_id),
        proof_author=proof.author if proof and accepted else "",
        proof_accepted_by=proof.accepted_by if proof and accepted else "",
    )


def _stands(case: Case, t: Transition) -> bool:
    """Whether an objection was found to ask for more than this act does."""
    if case.kind != OBJECTION or case.is_settled or case.finding not in FINDINGS:
        return False
    return FINDINGS.index(case.finding) > FINDINGS.index(t.settles or FINDINGS[0])

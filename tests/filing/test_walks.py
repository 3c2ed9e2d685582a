"""Random walks over every profile, judged by rules that are written down a second time here."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import guanyao.filing
from guanyao.filing import PROFILES
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.guards import Facts, Freshness, Threshold
from guanyao.filing.outcome import Outcome
from guanyao.filing.profile import Machine, Transition
from guanyao.filing.tick import tick
from guanyao.records.audit import AuditChain
from tests.filing.cast import CAST, KINDS, PROVIDER, REASON, START, Play, good_facts

N_WALKS, N_ACTS = 80, 50
GROUPS = [
    {"prepare", "review", "decide"},
    {"prepare", "accept", "decide"},
    {"prepare", "test", "decide"},
    {"prepare", "inspect", "decide"},
    {"object", "accept", "review", "decide", "inspect"},
]
DUTY = {
    **dict.fromkeys(("provider_editor", "provider_signatory", "provider_admin"), "prepare"),
    **{"clerk": "accept", "reviewer": "review", "tester": "test", "decider": "decide"},
    **{"inspector": "inspect", "public": "object"},
}
RANK = {"": 0, "dismissed": 0, "adjust": 1, "upheld": 2}
SPOILED: list[Callable[[Facts], Facts]] = [
    lambda f: replace(f, scope_route=""),
    lambda f: replace(f, materials=None),
    lambda f: replace(f, clauses=None),
    lambda f: replace(f, thresholds=(Threshold("t", False),)),
    lambda f: replace(f, evidence=(Freshness("e", 9, 7),)),
    lambda f: replace(f, measured_digest="another"),
    lambda f: replace(f, signatures=f.signatures[:2]),
    lambda f: replace(f, changed_files=("a.docx",)),
    lambda f: replace(f, label_failures=("o",)),
    lambda f: replace(f, secrets=("s",)),
    lambda f: replace(f, material_change=True),
    lambda f: replace(f, number_is_unique=None),
    lambda f: replace(f, hearing_offered=False),
    lambda f: replace(f, page_shows_number=False),
]


@cache
def raw() -> dict[str, Any]:
    path = Path(guanyao.filing.__file__).parent / "profiles" / "notice7.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def listed_guards(outcome: Outcome, kind: str) -> list[str]:
    """The guards that the file lists for what was done, read without the loader."""
    rows = raw()["cases"][kind]["transitions"] if kind else raw()["transitions"]
    for row in rows:
        sources = row["from"] or [""]
        wanted = row.get("when", {}).get("national_review", None)
        if row["event"] != outcome.event or outcome.before not in sources:
            continue
        if outcome.event == "pass" and outcome.after == "FILED" and row.get("to") != "FILED":
            continue
        if outcome.event == "pass" and outcome.before == "UNDER_REVIEW" and wanted is True:
            continue
        way = row.get("outcomes", {}).get(outcome.outcome, {})
        last = [] if outcome.is_vote else row.get("on_completion", [])
        return [*row.get("guards", []), *way.get("guards", []), *last]
    raise AssertionError(outcome.event)


@dataclass
class Walk:
    """A play that is moved at random, with a memory of its own."""

    name: str
    random: random.Random
    held: dict[str, set[str]] = field(default_factory=dict)
    notice_since: Any = None
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.play = Play(self.name)

    def ways(self) -> list[tuple[Machine, Transition, str]]:
        """What might be done now: machine, transition, and the case's id."""
        profile, filing = self.play.profile, self.play.filing
        found = [(profile.filing, t, "") for t in profile.filing.exits(filing.state)]
        for case in filing.cases:
            machine = profile.cases[case.kind]
            if case.is_open:
                found += [(machine, t, case.id) for t in machine.exits(case.state)]
        for machine in profile.cases.values():
            if filing.state in machine.opens_in:
                found.append((machine, machine.first, ""))
        return found

    def step(self, used: dict[str, int]) -> Outcome | None:
        ways = self.ways()
        if not ways:
            return None
        draw = self.random
        ways = [way for way in ways if draw.random() < self.likelihood(way[1])] or ways
        least = sorted(ways, key=lambda way: (used.get(way[1].name, 0), draw.random()))
        begun = {vote.act.split("/")[0].rstrip(":") for vote in self.play.filing.votes}
        ways = [way for way in ways if way[1].name in begun and draw.random() < 0.8] or ways
        least = [way for way in least if way in ways]
        machine, t, case = draw.choice(least[:3]) if draw.random() < 0.7 else draw.choice(ways)
        actor = self.somebody(t)
        self.pass_time(t)
        facts = good_facts(self.play.filing)
        if draw.random() < 0.2:
            facts = draw.choice(SPOILED)(facts)
        today = (self.play.now - timedelta(days=1)).date().isoformat()
        more = {need: today if need.endswith("_on") else "d" for need in t.needs}
        if t.case and (held := self.play.filing.open_cases(t.case.kind)):
            case = draw.choice(held).id
        payload = {
            **more,
            "outcome": t.outcome,
            "reason": REASON if draw.random() < 0.9 else "short",
            **({"case": case} if case else {}),
        }
        return self.judged(t, machine, actor, facts, payload)

    def likelihood(self, t: Transition) -> float:
        """An end is rare, or walks would be short; that a clock brings it about, less so."""
        states = self.play.profile.filing.states
        is_end = t.to in states and states[t.to].kind == "final"
        return 1 if not is_end else 0.5 if "system" in t.by else 0.1

    def somebody(self, t: Transition) -> Actor:
        """Mostly one whose turn it is, sometimes one of the right role, sometimes anybody."""
        voted = {vote.person for vote in self.play.filing.votes}
        seats = [seat.role for seat in t.quorum for _ in range(seat.n)]
        turn = seats[len(voted)] if len(voted) < len(seats) else None
        luck = self.random.random()
        if luck < 0.04:
            return self.random.choice(CAST)
        if luck < 0.1:
            return self.wrong_one(t)
        able = [a for a in CAST if a.role in t.by]
        if luck < 0.85 and turn:
            able = [a for a in able if a.role == turn and a.person not in voted] or able
        return self.random.choice(able)

    def wrong_one(self, t: Transition) -> Actor:
        """Somebody who plays another part already, or has an interest in the provider."""
        role = self.random.choice(t.by)
        able = self.random.choice([a for a in CAST if a.role == role])
        other = self.random.choice([a for a in CAST if a.role != "system"])
        biased = replace(able, interests=(PROVIDER,))
        return self.random.choice([biased, replace(able, person=other.person)])

    def pass_time(self, t: Transition) -> None:
        draw = self.random
        running = [d for d in self.play.filing.deadlines if d.standing == "running"]
        due = [
            d for d in running if d.clock in t.after or (d.clock == "notice" and "G11" in t.guards)
        ]
        if due and draw.random() < 0.8:
            self.play.now = max(self.play.now, *(d.ends_at for d in due))
        else:
            self.play.now += timedelta(hours=draw.choice([0, 1, 30]))

    def judged(
        self, t: Transition, machine: Machine, actor: Actor, facts: Facts, payload: dict[str, Any]
    ) -> Outcome:
        before = self.play.filing
        outcome = self.play.attempt(t.event, actor, facts=facts, **payload)
        self.outcomes.append(outcome)
        if not outcome.done:
            assert outcome.filing == before
            assert outcome.failed and outcome.code
            return outcome
        assert outcome.before == "" or outcome.before in t.sources
        assert actor.role in t.by
        assert PROVIDER not in actor.interests or actor.role.startswith(
            ("provider", "public", "sys")
        )
        for guard in listed_guards(outcome, machine.name):
            assert self.holds(guard, before, facts, payload, t), (t.name, guard)
        self.keep_four_eyes(actor)
        self.keep_final(before, outcome)
        if self.play.filing.state != before.state:
            is_notice = self.play.filing.state == "PUBLIC_NOTICE"
            self.notice_since = self.play.now if is_notice else self.notice_since
        return outcome

    def keep_four_eyes(self, actor: Actor) -> None:
        if actor.role == "system":
            return
        held = self.held.setdefault(actor.person, set())
        held.add(DUTY[actor.role])
        assert all(len(held & group) <= 1 for group in GROUPS), (actor.person, held)

    def keep_final(self, before: FilingState, outcome: Outcome) -> None:
        after = self.play.filing.state
        kind = raw()["states"].get(before.state, {}).get("kind", "open")
        if before.state != after:
            assert kind == "open" or (kind == "decided" and outcome.event == "remit")
        if raw()["states"][after].get("kind") == "final":
            assert not [case for case in self.play.filing.cases if case.is_open]

    def holds(
        self, guard: str, before: FilingState, f: Facts, said: dict[str, Any], t: Transition
    ) -> bool:
        if guard.startswith("not "):
            return not self.holds(guard.removeprefix("not "), before, f, said, t)
        manifest = f.manifest_digest if t.new_dossier else before.manifest_digest
        objections = [c for c in before.cases if c.kind == "ObjectionCase"]
        proofs = [
            c for c in before.cases if c.kind == "RectificationCase" and c.state == "ACCEPTED"
        ]
        changes = [c for c in before.cases if c.kind == "ChangeCase" and c.is_open]
        return {
            "G1": lambda: f.scope_route != "",
            "G2": lambda: f.materials is not None and all(m.is_there for m in f.materials),
            "G3": lambda: f.clauses is not None,
            "G4": lambda: f.thresholds is not None and all(x.is_met for x in f.thresholds),
            "G5": lambda: (
                all(e.age_days <= e.limit_days for e in f.evidence or ())
                and f.model_digest == f.measured_digest
            ),
            "G6": lambda: {s.kind for s in f.signatures if s.over == manifest} == set(KINDS),
            "G7": lambda: f.changed_files == () and f.manifest_digest == manifest,
            "G8": lambda: f.label_failures == (),
            "G9": lambda: True,  # judged by keep_four_eyes and by the roles of the cast
            "G10": lambda: f.secrets == (),
            "G11": lambda: self.notice_ran(),
            "G12": lambda: (
                not any(
                    (c.is_open and c.state != "ANSWERED")
                    or (not c.is_settled and RANK.get(c.finding, 0) > RANK[t.settles])
                    for c in objections
                )
            ),
            "G13": lambda: f.material_change is False and not changes,
            "G14": lambda: f.number_is_unique is True,
            "G15": lambda: any(c.author and c.author != c.accepted_by for c in proofs),
            "G16": lambda: f.hearing_offered,
            "G17": lambda: f.page_shows_number is True,
            "G18": lambda: len(said["reason"].replace(" ", "")) >= 20,
        }[guard]()

    def notice_ran(self) -> bool:
        due = self.play.calendar.assume(2027, 2028, 2029, 2030, 2031).due(self.notice_since, 7)
        return due.status == "official" and self.play.now >= due.ends_at


def walk(name: str, seed: int, used: dict[str, int], n_acts: int = N_ACTS, begin: str = "") -> Walk:
    """A walk from the beginning, or from where a method of `Play` leads to."""
    found = Walk(name, random.Random(seed))  # noqa: S311 - a test
    if begin:
        getattr(found.play, begin)()
        found.notice_since = START
        for deed in found.play.filing.deeds:
            found.held.setdefault(deed.person, set()).add(DUTY[deed.role])
    for _ in range(n_acts):
        outcome = found.step(used)
        if outcome is None:
            break
        if outcome.done and not outcome.is_vote:
            way = f"{outcome.event}:{outcome.outcome}" if outcome.outcome else outcome.event
            used[way] = used.get(way, 0) + 1
    return found


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(PROFILES)), st.integers(0, 2**32))
def test_no_walk_breaks_a_rule(name: str, seed: int) -> None:
    found = walk(name, seed, {}, n_acts=60)
    filing = found.play.filing
    assert FilingState.from_json(json.loads(json.dumps(filing.to_json()))) == filing
    play = found.play
    for asked in tick(filing, play.now, profile=play.profile, calendar=play.calendar):
        assert asked.kind != "event" or asked.event


@pytest.mark.parametrize("name", PROFILES)
def test_every_state_is_reached_and_every_act_done(name: str) -> None:
    """Walks begin in several places, or what comes late would be seen too seldom."""
    used: dict[str, int] = {}
    seen: set[str] = set()
    profile = Play(name).profile
    begins = ["", "to_filed", *(["to_objection"] if profile.settings["public_notice"] else [])]
    for seed in range(N_WALKS):
        for begin in begins:
            seen |= {o.filing.state for o in walk(name, seed, used, begin=begin).outcomes}
    assert seen - {""} == set(profile.filing.states)
    acts = {t.name for machine in profile.machines for t in machine.transitions}
    opened = {machine.first.event for machine in profile.cases.values() if not machine.opens_in}
    assert acts - opened - set(used) == set()


def test_the_chain_takes_whole_walks(tmp_path: Path) -> None:
    entries = [
        o.entry for seed in range(4) for o in walk("notice7", seed, {}, begin="to_filed").outcomes
    ]
    assert {entry.outcome for entry in entries} == {"done", "refused"}
    chain = AuditChain.open(tmp_path / "audit.db")
    chain.append_many(entries)
    verdict = chain.verify()
    assert (verdict.ok, verdict.n_lines) == (True, len(entries))

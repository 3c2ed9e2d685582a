"""Who plays in the tests of the workflow, and a filing that is easily moved along."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from guanyao.filing.advance import advance
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_file import shipped
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.guards import Clauses, Facts, Freshness, Material, Signature, Threshold
from guanyao.filing.outcome import Outcome
from guanyao.filing.profile import Profile
from guanyao.filing.profile_file import load_profile

PROVIDER, OFFICE = "provider-one", "office"
KINDS = ("legal_representative", "assessment_head", "legality_head")
REASON = "The grounds are given in the letter that goes with this act."
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

EDITOR = Actor(person="eda", role="provider_editor", organisation=PROVIDER)
HEAD = Actor(person="ann", role="provider_admin", organisation=PROVIDER)
SIGNERS = tuple(
    Actor(person=f"sig{n}", role="provider_signatory", organisation=PROVIDER, kind=kind)
    for n, kind in enumerate(KINDS)
)
CLERK = Actor(person="cai", role="clerk", organisation=OFFICE)
REVIEWER = Actor(person="rao", role="reviewer", organisation=OFFICE)
REVIEWER_2 = Actor(person="ren", role="reviewer", organisation=OFFICE)
TESTER = Actor(person="tan", role="tester", organisation=OFFICE)
DECIDER = Actor(person="dai", role="decider", organisation=OFFICE)
DECIDER_2 = Actor(person="dou", role="decider", organisation=OFFICE)
INSPECTOR = Actor(person="ivo", role="inspector", organisation=OFFICE)
OBJECTOR = Actor(person="obj", role="public")
SYSTEM = Actor.clocks()
CAST = (
    *(EDITOR, HEAD, *SIGNERS, CLERK, REVIEWER, REVIEWER_2, TESTER),
    *(DECIDER, DECIDER_2, INSPECTOR, OBJECTOR, SYSTEM),
)


@cache
def calendar() -> Calendar:
    return shipped()


@cache
def profile(name: str = "notice7") -> Profile:
    return load_profile(name)


def good_facts(filing: FilingState, manifest: str = "m1") -> Facts:
    """Everything as it should be for the next act."""
    return Facts(
        scope_route="file",
        materials=(Material(slot="form", is_there=True),),
        clauses=Clauses(n_clauses=3),
        thresholds=(Threshold("pass rate", True),),
        evidence=(Freshness("keywords", 1, 7),),
        model_digest="model",
        measured_digest="model",
        manifest_digest=filing.manifest_digest or manifest,
        signatures=tuple(Signature(k, f"s{k}", filing.manifest_digest or manifest) for k in KINDS),
        changed_files=(),
        label_failures=(),
        secrets=(),
        material_change=False,
        number_is_unique=True,
        hearing_offered=True,
        page_shows_number=True,
        packs=("cn-gbt45654-2025/1.0.0",),
    )


@dataclass
class Play:
    """A filing on its way, at a time that only goes on when it is told to."""

    name: str = "notice7"
    now: datetime = START
    calendar: Calendar = field(default_factory=calendar)

    def __post_init__(self) -> None:
        self.profile = profile(self.name)
        self.filing = FilingState.new("f-1", PROVIDER, self.profile)

    def attempt(self, event: str, actor: Actor, facts: Facts | None = None, **more: Any) -> Outcome:
        """Try an act; the filing goes on if it was done."""
        payload = {"reason": REASON, **more}
        outcome = advance(
            self.filing,
            event,
            actor,
            payload,
            facts=facts or good_facts(self.filing),
            profile=self.profile,
            now=self.now,
            calendar=self.calendar,
        )
        self.filing = outcome.filing
        return outcome

    def do(self, event: str, *actors: Actor, **more: Any) -> Outcome:
        """Do an act by all who must act together; it must come to pass."""
        for actor in actors:
            outcome = self.attempt(event, actor, **more)
            outcome.require()
        return outcome

    def wait(self, **time: float) -> "Play":
        self.now += timedelta(**time)
        return self

    def until_over(self, clock: str, case: str = "") -> "Play":
        """Go to the first instant after a deadline."""
        deadline = self.filing.deadline(clock, case)
        assert deadline is not None, clock
        self.now = max(self.now, deadline.ends_at)
        return self

    def to_review(self) -> "Play":
        self.do("open", EDITOR)
        self.do("decide", HEAD, outcome="file")
        self.do("freeze", EDITOR)
        self.do("sign", *SIGNERS)
        self.do("submit", HEAD)
        self.do("accept", CLERK)
        return self

    def to_notice(self) -> "Play":
        self.to_review().do("pass", REVIEWER, REVIEWER_2, DECIDER)
        return self

    def to_filed(self) -> "Play":
        """FILED by the way of the profile."""
        self.to_review()
        if self.profile.settings["national_review"]:
            self.do("forward", DECIDER)
            self.do("pass", DECIDER, number="n-1")
        else:
            self.do("pass", REVIEWER, REVIEWER_2, DECIDER, number="n-1")
        if self.profile.settings["public_notice"]:
            self.until_over("notice").do("close", DECIDER, number="n-1")
        return self

    def to_objection(self, finding: str = "") -> "Play":
        """OBJECTION, with one objection that was answered with this finding, if one is given."""
        self.to_notice().do("object", OBJECTOR)
        if finding:
            self.answer_objection(finding)
        self.until_over("notice").do("close_with_objection", SYSTEM)
        return self

    def answer_objection(self, finding: str, case: str = "objection-1") -> None:
        self.do("admit", CLERK, case=case)
        self.do("investigate", CLERK, case=case)
        self.do("find", DECIDER, case=case, outcome=finding)
        self.do("answer_objector", DECIDER, case=case)


def without(facts: Facts, **changes: Any) -> Facts:
    return replace(facts, **changes)

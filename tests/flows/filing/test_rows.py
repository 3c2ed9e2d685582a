"""Every row of every profile, done in a real room on the facts that the room gathers itself.

Nothing is told to the guards here: a row counts as reachable when records, clocks, cases and files
of a room let it through. Each document that an act promised is then written, too.
"""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from guanyao.filing.calendar_day import KnownYear
from guanyao.filing.documents.promised import ELSEWHERE, letter_of
from guanyao.filing.filing_state import Actor
from guanyao.filing.ledger import MISSES
from guanyao.filing.profile import Profile
from guanyao.flows.filing import cases, clauses, hearing, inspect, materials, papers
from guanyao.flows.filing.page import publish_check
from guanyao.flows.filing.tick import set_calendar, tick
from tests.filing import cast
from tests.flows.filing.case import FilingCase, made, train

__all__ = ["made"]

ADMIN = Actor(person="adm", role="admin", organisation="operator")
REVIEW = (cast.REVIEWER, cast.REVIEWER_2, cast.DECIDER)


def supposed(year: int) -> KnownYear:
    """A year with one holiday, as if its notice were out."""
    days = (date(year, 10, day) for day in range(1, 8))
    monday = next(day for day in days if day.weekday() == 0)
    paper = "supposed by a test"
    return KnownYear(
        year=year, status="official", papers=(paper,), days={monday: ("holiday", "节")}
    )


class Way(FilingCase):
    """A filing that is taken along, by the side that is due."""

    def all_sign(self) -> "Way":
        for signer in cast.SIGNERS:
            assert self.sign(signer).done
        return self

    def submitted(self) -> "Way":
        self.all_sign().do("submit", cast.HEAD)
        return self

    def reviewed(self) -> "Way":
        self.submitted().do("accept", cast.CLERK)
        return self

    def passed(self, **more: Any) -> "Way":
        for actor in REVIEW:
            self.do("pass", actor, **more)
        return self

    def over(self, clock: str) -> "Way":
        deadline = self.filing.deadline(clock)
        assert deadline is not None
        self.now = max(self.now, deadline.ends_at)
        return self

    def filed(self) -> "Way":
        self.reviewed().passed().over("notice").do("close", cast.DECIDER, number="GY-1")
        return self

    def heard(self, about: str) -> "Way":
        offer = hearing.offer(self.room, self.id, cast.DECIDER, cast.REASON, about=about)
        hearing.statement(self.room, self.id, offer["n"], cast.HEAD, waived=True)
        return self

    def objected(self, finding: str) -> "Way":
        """An objection that is found so and answered, and a notice that is over without another."""
        self.reviewed().passed()
        first = cases.object(self.room, self.id, None, "the notice names no label").case
        second = cases.object(self.room, self.id, None, "the notice is too short").case
        assert (first, second) == ("objection-1", "objection-2")
        self.over("notice")
        self.ticked("close_with_objection")
        cases.declare_inadmissible(self.room, self.id, second, cast.CLERK, cast.REASON).require()
        cases.admit(self.room, self.id, first, cast.CLERK).require()
        cases.investigate(self.room, self.id, first, cast.CLERK, ["Which label?"]).require()
        cases.provider_answer(self.room, self.id, first, cast.HEAD, "the one of the standard")
        cases.find(self.room, self.id, first, cast.DECIDER, finding, cast.REASON).require()
        cases.answer(
            self.room, self.id, first, cast.DECIDER, "the notice is amended", reason=cast.REASON
        ).require()
        return self.heard("resolve")

    def ticked(self, event: str) -> None:
        assert (event, True) in [(one.event, one.done) for one in tick(self.room)], event

    def proved(self) -> "Way":
        [case] = [c.id for c in self.filing.open_cases("RectificationCase")]
        self.do("submit_proof", cast.HEAD, case=case, proof="ab" * 32)
        self.do("return_proof", cast.INSPECTOR, case=case)
        self.do("submit_proof", cast.HEAD, case=case, proof="cd" * 32)
        self.do("accept_proof", cast.INSPECTOR, case=case)
        return self

    def ordered(self) -> "Way":
        for actor in (cast.INSPECTOR, cast.DECIDER):
            self.do("order_rectify", actor, findings=["no label in the header"])
        return self

    def suspended(self) -> "Way":
        self.filed().do("suspend", cast.DECIDER)
        return self

    def known_years(self, *years: int) -> "Way":
        with self.room.store.reading() as desk:
            known = self.room.calendar(desk)
        set_calendar(self.room, known.with_years(map(supposed, years)), ADMIN)
        return self

    def remeasured(self, name: str) -> "Way":
        """A run of today, and every clause decided on it."""
        run = train(self.folder, name, at=self.now)
        self.add(run.paths["record"])
        materials.put_card(self.room, self.id, run.paths["model"], cast.EDITOR)
        clauses.take(self.room, self.id, cast.HEAD)
        left = {(b["pack"], b["clause"]) for b in clauses.status(self.room, self.id)["blocks"]}
        said: dict[str, Any] = {"reason": cast.REASON, "plan": "measure it"}
        for proposal in clauses.proposals(self.room, self.id):
            key = (proposal.pack, proposal.clause.id)
            if key in left:
                due = date(self.now.year + 1, 1, 4)
                clauses.decide(self.room, self.id, cast.HEAD, *key, MISSES, **said, due=due)
        return self


def corrections(way: Way) -> None:
    way.all_sign().do("return", cast.SIGNERS[0])
    way.freeze().require()
    way.submitted().do("request_correction", cast.CLERK, gaps=["page 3 is missing"])
    way.all_sign().freeze().require()
    way.do("accept", cast.CLERK)
    way.do("test", cast.TESTER, result="passed")
    way.do("request_supplement", cast.REVIEWER, questions=["Which data?"])
    way.freeze().require()
    way.passed()
    case = cases.object(way.room, way.id, None, "the notice names no label").case
    withdrawn = cases.object(way.room, way.id, None, "the notice is too short")
    cases.withdraw(way.room, way.id, withdrawn.number, withdrawn.token).require()
    cases.admit(way.room, way.id, case, cast.CLERK).require()
    cases.investigate(way.room, way.id, case, cast.CLERK, ["Which label?"]).require()
    cases.find(way.room, way.id, case, cast.DECIDER, "dismissed", cast.REASON).require()
    cases.answer(way.room, way.id, case, cast.DECIDER, "it names one on its page two").require()
    way.over("notice").do("close", cast.DECIDER, number="GY-1")
    page = way.file("page.html", "<p>GY-1</p>")
    assert publish_check(way.room, way.id, page).done


def lapsed(way: Way) -> None:
    way.submitted().do("request_correction", cast.CLERK)
    way.over("correction").ticked("lapse")


def refused(way: Way) -> None:
    for actor in (cast.CLERK, cast.DECIDER):
        way.submitted() if way.filing.state == "INTERNAL_REVIEW" else None
        way.do("refuse", actor)
    appealed(way, granted=False)


def rejected(way: Way) -> None:
    way.reviewed().heard("reject")
    for actor in REVIEW:
        way.do("reject", actor)
    appealed(way, granted=True)
    assert way.filing.state == "UNDER_REVIEW"


def appealed(way: Way, *, granted: bool) -> None:
    way.do("appeal", cast.HEAD)
    [case] = [c.id for c in way.filing.open_cases("AppealCase")]
    way.do("hear", cast.DECIDER_2, case=case)
    if granted:
        way.do("remit", cast.DECIDER_2)
    else:
        way.do("confirm", cast.DECIDER_2, case=case)


def withdrawn(way: Way) -> None:
    way.do("withdraw", cast.HEAD)


def dismissed(way: Way) -> None:
    way.objected("dismissed").do("resolve", cast.DECIDER, outcome="dismissed", number="GY-1")


def adjusted(way: Way) -> None:
    way.objected("adjust").do("resolve", cast.DECIDER, outcome="adjust")
    way.freeze().require()
    way.passed()


def upheld(way: Way) -> None:
    way.objected("upheld").do("resolve", cast.DECIDER, outcome="upheld")


def inspected(way: Way) -> None:
    """An inspection that measures the live model again and leads to an order."""
    way.filed()
    drawn = inspect.draw(way.room, cast.INSPECTOR, seed="a lottery of that day", n=1)
    planned = inspect.plan(way.room, way.id, cast.INSPECTOR, "random draw", draw=drawn["id"])
    [case] = planned.require().opened
    inspect.announce(way.room, way.id, case, cast.INSPECTOR).require()
    inspect.pull_pack(way.room, way.id, case, cast.INSPECTOR).require()
    model = way.folder.parent / "trained" / "first"
    inspect.measure(
        way.room,
        way.id,
        case,
        cast.INSPECTOR,
        source=model.with_suffix(".csv"),
        model=model / "model.gy",
    ).outcome.require()
    inspect.conclude(way.room, way.id, case, cast.INSPECTOR, "minor", cast.REASON).require()
    way.do("close_inspection", cast.INSPECTOR, case=case)
    for grade in ("none", "major", "critical"):
        concluded(way, grade)
    way.ordered()
    assert way.filing.open_cases("InspectionCase") == []
    way.do("verify", cast.INSPECTOR, outcome="extend")
    way.proved().do("verify", cast.INSPECTOR, outcome="pass")


def concluded(way: Way, grade: str) -> None:
    """A further inspection, unannounced, that ends so."""
    [case] = (
        inspect.plan(way.room, way.id, cast.INSPECTOR, "complaints", announce=False)
        .require()
        .opened
    )
    inspect.pull_pack(way.room, way.id, case, cast.INSPECTOR).require()
    way.do("measure", cast.INSPECTOR, case=case, measured_digest=way.filing.model_digest)
    inspect.conclude(way.room, way.id, case, cast.INSPECTOR, grade, cast.REASON).require()


def failed(way: Way) -> None:
    way.filed().ordered().do("verify", cast.INSPECTOR, outcome="fail")
    way.proved().do("lift", cast.DECIDER)
    way.ordered().do("suspend", cast.DECIDER)
    way.heard("revoke").do("revoke", cast.DECIDER)
    way.do("appeal", cast.HEAD)


def changed(way: Way) -> None:
    way.filed()
    day = way.now.date().isoformat()
    for outcome in ("immaterial", "material"):
        way.do("declare_change", cast.HEAD, change="model", changed_on=day)
        [case] = [c.id for c in way.filing.open_cases("ChangeCase")]
        way.do("classify", cast.CLERK, case=case, outcome=outcome)
    way.do("escalate", cast.CLERK, case=case)


def renewed(way: Way) -> None:
    way.filed().known_years(2027, 2028, 2029, 2030, 2031, 2032, 2033)
    way.over("renewal_opens").do("open_renewal", cast.HEAD)
    way.remeasured("renewed").freeze().require()
    way.all_sign().do("renew", cast.DECIDER, outcome="pass")
    way.over("renewal_closes").ticked("call_renewal")
    way.over("validity").ticked("lapse")


def not_renewed(way: Way) -> None:
    way.filed().known_years(2027, 2028, 2029, 2030)
    way.over("renewal_opens").do("open_renewal", cast.HEAD)
    way.heard("renew").do("renew", cast.DECIDER, outcome="fail")


def closed(way: Way) -> None:
    said = {"user_notice": "ab" * 32, "disposal_record": "cd" * 32}
    way.filed().do("deregister", cast.HEAD, ended_on=way.now.date().isoformat(), **said)


def national(way: Way) -> None:
    way.reviewed().do("forward", cast.DECIDER)
    way.do("pass", cast.DECIDER, number="GY-2")


def national_change(way: Way) -> None:
    """A change that the provider assesses itself, and one that is noted."""
    national(way)
    day = way.now.date().isoformat()
    for event in ("assess_change", "note"):
        way.do("declare_change", cast.HEAD, change="model", changed_on=day)
        [case] = [c.id for c in way.filing.open_cases("ChangeCase")]
        way.do("classify", cast.CLERK, case=case, outcome="material")
        if event == "note":
            way.do("note", cast.CLERK, case=case)
        else:
            way.freeze().require()


def national_reject(way: Way) -> None:
    way.reviewed().do("forward", cast.DECIDER)
    way.heard("reject")
    for actor in REVIEW:
        way.do("reject", actor)


def province(way: Way) -> None:
    way.reviewed().passed(number="GY-3")


def not_required(way: Way) -> None:
    materials.scope(way.room, way.id, cast.HEAD, "not_required", cast.REASON)
    way.do("decide", cast.HEAD, outcome="not_required")


WAYS: dict[str, tuple[Callable[[Way], None], ...]] = {
    "notice7": (
        *(corrections, lapsed, refused, rejected, withdrawn, dismissed, adjusted, upheld),
        *(inspected, failed, changed, renewed, not_renewed, closed),
    ),
    "cn-genai-filing": (national_change, national_reject),
    "cn-genai-registration": (province,),
}
Row = tuple[str, str, str, str]
"""Machine, row, event, outcome."""


class Played:
    """What was done on every way, and where each way led."""

    def __init__(self, folder: Path, frozen: dict[str, FilingCase], trained: Path) -> None:
        self.folder, self.frozen, self.trained = folder, frozen, trained

    @cached_property
    def ways(self) -> dict[str, Way]:
        found = {}
        for profile, ways in WAYS.items():
            for way in ways:
                found[f"{profile}/{way.__name__}"] = self.play(profile, way)
        opened = Way(self.folder / "opened", self.folder / "opened" / "room").described()
        not_required(opened)
        return {**found, "notice7/not_required": opened}

    def play(self, profile: str, way: Callable[[Way], None]) -> Way:
        folder = self.folder / f"{profile}-{way.__name__}"
        made = self.frozen[profile].copied(folder)
        found = Way(made.folder, made.place, made.id, now=made.now, keys=made.keys)
        (folder / "trained").symlink_to(self.trained)
        made.room.close()
        way(found)
        return found

    @cached_property
    def rows(self) -> set[tuple[str, Row]]:
        return {row for way in self.ways.values() for row in self.of(way)}

    def of(self, way: Way) -> Iterator[tuple[str, Row]]:
        profile = cast.profile(way.filing.profile)
        with way.room.store.reading() as desk:
            acts = desk.acts(way.id)
        for act in acts:
            if act["done"] and not act["is_vote"]:
                yield from self.named(profile, act)

    def named(self, profile: Profile, act: dict[str, Any]) -> Iterator[tuple[str, Row]]:
        kind = next(
            (
                m.name
                for m in profile.machines
                if any(t.event == act["event"] for t in m.transitions)
            ),
            "",
        )
        machine = profile.machine(kind)
        for t in machine.named(act["event"], act["outcome"]):
            if act["before"] in (t.sources or ("",)):
                yield profile.name, (kind, t.row, t.event, t.outcome)
                if t.opens:
                    first = profile.cases[t.opens].first
                    yield profile.name, (t.opens, first.row, first.event, "")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, made: dict[str, FilingCase]) -> Played:
    """Every way, played on a copy of a filing whose dossier is frozen."""
    folder = tmp_path_factory.mktemp("rows")
    frozen = {"notice7": made["frozen"]}
    for profile in WAYS:
        if profile not in frozen:
            of = folder / profile
            ready = FilingCase(of / "files", of / "room", profile=profile).ready_to_freeze()
            frozen[profile] = ready.frozen()
    return Played(folder, frozen, made["ready"].folder)


def rows_of(name: str) -> list[Row]:
    machines = cast.profile(name).machines
    return [(m.name, t.row, t.event, t.outcome) for m in machines for t in m.transitions]


@pytest.mark.parametrize("row", rows_of("notice7"), ids=lambda row: "-".join(filter(None, row)))
def test_every_row_of_the_commissioned_workflow_is_done(played: Played, row: Row) -> None:
    assert ("notice7", row) in played.rows


OTHERS = [
    (name, row)
    for name in ("cn-genai-filing", "cn-genai-registration")
    for row in rows_of(name)
    if row not in rows_of("notice7") or row[1] == "18"
]


@pytest.mark.parametrize(("name", "row"), OTHERS)
def test_what_other_workflows_add_is_done(played: Played, name: str, row: Row) -> None:
    others = {one for _, one in played.rows if _ != "notice7"}
    assert row in others, name


def test_every_document_that_was_promised_is_written(played: Played, tmp_path: Path) -> None:
    """A letter is whole; a paper may ask for answers to the form, which these filings lack."""
    seen = set()
    for way in played.ways.values():
        for row in papers.promised(way.room, way.id):
            words = row["command"].split()
            if words[2] != "document" or words[3] in seen:
                continue
            seen.add(words[3])
            number = int(words[5]) if "--act" in words else None
            out = tmp_path / "paper.docx"
            written = papers.paper(way.room, way.id, words[3], out, act=number)
            assert out.read_bytes()[:2] == b"PK"
            assert not (letter_of(words[3]) and written.unfilled), (row, written.unfilled)
    assert seen | set(ELSEWHERE) == promised_names()


def promised_names() -> set[str]:
    """Every document that a shipped workflow promises."""
    machines = [m for name in WAYS for m in cast.profile(name).machines]
    return {name for m in machines for t in m.transitions for name in t.documents}


def test_every_chain_holds(played: Played) -> None:
    assert all(way.room.store.verify().ok for way in played.ways.values())

"""The one thing to do now with a filing: what, why, by whom, and the command.

Nothing here knows the workflow. The way is looked for in the profile (the shortest to a state in
which the service is allowed), the act is tried on paper, and the guards that stand against it say
what is to be prepared first.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from guanyao.filing.act import NOTICE
from guanyao.filing.filing_state import SYSTEM, Case, FilingState
from guanyao.filing.guards import Check
from guanyao.filing.profile import Machine, Profile, Transition, Words
from guanyao.flows.filing.commands import command_of, line
from guanyao.flows.filing.look import running
from guanyao.flows.filing.options import ANYBODY, SOMEBODY, Looker, Option, Try
from guanyao.flows.filing.people import state_at
from guanyao.flows.filing.preparing import RULES, old_drafts
from guanyao.flows.filing.stand import Standing
from guanyao.flows.filing.step import MOST, Step, nothing

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room


def next_step(room: "Room", filing: str, person: str | None = None) -> dict[str, Any]:
    """The one thing to do now.

    Args:
        room: The room.
        filing: The filing's id.
        person: What this person can do; None: whoever must act.

    Returns:
        kind (act, prepare, wait, people, nothing), what and each why (en, zh), who, people and
        roles, commands, event, outcome, case, until; and filing, state.

    Raises:
        DataError: There is no such filing.
    """
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        guide = Guide(Looker.at(desk, room, state), Standing(desk, room, state, desk.now))
        guide = replace(guide, name=filing if len(desk.filings()) > 1 else "", person=person or "")
        step = guide.step()
        if person:
            step = guide.for_person(step)
        return {"filing": filing, "state": state.state, **step.to_json()}


@dataclass(frozen=True)
class Guide:
    """Looks for the step.

    Args:
        look: Tries acts on paper.
        stand: The records of the filing.
        name: The filing's id, if the commands must name it.
        person: Whom the commands name, if they can do it; "": the first who can.
    """

    look: Looker
    stand: Standing
    name: str = ""
    person: str = ""

    @property
    def state(self) -> FilingState:
        """The filing."""
        return self.look.state

    @property
    def profile(self) -> Profile:
        """Its workflow."""
        return self.look.profile

    def step(self) -> Step:
        """The one thing to do now."""
        machine = self.profile.filing
        if self.state.state and machine.states[self.state.state].kind == "final":
            title = machine.states[self.state.state].title
            return nothing(f"this filing has ended: {title.en}", f"本备案已终结：{title.zh}")
        if self.state.state in goals(self.profile):
            return self._at_rest()
        way = way_to(machine, self.state.state, goals(self.profile))
        if way is None:
            return nothing("nothing leads on from here", "当前状态没有后续事项")
        return self.lead(machine, None, way)

    # Towards an act

    def lead(self, machine: Machine, case: Case | None, t: Transition) -> Step:
        """What comes before an act, or the act."""
        if t.case is not None and not self._is_ready(t):
            return self._to_case(t.case.kind, t.case.sources, t)
        option = self.look.option(machine, case, t)
        failed = {check.name: check for check in option.against}
        for guards, rule in RULES:
            wrong = [failed[name] for name in guards if name in failed]
            found = rule(self, option, wrong) if wrong else None
            if found is not None:
                return found
        if failed:
            return self._other(option, tuple(failed.values()))
        old = old_drafts(self, option) if t.new_dossier else None
        return old or self.act(option)

    def act(self, option: Option) -> Step:
        """The act itself."""
        able = list(each_once(option.able))
        if not able:
            return self._nobody(option)
        person, role = next((pair for pair in able if pair[0] == self.person), able[0])
        t, title = option.way, self._title(option)
        more = f" ({option.n_acted + 1} of {_seats(t)})" if t.quorum else ""
        return Step(
            kind="act",
            what=Words(f"{title.en}{more}", f"{title.zh}{more}"),
            why=(self._where(option),),
            people=tuple(able),
            roles=(option.seat.role,) if option.seat else t.by,
            commands=(
                *self._key(option, person),
                self._command(option, "" if person in (SYSTEM, ANYBODY) else person, role),
            ),
            event=t.event,
            outcome=t.outcome,
            case=option.case,
        )

    def _ends(self, option: Option) -> list[Transition]:
        """The ways in which an act on a case may end."""
        ways = self.profile.cases[option.machine].exits(self._case_state(option))
        return [way for way in ways if way.event == option.way.event]

    def _title(self, option: Option) -> Words:
        """What the act is called; where it may end in several ways, all of them."""
        titles = [way.title for way in self._ends(option)] if option.machine else []
        if len(titles) < 2:
            return option.way.title
        return Words(" or ".join(w.en for w in titles), "或".join(w.zh for w in titles))

    def _key(self, option: Option, person: str) -> list[str]:
        """Who signs for the first time makes a key before, and has it registered."""
        signs = option.seat is not None and option.seat.distinct_kinds
        record = next((p for p in self.look.people if p["person"] == person), {})
        if not signs or record.get("public_key"):
            return []
        return [
            line(f"key new {person}.pem"),
            line(f"key register {person}.pem.pub --person {person}"),
        ]

    def _command(self, option: Option, person: str, role: str) -> str:
        t = option.way
        if option.machine:
            t = replace(t, outcome="|".join(way.outcome for way in self._ends(option)))
        found = command_of(t, role=role, person=person, case=option.case, filing=self.name)
        return found.replace("--key KEY.pem", f"--key {person}.pem") if person else found

    def _case_state(self, option: Option) -> str:
        case = self.state.case(option.case)
        return case.state if case else ""

    def _where(self, option: Option) -> Words:
        of = self.profile.machine(option.machine)
        name = self._case_state(option) if option.machine else self.state.state
        title = of.states[name].title if name in of.states else Words("not opened", "未立项")
        whose = option.case or "the filing"
        return Words(f"{whose} is in {name}: {title.en}", f"{option.case or '备案'}：{title.zh}")

    def _nobody(self, option: Option) -> Step:
        """Nobody of the room can do what is ripe: there is nobody, or none of them may."""
        role = option.seat.role if option.seat else option.way.by[0]
        there = [found for found in option.tries if found.person != SOMEBODY]
        why = [
            Words(f"{found.person}: {check.why.en}", f"{found.person}：{check.why.zh}")
            for found in there
            for check in found.failed
        ]
        title = option.way.title
        kind = " --kind KIND" if option.seat and option.seat.distinct_kinds else ""
        own = self.state.organisation if self.profile.roles[role].side == "provider" else "OFFICE"
        words = f"people add ID --role {role}{kind} --of {own}"
        return Step(
            kind="people",
            what=Words(
                f"find a {self.profile.roles[role].title.en} for: {title.en}",
                f"需先添加“{self.profile.roles[role].title.zh}”角色的人员，以办理：{title.zh}",
            ),
            why=tuple(why[:MOST])
            or (Words(f"nobody in the room has the role {role}", f"尚无人员具有角色 {role}"),),
            roles=(role,),
            commands=(line(words),),
            event=option.way.event,
            outcome=option.way.outcome,
            case=option.case,
        )

    def _other(self, option: Option, failed: Iterable[Check]) -> Step:
        """Something stands against it that no rule knows how to mend."""
        return self.prepare(
            option,
            Words(f"before: {option.way.title.en}", f"办理前：{option.way.title.zh}"),
            why=[check.why for check in failed],
            commands=[self.command(option)],
        )

    def prepare(
        self,
        option: Option,
        what: Words,
        *,
        why: Iterable[Words] = (),
        commands: Iterable[str] = (),
        side: str = "",
    ) -> Step:
        """Something to be prepared before an act; by anybody of a side, if one is named."""
        people = self._of_side(side) or tuple(
            each_once(found for found in option.tries if _is_real(found))
        )
        who = self.person if self.person in dict(people) else next(iter(dict(people)), "PERSON")
        typed = [text.replace("--by PERSON", f"--by {who}") for text in commands]
        reasons = tuple(why)
        return Step(
            kind="prepare",
            what=what,
            why=reasons[:MOST],
            n_more=max(0, len(reasons) - MOST),
            people=people,
            roles=option.way.by,
            commands=tuple(dict.fromkeys(typed))[:MOST],
            event=option.way.event,
            outcome=option.way.outcome,
            case=option.case,
        )

    def _of_side(self, side: str) -> tuple[tuple[str, str], ...]:
        """Everybody of a side, each with their first role of it."""
        roles = [name for name, role in self.profile.roles.items() if side and role.side == side]
        first: dict[str, str] = {}
        for name in roles:
            for record in self.look.people:
                if name in record["roles"]:
                    first.setdefault(str(record["person"]), name)
        return tuple(first.items())

    def command(self, option: Option) -> str:
        """The line that does the act itself."""
        return self._command(option, self._someone(option), self._role(option))

    def reopening(self) -> list[str]:
        """The line that opens a frozen dossier again; nothing where it is open, or none does."""
        machine = self.profile.filing
        makers = {state for t in machine.transitions if t.new_dossier for state in t.sources}
        ways = [t for t in machine.exits(self.state.state) if t.to in makers]
        if self.stand.is_open or not ways:
            return []
        return [self.command(self.look.option(machine, None, ways[0]))]

    def words(self, option: Option, text: str) -> str:
        """A line to type by somebody who may prepare the act."""
        return line(text, person=self._someone(option), filing=self.name)

    def _someone(self, option: Option) -> str:
        real = [found.person for found in option.tries if _is_real(found)]
        return self.person if self.person in real else next(iter(real), "PERSON")

    def _role(self, option: Option) -> str:
        return option.seat.role if option.seat else option.way.by[0]

    # Cases

    def _is_ready(self, t: Transition) -> bool:
        move = t.case
        assert move is not None
        return any(case.state in move.sources for case in self.state.open_cases(move.kind))

    def _to_case(self, kind: str, wanted: Sequence[str], t: Transition) -> Step:
        """Bring a case to where an act may rest on it, or open one."""
        found = next(iter(self.state.open_cases(kind)), None)
        if found is not None:
            return self.case_step(found, wanted)
        exits = self.profile.filing.exits(self.state.state)
        opening = next((way for way in exits if way.opens == kind), None)
        if opening is None:
            return self._other(self.look.option(self.profile.filing, None, t), ())
        return self.lead(self.profile.filing, None, opening)

    def case_step(self, case: Case, wanted: Sequence[str] = ()) -> Step:
        """The next step of a case, towards states or its end."""
        machine = self.profile.cases[case.kind]
        if wanted:
            way = way_to(machine, case.state, wanted)
            return self.lead(machine, case, way) if way else self._stuck(machine, case)
        ways = [t for t in machine.exits(case.state) if not t.same_person]
        if ways:
            return self._either(machine, case, ways)
        moves = self.profile.filing.exits(self.state.state)
        for t in moves:
            if t.case and t.case.kind == case.kind and case.state in t.case.sources:
                return self.lead(self.profile.filing, None, t)
        return self._stuck(machine, case)

    def _either(self, machine: Machine, case: Case, ways: Sequence[Transition]) -> Step:
        """Of several acts on a case each may be right: the first is told of, the rest beside it."""
        first, *rest = dict.fromkeys(t.event for t in ways)
        by_event = {t.event: t for t in reversed(ways)}
        step = self.lead(machine, case, by_event[first])
        others = [self.look.option(machine, case, by_event[event]) for event in rest]
        if case.finding:
            filing = self.profile.filing
            orders = [
                t for t in filing.exits(self.state.state) if t.opens and case.kind in t.closes
            ]
            others += [self.look.option(filing, None, t) for t in orders]
        ripe = [option for option in others if option.able]
        if step.kind != "act" or not ripe:
            return step
        en = " or ".join([step.what.en, *(option.way.title.en for option in ripe)])
        zh = "，或".join([step.what.zh, *(option.way.title.zh for option in ripe)])
        commands = (*step.commands, *(self.act(option).commands[0] for option in ripe))
        return replace(step, what=Words(en, zh), commands=commands)

    def _stuck(self, machine: Machine, case: Case) -> Step:
        title = machine.states[case.state].title
        return nothing(f"{case.id} waits: {title.en}", f"{case.id}：{title.zh}")

    # At rest, and waiting

    def _at_rest(self) -> Step:
        """Where the service is allowed: cases, clocks that ask for something, else nothing."""
        for case in self.state.cases:
            if case.is_open:
                return self.case_step(case)
        clocks = self.clocks
        for row in clocks:
            found = self._by_clock(row)
            if found is not None:
                return found
        ahead = next(iter(clocks), None)
        if ahead is None:
            return nothing("nothing is to be done", "目前无待办事项")
        return nothing(
            f"nothing is to be done; the next clock is {ahead['title']['en']}, {ahead['due']}",
            f"目前无待办事项；下一期限：{ahead['title']['zh']}，{ahead['due']}",
            until=str(ahead["due"]),
        )

    def _by_clock(self, row: Mapping[str, Any]) -> Step | None:
        """What a clock asks for now."""
        clock = self.profile.filing.clocks[row["clock"]]
        exits = list(self.profile.filing.exits(self.state.state))
        for t in (t for name in clock.then for t in exits if t.event == name):
            if "G17" in t.guards and not self.stand.state.is_struck:
                return self._page(row, t) if clock.party != SYSTEM else None
            if row["is_over"]:
                return self.lead(self.profile.filing, None, t)
        opened = [t for t in exits if clock.name in t.after and row["is_over"]]
        return self.lead(self.profile.filing, None, opened[0]) if opened else None

    def _page(self, row: Mapping[str, Any], t: Transition) -> Step:
        option = self.look.option(self.profile.filing, None, t)
        return Step(
            kind="prepare",
            what=Words(
                f"show the number {self.state.number} on the service's page, until {row['due']}",
                f"在服务页面公示备案编号 {self.state.number}，截止 {row['due']}",
            ),
            why=(Words(*map(str, (row["title"]["en"], row["title"]["zh"]))),),
            roles=(str(row["party"]),),
            people=tuple(
                (p["person"], str(row["party"]))
                for p in self.look.people
                if row["party"] in p["roles"]
            ),
            commands=(line("page URL", filing=self.name),),
            event=option.way.event,
            until=str(row["due"]),
        )

    @cached_property
    def clocks(self) -> list[dict[str, Any]]:
        """The clocks that have not ended."""
        return running(self.state, self.profile, self.look.now)

    @cached_property
    def old(self) -> list[str]:
        """Slots whose draft would read otherwise today."""
        from guanyao.flows.filing.draft import dossier_at, outdated

        dossier = dossier_at(self.look.desk, self.look.room, self.state.id)
        return outdated(dossier, self.stand.records("material"))

    def wait(self, option: Option, wrong: Sequence[Check]) -> Step:
        """Nothing until a clock has ended."""
        names = (*option.way.after, NOTICE)
        row = next((row for row in self.clocks if row["clock"] in names), None)
        until = str(row["due"]) if row else ""
        calendar = [line("calendar use FILE")] if row and row["status"] == "provisional" else []
        return Step(
            kind="wait",
            what=Words(
                f"wait until {until} is over; then: {option.way.title.en}",
                f"等待至 {until} 期满；之后：{option.way.title.zh}",
            ),
            why=tuple(check.why for check in wrong),
            people=tuple((f.person, f.role) for f in option.tries if _is_real(f)),
            roles=option.way.by,
            commands=(*calendar, self.command(option)),
            event=option.way.event,
            outcome=option.way.outcome,
            until=until,
        )

    # One person's view

    def for_person(self, step: Step) -> Step:
        """The step as it is for one person: their own, or what they can do, or to wait."""
        if step.kind in ("nothing", "people") or self.person in dict(step.people):
            return step
        record = next((p for p in self.look.people if p["person"] == self.person), None)
        own = self.look.options() if record else []
        mine = [o for o in own if any(found.person == self.person for found in o.able)]
        who = ", ".join(dict(step.people)) or ", ".join(step.roles)
        return replace(
            step,
            kind="wait",
            what=Words(f"wait for {who}: {step.what.en}", f"等待 {who} 办理：{step.what.zh}"),
            why=tuple(
                Words(f"{self.person} could: {o.way.title.en}", f"可办理：{o.way.title.zh}")
                for o in mine[:MOST]
            ),
            commands=tuple(
                self._command(
                    o, self.person, next(f.role for f in o.able if f.person == self.person)
                )
                for o in mine[:MOST]
            ),
        )


def each_once(tries: Iterable[Try]) -> Iterator[tuple[str, str]]:
    """Each person with the first role that may."""
    seen: set[str] = set()
    for found in tries:
        if found.person not in seen:
            seen.add(found.person)
            yield found.person, found.role


def _is_real(found: Try) -> bool:
    return found.person not in (SOMEBODY, ANYBODY, SYSTEM)


def _seats(t: Transition) -> int:
    return sum(seat.n for seat in t.quorum)


def goals(profile: Profile) -> set[str]:
    """The states that a filing is to come to: where an act allows the service."""
    ways = profile.filing.transitions
    return {t.to for t in ways if t.service == "allowed" and t.to in profile.filing.states}


def way_to(machine: Machine, state: str, wanted: Iterable[str]) -> Transition | None:
    """The first step of the shortest way from a state to one of others.

    Of ways that are as short the one that stands first in the profile is taken, and one that a
    clock takes only where there is no other.
    """
    ends = set(wanted)
    queue: deque[tuple[str, Transition | None]] = deque([(state, None)])
    seen = {state}
    while queue:
        here, first = queue.popleft()
        for t in sorted(machine.exits(here), key=lambda t: t.by == (SYSTEM,)):
            to = t.target(here)
            if to in ends and to != state:
                return first or t
            if to not in seen:
                seen.add(to)
                queue.append((to, first or t))
    return None

"""A profile drawn: its states as a Mermaid diagram, its rows as a table, and who may do what."""

from collections.abc import Iterable, Sequence

from guanyao.filing.profile import SAME, Clock, Machine, Profile, Seat, Transition

UNITS = {"wd": "working days", "d": "days", "months": "months"}
MARK = "●"


def mermaid(profile: Profile) -> str:
    """The states of the filing as a Mermaid state diagram; acts between two states share a line.

    Acts that stay where they are stand in the table only.
    """
    return machine_diagram(profile.filing)


def machine_diagram(machine: Machine) -> str:
    """The states of the filing, or of one kind of case, as a Mermaid state diagram."""
    edges: dict[tuple[str, str], list[str]] = {}
    for t in machine.transitions:
        for state in t.sources or ("[*]",):
            if t.to not in (state, SAME):
                edges.setdefault((state, t.to), []).append(t.name.replace(":", " "))
    lines = ["stateDiagram-v2"]
    lines += [
        f'    state "{s.title.en}<br/>{s.title.zh}" as {s.name}' for s in machine.states.values()
    ]
    lines += [
        f"    {a} --> {b}: {', '.join(dict.fromkeys(names))}" for (a, b), names in edges.items()
    ]
    lines += [f"    {s.name} --> [*]" for s in machine.states.values() if s.kind != "open"]
    return "\n".join(lines) + "\n"


def state_table(profile: Profile) -> str:
    """Every transition of the filing and its cases as Markdown tables, and the clocks."""
    parts = []
    for machine in profile.machines:
        rows = [_row(t) for t in machine.transitions]
        heads = ("row", "from", "act → to", "who", "guards", "also", "documents")
        parts.append(f"**{machine.title.en} · {machine.title.zh}**\n\n{_table(heads, rows)}")
    return "\n".join([*parts, f"**Clocks · 期限**\n\n{_clocks(profile)}"])


def _row(t: Transition) -> list[str]:
    act = f"`{t.event}`" + (f" ({t.outcome})" if t.outcome else "")
    target = f"{act} → {t.to}" + (f"<br/>{t.title.zh}" if t.title.zh else "")
    who = ", ".join(map(_seat, t.quorum)) if t.quorum else ", ".join(t.by)
    return [
        t.row,
        ", ".join(t.sources) or "–",
        target,
        who,
        _guards(t),
        "; ".join(_also(t)),
        ", ".join(t.documents),
    ]


def _seat(seat: Seat) -> str:
    kinds = " of different kinds" if seat.distinct_kinds else ""
    return f"{seat.n} × {seat.role}{kinds}"


def _guards(t: Transition) -> str:
    last = [f"{guard} (at the last)" for guard in t.on_completion]
    return ", ".join([*t.guards, *last, *(f"{guard} (noted)" for guard in t.noted)])


def _also(t: Transition) -> Iterable[str]:
    """What else an act asks for, and what it does."""
    lists = {
        "needs": t.needs,
        "before the end of": t.within,
        "after the end of": t.after,
        "closes": t.closes,
        "not by who did": t.not_by,
    }
    yield from (f"{words} {', '.join(names)}" for words, names in lists.items() if names)
    if t.case:
        yield f"{t.case.kind} {' or '.join(t.case.sources)} → {t.case.to}"
    facts = {
        f"opens {t.opens}": t.opens,
        f"extends {t.extends}, {t.at_most} at most": t.extends,
        "gives the number": t.number == "give",
        "strikes the number": t.number == "strike",
        "only without a number": t.unnumbered,
        "only who opened it": t.same_person,
    }
    yield from (words for words, holds in facts.items() if holds)


def _clocks(profile: Profile) -> str:
    heads = ("clock", "length", "runs in", "who must act", "says", "checked")
    rows = [
        [
            f"`{clock.name}`<br/>{clock.title.zh}",
            _length(clock),
            ", ".join(clock.runs_in) or "–",
            clock.party,
            ", ".join(filter(None, [clock.origin, clock.source, clock.clause])),
            f"{clock.checked['by']}, {clock.checked['at']}" if clock.checked else "nobody yet",
        ]
        for machine in profile.machines
        for clock in machine.clocks.values()
    ]
    return _table(heads, rows)


def _length(clock: Clock) -> str:
    if clock.length is None:
        return "none"
    before = f" before {clock.before} ends" if clock.before else ""
    return f"{clock.length} {UNITS[clock.unit]}{before}"


def permission_matrix(profile: Profile) -> str:
    """Who may do what as a Markdown table: an act to a row, a role to a column."""
    roles = list(profile.roles)
    rows = []
    for machine in profile.machines:
        for event in dict.fromkeys(t.event for t in machine.transitions):
            by = {role for t in machine.transitions if t.event == event for role in t.by}
            if machine.name and not machine.opens_in and machine.first.event == event:
                continue
            rows.append([machine.title.en, f"`{event}`", *(MARK * (r in by) for r in roles)])
    return _table(("of", "act", *(f"`{role}`" for role in roles)), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)

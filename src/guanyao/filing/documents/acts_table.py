"""The acts of a filing as a table: done and refused, by role and organisation, never by person."""

from guanyao.filing.document import Table
from guanyao.filing.documents.told import moment
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.profile import Machine


def acts_table(dossier: Dossier) -> Table:
    """All acts so far."""
    return Table(
        columns=("序号", "时间", "事项", "角色", "结果", "前后状态", "审计行"),
        rows=tuple(_row(dossier, act) for act in dossier.acts),
        widths=(0.07, 0.2, 0.18, 0.14, 0.1, 0.23, 0.08),
    )


def _row(dossier: Dossier, act: Record) -> tuple[str, ...]:
    before, after = (state_title(dossier, act, str(act.get(n, ""))) for n in ("before", "after"))
    role = dossier.profile.roles.get(str(act.get("role", "")))
    result = "参与" if act.get("is_vote") else "完成"
    return (
        str(act.get("n", "")),
        moment(act.get("at")),
        event_title(dossier, act),
        role.title.zh if role else str(act.get("role", "")),
        result if act.get("done") else "未准",
        f"{before} → {after}" if before != after else after,
        str(act.get("line", "")),
    )


def machine_of(dossier: Dossier, act: Record) -> Machine:
    """The machine that an act belongs to: the filing's, or that of its kind of case."""
    event = str(act.get("event", ""))
    machines = (dossier.profile.filing, *dossier.profile.cases.values())
    found = (m for m in machines if any(t.event == event for t in m.transitions))
    return next(found, dossier.profile.filing)


def event_title(dossier: Dossier, act: Record) -> str:
    """What people call what was done."""
    event, outcome = str(act.get("event", "")), str(act.get("outcome") or "")
    for transition in machine_of(dossier, act).transitions:
        if transition.event == event and transition.outcome == outcome:
            return transition.title.zh
    return event


def state_title(dossier: Dossier, act: Record, name: str) -> str:
    """What people call a state."""
    for machine in (machine_of(dossier, act), dossier.profile.filing):
        if name in machine.states:
            return machine.states[name].title.zh
    return name or "未立项"

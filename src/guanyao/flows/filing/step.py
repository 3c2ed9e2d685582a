"""One step of a filing: what is to be done now, why, by whom, and the command."""

from dataclasses import dataclass
from typing import Any

from guanyao.filing.profile import Words

MOST = 5
"""How many reasons and commands are listed."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do now.

    Args:
        kind: `act`: an act of the profile; `prepare`: something before it; `wait`: nothing until a
            day; `people`: somebody must be added; `nothing`.
        what: In words.
        why: Each reason; `n_more` of them are left out.
        people: Who can do it, (person, role).
        roles: The roles that may.
        commands: The lines to type.
        event: The act it leads to; `outcome`, `case` of it.
        until: Of `wait`: the last day.
    """

    kind: str
    what: Words
    why: tuple[Words, ...] = ()
    n_more: int = 0
    people: tuple[tuple[str, str], ...] = ()
    roles: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    event: str = ""
    outcome: str = ""
    case: str = ""
    until: str = ""

    def to_json(self) -> dict[str, Any]:
        """The step as plain JSON."""
        return {
            "kind": self.kind,
            "what": {"en": self.what.en, "zh": self.what.zh},
            "why": [{"en": why.en, "zh": why.zh} for why in self.why],
            "n_more": self.n_more,
            "who": [f"{person} ({role})" for person, role in self.people] or list(self.roles),
            "people": [{"person": person, "role": role} for person, role in self.people],
            "roles": list(self.roles),
            "commands": list(self.commands),
            "event": self.event,
            "outcome": self.outcome,
            "case": self.case,
            "until": self.until,
        }


def nothing(en: str, zh: str, *, until: str = "") -> Step:
    """Nothing is to be done."""
    return Step(kind="nothing", what=Words(en, zh), until=until)

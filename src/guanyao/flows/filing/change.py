"""A change to what a dossier is made of: one transaction, and a line in the audit chain.

What was refused, or failed, leaves a line of its own and nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from guanyao.errors import FilingError, GuanyaoError, TransitionError
from guanyao.filing.filing_state import Actor
from guanyao.filing.outcome import fit
from guanyao.flows.filing.stand import Standing, standing
from guanyao.records.audit_line import Entry

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

PROVIDER = "provider"
UNKNOWN = "filing.unknown"


@dataclass
class Change:
    """A change that is being made.

    Args:
        stand: Where the filing stands.
        actor: Who makes it.
        facts: What the chain says of it: digests, counts and codes only.
    """

    stand: Standing
    actor: Actor
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def desk(self) -> "Desk":
        """The transaction."""
        return self.stand.desk

    @property
    def filing(self) -> str:
        """The filing's id."""
        return self.stand.state.id

    @property
    def now(self) -> str:
        """When it is made."""
        return self.stand.now.isoformat()

    def put(self, kind: str, key: str, record: dict[str, Any]) -> None:
        """Keep a version of a record of the filing."""
        self.desk.put_record(self.filing, kind, key, record)


@contextmanager
def changing(
    room: "Room", filing: str, actor: Actor, act: str, *, always: bool = False
) -> Iterator[Change]:
    """Change what a dossier is made of.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it: somebody of the provider.
        act: What the chain calls it: "filing.attach".
        always: Whether it may be done while the dossier is frozen, too.

    Raises:
        TransitionError: The actor is not of the provider ("filing.role"), or the dossier is frozen
            ("filing.frozen").
        DataError: There is no such filing ("filing.unknown").
    """
    facts: dict[str, Any] = {}
    try:
        with room.store.writing() as desk:
            change = Change(standing(desk, room, filing), actor, facts)
            _check_provider(change)
            if not always:
                _check_open(change)
            yield change
            desk.append(_entry(act, filing, actor, facts))
    except GuanyaoError as error:
        if error.code != UNKNOWN:
            with room.store.writing() as desk:
                desk.append(_entry(act, filing, actor, facts, error))
        raise


def _entry(
    act: str, filing: str, actor: Actor, facts: dict[str, Any], error: GuanyaoError | None = None
) -> Entry:
    failed = "refused" if isinstance(error, FilingError) else "failed"
    return Entry(
        act=act,
        outcome=failed if error else "done",
        who=actor.person,
        role=fit(actor.role) or None,
        object=fit(f"filing:{filing}"),
        facts=facts,
        code=error.code if error else "",
    )


def _check_provider(change: Change) -> None:
    role = change.stand.profile.roles.get(change.actor.role)
    is_provider = role is not None and role.side == PROVIDER
    if not is_provider or change.actor.organisation != change.stand.state.organisation:
        raise TransitionError(
            "the dossier belongs to the provider of the service",
            allowed="somebody of the provider, in a role of the provider",
            do="act as one of them with --by",
            code="filing.role",
        )


def _check_open(change: Change) -> None:
    if change.stand.is_open:
        return
    state = change.stand.state
    raise TransitionError(
        f"the dossier of {state.id} is frozen: the filing is in {state.state}",
        allowed="changes while it is drafted, corrected, supplemented, changed or renewed",
        do="see what can be done now: guanyao filing next",
        code="filing.frozen",
    )

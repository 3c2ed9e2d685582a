"""What came of an act: done or refused, with every check's answer and what follows from it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from guanyao.errors import DeadlineError, EvidenceMissingError, FilingError, TransitionError
from guanyao.filing.deadlines import DeadlineChange
from guanyao.filing.filing_state import FilingState
from guanyao.filing.guards import Check
from guanyao.records.audit_line import Entry, is_code, is_text


class Refusal(NamedTuple):
    """A check, and the code of an act that it refused."""

    check: str
    code: str


REFUSALS = (
    Refusal("profile", code="filing.profile_changed"),
    Refusal("event", code="filing.event"),
    Refusal("state", code="filing.state"),
    Refusal("outcome", code="filing.outcome"),
    Refusal("case", code="filing.case"),
    Refusal("payload", code="filing.payload"),
    Refusal("clock", code="filing.clock"),
    Refusal("quorum", code="filing.quorum"),
    Refusal("G9", code="filing.role"),
)
"""The first of these that failed gives the code; otherwise it is that of the guards."""
GUARD = Refusal("guard", code="filing.guard")
EVIDENCE = ("G2", "G3", "G4", "G5", "G6", "G7", "G8", "G10", "G17")


@dataclass(frozen=True)
class Notice:
    """Something that is to be sent.

    Args:
        kind: What it says: accepted, filed, ...
        to: The role that gets it.
        case: The case it is about; "": the filing.
    """

    kind: str
    to: str
    case: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an act.

    Args:
        event: What somebody tried to do; `outcome` the way it was to end.
        done: Whether it was done; False: refused, and the filing is as it was.
        is_vote: Whether it was one part of an act that waits for others.
        before: The state before; `after` the one after (of the case, if `case` is one).
        case: The case it was about; "": the filing.
        filing: The filing after it.
        checks: Every check and guard that was run, with its answer.
        noted: Guards that were looked at and refuse nothing.
        deadlines: What became of deadlines.
        notices: What is to be sent; `documents` what is to be written.
        opened: Ids of cases that it opened; `closed` of those it closed.
        late: Clocks of duties that were done too late.
        entry: The line for the audit chain.
    """

    event: str
    outcome: str
    done: bool
    before: str
    after: str
    filing: FilingState
    checks: tuple[Check, ...]
    entry: Entry
    is_vote: bool = False
    case: str = ""
    noted: tuple[Check, ...] = ()
    deadlines: tuple[DeadlineChange, ...] = ()
    notices: tuple[Notice, ...] = ()
    documents: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    late: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that refused it."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def code(self) -> str:
        """The code of the refusal; "" if it was done."""
        return refusal_code(self.checks)

    def require(self) -> "Outcome":
        """The outcome itself, if the act was done.

        Raises:
            TransitionError: It was refused for its state, role, payload or a guard.
            EvidenceMissingError: It was refused for want of evidence only.
            DeadlineError: It came before or after its time.
        """
        if self.done:
            return self
        found = "; ".join(f"{check.name}: {check.why.en}" for check in self.failed)
        raise _error_kind(self)(
            f"{self.event} is refused: {found}",
            allowed="every condition of the act holds",
            do="see to each of them, and do it again",
            code=self.code,
        )


def _error_kind(outcome: Outcome) -> type[FilingError]:
    names = {check.name for check in outcome.failed}
    if "clock" in names or "G11" in names:
        return DeadlineError
    return EvidenceMissingError if names <= set(EVIDENCE) else TransitionError


def refusal_code(checks: tuple[Check, ...]) -> str:
    """The code of the refusal that the checks make; "" if all hold."""
    failed = [check.name for check in checks if not check.passed]
    own = [refusal.code for refusal in REFUSALS if refusal.check in failed]
    return own[0] if own else GUARD.code if failed else ""


def fit(value: str) -> str:
    """The value if it may stand in the audit chain, or else its SHA-256."""
    return value if is_code(value) else digest_of(value)


def digest_of(value: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def told_reason(reason: str) -> Mapping[str, Any]:
    """The reason as the chain takes it: the words if they are short and plain, or their digest."""
    if not reason:
        return {}
    return {"reason": reason} if is_text(reason) else {"reason_digest": digest_of(reason)}

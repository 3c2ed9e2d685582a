"""A filing as it stands: plain frozen data, with a JSON form that reads back unchanged."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Self

from guanyao.errors import DataError
from guanyao.filing.deadlines import Deadline
from guanyao.filing.profile import Profile
from guanyao.records.evidence import canonical

FORMAT = "guanyao.filing/1"
SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts.

    Args:
        person: Who, as an id that never changes.
        role: In which role of the profile.
        organisation: Of which organisation, as an id.
        kind: Of a signatory: which kind of signature; "" otherwise.
        interests: Organisations in which the person declared an interest.
        is_identified: Whether it is known who the person is; an objector may stay unknown.
    """

    person: str
    role: str
    organisation: str = ""
    kind: str = ""
    interests: tuple[str, ...] = ()
    is_identified: bool = True

    @classmethod
    def clocks(cls) -> Self:
        """The system, which acts when a clock ends."""
        return cls(person=SYSTEM, role=SYSTEM)


@dataclass(frozen=True)
class Deed:
    """That a person acted in a role: what four eyes are checked by."""

    person: str
    role: str
    event: str


@dataclass(frozen=True)
class Vote:
    """A person's part of an act that several must do together."""

    person: str
    role: str
    kind: str
    act: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something that runs beside the filing: an objection, an inspection, a change ...

    Args:
        id: The case's id in the filing: "objection-1".
        kind: Which machine it follows.
        state: Where it is.
        opened_by: Who opened it.
        finding: What was found: dismissed, adjust, upheld; minor, major, critical.
        author: Who handed the proof in; `accepted_by` who took it.
        is_open: Whether it is in no final state.
        is_settled: Of an objection: whether the filing was decided in view of it.
    """

    id: str
    kind: str
    state: str
    opened_by: str
    finding: str = ""
    author: str = ""
    accepted_by: str = ""
    is_open: bool = True
    is_settled: bool = False


@dataclass(frozen=True, kw_only=True)
class FilingState:
    """A filing between two acts.

    Args:
        id: The filing's id, a short code.
        organisation: The provider's, as an id.
        state: Where it is; "": not opened yet.
        profile: The profile it follows, with its version and digest; these never change.
        changed: When the last act was done.
        n_acts: How many acts were done.
        history: SHA-256 over all acts so far, each linked to the one before.
        dossier_version: The number of the present dossier; 0: none yet.
        manifest_digest: Of that dossier's manifest.
        model_digest: Of the model it describes.
        number: The filing's number; `is_struck` whether it was taken away.
        service: none, allowed, paused or ended.
        deeds: Who did what, for four eyes.
        votes: Parts of an act that waits for others.
        deadlines: Its own and its cases'.
        cases: In the order in which they were opened.
    """

    id: str
    organisation: str
    profile: str
    profile_version: str
    profile_digest: str
    state: str = ""
    changed: datetime | None = None
    n_acts: int = 0
    history: str = ""
    dossier_version: int = 0
    manifest_digest: str = ""
    model_digest: str = ""
    number: str = ""
    is_struck: bool = False
    service: str = "none"
    deeds: tuple[Deed, ...] = ()
    votes: tuple[Vote, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    cases: tuple[Case, ...] = ()

    @classmethod
    def new(cls, id: str, organisation: str, profile: Profile) -> Self:
        """A filing that is not opened yet."""
        return cls(
            id=id,
            organisation=organisation,
            profile=profile.name,
            profile_version=profile.version,
            profile_digest=profile.digest,
        )

    def case(self, id: str) -> Case | None:
        """The case of this id."""
        return next((case for case in self.cases if case.id == id), None)

    def open_cases(self, kind: str) -> list[Case]:
        """The cases of a kind that are in no final state."""
        return [case for case in self.cases if case.kind == kind and case.is_open]

    def with_case(self, changed: Case) -> Self:
        """The filing with this case in the place of the one of the same id, or added."""
        if self.case(changed.id) is None:
            return replace(self, cases=(*self.cases, changed))
        cases = tuple(changed if case.id == changed.id else case for case in self.cases)
        return replace(self, cases=cases)

    def deadline(self, clock: str, case: str = "") -> Deadline | None:
        """The deadline of a clock that has not ended."""
        for found in self.deadlines:
            if (found.clock, found.case) == (clock, case) and found.standing != "ended":
                return found
        return None

    def linked(self, act: Mapping[str, Any], now: datetime) -> Self:
        """The filing with one more act in its history."""
        text = canonical({"before": self.history, **act, "time": now.isoformat()})
        history = hashlib.sha256(text).hexdigest()
        return replace(self, history=history, n_acts=self.n_acts + 1, changed=now)

    def to_json(self) -> dict[str, Any]:
        """The filing as plain JSON; `from_json` reads it back unchanged."""
        record = {"filing": FORMAT, **{f.name: getattr(self, f.name) for f in fields(self)}}
        record["changed"] = self.changed and self.changed.isoformat()
        record["deadlines"] = [d.to_json() for d in self.deadlines]
        for name in ("deeds", "votes", "cases"):
            record[name] = [dict(vars(part)) for part in getattr(self, name)]
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The filing of a record that `to_json` made.

        Raises:
            DataError: It is none, or of another format ("filing.format").
        """
        try:
            if record["filing"] != FORMAT:
                raise ValueError
            own = {key: value for key, value in record.items() if key != "filing"}
            changed = own["changed"]
            own["changed"] = None if changed is None else datetime.fromisoformat(changed)
            own["deadlines"] = tuple(map(Deadline.from_json, own["deadlines"]))
            for name, kind in (("deeds", Deed), ("votes", Vote), ("cases", Case)):
                own[name] = tuple(kind(**part) for part in own[name])
            return cls(**own)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                "this is no record of a filing",
                allowed=f"this version reads {FORMAT}",
                do="update Guanyao, or take the record from the store again",
                code="filing.format",
            ) from error

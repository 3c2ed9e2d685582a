"""The ledger: how a verb tells the workspace what it did, and what came from what.

    with recorded(workspace, "run", who=who) as act:
        act.input("source", "patients.csv")
        ...
        act.output("model", "out/model.gy")

When the block ends, one line stands in the audit chain: done, refused (a PrivacyError) or failed.
Artefacts are in the lineage before they are in their place: whatever kills the process, nothing
that was learned from a source lies about unknown. Without a workspace nothing is recorded.

Lines name artefacts by digest, never by path, since lines stay for ever and paths may name people;
the digest of a source is salted, so that nobody can test a guess at its content.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard
from urllib.parse import urlsplit

from guanyao.data.schema import Schema
from guanyao.errors import GuanyaoError, InternalError, PrivacyError
from guanyao.flows.folder import RECORD, Folder
from guanyao.flows.settings import Learning
from guanyao.records import evidence
from guanyao.records.audit_line import Entry, is_code
from guanyao.records.lineage import ERASED, RETIRED, RETRAIN_DUE, Artefact
from guanyao.records.workspace import Workspace
from guanyao.types import Progress

AnyWorkspace: TypeAlias = Workspace | str | Path | None
"""Where verbs are recorded: a workspace, its folder, or None for nowhere."""

SALTED = ("source", "vault_item")
"""Kinds whose plain digest would let somebody test a guess at a person's data."""

STOPPED = "stopped"
PENDING = ""
"""The digest of what is still being made."""


@dataclass
class Act:
    """What a verb has done so far; without a workspace it takes everything and keeps nothing.

    Args:
        workspace: Where it is recorded; None: nowhere.
        verb: What is done.
        facts: What the line shall say: numbers, codes, digests.
        touched: What the line names as its object; "": the first output, or the first input.
    """

    workspace: Workspace | None
    verb: str
    facts: dict[str, Any] = field(default_factory=dict)
    touched: str = ""
    inputs: list[Artefact] = field(default_factory=list)
    outputs: list[Artefact] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    pending: dict[str, Artefact] = field(default_factory=dict)

    def note(self, **facts: Any) -> None:  # noqa: ANN401
        """Add facts to the line.

        Raises:
            PrivacyError: A text among them holds something personal.
        """
        for value in facts.values():
            _check_words(value)
        Entry(act=self.verb, facts=facts)
        self.facts |= facts

    def input(
        self,
        kind: str,
        source: object,
        *,
        digest: str | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> str:
        """Say what is worked on; the id of the artefact, "" without a workspace.

        Args:
            kind: One of `guanyao.records.lineage.KINDS`; what is known already keeps its own.
            source: A path, the address of a table, "vault:NAME", or data in memory.
            digest: Of its content, where that cannot be read from a path.
            facts: For the lineage.
        """
        if self.workspace is None:
            return ""
        if is_path(source) and not file_of(source).exists():
            return ""  # whoever reads it says so in its own words
        place, content = _named(self.workspace, source, digest)
        found = self.workspace.lineage.add(kind, place, content, self.verb, facts=facts)
        self.inputs.append(found)
        return found.id

    def learns(self, source: object, learning: Learning, holdout: object = None) -> None:
        """Say which source is learned from, in which column persons are named, and the holdout."""
        person = None if self.workspace is None else person_of(learning)
        facts = {} if person is None else {"entity": person}
        for side in (source, holdout):
            if side is not None:
                self.input("source", side, facts=facts)
        labels = learning.labels
        if labels is not None and Path(labels).is_file():
            self.input("source", labels)

    def uses(self, model: object, progress: Progress) -> None:
        """Say which model is used, if it is a file, and see that it may still be used.

        Raises:
            PrivacyError: It learned from somebody who was erased since, and was retired.
        """
        if is_path(model) and self.input("model", model):
            check_live(self, model, progress)

    def expect(self, kind: str, path: str | Path) -> None:
        """Say what is about to be made at a place, from the inputs so far.

        It is in the lineage, without a digest, until `output` names it or the act ends without it.
        """
        if self.workspace is None:
            return
        place = self.workspace.place_of(path)
        before = [item.id for item in self.inputs]
        lineage = self.workspace.lineage
        self.pending[place] = lineage.add(kind, place, PENDING, self.verb, parents=before)

    def output(
        self,
        kind: str,
        path: str | Path,
        *,
        digest: str | None = None,
        parents: list[str] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> str:
        """Say what was made; the id of the artefact, "" without a workspace.

        Args:
            kind: One of `guanyao.records.lineage.KINDS`.
            path: Where it lies or will lie, or "vault:NAME".
            digest: Of its content; None: it lies there and is read.
            parents: Ids of what it was made from; None: the inputs so far.
            facts: For the lineage.
        """
        if self.workspace is None:
            return ""
        lineage = self.workspace.lineage
        place, content = _named(self.workspace, path, digest)
        if parents is None:
            parents = [item.id for item in self.inputs]
        with lineage.changing():
            known = {item.place for item in lineage.by_digest(content)}
            made = lineage.add(kind, place, content, self.verb, parents=parents, facts=facts)
            if place in self.pending:
                lineage.drop(self.pending.pop(place).id)
        if place not in known:
            self.fresh.add(made.id)
        self.outputs.append(made)
        return made.id

    def output_if_there(self, kind: str, path: Path) -> None:
        """Say what was made at a place, if anything was."""
        if path.exists():
            self.output(kind, path)

    def results(self, folder: Folder) -> None:
        """Say what a job made in a folder, before it is moved into place."""
        if self.workspace is None:
            return
        first = [item.id for item in self.inputs]
        made_here: dict[Path, list[str]] = {}
        for item in sorted(folder.outputs(), key=lambda item: _turn(item["name"])):
            name = Path(item["name"])
            kind = kind_of(item["name"])
            learned = made_here.get(name.parent, [])
            parents = {"model": first, "training": first, "virtual": learned or first}
            every = [*first, *(id for ids in made_here.values() for id in ids)]
            id = self.output(
                kind,
                folder.out / name,
                digest=item["digest"],
                parents=parents.get(kind, every),
                facts=_settings(folder.part, name) if kind == "model" else None,
            )
            if kind == "model":
                made_here.setdefault(name.parent, []).append(id)

    def settle(self) -> None:
        """Take out of the lineage what was expected and is not there."""
        if self.workspace is None:
            return
        for place in list(self.pending):
            if not self.workspace.path_of(place).exists():
                self.workspace.lineage.drop(self.pending.pop(place).id)

    def undo(self) -> None:
        """Take out of the lineage what was named before it was in its place, and never got there.

        What lay at the same place before, and still does, is the newest there again.
        """
        if self.workspace is None:
            return
        lineage = self.workspace.lineage
        for item in (item for item in self.outputs if item.id in self.fresh):
            path = self.workspace.path_of(item.place)
            is_there = path.exists() and evidence.tree_digest(path) == item.digest
            if is_path(item.place) and not is_there:
                lineage.drop(item.id)
                self.outputs = [other for other in self.outputs if other.id != item.id]

    def line(self) -> dict[str, Any]:
        """What the audit line says of the artefacts."""
        items = [*self.outputs, *self.inputs]
        named = {"inputs": self.inputs, "outputs": self.outputs}
        lists = {key: [self._code(item) for item in some] for key, some in named.items() if some}
        first = f"{items[0].kind}:{items[0].id}" if items else ""
        return {"object": self.touched or first, "facts": {**self.facts, **lists}}

    def _code(self, item: Artefact) -> str:
        assert self.workspace is not None
        is_salted = item.kind in SALTED or item.place.startswith("vault:")
        digest = self.workspace.seal(item.digest) if is_salted else item.digest
        return f"{item.kind}:{digest}"


@contextmanager
def opened(workspace: AnyWorkspace) -> Iterator[Workspace | None]:
    """The workspace; what was opened here is closed here."""
    if workspace is None or isinstance(workspace, Workspace):
        yield workspace
        return
    with Workspace.open(workspace) as found:
        yield found


@contextmanager
def recorded(
    workspace: AnyWorkspace,
    verb: str,
    *,
    who: str | None = None,
    role: str | None = None,
    subject: str | None = None,
    object: str = "",
    **facts: Any,  # noqa: ANN401
) -> Iterator[Act]:
    """An act that ends as one line of the audit chain, whichever way it ends.

    Args:
        workspace: Where it is recorded; None: nowhere.
        verb: What is done, e.g. "run" or "vault.put".
        who: Who does it.
        role: In which role.
        subject: Whom it concerns: `Workspace.digest_of` of them.
        object: What it touches, where that is no artefact.
        facts: Numbers, codes, digests; a `reason` may be a sentence without personal data.

    Raises:
        ConfigError: There is no workspace there.
        PrivacyError: A fact holds something personal.
    """
    with opened(workspace) as found:
        if found is None:
            yield Act(None, verb)
            return
        act = Act(found, verb, touched=object)
        said: dict[str, Any] = {"who": who, "role": role, "subject": subject}
        Entry(act=verb, object=object, **said)  # what cannot be recorded is not begun
        try:
            act.note(**facts)
            yield act
        except BaseException as error:
            act.undo()
            act.settle()
            outcome = "refused" if isinstance(error, PrivacyError) else "failed"
            found.audit.append(verb, outcome=outcome, code=code_of(error), **said, **act.line())
            raise
        act.settle()
        found.audit.append(verb, **said, **act.line())


def code_of(error: BaseException) -> str:
    """The code of an error, as the command line would say it."""
    if isinstance(error, GuanyaoError):
        return error.code
    if isinstance(error, KeyboardInterrupt):
        return STOPPED
    return "data.io" if isinstance(error, OSError) else InternalError.code


def check_live(act: Act, model: str | Path, progress: Progress) -> None:
    """See that a model may still be used.

    Args:
        act: The act that would use it.
        model: The path of the model file.
        progress: Told if the model is to be trained anew.

    Raises:
        PrivacyError: It learned from somebody who was erased since, and was retired.
    """
    if act.workspace is None:
        return
    known = act.workspace.lineage.by_digest(evidence.file_digest(model))
    statuses = {item.status for item in known}
    if statuses & {RETIRED, ERASED}:
        raise PrivacyError(
            f"{Path(model).name} is retired: it learned from a person who was erased since",
            do="train it anew from the source as it is now, and use that model",
            code="privacy.model_retired",
        )
    if RETRAIN_DUE in statuses:
        progress.note(
            f"{Path(model).name} is to be trained anew: it learned from a person who was erased"
        )


def person_of(learning: Learning) -> str | None:
    """The column that names the person a row belongs to, as far as the settings say.

    Raises:
        ConfigError: The schema or the policy cannot be read.
    """
    schema, policy = learning.schema, learning.policy
    if learning.entity is None and isinstance(schema, str | Path):
        schema = Schema.load(schema)
    found = learning.entity or getattr(schema, "entity", None)
    if found is None and isinstance(policy, str | Path):
        from guanyao.protect.policy import Policy

        policy = Policy.load(policy)
    return found or getattr(policy, "person", None)


def _settings(part: Path, model: Path) -> dict[str, Any]:
    """How a model was trained, from the records that a job wrote beside it."""
    record = evidence.read(part / RECORD)
    report = json.loads((part / model.parent / "report.json").read_bytes())
    chosen = {name: report["model"][name] for name in ("name", "settings")}
    return {"settings": {**record["settings"], "chosen": chosen}}


def kind_of(name: str) -> str:
    """The kind of artefact that a job leaves under this name.

    Examples:
        >>> kind_of("model.gy"), kind_of("trees/virtual.csv"), kind_of("compare.html")
        ('model', 'virtual', 'report')
    """
    stem = Path(name).name.partition(".")[0].partition("-")[0]
    kinds = {"model": "model", "run": "record", "training": "training", "virtual": "virtual"}
    return kinds.get(stem, "report")


def _turn(name: str) -> tuple[int, str]:
    """Parents before their children."""
    order = ("training", "model", "virtual", "report", "record")
    return order.index(kind_of(name)), name


def _named(workspace: Workspace, source: object, digest: str | None) -> tuple[str, str]:
    """Place and digest of a path, an address, an item of the vault, or data in memory."""
    if isinstance(source, str) and "://" in source:
        return _public(source), digest or evidence.new_id(address=_public(source))
    if isinstance(source, str) and source.startswith("vault:"):
        return source, digest or PENDING
    if is_path(source):
        # An item of the vault lies in memory while it is read, and remembers its own place.
        place = getattr(source, "place", None) or workspace.place_of(file_of(source))
        return place, digest or evidence.tree_digest(file_of(source))
    content = digest or _content(source)
    return f"memory:{content[:16]}", content


def is_path(source: object) -> TypeGuard[str | Path]:
    """Whether this names a file or folder, and not a table of a database or an item of the vault.

    Examples:
        >>> is_path("a.csv"), is_path("sqlite:///a.db#t"), is_path("vault:a.csv")
        (True, False, False)
    """
    if isinstance(source, str):
        return "://" not in source and not source.startswith("vault:")
    return isinstance(source, Path)


def file_of(source: str | Path) -> Path:
    """The file that a path names, also where a part of it is meant: "a.xlsx#Sheet"."""
    whole, mark, _ = str(source).rpartition("#")
    return Path(whole) if mark and not Path(source).exists() else Path(source)


def _content(data: object) -> str:
    """The digest of data in memory, as its reader would name it."""
    from guanyao.data.images import is_images, read_images
    from guanyao.data.readers import read

    if is_images(data):
        return read_images(data).source.digest
    return read(data).schema.source.digest


def _public(address: str) -> str:
    """The address of a table without user and password."""
    address, _, table = address.partition("#")
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}#{table}"


def _check_words(value: object) -> None:
    """See that a text that is no code holds nothing personal."""
    if isinstance(value, list | tuple):
        for item in value:
            _check_words(item)
    if isinstance(value, str) and not is_code(value):
        from guanyao.protect.scan import find_text

        if kinds := sorted({found.kind for found in find_text(value)}):
            raise PrivacyError(
                f"the text to be recorded holds personal data ({', '.join(kinds)})",
                allowed="a reason that names nobody",
                code="privacy.audit",
            )

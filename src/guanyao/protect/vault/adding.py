"""Items on their way into the vault: sealed beside the others, not yet named by the index."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias

from guanyao.errors import DataError
from guanyao.protect.vault import durable, envelope
from guanyao.protect.vault.index import Item, Opened

Source: TypeAlias = Path | BinaryIO
Clock: TypeAlias = Callable[[], datetime]


class Adding:
    """Items that are being added, and what the index shall be."""

    def __init__(self, opened: Opened, folder: Path, clock: Clock) -> None:
        self._opened, self._folder, self._clock = opened, folder, clock
        self._items = dict(opened.index.items)
        self._keys = dict(opened.index.keys)
        self._subjects = dict(opened.index.subjects)
        self._fresh: dict[str, bytes] = {}

    def add(self, source: Source, name: str, subject: str | None, kind: str) -> Item:
        """Seal a source as an item of this name, in the place of one that is there.

        Without a subject it stays the same person's as before.
        """
        digest = None if subject is None else self._opened.subject_digest(subject)
        if digest is None and name in self._items:
            # Forgetting the person must reach the new content too.
            digest = self._items[name].subject_digest
        return self._seal(source, name, digest, kind)

    def again(self, source: Source, before: Item) -> Item:
        """Seal a source in the place of an item, with its subject and kind."""
        return self._seal(source, before.name, before.subject_digest, before.kind)

    @property
    def replaces(self) -> bool:
        """Whether an item that was there is not any more."""
        left = {item.id for item in self._items.values()}
        return any(item.id not in left for item in self._opened.index.items.values())

    def result(self) -> Opened:
        """The vault with the items in it."""
        return self._opened.holding(self._items, keys=self._keys, subjects=self._subjects)

    def _seal(self, source: Source, name: str, subject_digest: str | None, kind: str) -> Item:
        before = self._items.get(name)
        key_name, key = self._key_for(subject_digest)
        place = envelope.Place(
            vault=self._opened.id,
            item=secrets.token_hex(16),
            name=name,
            version=1 if before is None else before.version + 1,
            key=key_name,
        )
        suite, path = self._opened.suite, self._folder / place.item
        with durable.writing(path, is_named=False) as file, _reading(source) as stream:
            content = envelope.seal(stream, file, key=key, suite=suite, place=place)
        item = Item(
            name=name,
            id=place.item,
            key=key_name,
            version=place.version,
            size=content.size,
            stored=content.stored,
            created=self._clock().isoformat(timespec="seconds"),
            digest=content.digest,
            kind=kind,
            subject_digest=subject_digest,
        )
        self._items[name] = item
        return item

    def _key_for(self, subject_digest: str | None) -> tuple[str, bytes]:
        """The name and the bytes of the subject's data key, or of a fresh one."""
        name = self._subjects.get(subject_digest or "")
        if name is not None:
            return name, self._fresh.get(name) or self._opened.data_key(name)
        name, key = secrets.token_hex(8), self._opened.suite.new_key()
        self._keys[name], self._fresh[name] = self._opened.wrapped(name, key), key
        if subject_digest is not None:
            self._subjects[subject_digest] = name
        return name, key


@contextmanager
def _reading(source: Source) -> Iterator[BinaryIO]:
    if not isinstance(source, Path):
        yield source
        return
    try:
        file = source.open("rb", buffering=0)
    except OSError as error:
        raise DataError(
            f"{source} cannot be read ({error.strerror or type(error).__name__})",
            do="name a file",
            code="data.missing" if isinstance(error, FileNotFoundError) else "data.unreadable",
        ) from error
    with file:
        yield file

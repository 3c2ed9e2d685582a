"""The vault: a folder of sealed files, and one sealed file of facts about them.

    index        the file of facts (guanyao.protect.vault.index)
    items/<id>   one sealed file each (guanyao.protect.vault.envelope); ids are drawn by chance
    lock         empty; held while the vault is used

Whatever changes writes new files first and then replaces the index, in one step; files that the
index does not name are taken away by the next who opens the vault.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from guanyao.data.pending import disk_error
from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.protect.vault import durable, envelope, index
from guanyao.protect.vault import names as item_names
from guanyao.protect.vault.acts import OnAct, facts_of, noted, unwatched
from guanyao.protect.vault.adding import Adding, Clock, Source
from guanyao.protect.vault.index import Item, Opened
from guanyao.protect.vault.master import MasterKey
from guanyao.protect.vault.memory_file import memory_file
from guanyao.protect.vault.suites import suite_of
from guanyao.protect.vault.turns import turn

INDEX = "index"
ITEMS = "items"
LOCK = "lock"
FILE = re.compile(r"[0-9a-f]{32}(\.part)?")
"""What a file of an item is called; nothing else is ever taken away."""
WAIT_S = 30.0
"""How long to wait for another process that uses the vault."""


def utc_now() -> datetime:
    """The present time."""
    return datetime.now(UTC)


class Vault:
    """Files under lock.

    Make one with `create` or `open`. Several processes can use one vault: they wait for each other.
    """

    def __init__(
        self, folder: Path, master: MasterKey, *, on_act: OnAct, clock: Clock, wait_s: float
    ) -> None:
        """Take the folder; `create` and `open` see that there is a vault in it."""
        self.folder = folder
        self._master, self._on_act, self._clock, self._wait_s = master, on_act, clock, wait_s
        self._known: Opened | None = None

    @classmethod
    def create(
        cls,
        folder: str | Path,
        master: MasterKey,
        suite: str = "aes-256-gcm",
        *,
        on_act: OnAct = unwatched,
        clock: Clock = utc_now,
        wait_s: float = WAIT_S,
    ) -> "Vault":
        """A new, empty vault.

        Args:
            folder: Its place: a folder that is new or empty.
            master: What locks it.
            suite: A name in `guanyao.protect.vault.suites.SUITES`.
            on_act: Told of every act.
            clock: Says what time it is.
            wait_s: How long to wait for another process.

        Raises:
            ConfigError: The folder holds something; the passphrase is weak.
            DataError: The folder cannot be written.
            UnknownNameError: There is no such suite.
        """
        vault = cls(Path(folder), master, on_act=on_act, clock=clock, wait_s=wait_s)
        with vault._act("create") as facts:
            vault._begin(suite)
            facts |= {"suite": suite, "master": master.kind}
        return vault

    @classmethod
    def open(
        cls,
        folder: str | Path,
        master: MasterKey,
        *,
        on_act: OnAct = unwatched,
        clock: Clock = utc_now,
        wait_s: float = WAIT_S,
    ) -> "Vault":
        """The vault in a folder; what a killed process left half-made is taken away.

        Args:
            folder: Its place.
            master: What it was locked with.
            on_act: Told of every act; of opening only where it fails.
            clock: Says what time it is.
            wait_s: How long to wait for another process.

        Raises:
            DataError: There is no vault, it is damaged or of a later format, another process keeps
                using it, or the passphrase or key is wrong.
            ConfigError: It is locked with another kind of master key.
        """
        vault = cls(Path(folder), master, on_act=on_act, clock=clock, wait_s=wait_s)
        with noted(lambda *told: None if told[2]["outcome"] == "done" else on_act(*told), "open"):
            index.read_text(vault.folder / INDEX)
            with vault._reading():
                pass
            vault._sweep()
        return vault

    @property
    def id(self) -> str:
        """The vault's id."""
        with self._reading() as opened:
            return opened.id

    @property
    def suite(self) -> str:
        """The name of its ciphers."""
        with self._reading() as opened:
            return opened.suite.name

    def items(self) -> list[Item]:
        """What lies in the vault, by name."""
        with self._act("list") as facts, self._reading() as opened:
            facts["n_items"] = len(opened.index.items)
            return [opened.index.items[name] for name in sorted(opened.index.items)]

    def item(self, name: str) -> Item:
        """What is known of one item.

        Raises:
            UnknownNameError: There is none of that name.
        """
        with self._reading() as opened:
            return _item(opened, name)

    def check_folder(self, name: str) -> None:
        """See that items can be put below a name, as files into a folder.

        Raises:
            ConfigError: The name cannot be one, or an item stands in the folder's place.
        """
        with self._reading() as opened:
            item_names.check_folder(opened.index.items, name)

    def subject_digest(self, subject: str) -> str:
        """The subject as the vault's items name it."""
        with self._reading() as opened:
            return opened.subject_digest(subject)

    def put(
        self, source: Source, name: str, *, subject: str | None = None, kind: str = "file"
    ) -> Item:
        """Seal a file into the vault.

        Args:
            source: A path, or an open binary stream that is read to its end.
            name: What it shall be called.
            subject: Whose data it is: all items of a subject share a key, which `forget` destroys.
            kind: What it is.

        Raises:
            ConfigError: The name cannot be one, or is taken.
            DataError: The source cannot be read, or the disk is full; nothing was changed.
        """
        return self.put_all({name: source}, subject=subject, kind=kind)[0]

    def put_all(
        self,
        sources: Mapping[str, Source],
        *,
        subject: str | None = None,
        kind: str | Mapping[str, str] = "file",
        replaces: bool = False,
    ) -> list[Item]:
        """Seal several files into the vault: all of them or, if anything fails, none.

        Args:
            sources: Paths or open binary streams by the names of their items.
            subject: Whose data they are; None: nobody's or, of an item that is replaced, the same
                person's as before.
            kind: What they are: one kind for all, or one for each name.
            replaces: Whether items of these names are replaced; else they must not be there.

        Raises:
            ConfigError: A name cannot be one, or is taken.
            DataError: A source cannot be read, or the disk is full; nothing was changed.
        """
        names = list(sources)
        kinds = dict.fromkeys(names, kind) if isinstance(kind, str) else kind
        with ExitStack() as acts, self._alone() as opened:
            facts = [acts.enter_context(self._act("put", name)) for name in names]
            item_names.check_free(opened.index.items, names, replaces=replaces)
            with self._adding(opened) as adding:
                made = [adding.add(sources[name], name, subject, kinds[name]) for name in names]
            for told, name, item in zip(facts, names, made, strict=True):
                told |= {**facts_of(item, sources[name]), "hash": opened.suite.hash_name}
            return made

    def replace(self, name: str, source: Source) -> Item:
        """Put other content in an item's place; it keeps its name, subject and kind.

        Raises:
            UnknownNameError: There is no such item.
            DataError: The source cannot be read, or the disk is full; nothing was changed.
        """
        with self._act("replace", name) as facts, self._alone() as opened:
            before = _item(opened, name)
            with self._adding(opened) as adding:
                made = adding.again(source, before)
            facts |= {**facts_of(made, source), "hash": opened.suite.hash_name}
            return made

    def get(self, name: str, target: str | Path, *, force: bool = False) -> Item:
        """Write an item, decrypted, to a file.

        Args:
            name: The item.
            target: The file, which appears when it is whole.
            force: Whether a file that is there is replaced.

        Raises:
            UnknownNameError: There is no such item.
            ConfigError: The file is there.
            DataError: The item is damaged, or the file cannot be written.
        """
        with self._reading() as opened:
            return self._write_out(opened, name, Path(target), act="get", force=force)

    def export(self, folder: str | Path, within: str = "", *, force: bool = False) -> list[Item]:
        """Write items, decrypted, to a folder, each as the path that its name is.

        Args:
            folder: Where they go; it is made if it is not there.
            within: Only the item of this name and those whose names begin with it and a `/`.
            force: Whether files that are there are replaced.

        Raises:
            UnknownNameError: There is no such item.
            ConfigError: A file is there.
            DataError: An item is damaged, or a file cannot be written.
        """
        with self._reading() as opened:
            chosen = self._chosen(opened, within)
            for item in chosen:
                # Whoever made the vault and gave it away may have named items by rules of his own.
                target = Path(folder) / item_names.check_name(item.name)
                with _disk(target):
                    target.parent.mkdir(parents=True, exist_ok=True)
                self._write_out(opened, item.name, target, act="export", force=force)
            return chosen

    @contextmanager
    def open_plain(self, name: str) -> Iterator[Path]:
        """A path to an item's plain bytes, which lie in memory only, while the block runs.

        Raises:
            UnknownNameError: There is no such item.
            ConfigError: The system has no files in memory.
            DataError: The item is damaged.
        """
        suffix = "".join(PurePosixPath(name).suffixes[-2:])
        with memory_file(suffix) as (file, path):
            with self._act("read", name) as facts, self._reading() as opened:
                item = _item(opened, name)
                self._unseal(opened, item, file)
                facts |= facts_of(item)
            yield path

    def check(self, name: str) -> Item:
        """Decrypt an item in memory, without keeping it, and compare its digest.

        Raises:
            UnknownNameError: There is no such item.
            DataError: The item is damaged.
        """
        with self._act("check", name), self._reading() as opened:
            item = _item(opened, name)
            self._unseal(opened, item, _Nowhere())
            return item

    def remove(self, name: str) -> Item:
        """Destroy an item: its data key, where no other item shares it, and its file.

        Raises:
            UnknownNameError: There is no such item.
        """
        with self._act("remove", name) as facts, self._alone() as opened:
            item = _item(opened, name)
            self._destroy(opened, [item])
            facts |= facts_of(item)
            return item

    def forget(self, subject: str) -> list[Item]:
        """Destroy a subject's data key, and with it every item of the subject.

        Returns:
            The items as they were.

        Raises:
            UnknownNameError: Nothing in the vault is the subject's.
        """
        with self._act("forget") as facts, self._alone() as opened:
            digest = opened.subject_digest(subject)
            facts["subject_digest"] = digest
            if digest not in opened.index.subjects:
                raise UnknownNameError(
                    "nothing in the vault is of that subject",
                    allowed="a subject that an item was put with",
                    code="vault.subject",
                )
            items = [i for i in opened.index.items.values() if i.subject_digest == digest]
            self._destroy(opened, items)
            facts |= {"n_items": len(items), "items": [item.name for item in items]}
            return items

    def rotate(self, new_master: MasterKey | None = None) -> int:
        """Change the root key, and the master key too if another is given; files stay untouched.

        One rename does it: if the process is killed, the vault is locked as before or as asked for.

        Args:
            new_master: What locks the vault from now on; None: what locks it now.

        Returns:
            How many data keys were wrapped anew.

        Raises:
            ConfigError: The new passphrase is weak.
            DataError: The disk is full; nothing was changed.
        """
        with self._act("rotate") as facts, self._alone() as opened:
            fresh = opened.relocked(new_master or self._master)
            self._commit(fresh, scrubs=True)
            self._master = new_master or self._master
            n_keys = len(fresh.index.keys)
            facts |= {"n_keys": n_keys, "generation": fresh.generation}
            facts["master"] = self._master.kind
            return n_keys

    def backup(self, target: str | Path) -> Any:  # noqa: ANN401
        """Write everything, as it is sealed, to one archive file; see `backup.Manifest`.

        Raises:
            DataError: The archive cannot be written, or an item's file is missing.
        """
        from guanyao.protect.vault import backup

        with self._act("backup") as facts, self._reading() as opened:
            made = backup.write(opened, self.folder, Path(target), self._clock())
            facts |= {**made.to_json(), "target": Path(target)}
            facts["items"] = sorted(opened.index.items)
            return made

    @contextmanager
    def _act(self, act: str, item: str = "") -> Iterator[dict[str, Any]]:
        """Tells the observer how the act ended; the block adds facts."""
        with noted(self._on_act, act, item) as facts:
            yield facts

    @contextmanager
    def _reading(self) -> Iterator[Opened]:
        with self._turn(is_alone=False):
            yield self._load()

    @contextmanager
    def _alone(self) -> Iterator[Opened]:
        with self._turn(is_alone=True):
            yield self._load()

    def _turn(self, *, is_alone: bool, wait_s: float | None = None) -> AbstractContextManager[None]:
        wait_s = self._wait_s if wait_s is None else wait_s
        return turn(self.folder / LOCK, is_alone=is_alone, wait_s=wait_s)

    def _load(self) -> Opened:
        text = index.read_text(self.folder / INDEX)
        self._known = index.unlocked(text, self._master, self._known)
        return self._known

    def _begin(self, suite: str) -> None:
        ciphers = suite_of(suite)
        with _disk(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            strange = {path.name for path in self.folder.iterdir()} - {LOCK}
        if strange:
            raise ConfigError(
                f"{self.folder} is not empty",
                allowed="a folder that is new or empty",
                do="name another; a vault that is there opens without init",
                code="vault.folder",
            )
        with self._turn(is_alone=True):
            created = self._clock().isoformat(timespec="seconds")
            opened = index.new(self._master, ciphers, created)
            with _disk(self.folder):
                (self.folder / ITEMS).mkdir(mode=0o700)
            self._commit(opened)

    def _commit(self, opened: Opened, *, scrubs: bool = False) -> None:
        """Replace the index; from here on the vault is as `opened` says."""
        with durable.writing(self.folder / INDEX, scrubs=scrubs) as file:
            file.write(opened.to_bytes())
        self._known = opened

    def _sweep(self) -> None:
        """Take away what no index names, if nobody uses the vault right now."""
        with suppress(DataError), self._turn(is_alone=True, wait_s=0), _disk(self.folder):
            (self.folder / (INDEX + durable.PART)).unlink(missing_ok=True)
            self._drop_unnamed()

    def _chosen(self, opened: Opened, within: str) -> list[Item]:
        items = [opened.index.items[name] for name in sorted(opened.index.items)]
        chosen = [i for i in items if not within or f"{i.name}/".startswith(f"{within}/")]
        if within and not chosen:
            with self._act("export", within):
                raise _missing()
        return chosen

    def _write_out(self, opened: Opened, name: str, target: Path, *, act: str, force: bool) -> Item:
        # The act is recorded before the file appears.
        with ExitStack() as stack, self._act(act, name) as facts:
            item = _item(opened, name)
            if target.exists() and not force:
                raise ConfigError(
                    f"{target} is there already",
                    do="name another place, or say --force",
                    code="vault.target",
                )
            file = stack.enter_context(durable.appearing(target))
            self._unseal(opened, item, file)
            facts |= facts_of(item)
            return item

    def _unseal(self, opened: Opened, item: Item, target: envelope.Sink) -> None:
        path = self.folder / ITEMS / item.id
        try:
            file = path.open("rb", buffering=0)
        except OSError as error:
            raise envelope.damaged("it is missing, or may not be read") from error
        with file:
            unseal(opened, item, file, path.stat().st_size, target)

    @contextmanager
    def _adding(self, opened: Opened) -> Iterator[Adding]:
        """New items; the vault has them when the block ends well, else nothing is left of them."""
        adding = Adding(opened, self.folder / ITEMS, self._clock)
        try:
            yield adding
            with _disk(self.folder):
                durable.sync_folder(self.folder / ITEMS)
            self._commit(adding.result(), scrubs=adding.replaces)
        except BaseException:
            self._drop_unnamed()
            raise
        self._drop_unnamed()

    def _destroy(self, opened: Opened, items: list[Item]) -> None:
        """Take items out of the index with the keys that nobody else needs, then their files."""
        left = {name: i for name, i in opened.index.items.items() if i not in items}
        self._commit(opened.holding(left), scrubs=True)
        with _disk(self.folder):
            self._drop_unnamed()
            durable.sync_folder(self.folder / ITEMS)

    def _drop_unnamed(self) -> None:
        """Take away the files that the index does not name; the lock must be held alone."""
        kept = {item.id for item in self._load().index.items.values()}
        for path in (self.folder / ITEMS).iterdir():
            if path.name not in kept and FILE.fullmatch(path.name):
                path.unlink()


class _Nowhere:
    """Takes bytes and drops them."""

    def write(self, part: memoryview, /) -> object:
        """Drop this part."""
        return len(part)


def unseal(opened: Opened, item: Item, file: BinaryIO, n_bytes: int, target: envelope.Sink) -> None:
    """Write what a sealed file holds, once it is what the index says.

    Raises:
        DataError: It is damaged, or is another file.
    """
    place = envelope.Place(
        vault=opened.id, item=item.id, name=item.name, version=item.version, key=item.key
    )
    key = opened.data_key(item.key)
    content = envelope.unseal(file, n_bytes, target, key=key, suite=opened.suite, place=place)
    if (content.digest, content.size) != (item.digest, item.size):
        raise envelope.damaged("it holds other bytes than were put there")


def _item(opened: Opened, name: str) -> Item:
    item = opened.index.items.get(name)
    if item is None:
        raise _missing()
    return item


def _missing() -> UnknownNameError:
    return UnknownNameError(
        "there is no item of that name in the vault",
        do="see `guanyao vault list`",
        code="vault.missing",
    )


@contextmanager
def _disk(target: Path) -> Iterator[None]:
    """Turns what a disk refuses into an error that says so."""
    try:
        yield
    except OSError as error:
        raise disk_error(target, error) from error

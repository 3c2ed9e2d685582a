"""A room's store on both databases: what it keeps, one writer at a time, faults, revisions."""

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from guanyao.errors import ConfigError, GuanyaoError, InternalError, PrivacyError
from guanyao.records import filing_place, filing_revisions, filing_store
from guanyao.records.audit_line import Entry
from guanyao.records.filing_desk import MAX_FILE, Desk
from guanyao.records.filing_store import FilingStore, transaction
from guanyao.records.filing_tables import METADATA
from tests.filing.rooms import DATABASES, SERVER, new_place, sql, unguarded

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FILING = {
    "id": "f-1",
    "state": "DRAFT",
    "number": "",
    "organisation": "某医院",
    "profile": "notice7",
    "profile_digest": "5d" * 32,
    "changed": AT.isoformat(),
    "n_acts": 1,
}


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    with new_place(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def store(place: str | Path) -> Iterator[FilingStore]:
    with FilingStore.create(place, clock=lambda: AT) as found:
        yield found


@pytest.fixture
def desk(store: FilingStore) -> Iterator[Desk]:
    with store.writing() as found:
        yield found


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        act()
    return caught.value.code


def filing(n: int, **more: object) -> dict[str, object]:
    return {**FILING, "id": f"f-{n}", **more}


# What it keeps


def test_a_filing_comes_back_as_it_was_put(desk: Desk) -> None:
    assert desk.filing("f-1") is None
    first = desk.put_filing(FILING)
    changed = {**FILING, "state": "REVIEW", "number": "n-1", "deeds": [{"person": "甲"}]}
    second = desk.put_filing(changed)
    assert first != second == desk.kept_digest("f-1")
    assert desk.filing("f-1") == changed
    desk.put_filing(filing(0))
    assert [row["id"] for row in desk.filings()] == ["f-1", "f-0"]
    assert desk.filings()[0] == {k: v for k, v in changed.items() if k != "deeds"}
    assert desk.n_filings() == 2
    assert not desk.number_is_free("n-1")
    assert desk.number_is_free("n-1", but="f-1") and desk.number_is_free("n-2")


def test_records_keep_their_versions_and_their_order(desk: Desk) -> None:
    for key, n in (("b", 1), ("a", 2), ("b", 3)):
        desk.put_record("f-1", "clause", key, {"n": n})
    desk.put_record("", "clause", "b", {"n": 4})
    assert list(desk.records("f-1", "clause").items()) == [("b", {"n": 3}), ("a", {"n": 2})]
    assert desk.record("f-1", "clause", "b") == {"n": 3}
    assert desk.versions("f-1", "clause", "b") == [{"n": 1}, {"n": 3}]
    desk.drop_record("f-1", "clause", "b")
    assert desk.record("f-1", "clause", "b") is None
    assert list(desk.records("f-1", "clause")) == ["a"]
    assert len(desk.versions("f-1", "clause", "b")) == 2
    desk.put_record("f-1", "clause", "b", {"n": 5})
    assert list(desk.records("f-1", "clause")) == ["b", "a"]
    desk.forget_record("f-1", "clause", "b")
    assert desk.versions("f-1", "clause", "b") == []
    assert desk.record("", "clause", "b") == {"n": 4}


def test_a_prefix_is_taken_by_the_letter(desk: Desk) -> None:
    for key in ("d_1/x", "d_1/y", "dx1/z", "d%1/z"):
        desk.put_record("f-1", "judgement", key, {})
    assert list(desk.records("f-1", "judgement", prefix="d_1/")) == ["d_1/x", "d_1/y"]


def test_text_of_every_kind_is_kept(desk: Desk) -> None:
    odd = {"a": "王\x00'\"%s \ud800 𠮷", "b": [1.5, None, True]}
    desk.put_record("f-1", "kind", "k", odd)
    assert desk.record("f-1", "kind", "k") == odd
    with pytest.raises(InternalError):
        desk.put_record("f-1", "kind", "k", {"at": AT})
    for key in ("", "x" * 201, "a\nb"):
        assert code_of(lambda key=key: desk.put_record("f-1", "k", key, {})) == "filing.key"


def test_a_file_is_kept_once_and_its_damage_is_found(place: str | Path, store: FilingStore) -> None:
    with store.writing() as desk:
        digest = desk.put_file(b"\x00content")
        assert desk.put_file(b"\x00content") == digest
        assert desk.file(digest) == b"\x00content"
        assert code_of(lambda: desk.file("0" * 64)) == "filing.file"
        assert code_of(lambda: desk.put_file(bytes(MAX_FILE + 1))) == "filing.file_size"
    literal = "X'41'" if isinstance(place, Path) else r"'\x41'::bytea"
    sql(place, f"UPDATE file SET content = {literal}")  # noqa: S608
    with store.writing() as desk:
        assert code_of(lambda: desk.file(digest)) == "filing.file"
        desk.forget_file(digest)
        assert code_of(lambda: desk.file(digest)) == "filing.file"


def test_acts_are_counted(desk: Desk) -> None:
    for event in ("open", "decide"):
        desk.put_act("f-1", {"event": event})
    desk.put_act("f-2", {"event": "open"})
    assert desk.acts("f-1") == [{"event": "open", "n": 1}, {"event": "decide", "n": 2}]


def test_deadlines_are_found_when_they_ask(desk: Desk) -> None:
    desk.put_filing(FILING)
    desk.put_filing(filing(2))
    row = {"case": "", "clock": "review", "standing": "running", "status": "official"}
    late = {**row, "clock": "validity", "status": "provisional"}
    desk.put_deadlines("f-1", [{**row, "asks_at": AT.isoformat()}, {**late, "asks_at": None}])
    desk.put_deadlines("f-2", [{**row, "asks_at": (AT + timedelta(days=1)).isoformat()}])
    assert desk.ended_filings(AT - timedelta(microseconds=1)) == []
    assert desk.ended_filings(AT) == ["f-1"]
    assert desk.ended_filings(AT + timedelta(days=1)) == ["f-1", "f-2"]
    assert desk.provisional_filings() == ["f-1"]
    assert [found["clock"] for found in desk.deadlines("f-1")] == ["review", "validity"]
    desk.put_deadlines("f-1", [])
    assert (desk.deadlines("f-1"), desk.provisional_filings()) == ([], [])


def test_a_notice_is_sent_and_some_are_said_once(desk: Desk) -> None:
    assert desk.post("f-1", {"kind": "accepted"}) and desk.post("f-1", {"kind": "accepted"})
    assert desk.post("f-1", {"kind": "reminder"}, once="r/1")
    assert not desk.post("f-1", {"kind": "reminder"}, once="r/1")
    assert desk.post("f-2", {"kind": "reminder"}, once="r/1")
    desk.post_all("f-2", [{"kind": "a"}, {"kind": "b"}])
    found = desk.outbox()
    assert [n["kind"] for n in found] == ["accepted"] * 2 + ["reminder"] * 2 + ["a", "b"]
    assert {n["at"] for n in found} == {AT.isoformat()} and not any(n["sent"] for n in found)
    desk.sent(found[0]["id"])
    assert len(desk.outbox()) == 5
    assert desk.outbox(unsent=False)[0]["sent"] == AT.isoformat()


# One transaction, one writer


def test_all_of_it_or_nothing(store: FilingStore) -> None:
    with pytest.raises(ZeroDivisionError), store.writing() as desk:
        desk.put_filing(FILING)
        desk.put_record("", "person", "ann", {})
        desk.put_file(b"a")
        desk.post("f-1", {})
        desk.append(Entry(act="filing.test"))
        raise ZeroDivisionError
    with store.reading() as desk:
        assert (desk.filings(), desk.records("", "person"), desk.outbox()) == ([], {}, [])
    assert store.verify().n_lines == 0
    with store.writing() as desk:
        desk.append(Entry(act="filing.test"))
    assert (store.verify().ok, store.chain.head().seq) == (True, 1)


def test_nothing_personal_enters_the_chain_and_nothing_is_kept(store: FilingStore) -> None:
    with pytest.raises(PrivacyError), store.writing() as desk:
        desk.put_filing(FILING)
        desk.append(Entry(act="filing.test", facts={"x": "154 0013 8000"}))
    with store.reading() as desk:
        assert desk.filings() == []


def test_a_look_writes_nothing_and_sees_one_moment(store: FilingStore) -> None:
    with pytest.raises(InternalError), store.reading() as desk:
        desk.put_filing(FILING)
    with pytest.raises(InternalError), store.reading() as desk:
        desk.append(Entry(act="filing.test"))
    with pytest.raises(InternalError), store.writing(), store.writing():
        pass
    with store.writing() as desk:
        desk.put_filing(FILING)
    assert store.chain.head().seq == 0


def test_a_look_is_not_changed_by_a_writer(store: FilingStore) -> None:
    """SQLite keeps the writer waiting instead, so there it is the writer that comes later."""
    entered, done = threading.Event(), threading.Event()

    def write() -> None:
        entered.wait()
        with store.writing() as desk:
            desk.put_filing(FILING)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    with store.reading() as desk:
        assert desk.n_filings() == 0
        entered.set()
        done.wait(0.3)
        assert desk.n_filings() == 0
    writer.join()
    with store.reading() as desk:
        assert desk.n_filings() == 1


def test_threads_make_one_chain(store: FilingStore) -> None:
    def add() -> None:
        for _ in range(10):
            with store.writing() as desk:
                n = len(desk.records("", "n")) + 1
                desk.put_record("", "n", str(n), {})
                desk.append(Entry(act="filing.test", facts={"n": n}))

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.verify().n_lines == 60
    assert [line.facts["n"] for line in store.chain.lines()] == list(range(1, 61))


def test_what_was_found_out_holds_until_something_changes(
    place: str | Path, store: FilingStore
) -> None:
    def write(by: FilingStore, *, line: bool = True, record: bool = False) -> dict[str, object]:
        with by.writing() as desk:
            found = dict(desk.known)
            if record:
                desk.put_record("", "calendar", "current", {})
            if line:
                desk.append(Entry(act="filing.test"))
            desk.known["x"] = 1
        return found

    assert [write(store), write(store), write(store, line=False)] == [{}, {"x": 1}, {"x": 1}]
    with pytest.raises(ZeroDivisionError), store.writing() as desk:
        assert desk.known == {"x": 1}
        raise ZeroDivisionError
    assert write(store) == {}
    with FilingStore.open(place, clock=lambda: AT) as other:
        assert [write(other), write(store), write(store)] == [{}, {}, {"x": 1}]
    with store.writing() as desk:
        desk.put_record("", "calendar", "current", {})
        assert desk.known == {}


def test_two_numbers_never_stand(store: FilingStore) -> None:
    def put() -> None:
        with store.writing() as desk:
            desk.put_filing(filing(1, number="n-1"))
            desk.put_filing(filing(2, number="n-1"))

    assert code_of(put) == "filing.number"
    with store.writing() as desk:
        assert desk.filings() == []
        desk.put_filing(filing(1, number="n-1"))
    assert store.verify().ok


# Places and faults


def test_a_room_is_made_once_and_opened_again(place: str | Path) -> None:
    assert code_of(lambda: FilingStore.open(place)) == "filing.no_room"
    with FilingStore.create(place, hash="sm3", clock=lambda: AT) as store:
        with store.writing() as desk:
            desk.append(Entry(act="filing.test"))
        kept = store.chain.head()
    assert code_of(lambda: FilingStore.create(place)) == "filing.room_exists"
    with FilingStore.open(place) as store:
        assert store.chain.head() == kept
        assert (kept.hash_name, store.verify(kept).ok) == ("sm3", True)
        assert [row.seq for row in store.chain.rows()] == [1]
        assert kept.chain in store.chain.genesis


def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    FilingStore.create(tmp_path / "new" / "room").close()
    path = tmp_path / "new" / "room" / "filing.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_no_room(tmp_path: Path) -> None:
    (tmp_path / "filing.db").touch()  # what is left when making it was killed
    assert code_of(lambda: FilingStore.open(tmp_path)) == "filing.no_room"
    FilingStore.create(tmp_path).close()
    (tmp_path / "filing.db").write_bytes(b"no database" * 1000)
    assert code_of(lambda: FilingStore.open(tmp_path)) == "filing.room_damaged"
    (tmp_path / "file").touch()
    assert code_of(lambda: FilingStore.create(tmp_path / "file")) == "filing.room_unusable"
    assert code_of(lambda: FilingStore.create(tmp_path / "x", hash="md5")) == "audit.hash"
    assert not (tmp_path / "x").exists()


def test_a_server_that_is_not_there_and_its_password() -> None:
    url = "postgresql://user:secret-word@127.0.0.1:9/database"
    with pytest.raises(GuanyaoError) as caught:
        FilingStore.open(url)
    assert caught.value.code == "filing.room_unusable"
    assert "secret" not in str(caught.value) and "127.0.0.1/database" in str(caught.value)
    assert code_of(lambda: FilingStore.open(f"{url}#a b")) == "filing.room_place"


def test_a_full_or_read_only_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FilingStore.create(tmp_path).close()
    pragmas = filing_place.PRAGMAS
    for pragma, why in (("max_page_count=30", "SQLITE_FULL"), ("query_only=ON", "SQLITE_READONLY")):
        monkeypatch.setattr(filing_place, "PRAGMAS", (*pragmas, f"PRAGMA {pragma}"))
        with FilingStore.open(tmp_path) as store:
            with pytest.raises(GuanyaoError) as caught, store.writing() as desk:
                desk.put_filing(FILING)
                desk.put_file(bytes(10**6))
            assert caught.value.code == "filing.room_unusable"
            assert why in str(caught.value) and "room" in str(caught.value)
    monkeypatch.setattr(filing_place, "PRAGMAS", pragmas)
    with FilingStore.open(tmp_path) as store, store.reading() as desk:
        assert desk.filings() == []


def test_another_process_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FilingStore.create(tmp_path).close()
    monkeypatch.setattr(filing_place, "WAIT_S", 0.1)
    with (
        closing(sqlite3.connect(tmp_path / "filing.db", isolation_level=None)) as other,
        FilingStore.open(tmp_path) as store,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GuanyaoError) as caught, store.writing():
            pass
        assert caught.value.code == "filing.room_busy"


def test_a_line_that_was_changed_is_found(place: str | Path, store: FilingStore) -> None:
    for n in range(5):
        with store.writing() as desk:
            desk.append(Entry(act="filing.test", facts={"n": n}))
    anchor = store.chain.head()
    with pytest.raises(Exception, match="only ever added to"):
        sql(place, "UPDATE audit_line SET hash = 'x' WHERE seq = 3")
    assert store.verify(anchor).ok
    unguarded(place, "UPDATE audit_line SET content = replace(content, 'test', 'tess') WHERE seq=3")
    assert (store.verify().fault, store.verify().first_broken) == ("changed", 3)
    unguarded(place, "DELETE FROM audit_line WHERE seq > 2")
    assert store.verify().ok and store.verify(anchor).fault == "tail"


def test_a_trigger_that_is_missing_is_found(place: str | Path, store: FilingStore) -> None:
    name = "audit_line_update" if isinstance(place, Path) else "audit_line_change ON audit_line"
    sql(place, f"DROP TRIGGER {name}")
    assert store.verify().fault == "triggers"


# Revisions


def test_the_newest_revision_is_the_one_that_is_named() -> None:
    folder = str(filing_revisions.FOLDER)
    script = ScriptDirectory(folder, version_locations=[folder])
    assert script.get_heads() == [filing_revisions.HEAD]


def test_the_revisions_make_the_tables_that_are_used(store: FilingStore) -> None:
    with transaction(store._place) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": filing_revisions.TABLE,
                "compare_type": True,
                "include_object": lambda found, name, kind, *_: not str(name).startswith("audit"),
            },
        )
        different = compare_metadata(context, METADATA)
    # Columns' comments are for who reads the code.
    assert [d for d in different if "comment" not in str(d[0])] == []


LATER = '''
"""A revision that is made up."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """One more column, which every row gets."""
    op.add_column("filing", sa.Column("route", sa.String(80), server_default="file"))
'''


def test_an_older_room_is_brought_up_and_a_newer_one_left_alone(
    place: str | Path, store: FilingStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.writing() as desk:
        desk.put_filing(FILING)
        desk.append(Entry(act="filing.test"))
    store.close()
    folder = tmp_path / "revisions"
    folder.mkdir()
    for path in filing_revisions.FOLDER.glob("m*.py"):
        copy(path, folder)
    (folder / "m0002_later.py").write_text(LATER)
    with monkeypatch.context() as patch:
        patch.setattr(filing_revisions, "FOLDER", folder)
        patch.setattr(filing_revisions, "HEAD", "0002")
        patch.setattr(filing_store, "HEAD", "0002")
        with FilingStore.open(place) as later, later.reading() as desk:
            assert desk.filing("f-1") == FILING
    assert [tuple(row) for row in sql(place, "SELECT id, route FROM filing")] == [("f-1", "file")]
    assert code_of(lambda: FilingStore.open(place)) == "filing.room_future"


# The connection that lets writes wait


@pytest.mark.skipif(not SERVER, reason="of PostgreSQL only, and there is no server")
def test_a_write_that_waits_is_seen_by_the_next_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guanyao.records import prepared

    monkeypatch.setattr(prepared, "MOST", 20)  # so that some statements are not kept
    with new_place("postgresql", tmp_path) as place, FilingStore.create(place) as store:
        for n in range(30):
            with store.writing() as desk:
                desk.post_all("f-1", [{"kind": str(m)} for m in range(n + 1)])
                desk.put_filing(filing(n))
                assert desk.n_filings() == n + 1
                for m in range(n % 4 * 40):
                    desk.put_act("f-1", {"m": m})
        with store.reading() as desk:
            assert len(desk.acts("f-1")) == sum(n % 4 * 40 for n in range(30))
            assert len(desk.outbox()) == sum(range(31))


@pytest.mark.skipif(not SERVER, reason="of PostgreSQL only, and there is no server")
def test_a_connection_that_the_server_ended(tmp_path: Path) -> None:
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in%'"
    with new_place("postgresql", tmp_path) as place, FilingStore.create(place) as store:
        with pytest.raises(GuanyaoError) as caught, store.writing() as desk:
            desk.put_filing(FILING)
            assert sql(place, ends + " AND query LIKE 'INSERT INTO filing%'")
        assert caught.value.code == "filing.room_unusable"
        with store.writing() as desk:
            assert desk.filings() == []
            desk.append(Entry(act="filing.test"))
        assert store.verify().ok


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:pa/s3cret@host/db",
        "postgresql://user:123/s3cret@host/db",
        "postgresql://user:12?s3cret@host/db",
        "postgresql://user:s3cret[x@host/db",
        "postgresql://user:s3cret@host:99999/db",
    ],
)
def test_an_address_that_is_none_is_never_quoted(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        FilingStore.open(address)
    assert caught.value.code == "filing.room_place"
    assert "s3cret" not in str(caught.value)

"""The audit chain: known hashes, every way of tampering, kills, two writers, nothing personal."""

# ruff: noqa: S608 - statements are put together from constants

import hashlib
import json
import os
import re
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import ConfigError, DataError, GuanyaoError, PrivacyError
from guanyao.records.audit import AuditChain, Head, Row, check
from guanyao.records.audit_line import Entry, Line, hasher, is_code
from guanyao.records.audit_sqlite import STATEMENTS, TRIGGERS
from guanyao.records.evidence import canonical

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
CHAIN = "0123456789abcdef0123456789abcdef"
DIGEST = "5d" * 32

SERVERS = [url for url in [os.environ.get("GUANYAO_TEST_POSTGRESQL", "")] if url]
"""Addresses of a PostgreSQL database that tests may write to, or none."""


@pytest.fixture(params=["sqlite", *SERVERS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where a new chain can be kept."""
    if request.param == "sqlite":
        return tmp_path / "audit.db"
    return f"{request.param}#test_{secrets.token_hex(4)}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A chain of six lines in a file."""
    path = tmp_path / "audit.db"
    with AuditChain.open(path, chain=CHAIN, clock=lambda: AT) as chain:
        fill(chain, 6)
    return path


def fill(chain: AuditChain, n_lines: int) -> None:
    for number in range(n_lines):
        chain.append("run", who="operator", object=f"model:{DIGEST}", facts={"n_rows": number})


def verdict(path: Path, anchor: Head | None = None) -> tuple[str, int | None]:
    with AuditChain.existing(path) as chain:
        found = chain.verify(anchor)
    assert found.ok == (found.fault == "")
    return found.fault, found.first_broken


def do(path: Path, *statements: str) -> None:
    """Change the file behind the chain's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def unguarded(path: Path, *statements: str) -> None:
    """As somebody does who drops the triggers first and makes them anew at the end."""
    drop = [f"DROP TRIGGER {name}" for name in TRIGGERS]
    do(path, *drop, *statements, *TRIGGERS.values())


def rows(path: Path) -> list[Row]:
    with AuditChain.existing(path) as chain:
        return list(chain.rows())


# Known answers


def test_the_first_lines_are_hashed_as_the_page_says(tmp_path: Path) -> None:
    begun = (
        '{"chain":"0123456789abcdef0123456789abcdef","created":"2026-11-22T08:30:00.000000+00:00",'
        '"format":"guanyao.audit/1","hash":"sha256"}'
    )
    content = (
        '{"act":"run","code":"","facts":{"n_rows":3},"object":"","outcome":"done","prev":"%s",'
        '"role":null,"seq":%d,"subject":null,"time":"2026-11-22T08:30:00.000000+00:00","who":"甲"}'
    )
    first = hashlib.sha256(begun.encode()).hexdigest()
    second = hashlib.sha256((content % (first, 1)).encode()).hexdigest()
    third = hashlib.sha256((content % (second, 2)).encode()).hexdigest()
    assert third == "dd5bfbaec607b05d33433960765d36c661e4a4e886228d576f6863f86f7f84ca"
    with AuditChain.open(tmp_path / "a.db", chain=CHAIN, clock=lambda: AT) as chain:
        lines = [chain.append("run", who="甲", facts={"n_rows": 3}) for _ in range(2)]
        assert chain.genesis == begun
        assert [line.prev for line in lines] == [first, second]
        assert [line.hash for line in lines] == [second, third]
        assert list(chain.lines()) == lines
        time = "2026-11-22T08:30:00.000000+00:00"
        assert chain.head() == Head(chain=CHAIN, hash_name="sha256", seq=2, hash=third, time=time)


def test_sm3_is_that_of_the_standard(tmp_path: Path) -> None:
    """GB/T 32905-2016, annex A.1."""
    known = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert hasher("sm3")(b"abc") == known
    with AuditChain.open(tmp_path / "a.db", hash="sm3") as chain:
        line = chain.append("run")
        assert line.prev == hasher("sm3")(chain.genesis.encode())
        assert chain.verify().ok
    do(tmp_path / "a.db", "DROP TRIGGER audit_line_update", "UPDATE audit_line SET content = '{}'")
    assert verdict(tmp_path / "a.db") == ("changed", 1)


# Lines


def test_a_chain_goes_on_where_it_was_left(place: str | Path) -> None:
    with AuditChain.open(place) as chain:
        fill(chain, 3)
        head = chain.head()
    with AuditChain.open(place, hash="sm3") as chain:
        assert chain.hash_name == "sha256"
        assert chain.head() == head
        more = chain.append_many(Entry(act="fit", facts={"n_rows": n}) for n in range(2_500))
        assert more[0].prev == head.hash
        assert [line.seq for line in chain.lines(-2)] == [2502, 2503]
        assert chain.verify(head).ok
        assert chain.verify().n_lines == 2503


def test_many_lines_are_all_there_or_none(place: str | Path) -> None:
    def some() -> Iterator[Entry]:
        yield Entry(act="run")
        raise KeyboardInterrupt

    with AuditChain.open(place) as chain:
        with pytest.raises(KeyboardInterrupt):
            chain.append_many(some())
        assert list(chain.lines()) == []
        assert chain.head().seq == 0
        assert chain.append_many([]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"facts": {"phone": "15412345678"}},
        {"facts": {"phone": 15412345678}},
        {"facts": {"card": "6299 9000 1111 2222"}},
        {"facts": {"id": "110198199003071234"}},
        {"facts": {"id": "11019819900307123x"}},
        {"facts": {"mail": "someone@example.com"}},
        {"facts": {"name": "王小明"}},
        {"facts": {"reason": "call 154 1234 5678"}},
        {"facts": {"reason": "two\nlines"}},
        {"facts": {"reason": "x" * 201}},
        {"facts": {"Name": 1}},
        {"facts": {"x": float("nan")}},
        {"facts": {"x": [["nested"]]}},
        {"facts": {"x": {"nested": 1}}},
        {"facts": {"x": b"bytes"}},
        {"facts": {"places": ["data/王.csv"]}},
        {"object": "out/病人 王小明.csv"},
        {"subject": "P100001"},
        {"subject": "1101981990030712"},
        {"who": "a\nb"},
        {"code": "No Code"},
    ],
)
def test_what_may_be_personal_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(PrivacyError) as caught:
        Entry(act="run", **wrong)
    assert caught.value.code == "privacy.audit"
    assert not any(str(part) in str(caught.value) for part in ("154", "王", "6299", "1101"))


def test_what_may_stand_there() -> None:
    facts = {
        "n_rows": 10**12, "size_bytes": 2**40, "epsilon": 1.5, "is_resumed": True, "target": None,
        "model": "trees", "policy": DIGEST, "outputs": [f"model:{DIGEST}"], "run": "1" * 16,
        "columns": {"姓名": "fake", "身份证号": "token"}, "reason": "the person asked for it",
        "before": "2020-01-31",
    }  # fmt: skip
    entry = Entry(act="vault.put", subject=DIGEST, object=f"model:{DIGEST[:16]}", facts=facts)
    assert entry.content(1, "", "")["facts"] == facts


@given(st.text("0123456789 -", min_size=6).filter(lambda t: sum(map(str.isdigit, t)) >= 6))
def test_no_long_number_is_a_code(text: str) -> None:
    is_known = re.fullmatch(r"\d{32,128}|\d{4}-\d\d-\d\d", text) is not None
    assert is_code(text) == is_known
    assert not is_code("x" + text)


@pytest.mark.parametrize("wrong", [{"act": "Run it"}, {"act": "run", "outcome": "perhaps"}])
def test_an_act_has_a_name_and_an_outcome(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        Entry(**wrong)
    assert caught.value.code == "audit.act"


# Guards


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_line SET content = 'x' WHERE seq = 2",
        "UPDATE OR REPLACE audit_line SET seq = 3 WHERE seq = 2",
        "DELETE FROM audit_line WHERE seq = 6",
        "DELETE FROM audit_line",
        "INSERT OR REPLACE INTO audit_line SELECT 2, prev, 'x', hash FROM audit_line WHERE seq = 2",
        "INSERT INTO audit_line SELECT 8, hash, 'x', 'y' FROM audit_line WHERE seq = 6",
        "INSERT INTO audit_line VALUES (7, 'not the last hash', 'x', 'y')",
        "UPDATE audit_genesis SET content = 'x'",
        "DELETE FROM audit_genesis",
        "INSERT INTO audit_genesis VALUES ('x')",
    ],
)
def test_triggers_refuse_every_change(path: Path, statement: str) -> None:
    before = path.read_bytes()
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        do(path, statement)
    assert path.read_bytes() == before
    assert verdict(path) == ("", None)


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_missing_trigger_is_told(path: Path, name: str) -> None:
    do(path, f"DROP TRIGGER {name}")
    with AuditChain.existing(path) as chain:
        found = chain.verify()
    assert (found.ok, found.fault, found.n_lines) == (False, "triggers", 6)
    assert name in found.why
    do(path, STATEMENTS[name].replace("BEFORE", "AFTER"))
    assert verdict(path) == ("triggers", None)


def test_a_trigger_of_somebody_else_is_told(path: Path) -> None:
    do(path, "CREATE TRIGGER quiet BEFORE INSERT ON audit_line BEGIN SELECT RAISE(IGNORE); END")
    assert verdict(path) == ("triggers", None)


# Tampering


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seq", 7), ("time", "2020-01-01T00:00:00.000000+00:00"), ("act", "fit"),
        ("outcome", "refused"), ("who", None), ("role", "owner"), ("subject", DIGEST),
        ("object", ""), ("facts", {}), ("code", "x"), ("prev", DIGEST),
    ],
)  # fmt: skip
@pytest.mark.parametrize("seq", [1, 4, 6])
def test_a_changed_field_is_found(path: Path, field: str, value: object, seq: int) -> None:
    content = json.loads(rows(path)[seq - 1].content)
    text = canonical({**content, field: value}).decode()
    unguarded(path, f"UPDATE audit_line SET content = '{text}' WHERE seq = {seq}")
    assert verdict(path) == ("changed", seq)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit_line SET hash = 'x' WHERE seq = 3", ("changed", 3)),
        ("UPDATE audit_line SET prev = 'x' WHERE seq = 3", ("link", 3)),
        ("UPDATE audit_line SET content = x'ff' WHERE seq = 3", ("changed", 3)),
        ("UPDATE audit_line SET content = CAST(x'ff' AS TEXT) WHERE seq = 3", ("damaged", None)),
        ("DELETE FROM audit_line WHERE seq = 1", ("missing", 1)),
        ("DELETE FROM audit_line WHERE seq = 3", ("missing", 3)),
        ("UPDATE audit_line SET seq = seq + 1 WHERE seq = 6", ("missing", 6)),
        ("UPDATE audit_line SET seq = -seq WHERE seq = 6", ("missing", 1)),
        ("UPDATE audit_genesis SET content = 'x'", ("damaged", None)),
    ],
)
def test_lines_that_are_gone_or_broken_are_found(
    path: Path, statement: str, expected: tuple[str, int | None]
) -> None:
    unguarded(path, statement)
    if "genesis" in statement:
        with pytest.raises(DataError) as caught:
            AuditChain.existing(path)
        assert caught.value.code == "audit.unreadable"
    else:
        assert verdict(path) == expected


def test_swapped_lines_are_found(path: Path) -> None:
    swap = (
        "UPDATE audit_line SET seq = 99 WHERE seq = 2",
        "UPDATE audit_line SET seq = 2 WHERE seq = 5",
        "UPDATE audit_line SET seq = 5 WHERE seq = 99",
    )
    unguarded(path, *swap)
    assert verdict(path) == ("order", 2)


def test_an_inserted_line_is_found(path: Path) -> None:
    forged = forge(rows(path)[:3], 3, facts={"n_rows": 99})
    shift = [f"UPDATE audit_line SET seq = {n + 1} WHERE seq = {n}" for n in (6, 5, 4, 3)]
    unguarded(path, *shift, insert(forged[2]))
    assert verdict(path) == ("order", 4)


def forge(lines: list[Row], seq: int, **changed: Any) -> list[Row]:
    """The lines with one changed, and all hashes from there on made anew."""
    made = list(lines)
    for place in range(seq - 1, len(lines)):
        content = json.loads(lines[place].content)
        if place == seq - 1:
            content |= changed
        if place:
            content["prev"] = made[place - 1].hash
        text = canonical(content).decode()
        made[place] = Row(
            place + 1, content["prev"], text, hashlib.sha256(text.encode()).hexdigest()
        )
    return made


def insert(row: Row) -> str:
    return f"INSERT INTO audit_line VALUES ({row.seq}, '{row.prev}', '{row.content}', '{row.hash}')"


def test_one_line_hashed_anew_breaks_the_next(path: Path) -> None:
    forged = forge(rows(path)[:3], 3, facts={})[2]
    unguarded(path, "DELETE FROM audit_line WHERE seq = 3", insert(forged))
    assert verdict(path) == ("link", 4)


def test_only_an_anchor_tells_a_chain_that_was_written_anew(path: Path) -> None:
    with AuditChain.existing(path) as chain:
        anchor = chain.head()
        fill(chain, 2)
    forged = forge(rows(path), 3, facts={})
    unguarded(path, "DELETE FROM audit_line", *map(insert, forged))
    assert verdict(path) == ("", None)
    assert verdict(path, anchor) == ("head", 6)


def test_only_an_anchor_tells_a_tail_that_was_cut_off(path: Path) -> None:
    with AuditChain.existing(path) as chain:
        anchor = chain.head()
    assert verdict(path, anchor) == ("", None)
    unguarded(path, "DELETE FROM audit_line WHERE seq > 4")
    assert verdict(path) == ("", None)
    assert verdict(path, anchor) == ("tail", 5)
    unguarded(path, "DELETE FROM audit_line")
    assert verdict(path, anchor) == ("tail", 1)


def test_an_anchor_of_another_chain_is_told(path: Path, tmp_path: Path) -> None:
    with AuditChain.open(tmp_path / "other.db") as other:
        fill(other, 6)
        assert verdict(path, other.head()) == ("genesis", None)


def test_an_anchor_of_no_lines_vouches_for_the_beginning(tmp_path: Path) -> None:
    with AuditChain.open(tmp_path / "a.db") as chain:
        anchor = chain.head()
        assert chain.verify(anchor).ok
        assert chain.verify(replace(anchor, hash=DIGEST)).fault == "genesis"


@given(
    st.integers(0, 5),
    st.sampled_from(["prev", "content", "hash"]),
    st.integers(0, 200),
    st.integers(1, 127),
)
def test_no_flipped_character_goes_unseen(line: int, field: str, at: int, flip: int) -> None:
    whole = chain_in_memory(6)
    text = getattr(whole[line], field)
    at %= len(text)
    other = chr(ord(text[at]) ^ flip)
    broken = [*whole]
    broken[line] = replace(whole[line], **{field: text[:at] + other + text[at + 1 :]})
    found = check(BEGUN, broken)
    assert found.first_broken == line + 1


BEGUN = canonical(
    {"chain": CHAIN, "created": "", "format": "guanyao.audit/1", "hash": "sha256"}
).decode()


def chain_in_memory(n_lines: int) -> list[Row]:
    prev = hashlib.sha256(BEGUN.encode()).hexdigest()
    lines = []
    for seq in range(1, n_lines + 1):
        text = canonical(Entry(act="run").content(seq, "", prev)).decode()
        lines.append(Row(seq, prev, text, hashlib.sha256(text.encode()).hexdigest()))
        prev = lines[-1].hash
    return lines


def test_a_line_that_is_spelled_in_another_way_is_found() -> None:
    first, *others = chain_in_memory(2)
    for text in ("{}", "[]", "1", first.content.replace(":", ": "), "[" * 10_000, '{"\\ud800":1}'):
        hash = hashlib.sha256(text.encode()).hexdigest()
        assert check(BEGUN, [Row(1, first.prev, text, hash), *others]).fault == "changed"


@pytest.mark.parametrize("begun", ["", "{}", "[1]", BEGUN.replace("sha256", "md5"), BEGUN + " "])
def test_a_beginning_that_is_none_is_found(begun: str) -> None:
    assert check(begun, chain_in_memory(1)).fault == "genesis"


def test_an_entry_with_more_facts_is_looked_at_anew() -> None:
    entry = Entry(act="run", facts={"n_rows": 1})
    assert entry.plus({"digest": DIGEST}) == Entry(act="run", facts={"n_rows": 1, "digest": DIGEST})
    for facts in ({"x": 15412345678}, {"X": 1}):
        with pytest.raises(PrivacyError):
            entry.plus(facts)


# Kills and two writers

APPEND = """
import sys
from guanyao.records.audit import AuditChain
with AuditChain.open(sys.argv[1]) as chain:
    for number in range(int(sys.argv[2])):
        line = chain.append("run", who=sys.argv[3], facts={"n_rows": number})
        print(line.seq, flush=True)
"""


def appending(place: str | Path, n_lines: int, who: str = "a") -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", APPEND, str(place), str(n_lines), who]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_killed_at_any_moment_the_chain_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    for moment in range(16):
        with appending(path, 10**6) as process:
            assert process.stdout is not None
            for _ in range(1 + moment * 7 % 23):
                said = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            said = (process.stdout.read().split() or said.split())[-1]
        with AuditChain.existing(path) as chain:
            found = chain.verify()
            assert found.ok, found
            assert found.n_lines >= int(said), "a line that was told to be there is lost"


def test_killed_while_it_begins_there_is_a_chain_or_none(tmp_path: Path) -> None:
    for moment in range(8):
        path = tmp_path / f"{moment}.db"
        with appending(path, 1) as process:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.02 + 0.02 * moment)
                raise subprocess.TimeoutExpired("done before", 0)
            process.kill()
        with AuditChain.open(path) as chain:
            chain.append("run")
            assert chain.verify().ok


def test_two_processes_make_one_chain(place: str | Path) -> None:
    both = [appending(place, 500, who) for who in "ab"]
    assert [process.communicate()[0].count("\n") for process in both] == [500, 500]
    assert [process.returncode for process in both] == [0, 0]
    with AuditChain.existing(place) as chain:
        found = chain.verify()
        writers = [line.who for line in chain.lines()]
    assert (found.ok, found.n_lines) == (True, 1000)
    assert writers.count("a") == 500


# What cannot be used


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        act()
    return caught.value.code


def test_what_is_no_chain(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database" * 100)
    do(tmp_path / "other.db", "CREATE TABLE t (x)")
    assert code_of(lambda: AuditChain.open(tmp_path / "text.db")) == "audit.damaged"
    assert code_of(lambda: AuditChain.existing(tmp_path / "other.db")) == "audit.unreadable"
    assert code_of(lambda: AuditChain.existing(tmp_path / "none.db")) == "audit.unreadable"
    assert code_of(lambda: AuditChain.open(tmp_path / "none" / "a.db")) == "audit.unusable"
    assert code_of(lambda: AuditChain.open(tmp_path / "a.db", hash="md5")) == "audit.hash"
    assert not (tmp_path / "none.db").exists()


def test_a_chain_of_a_newer_format_is_not_touched(path: Path) -> None:
    unguarded(path, "UPDATE audit_genesis SET content = replace(content, 'audit/1', 'audit/2')")
    assert code_of(lambda: AuditChain.open(path)) == "audit.future"


def test_a_chain_that_another_holds_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guanyao.records.audit_sqlite.WAIT_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    with closing(other), AuditChain.existing(path) as chain:
        other.execute("BEGIN IMMEDIATE")
        assert code_of(lambda: chain.append("run")) == "audit.busy"
        other.execute("ROLLBACK")
        assert chain.append("run").seq == 7


def test_a_damaged_file_is_a_verdict(path: Path) -> None:
    with AuditChain.existing(path) as chain:
        chain.append_many([Entry(act="run", object=f"model:{DIGEST}")] * 500)
    content = bytearray(path.read_bytes())
    content[20_000:60_000] = bytes(40_000)
    path.write_bytes(content)
    assert verdict(path) == ("damaged", None)


def test_only_its_owner_may_read_it(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_lines_come_back_as_they_were_written(place: str | Path) -> None:
    with AuditChain.open(place) as chain:
        line = chain.append(
            "erase", outcome="refused", who="甲", role="owner", subject=DIGEST,
            object=f"model:{DIGEST}", facts={"reason": "因本人要求"}, code="privacy.audit",
        )  # fmt: skip
        assert list(chain.lines()) == [line]
        assert isinstance(line, Line)
        assert line.to_json()["facts"] == {"reason": "因本人要求"}


@pytest.mark.parametrize("url", SERVERS)
def test_postgresql_refuses_every_change(url: str) -> None:
    from guanyao.records.audit_postgres import PostgresStore

    name = f"test_{secrets.token_hex(4)}"
    with AuditChain.open(f"{url}#{name}") as chain:
        fill(chain, 3)
        store = PostgresStore(f"{url}#{name}")
        for statement in (
            f"UPDATE {name}_line SET content = 'x'",
            f"DELETE FROM {name}_line",
            f"TRUNCATE {name}_line",
            f"TRUNCATE {name}_genesis",
            f"UPDATE {name}_genesis SET content = 'x'",
            f"INSERT INTO {name}_line VALUES (5, 'x', 'x', 'x')",
            f"INSERT INTO {name}_line VALUES (4, 'x', 'x', 'x')",
            f"INSERT INTO {name}_genesis VALUES ('x')",
        ):
            assert code_of(lambda s=statement: store._query(s)) == "audit.refused", statement
        assert chain.verify().ok
        store._do(f"ALTER TABLE {name}_line DISABLE TRIGGER {name}_line_change")
        assert chain.verify().fault == "triggers"
        store._do(f"UPDATE {name}_line SET content = 'x' WHERE seq = 2")
        assert (chain.verify().fault, chain.verify().first_broken) == ("changed", 2)
        store.close()


def test_a_server_that_is_not_there() -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/none"
    with pytest.raises(DataError) as caught:
        AuditChain.open(url)
    assert caught.value.code == "audit.unusable"
    assert "secret" not in str(caught.value)
    assert code_of(lambda: AuditChain.open(f"{url}#no; name")) == "audit.place"


def test_a_line_before_the_first_is_found(path: Path) -> None:
    unguarded(path, "INSERT INTO audit_line VALUES (-3, 'x', 'put in', 'y')")
    assert verdict(path) == ("missing", 1)


def test_an_anchor_of_the_beginning_vouches_for_it(path: Path) -> None:
    with AuditChain.existing(path) as chain:
        begun = chain._hash(chain.genesis.encode())
        head = replace(chain.head(), seq=0, hash=begun)
        assert chain.verify(head).ok
        assert chain.verify(replace(head, hash="0" * 64)).fault == "genesis"


@pytest.mark.parametrize("url", SERVERS)
@pytest.mark.parametrize(
    "statement",
    [
        "BEFORE UPDATE ON {0}_line FOR EACH ROW",
        "BEFORE UPDATE OR DELETE ON {0}_line FOR EACH ROW WHEN (false)",
        "BEFORE UPDATE OF prev OR DELETE ON {0}_line FOR EACH ROW",
        "AFTER UPDATE OR DELETE ON {0}_line FOR EACH ROW",
        "BEFORE UPDATE OR DELETE ON {0}_genesis FOR EACH ROW",
    ],
)
def test_postgresql_triggers_that_only_look_alike_are_found(url: str, statement: str) -> None:
    from guanyao.records.audit_postgres import PostgresStore

    name = f"test_{secrets.token_hex(4)}"
    with AuditChain.open(f"{url}#{name}") as chain:
        fill(chain, 1)
        store = PostgresStore(f"{url}#{name}")
        store._do(f"DROP TRIGGER {name}_line_change ON {name}_line")
        event = statement.format(name)
        store._do(f"CREATE TRIGGER {name}_line_change {event} EXECUTE FUNCTION {name}_refuse()")
        assert chain.verify().fault == "triggers"
        store.close()

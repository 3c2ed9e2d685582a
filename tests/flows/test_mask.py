"""Masking a table: what comes out, what does not, and what is left when it is stopped."""

import csv
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import guanyao as gy
from guanyao.data import compressed, csv_blocks
from guanyao.data.leftovers import left_of
from guanyao.data.readers import read
from guanyao.data.writers import write
from guanyao.errors import ConfigError, DataError, GuanyaoError, PrivacyError
from guanyao.flows.mask import mask, unmask
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.policy import Policy
from guanyao.records.workspace import Workspace
from tests.flows.mask_tables import COLUMNS, customers, typed

KEY = MaskKey("customers", bytes(range(32)))
SPECS: dict[str, dict[str, Any]] = {
    "客户编号": {"step": "token"},
    "姓名": {"step": "fake", "kind": "person_name"},
    "身份证号": {"step": "drop"},
    "手机号": {"step": "encrypt", "kind": "mobile_phone"},
    "年龄": {"step": "generalise"},
    "城市": {"step": "keep"},
    "消费": {"step": "keep"},
    "备注": {"step": "text"},
}
POLICY = Policy(data_set="customers", person="客户编号", columns=SPECS)
LEFT = [name for name in COLUMNS if name != "身份证号"]


@pytest.fixture
def rows() -> pl.DataFrame:
    return customers()


@pytest.fixture
def source(tmp_path: Path, rows: pl.DataFrame) -> Path:
    path = tmp_path / "customers.csv"
    rows.write_csv(path)
    return path


def code_of(act: Any, *args: Any, **how: Any) -> str:
    with pytest.raises(GuanyaoError) as caught:
        act(*args, **how)
    assert "\n" not in str(caught.value)
    return caught.value.code


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def personal(rows: pl.DataFrame) -> list[str]:
    """The values that may stand nowhere any more."""
    return [*rows["身份证号"], *rows["手机号"], *rows["客户编号"], *rows["姓名"].unique()]


def test_each_column_is_treated_as_the_policy_says(
    source: Path, tmp_path: Path, rows: pl.DataFrame
) -> None:
    report = mask(source, tmp_path / "out.csv", policy=POLICY, key=KEY)
    out = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert out.columns == LEFT
    assert out.height == report.n_rows == rows.height
    assert out["城市"].equals(rows["城市"])
    assert out["消费"].equals(rows["消费"])
    assert not set(out["姓名"]) & set(rows["姓名"])
    assert out["年龄"].str.contains("^[0-9]+-[0-9]+$").all()
    assert "回访[姓名]，电话[手机号]，无异议" in set(out["备注"])
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert [value for value in personal(rows) if value in text] == []
    assert report.remaining == ()
    assert report.policy.key_id == KEY.id
    assert report.before is not None
    assert report.after is not None
    assert report.before.unit == "persons"
    assert report.after.alone < report.before.alone


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_the_result_does_not_depend_on_how_rows_are_batched(
    tmp_path: Path, rows: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = tmp_path / f"customers{suffix}"
    write(typed(rows), path, read(rows).schema)
    mask(path, tmp_path / f"a{suffix}", policy=POLICY, key=KEY)
    monkeypatch.setattr(compressed, "PIECE", 999)
    monkeypatch.setattr(csv_blocks, "PIECE", 999)
    mask(path, tmp_path / f"b{suffix}", policy=POLICY, key=KEY)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_tables_of_one_data_set_join(tmp_path: Path, source: Path, rows: pl.DataFrame) -> None:
    orders = rows.select("客户编号", pl.Series("订单", range(rows.height))).sample(
        fraction=1, shuffle=True, seed=1
    )
    policy = Policy(
        data_set="customers", columns={"客户编号": {"step": "token"}, "订单": {"step": "keep"}}
    )
    mask(source, tmp_path / "a.csv", policy=POLICY, key=KEY)
    mask(orders, tmp_path / "b.parquet", policy=policy, key=KEY)
    a, b = (read(tmp_path / name).frame for name in ("a.csv", "b.parquet"))
    joined = a.join(b, on="客户编号")
    assert joined.height == rows.join(orders, on="客户编号").height > rows.height


DIALECTS = {
    "gb18030": ("gb18030", ",", "\r\n", csv.QUOTE_MINIMAL),
    "utf-16": ("utf-16", "\t", "\n", csv.QUOTE_MINIMAL),
    "bom": ("utf-8-sig", ";", "\r\n", csv.QUOTE_MINIMAL),
    "all quoted": ("utf-8", ",", "\n", csv.QUOTE_ALL),
    "bars": ("utf-8", "|", "\n", csv.QUOTE_MINIMAL),
}
CELLS = [
    "007",
    "1.50",
    " x ",
    "1e5",
    "NA",
    "TRUE",
    "2020-1-5",
    'say "hi"',
    "a,b;c\td|e",
    "",
    "两\n行",
]


@pytest.mark.parametrize("name", DIALECTS)
def test_kept_cells_come_out_as_they_were(tmp_path: Path, name: str) -> None:
    encoding, delimiter, end, quoting = DIALECTS[name]
    rows = [[f"15400{i:06d}", cell, str(i)] for i, cell in enumerate(CELLS * 3)]

    def written(first: list[str]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
        body = [[new, *row[1:]] for new, row in zip(first, rows, strict=True)]
        writer.writerows([["手机号", "杂项", "n"], *body])
        return text.getvalue().encode(encoding)

    path, out = tmp_path / "t.csv", tmp_path / "out.csv"
    path.write_bytes(written([row[0] for row in rows]))
    specs = {"手机号": {"step": "encrypt"}, "杂项": {"step": "keep"}, "n": {"step": "keep"}}
    policy = Policy(data_set="customers", columns=specs)
    mask(path, out, policy=policy, key=KEY)
    phones = read(out).frame["手机号"].cast(pl.String).to_list()
    assert out.read_bytes() == written(phones)
    assert not set(phones) & {row[0] for row in rows}
    unmask(out, tmp_path / "back.csv", policy=policy.with_key(KEY.id), key=KEY)
    assert (tmp_path / "back.csv").read_bytes() == path.read_bytes()


def test_a_file_without_quotes_stays_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "out.csv"
    monkeypatch.setattr(compressed, "PIECE", 64)
    monkeypatch.setattr(csv_blocks, "PIECE", 64)
    path.write_text("size,note\n" + "".join(f'{i}" x,{"a" if i % 9 else ""}\n' for i in range(90)))
    for text, same in (("x,y", False), (None, True)):
        spec = {"step": "redact", "text": text} if text else {"step": "drop"}
        policy = Policy(data_set="t", columns={"size": {"step": "keep"}, "note": spec})
        mask(path, out, policy=policy)
        assert read(out).frame["size"].equals(read(path).frame["size"])
        assert ('0" x' in out.read_text().splitlines()) == same


PAIRS = [
    (".csv.gz", ".jsonl.gz"), (".csv.zst", ".parquet"), (".csv", ".xlsx"), (".jsonl", ".csv"),
    (".jsonl.zst", ".parquet"), (".parquet", ".csv.gz"), (".parquet", ".parquet"),
    (".xlsx", ".xlsx"), (".xlsx", ".jsonl"),
]  # fmt: skip


@pytest.mark.parametrize(("suffix", "target"), PAIRS)
def test_one_format_to_another(tmp_path: Path, suffix: str, target: str) -> None:
    small = typed(customers(60))
    path, out = tmp_path / f"customers{suffix}", tmp_path / f"out{target}"
    write(small, path, read(small).schema)
    mask(path, out, policy=POLICY, key=KEY)
    found = read(out).frame
    assert found.columns == LEFT
    assert found["城市"].equals(small["城市"])
    assert found["消费"].equals(small["消费"])
    assert not set(found["手机号"].cast(pl.String)) & set(small["手机号"])


def test_databases(tmp_path: Path, rows: pl.DataFrame) -> None:
    url, out = (f"sqlite:///{tmp_path / name}.db#customers" for name in ("a", "b"))
    write(typed(rows), url, read(rows).schema)
    mask(url, out, policy=POLICY, key=KEY)
    assert read(out).frame["城市"].equals(rows["城市"])
    assert code_of(mask, url, url, policy=POLICY, key=KEY) == "config.out"


def test_without_a_policy_one_is_proposed(source: Path, tmp_path: Path, rows: pl.DataFrame) -> None:
    report = mask(source, tmp_path / "out.csv", new_key=tmp_path / "k.json", person="客户编号")
    assert report.is_proposed
    assert report.policy.data_set == "customers"
    assert {name for name, spec in report.policy.columns.items() if spec["step"] == "keep"} == {
        "年龄", "城市", "消费",
    }  # fmt: skip
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert [value for value in personal(rows) if value in text] == []
    key = tmp_path / "k.json"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    again = mask(source, tmp_path / "again.csv", policy=report.policy, key=key)
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()
    assert again.policy.key_id == report.policy.key_id


def test_a_key_that_comes_again_is_pointed_out(source: Path) -> None:
    policy = Policy(data_set="customers", columns={**SPECS, "客户编号": {"step": "keep"}})
    report = mask(source, policy=policy, key=KEY, dry_run=True)
    assert any("looks like a key" in warning for warning in report.warnings)


def test_a_dry_run_writes_nothing_and_shows_shapes(
    source: Path, tmp_path: Path, rows: pl.DataFrame
) -> None:
    before = sorted(tmp_path.iterdir())
    report = mask(source, policy=POLICY, dry_run=True, workspace=tmp_path / "none")
    assert sorted(tmp_path.iterdir()) == before
    assert report.is_dry_run
    assert report.policy.key_id == ""
    assert report.preview is not None
    shown = str(list(report.preview.rows(5)))
    said = json.dumps(report.to_json(), ensure_ascii=False) + repr(report)
    values = [*personal(rows), *rows["消费"]]
    assert [value for value in values if value in shown or value in said] == []
    assert "[手机号]" in shown
    assert "(dropped)" in shown
    assert rows["手机号"][0] in str(list(report.preview.rows(5, values=True)))


def test_undo_restores_what_can_be_restored(
    source: Path, tmp_path: Path, rows: pl.DataFrame
) -> None:
    specs = {**SPECS, "客户编号": {"step": "encrypt"}}
    report = mask(source, tmp_path / "m.csv", policy=replaced(specs), key=KEY)
    found = unmask(tmp_path / "m.csv", tmp_path / "back.csv", policy=report.policy, key=KEY)
    back = pl.read_csv(tmp_path / "back.csv", infer_schema=False)
    assert [step.column for step in found.steps] == ["客户编号", "手机号"]
    assert found.warnings == ()
    for name in ("客户编号", "手机号", "城市"):
        assert back[name].equals(rows[name])
    assert not set(back["姓名"]) & set(rows["姓名"])


def test_dates_moved_by_a_person_who_is_lost_stay_moved(tmp_path: Path) -> None:
    path, out = tmp_path / "t.csv", tmp_path / "m.csv"
    path.write_text(
        "who,day,code\n" + "".join(f"P{i},2025-01-{i:02d},{i}AB{i}CD\n" for i in range(10, 29))
    )
    specs = {"who": {"step": "token"}, "day": {"step": "shift"}, "code": {"step": "encrypt"}}
    policy = Policy(data_set="t", person="who", columns=specs)
    key = MaskKey.new("t")
    used = mask(path, out, policy=policy, key=key).policy
    found = unmask(out, tmp_path / "back.csv", policy=used, key=key)
    first, masked, back = (read(tmp_path / n).frame for n in ("t.csv", "m.csv", "back.csv"))
    assert [step.column for step in found.steps] == ["code"]
    assert "'day' stay moved" in found.warnings[0]
    assert back["day"].equals(masked["day"])
    assert back["code"].equals(first["code"])
    kept = replace(policy, columns={**specs, "who": {"step": "keep"}})
    mask(path, out, policy=kept, key=key)
    unmask(out, tmp_path / "back.csv", policy=kept, key=key)
    assert (tmp_path / "back.csv").read_bytes() == path.read_bytes()


def replaced(specs: dict[str, dict[str, Any]]) -> Policy:
    return Policy(data_set="customers", person="客户编号", columns=specs)


def test_undo_wants_the_key_it_was_masked_with(source: Path, tmp_path: Path) -> None:
    out, back = tmp_path / "m.parquet", tmp_path / "back.parquet"
    report = mask(source, out, policy=POLICY, key=KEY)
    other = MaskKey.new("customers")
    assert code_of(unmask, out, back, policy=report.policy, key=other) == "key.wrong"
    # Without the id in the policy, that in the file's metadata counts.
    assert code_of(unmask, out, back, policy=POLICY, key=other) == "key.wrong"
    assert code_of(unmask, out, back, policy=POLICY, key=None) == "key.missing"
    strange = MaskKey.new("others")
    assert code_of(unmask, out, back, policy=POLICY, key=strange) == "key.data_set"
    tokens = Policy(data_set="customers", columns={n: {"step": "token"} for n in LEFT})
    assert code_of(unmask, out, back, policy=tokens, key=KEY) == "mask.irreversible"
    assert not back.exists()
    assert unmask(out, back, policy=POLICY, key=KEY).warnings == ()
    mask(source, tmp_path / "m.csv", policy=POLICY, key=KEY)
    told = unmask(tmp_path / "m.csv", tmp_path / "b.csv", policy=POLICY, key=KEY)
    assert "which key" in told.warnings[0]


def test_what_is_left_is_found_and_strict_refuses_it(source: Path, tmp_path: Path) -> None:
    policy = replaced({**SPECS, "手机号": {"step": "keep"}})
    out = tmp_path / "out.csv"
    with pytest.raises(PrivacyError) as caught:
        mask(source, out, policy=policy, new_key=tmp_path / "k.json", strict=True)
    assert caught.value.code == "mask.left"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv"]
    report = mask(source, out, policy=policy, key=KEY)
    assert [(found.column, found.kind) for found in report.remaining] == [
        ("手机号", "mobile_phone")
    ]
    assert any("'手机号' (keep) still holds" in warning for warning in report.warnings)
    assert mask(source, out, policy=POLICY, key=KEY, strict=True).n_rows == 300


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"policy": POLICY}, "key.missing"),
        ({"policy": POLICY, "key": "none.json"}, "key.missing"),
        ({"policy": POLICY, "key": MaskKey.new("others")}, "key.data_set"),
        ({"policy": POLICY.with_key("0" * 16), "key": KEY}, "key.wrong"),
        ({"policy": POLICY, "key": KEY, "new_key": "k.json"}, "config.option"),
        ({"policy": POLICY, "key": KEY, "data_set": "others"}, "config.option"),
        ({"policy": POLICY, "key": KEY, "person": "城市"}, "config.option"),
        ({"policy": POLICY, "key": KEY, "quasi": ["nowhere"]}, "data.column_missing"),
        ({"policy": POLICY, "key": KEY, "table": "nowhere"}, "policy.table"),
        ({"policy": "none.yaml", "key": KEY}, "policy.unreadable"),
        ({"policy": replaced({**SPECS, "nowhere": {"step": "keep"}}), "key": KEY},
         "policy.column_missing"),
        ({"policy": Policy(data_set="customers", columns={"城市": {"step": "keep"}})},
         "policy.unlisted"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    source: Path, tmp_path: Path, how: dict[str, Any], code: str
) -> None:
    assert code_of(mask, source, tmp_path / "out.csv", **how) == code
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv"]


def test_places_that_will_not_do(source: Path, tmp_path: Path) -> None:
    how: dict[str, Any] = {"policy": POLICY, "key": KEY}
    (tmp_path / "link.csv").symlink_to(source)
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "names.csv").write_text(",".join(COLUMNS) + "\n")
    content = source.read_bytes()
    assert code_of(mask, source, source, **how) == "config.out"
    assert code_of(mask, source, tmp_path / "link.csv", **how) == "config.out"
    assert code_of(mask, source, **how) == "config.out"
    assert code_of(mask, source, tmp_path / "out.doc", **how) == "data.format"
    assert code_of(mask, source, tmp_path / "no" / "out.csv", **how) == "data.missing"
    assert code_of(mask, tmp_path / "empty.csv", tmp_path / "out.csv", **how) == "data.empty"
    assert code_of(mask, tmp_path / "names.csv", tmp_path / "out.csv", **how) == "data.no_rows"
    assert code_of(mask, tmp_path / "none.csv", tmp_path / "out.csv", **how) == "data.missing"
    assert source.read_bytes() == content
    assert hidden(tmp_path) == []


def test_a_new_key_is_never_written_over_another_file(source: Path, tmp_path: Path) -> None:
    place = tmp_path / "k.json"
    place.write_text("mine")
    assert code_of(mask, source, tmp_path / "o.csv", policy=POLICY, new_key=place) == "key.exists"
    assert place.read_text() == "mine"
    assert not (tmp_path / "o.csv").exists()


def test_tables_of_a_policy_are_told_by_their_names(tmp_path: Path, rows: pl.DataFrame) -> None:
    policy = Policy(
        data_set="shop",
        columns={"客户编号": {"step": "token"}},
        tables={"cities": {"columns": {"城市": {"step": "keep"}}}},
    )
    path = tmp_path / "cities.csv"
    rows.select("客户编号", "城市").write_csv(path)
    key = MaskKey.new("shop")
    mask(path, tmp_path / "a.csv", policy=policy, key=key)
    path.rename(tmp_path / "x.csv")
    mask(tmp_path / "x.csv", tmp_path / "b.csv", policy=policy, key=key, table="cities")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_workspace_records_what_was_done(source: Path, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws") as workspace:
        out = workspace.root / "out.csv"
        mask(source, out, policy=POLICY, key=KEY, workspace=workspace)
        with pytest.raises(ConfigError):
            mask(source, out, policy=POLICY, workspace=workspace)
        with pytest.raises(PrivacyError):
            mask(source, out, policy=POLICY, key=MaskKey.new("x"), workspace=workspace)
        unmask(out, workspace.root / "back.csv", policy=POLICY, key=KEY, workspace=workspace)
        lines = [(line.act, line.outcome, line.code) for line in workspace.audit.lines()]
        assert lines[-4:] == [
            ("mask", "done", ""),
            ("mask", "failed", "key.missing"),
            ("mask", "refused", "key.data_set"),
            ("unmask", "done", ""),
        ]
        assert workspace.audit.verify().ok
        made = workspace.lineage.by_place("out.csv")
        assert made is not None
        assert made.kind == "masked"
        assert {item.kind for item in workspace.lineage.descendants(made.id)} == {"source"}
        assert {item.kind for item in workspace.lineage.ancestors(made.id)} == {"source"}


def test_frames_and_the_public_names(rows: pl.DataFrame, tmp_path: Path) -> None:
    frame = typed(rows)
    gy.mask(frame, tmp_path / "out.parquet", policy=POLICY, key=KEY)
    gy.mask(gy.read(frame), tmp_path / "again.parquet", policy=POLICY, key=KEY)
    first, second = (gy.read(tmp_path / name).frame for name in ("out.parquet", "again.parquet"))
    assert first.equals(second)
    gy.unmask(tmp_path / "out.parquet", tmp_path / "back.parquet", policy=POLICY, key=KEY)
    assert gy.read(tmp_path / "back.parquet").frame["手机号"].equals(rows["手机号"])


def test_a_value_that_cannot_be_masked_leaves_nothing(tmp_path: Path, source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    source.write_text(text + "C9,某某,1,Ω154,40,北京,1.5,无\n", encoding="utf-8")
    with pytest.raises(GuanyaoError) as caught:
        mask(source, tmp_path / "out.csv", policy=POLICY, new_key=tmp_path / "k.json")
    assert caught.value.code.startswith("mask.")
    assert "Ω154" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv"]


STOPPED = """
import os, resource, signal, sys
from pathlib import Path
from guanyao.data import csv_blocks
from guanyao.flows.mask import mask
csv_blocks.PIECE = 2**16
folder = Path(sys.argv[1])
os.chdir(folder)
policy, how = folder / "policy.yaml", sys.argv[2]
if how == "full disk":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
class Told:
    def stage(self, name, total=None): self.name = name
    def note(self, text): pass
    def advance(self, steps=1):
        if how == "interrupt" and self.name == "write":
            os.kill(os.getpid(), signal.SIGINT)
try:
    mask("customers.csv", "out.csv", policy=policy, new_key="new.json", progress=Told())
except KeyboardInterrupt:
    print("stopped")
except Exception as error:
    print(error.code)
"""


@pytest.mark.parametrize(
    ("how", "said"), [("full disk", "data.unwritable"), ("interrupt", "stopped")]
)
def test_what_stops_it_leaves_nothing(tmp_path: Path, how: str, said: str) -> None:
    customers(5000).write_csv(tmp_path / "customers.csv")
    POLICY.save(tmp_path / "policy.yaml")
    words = [sys.executable, "-c", STOPPED, str(tmp_path), how]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == said, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv", "policy.yaml"]


FORKED = """
import json, os, signal, sys, time
from pathlib import Path
from guanyao.data import compressed, csv_blocks
from guanyao.flows import mask as flow, mask_report
compressed.PIECE = csv_blocks.PIECE = 2**14
flow.find_columns = mask_report.find_columns = lambda *_, **__: []  # slow, and writes no file
folder = Path(sys.argv[1])
os.chdir(folder)
secrets = [line.split(",")[3].encode() for line in open("customers.csv", encoding="utf-8")][1:]
events, told = os.pipe()

class Told:
    def __init__(self, last): self.n, self.last = 0, last
    def stage(self, name, total=None): self.advance()
    def note(self, text): pass
    def advance(self, steps=1):
        self.n += 1
        if self.n == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

def child(last=0):
    pid = os.fork()
    if pid == 0:
        progress = Told(last)
        try:
            how = {"policy": "policy.yaml", "key": "key.json", "progress": progress}
            flow.mask("customers.csv", "out.csv", **how)
            os.write(told, progress.n.to_bytes(4, "big"))
        finally:
            os._exit(0)
    return pid

def looked():
    parts = [path for path in folder.iterdir() if ".part." in path.name]
    for path in parts:
        content = path.read_bytes()
        assert not any(secret in content for secret in secrets), path.name
    assert len(parts) <= 1
    return sum(path.stat().st_size for path in parts)

def finished(pid):
    return int(os.WIFSIGNALED(os.waitpid(pid, 0)[1]))

start = time.monotonic()
assert finished(child()) == 0
took = time.monotonic() - start
n_events = int.from_bytes(os.read(events, 4), "big")
whole = (folder / "out.csv").read_bytes()
(folder / "out.csv").unlink()
n_killed, sizes = 0, set()
for i in range(7):
    pid = child()
    time.sleep(took * (i + 0.5) / 7)
    os.kill(pid, signal.SIGKILL)
    n_killed += finished(pid)
    sizes.add(looked())
    if (folder / "out.csv").exists():
        assert (folder / "out.csv").read_bytes() == whole
(folder / "out.csv").unlink(missing_ok=True)
for last in range(n_events, 0, -max(1, n_events // 12)):
    n_killed += finished(child(last))
    sizes.add(looked())
    assert not (folder / "out.csv").exists()
assert finished(child()) == 0
assert (folder / "out.csv").read_bytes() == whole
assert looked() == 0
print(json.dumps({"killed": n_killed, "sizes": len(sizes), "events": n_events}))
"""


def test_kill_at_any_moment_leaves_no_plaintext(tmp_path: Path) -> None:
    customers(3000).write_csv(tmp_path / "customers.csv")
    quick = {"姓名": {"step": "redact"}, "备注": {"step": "drop"}}
    replaced({**SPECS, **quick}).save(tmp_path / "policy.yaml")
    KEY.save(tmp_path / "key.json")
    words = [sys.executable, "-c", FORKED, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["killed"] >= 15
    assert found["sizes"] >= 4
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["customers.csv", "key.json", "out.csv", "policy.yaml"]


def test_two_at_once_do_not_take_each_others_half_files(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    words = [sys.executable, "-c", WAITING, str(source), str(out)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"writing\n"
        [part] = left_of(out)
        mask(source, out, policy=POLICY, key=KEY)
        assert left_of(out) == [part]
        other.communicate(b"go on\n")
    assert other.returncode == 0
    assert left_of(out) == []
    assert read(out).frame.height == 300


WAITING = """
import sys
from guanyao.flows.mask import mask
from tests.flows.test_mask import KEY, POLICY
class Told:
    def stage(self, name, total=None): self.name = name
    def note(self, text): pass
    def advance(self, steps=1):
        if self.name != "write": return
        print("writing", flush=True)
        sys.stdin.readline()
mask(sys.argv[1], sys.argv[2], policy=POLICY, key=KEY, progress=Told())
"""


def test_a_signal_stops_it_like_ctrl_c(tmp_path: Path) -> None:
    customers(20_000).write_csv(tmp_path / "customers.csv")
    POLICY.save(tmp_path / "policy.yaml")
    words = [
        sys.executable, "-m", "guanyao.cli.main", "mask", "customers.csv",
        "--policy", "policy.yaml", "--new-key", "key.json", "-o", "out.csv",
    ]  # fmt: skip
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        while "write" not in running.stderr.readline():
            assert running.poll() is None
        time.sleep(0.05)
        os.kill(running.pid, signal.SIGTERM)
        said = running.stderr.read()
    assert running.returncode == 130, said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv", "policy.yaml"]


def test_a_source_that_changes_type_later_says_where(tmp_path: Path) -> None:
    assert issubclass(DataError, ValueError)
    lines = ["a,b"] + [f"{i},x" for i in range(70_000)] + ["word,x"]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    specs = {"a": {"step": "keep"}, "b": {"step": "redact"}}
    policy = Policy(data_set="t", columns=specs)
    mask(path, tmp_path / "out.csv", policy=policy)
    assert (tmp_path / "out.csv").read_text().splitlines()[-1].startswith("word,")


def test_every_place_that_names_the_key_counts(source: Path, tmp_path: Path) -> None:
    """A policy of one masking and a table of another would give garbage without a word."""
    other = MaskKey("customers", bytes(32))
    mask(source, tmp_path / "m.parquet", policy=POLICY, key=KEY)
    wrong = POLICY.with_key(other.id)
    back = tmp_path / "back.csv"
    assert code_of(unmask, tmp_path / "m.parquet", back, policy=wrong, key=other) == "key.wrong"
    assert not back.exists()


def test_a_workspace_remembers_the_key_of_a_masked_csv(source: Path, tmp_path: Path) -> None:
    other = MaskKey("customers", bytes(32))
    with Workspace.create(tmp_path / "study") as workspace:
        out, back = workspace.root / "m.csv", workspace.root / "back.csv"
        mask(source, out, policy=POLICY, key=KEY, workspace=workspace)
        how = {"policy": POLICY, "workspace": workspace}
        assert code_of(unmask, out, back, key=other, **how) == "key.wrong"
        assert unmask(out, back, key=KEY, **how).warnings == ()


UNDONE = """
import os, signal, sys
from guanyao.flows.mask import unmask
from tests.flows.test_mask import KEY, POLICY
class Told:
    n = 0
    def stage(self, name, total=None): self.advance()
    def note(self, text): pass
    def advance(self, steps=1):
        self.n += 1
        if self.n == int(sys.argv[3]): os.kill(os.getpid(), signal.SIGKILL)
unmask(sys.argv[1], sys.argv[2], policy=POLICY, key=KEY, progress=Told())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs files without a name")
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet", ".xlsx", ".jsonl"])
def test_a_killed_undo_leaves_no_restored_row(source: Path, tmp_path: Path, suffix: str) -> None:
    masked, folder = tmp_path / f"m{suffix}", tmp_path / "to"
    folder.mkdir()
    (tmp_path / "temporary").mkdir()
    mask(source, masked, policy=POLICY, key=KEY)
    back = folder / f"back{suffix}"
    words = [sys.executable, "-c", UNDONE, str(masked), str(back), "3"]
    surroundings = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    done = subprocess.run(words, capture_output=True, env=surroundings, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert list((tmp_path / "temporary").iterdir()) == []
    [left] = folder.iterdir()
    assert left.is_symlink()
    assert not left.exists()
    for before in (None, b"old"):
        if before is not None:
            back.write_bytes(before)
        unmask(masked, back, policy=POLICY, key=KEY)
        assert [path.name for path in folder.iterdir()] == [back.name]
        assert stat.S_IMODE(back.stat().st_mode) == 0o600
        assert read(back).frame["手机号"].to_list() == read(source).frame["手机号"].to_list()


@pytest.mark.parametrize("word", ["NULL", "NA", "无"])
def test_words_for_missing_numbers_come_back(tmp_path: Path, word: str) -> None:
    numbers = [word if n % 9 == 4 else str(10_000_000 + 7 * n) for n in range(60)]
    frame = pl.DataFrame({"a": numbers})
    frame.write_csv(tmp_path / "s.csv")
    policy = Policy(data_set="customers", columns={"a": {"step": "encrypt"}})
    mask(tmp_path / "s.csv", tmp_path / "m.csv", policy=policy, key=KEY)
    unmask(tmp_path / "m.csv", tmp_path / "b.csv", policy=policy.with_key(KEY.id), key=KEY)
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "s.csv").read_bytes()

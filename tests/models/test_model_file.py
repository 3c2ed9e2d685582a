"""A model file is data from anywhere: it loads whole or is refused in one line, and never runs."""

import copy
import io
import json
import os
import pickle
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao import registry
from guanyao.data.writers import write
from guanyao.errors import DataError, GuanyaoError, UnknownNameError
from guanyao.models import GROUP, MODELS, model_file
from guanyao.models.model_file import load
from guanyao.testing import example_table, ruled_table

Change: TypeAlias = Callable[[dict[str, Any]], object]
Parts: TypeAlias = dict[str, bytes]

FUZZ = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module", params=MODELS)
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of each kind in a file."""
    path = tmp_path_factory.mktemp("models") / "m.gy"
    model = registry.find(MODELS, request.param, GROUP)(min_entities=3)
    model.fit(example_table(60)).save(path)
    return path


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of trees, with rules."""
    path = tmp_path_factory.mktemp("models") / "m.gy"
    registry.find(MODELS, "trees", GROUP)(min_entities=3).fit(ruled_table(120)).save(path)
    return path


def parts_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def put(path: Path, parts: Parts, packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def changed(source: Path, path: Path, change: Change) -> Path:
    """The file with another manifest."""
    parts = parts_of(source)
    manifest = json.loads(parts["manifest.json"])
    change(manifest)
    return put(path, {**parts, "manifest.json": json.dumps(manifest).encode()})


def unpacked(source: Path) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    parts = parts_of(source)
    manifest = json.loads(parts.pop("manifest.json"))
    return manifest, {name: np.load(io.BytesIO(blob)) for name, blob in parts.items()}


def packed(path: Path, manifest: dict[str, Any], arrays: dict[str, np.ndarray[Any, Any]]) -> Path:
    """The file with digests that fit, as an attacker would make them."""
    blobs = {name: npy(array) for name, array in arrays.items()}
    manifest = {**manifest, "arrays": model_file._digests(blobs)}
    return put(path, {"manifest.json": json.dumps(manifest).encode(), **blobs})


def npy(array: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=array.dtype.hasobject)
    return buffer.getvalue()


def header(shape: str, dtype: str, content: bytes = b"") -> bytes:
    """An array file that declares whatever it likes."""
    text = f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + content


def refused(path: Path) -> None:
    with little_memory(), pytest.raises(DataError) as caught:
        load(path)
    assert caught.value.code == "model.damaged"
    assert "\n" not in str(caught.value)


@contextmanager
def little_memory() -> Iterator[None]:
    """See that no more than 200 MB are taken meanwhile."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 200 << 20
    finally:
        tracemalloc.stop()


def usable_or_refused(path: Path, folder: Path) -> None:
    """Whatever the file holds, it is refused in one line, or draws rows that can be written."""
    try:
        model = load(path)
        frame = model.sample(30, seed=1)
        assert frame.columns == model.schema_.names
        write(frame, folder / "rows.csv", model.schema_)
    except GuanyaoError as error:
        assert "\n" not in str(error)


def test_the_same_model_is_the_same_file(saved: Path, tmp_path: Path) -> None:
    load(saved).save(tmp_path / "again.gy")
    assert (tmp_path / "again.gy").read_bytes() == saved.read_bytes()
    assert model_file.digest(saved) == model_file.digest(tmp_path / "again.gy")


def test_truncated(saved: Path, tmp_path: Path) -> None:
    content = saved.read_bytes()
    for end in (0, 1, 4, 30, len(content) // 3, len(content) // 2, len(content) - 1):
        (tmp_path / "m.gy").write_bytes(content[:end])
        refused(tmp_path / "m.gy")


def test_flipped_bits(saved: Path, tmp_path: Path) -> None:
    content, rng = saved.read_bytes(), random.Random(1)  # noqa: S311
    for _ in range(60):
        flipped = bytearray(content)
        flipped[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        (tmp_path / "m.gy").write_bytes(flipped)
        usable_or_refused(tmp_path / "m.gy", tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x05\x06" + bytes(18), pickle.dumps({"a": 1})])
def test_no_model_at_all(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.gy").write_bytes(content)
    refused(tmp_path / "m.gy")


def test_places_that_hold_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gy")
    for path in (
        tmp_path / "no.gy",
        tmp_path,
        tmp_path / "pipe.gy",
        tmp_path / "a\0b",
        "/dev/zero",
    ):
        with pytest.raises(DataError) as caught:
            load(path)
        assert caught.value.code == "data.missing"


@pytest.mark.parametrize(
    "name",
    ["../x.npy", "/etc/x.npy", "arrays/../../x.npy", "arrays/0.npy\\..", "arrays/00.npy", "a.pkl",
     "arrays/", "arrays/9999999999.npy", "manifest.json/x"],
)  # fmt: skip
def test_strange_names(saved: Path, tmp_path: Path, name: str) -> None:
    refused(put(tmp_path / "m.gy", {**parts_of(saved), name: b"x"}))
    assert [path.name for path in tmp_path.iterdir()] == ["m.gy"]


def test_a_part_stands_twice(saved: Path, tmp_path: Path) -> None:
    parts = parts_of(saved)
    with zipfile.ZipFile(tmp_path / "m.gy", "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("arrays/0.npy", parts["arrays/0.npy"])
    refused(tmp_path / "m.gy")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings(saved: Path, tmp_path: Path, packing: int) -> None:
    refused(put(tmp_path / "m.gy", parts_of(saved), packing))


def test_zip_bomb(saved: Path, tmp_path: Path) -> None:
    parts = parts_of(saved)
    refused(put(tmp_path / "m.gy", {**parts, "arrays/0.npy": bytes(300 << 20)}))
    refused(put(tmp_path / "m.gy", {**parts, "manifest.json": b" " * (300 << 20)}))


def test_a_bomb_that_lies_about_its_size(saved: Path, tmp_path: Path) -> None:
    path = put(tmp_path / "m.gy", {**parts_of(saved), "manifest.json": bytes(300 << 20)})
    content = path.read_bytes().replace(struct.pack("<I", 300 << 20), struct.pack("<I", 1000))
    path.write_bytes(content)
    refused(path)


@pytest.mark.parametrize(
    "blob",
    [
        pytest.param(lambda: npy(np.array([{"a": 1}], dtype=object)), id="objects"),
        pytest.param(lambda: pickle.dumps(np.arange(3)), id="pickle"),
        pytest.param(lambda: header("(10000000000000,)", "'<f8'", bytes(80)), id="huge"),
        pytest.param(lambda: header("(100000, 100000)", "'<f8'", bytes(80)), id="huge square"),
        pytest.param(lambda: header("(-1, -10)", "'<f8'", bytes(80)), id="negative"),
        pytest.param(lambda: header("(10,)", "'<f8'", bytes(79)), id="short"),
        pytest.param(lambda: header("(10,)", "'<U2'", bytes(80)), id="text"),
        pytest.param(lambda: header("(10,)", "[('a', '<f8')]", bytes(80)), id="records"),
        pytest.param(lambda: header("(10,)", "'|V8'", bytes(80)), id="void"),
        pytest.param(lambda: header("'x'", "'<f8'", bytes(80)), id="shape"),
        pytest.param(lambda: header("__import__('os')", "'<f8'", bytes(80)), id="code"),
        pytest.param(lambda: header("(" * 90, "'<f8'", bytes(80)), id="nested"),
        pytest.param(lambda: b"\x93NUMPY\x02\x00" + bytes(80), id="version"),
        pytest.param(lambda: b"", id="nothing"),
    ],
)
def test_hostile_arrays(saved: Path, tmp_path: Path, blob: Callable[[], bytes]) -> None:
    parts = parts_of(saved)
    manifest = json.loads(parts.pop("manifest.json"))
    parts["arrays/0.npy"] = blob()
    manifest["arrays"] = model_file._digests(parts)
    refused(put(tmp_path / "m.gy", {"manifest.json": json.dumps(manifest).encode(), **parts}))


def test_changed_arrays(saved: Path, tmp_path: Path) -> None:
    parts = parts_of(saved)
    refused(put(tmp_path / "m.gy", {**parts, "arrays/0.npy": npy(np.zeros(3))}))
    parts.pop("arrays/0.npy")
    refused(put(tmp_path / "m.gy", parts))


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"1", b"null", b'"x"', b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe",
     b"9" * 10_000, b'{"format": "guanyao.model/1"}', b'{"format": "guanyao.model/2"}'],
)  # fmt: skip
def test_hostile_manifests(saved: Path, tmp_path: Path, text: bytes) -> None:
    refused(put(tmp_path / "m.gy", {**parts_of(saved), "manifest.json": text}))


CHANGES: dict[str, Change] = {
    "format": lambda m: m.update(format="guanyao.model/2"),
    "arrays": lambda m: m.update(arrays=[]),
    "digest": lambda m: m["arrays"].update({"arrays/0.npy": "0" * 64}),
    "no state": lambda m: m.pop("state"),
    "state": lambda m: m.update(state=[1]),
    "array number": lambda m: m["state"].update(own={"__array__": 10**9}),
    "array name": lambda m: m["state"].update(own={"__array__": "x"}),
    "array back": lambda m: m["state"].update(own={"__array__": -1}),
    "settings": lambda m: m.update(settings={"min_entities": 0}),
    "setting": lambda m: m["settings"].update(max_codes="many"),
    "unknown setting": lambda m: m["settings"].update(run="rm"),
    "no settings": lambda m: m.update(settings=None),
    "model": lambda m: m.update(model=None),
    "long model": lambda m: m.update(model="x" * 10**6),
    "rows": lambda m: m.update(n_rows="many"),
    "schema": lambda m: m.update(schema={}),
    "columns": lambda m: m["schema"]["columns"].pop(),
    "column": lambda m: m["schema"]["columns"][1].update(dtype="Object"),
    "dtype": lambda m: m["schema"]["columns"][3].update(dtype="Int64"),
    "name": lambda m: m["schema"]["columns"][1].update(name=5),
    "rule": lambda m: m["schema"].update(rules=["age <= nothing"]),
    "many rules": lambda m: m["schema"].update(rules=["age < income"] * 10**5),
    "encoder": lambda m: m["state"].update(encoder={}),
    "kind": lambda m: m["state"]["encoder"]["parts"][1].update(kind="eval"),
    "own": lambda m: m["state"].update(own={}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_edited_manifests(saved: Path, tmp_path: Path, name: str) -> None:
    refused(changed(saved, tmp_path / "m.gy", CHANGES[name]))


ODD_SCHEMAS: dict[str, Change] = {
    "decimals": lambda m: m["schema"]["columns"][2].update(decimals="two"),
    "many decimals": lambda m: m["schema"]["columns"][2].update(
        decimals=10**9, fixed_decimals=True
    ),
    "format": lambda m: m["schema"]["columns"][5].update(format="%Q%_%"),
    "format of numbers": lambda m: m["schema"]["columns"][5].update(format=7),
    "missing": lambda m: m["schema"]["columns"][2].update(missing=["NA"]),
    "order": lambda m: m["schema"]["columns"][3].update(order=[{}]),
    "circle": lambda m: m["schema"].update(rules=["age < income", "income < age"]),
    "encoding": lambda m: m["schema"]["source"].update(encoding="rot13"),
    "encoding of none": lambda m: m["schema"]["source"].update(encoding=None),
    "delimiter": lambda m: m["schema"]["source"].update(delimiter="ab"),
    "quote": lambda m: m["schema"]["source"].update(quote="年"),
    "line end": lambda m: m["schema"]["source"].update(line_end=3),
}


@pytest.mark.parametrize("name", ODD_SCHEMAS)
def test_odd_schemas(saved: Path, tmp_path: Path, name: str) -> None:
    usable_or_refused(changed(saved, tmp_path / "m.gy", ODD_SCHEMAS[name]), tmp_path)


def test_a_generator_that_is_not_installed(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError):
        load(changed(saved, tmp_path / "m.gy", lambda m: m.update(model="tree")))


def tree_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """The largest tree of the model, its arrays by their names in the file."""
    members = [m for c in manifest["state"]["own"]["conditionals"] for m in c["members"]]
    named = [{k: f"arrays/{v['__array__']}.npy" for k, v in m.items()} for m in members]
    return named[-1]


Array: TypeAlias = np.ndarray[Any, Any]
TREES: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "its own child": ("left", lambda a: np.zeros_like(a)),
    "a child before": ("left", lambda a: a - 1),
    "a child beyond": ("left", lambda a: a + 10**6),
    "a field beyond": ("feature", lambda a: np.where(a < 0, a, 30_000)),
    "no leaf": ("feature", lambda a: np.zeros_like(a)),
    "nothing": ("feature", lambda a: a[:0]),
    "other length": ("threshold", lambda a: a[:-1]),
    "flat shares": ("shares", lambda a: a.ravel()),
    "shares of nothing": ("shares", lambda a: a * 0),
    "no numbers": ("shares", lambda a: a * np.float32(np.nan)),
    "negative": ("shares", lambda a: -a),
    "no distribution": ("row", lambda a: a * 0 - 1),
    "a distribution beyond": ("row", lambda a: a + 10**6),
}


@pytest.mark.parametrize("name", TREES)
def test_trees_that_are_none(trees: Path, tmp_path: Path, name: str) -> None:
    manifest, arrays = unpacked(trees)
    array, change = TREES[name]
    place = tree_of(manifest)[array]
    arrays[place] = change(arrays[place])
    refused(packed(tmp_path / "m.gy", manifest, arrays))


def test_fields_in_a_circle(trees: Path, tmp_path: Path) -> None:
    manifest, arrays = unpacked(trees)
    own = manifest["state"]["own"]
    own["conditionals"] = own["conditionals"][::-1]
    refused(packed(tmp_path / "m.gy", manifest, arrays))


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 70_000), st.integers(), st.floats(),
    st.text(max_size=4), st.just([]), st.just({}), st.just(2**70), st.just(-(2**70)),
    st.just("Decimal(99, 98)"),
    st.just("%Q%"), st.just({"__array__": 0}), st.just("Datetime(time_unit='x', time_zone='Mars')"),
)  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in nested JSON."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*at, key)
        if isinstance(item, dict | list):
            yield from places(item, (*at, key))


@FUZZ
@given(data=st.data())
def test_any_place_of_the_manifest_changed(
    saved: Path, tmp_path: Path, data: st.DataObject
) -> None:
    manifest, arrays = unpacked(saved)
    changed_one = copy.deepcopy(manifest)
    for _ in range(data.draw(st.integers(1, 2))):
        all_places = [at for at in places(changed_one) if at[0] != "arrays"]
        *way, last = data.draw(st.sampled_from(all_places))
        inner: Any = changed_one
        for key in way:
            inner = inner[key]
        if data.draw(st.integers(0, 4)) == 0:
            del inner[last]
        else:
            inner[last] = data.draw(LEAVES)
    usable_or_refused(packed(tmp_path / "m.gy", changed_one, arrays), tmp_path)


NUMBERS = st.sampled_from([0, -1, 1, 2, 255, 256, 10**4, 2**31 - 1, -(2**31), 1e300, -1e300, 0.5])
ODD = st.sampled_from([float("nan"), float("inf"), -float("inf")])


@FUZZ
@given(data=st.data())
def test_any_array_changed(saved: Path, tmp_path: Path, data: st.DataObject) -> None:
    manifest, arrays = unpacked(saved)
    place = data.draw(st.sampled_from(sorted(arrays)))
    array = arrays[place].copy()
    if array.ndim and data.draw(st.integers(0, 3)) == 0:
        array = array[: data.draw(st.integers(0, max(len(array) - 1, 0)))]
    elif array.size:
        number = data.draw(NUMBERS if array.dtype.kind in "iu" else st.one_of(NUMBERS, ODD))
        with np.errstate(all="ignore"):
            flat = array.ravel()
            flat[data.draw(st.integers(0, flat.size - 1))] = np.asarray(number).astype(array.dtype)
    arrays[place] = array
    usable_or_refused(packed(tmp_path / "m.gy", manifest, arrays), tmp_path)


def test_a_place_that_cannot_be_written(saved: Path, tmp_path: Path) -> None:
    model = load(saved)
    (tmp_path / "folder.gy").mkdir()
    for path in (tmp_path / "no" / "m.gy", tmp_path / "folder.gy", Path(), tmp_path / ("x" * 300)):
        with pytest.raises(DataError) as caught:
            model.save(path)
        assert caught.value.code == "data.unwritable"
    assert [path.name for path in tmp_path.iterdir()] == ["folder.gy"]


def test_arrays_keep_their_shape_and_kind(tmp_path: Path) -> None:
    given = {
        "a": np.arange(6).reshape(2, 3),
        "b": [np.float32([0.5]), {"c": np.zeros((0, 4), bool)}],
    }
    manifest = {"model": "trees", "settings": {}, "schema": {}, "n_rows": 1}
    model_file.save(tmp_path / "m.gy", manifest, {"x": given, "y": (np.int64(3), None, "z")})
    _, state = model_file._read(tmp_path / "m.gy")
    assert state["y"] == [3, None, "z"]
    for found, wanted in zip(
        (state["x"]["a"], state["x"]["b"][0], state["x"]["b"][1]["c"]),
        (given["a"], given["b"][0], given["b"][1]["c"]),
        strict=True,
    ):
        assert found.dtype == wanted.dtype
        assert found.shape == wanted.shape
        assert (found == wanted).all()


def test_loading_prints_no_cell_of_the_data(saved: Path, tmp_path: Path) -> None:
    path = changed(
        saved, tmp_path / "m.gy", lambda m: m["schema"]["columns"][3].update(dtype="Int8")
    )
    with pytest.raises(DataError) as caught:
        load(path)
    levels = example_table(60).frame["城市"].unique().to_list()
    assert not [level for level in levels if level and level in str(caught.value)]


def test_frames_come_back_typed(saved: Path) -> None:
    rows = load(saved).sample(3, seed=1)
    assert rows.schema == pl.DataFrame(example_table(5).frame).schema

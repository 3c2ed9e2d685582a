import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from guanyao.errors import DataError
from guanyao.models import model_file
from guanyao.models.onnx_images import OnnxImages
from guanyao.models.onnx_network import OnnxNetwork, check

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def model(
    nodes: list[onnx.NodeProto] | None = None,
    tensors: list[onnx.TensorProto] | None = None,
    *,
    width: int | str = 64,
    domain: str = "",
) -> onnx.ModelProto:
    """A network that draws 8 x 8 pixels: a sigmoid of 64 numbers."""
    shape = numpy_helper.from_array(np.array([-1, 1, 8, 8], np.int64), "shape")
    nodes = nodes or [
        helper.make_node("Sigmoid", ["noise"], ["grey"], domain=domain),
        helper.make_node("Reshape", ["grey", "shape"], ["images"]),
    ]
    inputs = [
        helper.make_tensor_value_info("noise", FLOAT, ["n", width]),
        helper.make_tensor_value_info("labels", INT64, ["n"]),
    ]
    outputs = [helper.make_tensor_value_info("images", FLOAT, None)]
    graph = helper.make_graph(nodes, "sampler", inputs, outputs, [shape, *(tensors or [])])
    opsets = [helper.make_opsetid(name, 18 if not name else 1) for name in {"", domain}]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def generator(blob: bytes, **facts: object) -> OnnxImages:
    manifest = {
        "model": "onnx_images", "data": "images", "settings": {"width": 3}, "shape": [1, 8, 8],
        "classes": ["a", "b"], "n_images": 7, **facts,
    }  # fmt: skip
    state = {"network": np.frombuffer(blob, np.uint8), "share": np.array([0.25, 0.75])}
    return OnnxImages.from_state(manifest, state)


def test_pictures_have_the_labels_and_shares_that_were_learned() -> None:
    images = generator(model().SerializeToString()).sample(400, seed=3)
    assert images.shape == (8, 8, 1)
    assert images.labels is not None
    assert images.classes == ("a", "b")
    assert np.bincount(images.labels).tolist() == [100, 300]
    assert 120 < images.pixels.mean() < 135


def test_many_pictures_are_those_of_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    made = generator(model().SerializeToString())
    whole = made.sample(100, seed=0).pixels
    monkeypatch.setattr("guanyao.models.onnx_images.PIXELS_AT_ONCE", 7 * 64)
    np.testing.assert_array_equal(made.sample(100, seed=0).pixels, whole)
    assert made.sample(0, seed=0).pixels.shape == (0, 8, 8, 1)


def test_it_is_the_same_after_saving_and_loading(tmp_path: Path) -> None:
    made = generator(model().SerializeToString())
    made.save(tmp_path / "a.gy")
    again = model_file.load(tmp_path / "a.gy")
    assert isinstance(again, OnnxImages)
    np.testing.assert_array_equal(
        again.sample(20, given={"label": "b"}, seed=1).pixels,  # type: ignore[attr-defined]
        made.sample(20, given={"label": "b"}, seed=1).pixels,
    )
    assert again.settings() == {"width": 3}
    again.save(tmp_path / "b.gy")
    assert (tmp_path / "a.gy").read_bytes() == (tmp_path / "b.gy").read_bytes()


def external(place: str) -> onnx.TensorProto:
    tensor = numpy_helper.from_array(np.zeros(64, np.float32), "far")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", place
    return tensor


def with_external() -> onnx.ModelProto:
    return model(tensors=[external("weights.bin")])


def with_external_inside_a_node() -> onnx.ModelProto:
    constant = helper.make_node("Constant", [], ["far"], value=external("/etc/hostname"))
    return model([constant, *model().graph.node])


def with_loop() -> onnx.ModelProto:
    body = helper.make_graph([], "body", [], [])
    return model([helper.make_node("Loop", ["", ""], ["images"], body=body)])


def with_function() -> onnx.ModelProto:
    made = model()
    node = helper.make_node("Sigmoid", ["x"], ["y"])
    made.functions.append(
        helper.make_function("own", "f", ["x"], ["y"], [node], [helper.make_opsetid("", 18)])
    )
    return made


def with_vast_array() -> onnx.ModelProto:
    size = numpy_helper.from_array(np.array([40_000_000_000], np.int64), "size")
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["vast"]),
        helper.make_node("ReduceSum", ["vast"], ["total"], keepdims=0),
        helper.make_node("Add", ["noise", "total"], ["more"]),
        helper.make_node("Sigmoid", ["more"], ["grey"]),
        helper.make_node("Reshape", ["grey", "shape"], ["images"]),
    ]
    return model(nodes, [size])


def with_other_inputs() -> onnx.ModelProto:
    made = model()
    made.graph.input[0].name = "pixels"
    made.graph.node[0].input[0] = "pixels"
    return made


HOSTILE: list[Callable[[], onnx.ModelProto]] = [
    with_external,
    with_external_inside_a_node,
    with_loop,
    with_function,
    with_vast_array,
    with_other_inputs,
    lambda: model(domain="com.microsoft"),
    lambda: model(width=63),
    lambda: model(width="w"),
    lambda: model(width=1 << 20),
    lambda: model([helper.make_node("Reshape", ["noise", "shape"], ["images"])]),
    lambda: model([helper.make_node("Sigmoid", ["noise"], ["images"])]),
    lambda: model([helper.make_node("NoSuch", ["noise"], ["images"])]),
]


@pytest.mark.parametrize("made", HOSTILE)
def test_a_network_that_is_not_a_plain_sampler_is_refused(
    tmp_path: Path, made: Callable[[], onnx.ModelProto], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.zeros(64, np.float32).tofile("weights.bin")
    blob = made().SerializeToString()
    with pytest.raises(ValueError):
        generator(blob)
    good = generator(model().SerializeToString())
    good.blob_ = blob
    good.save("bad.gy")
    with pytest.raises(DataError) as caught:
        model_file.load("bad.gy")
    assert caught.value.code == "model.damaged"


def test_external_data_is_refused_before_the_runtime_sees_it() -> None:
    for made in (with_external(), with_external_inside_a_node()):
        with pytest.raises(ValueError, match="names another file"):
            check(made.SerializeToString())
    check(model().SerializeToString())


@given(st.integers(0, 10_000), st.binary(max_size=30))
def test_a_damaged_network_is_refused_or_still_a_sampler(place: int, change: bytes) -> None:
    blob = model().SerializeToString()
    at = place % len(blob)
    try:
        network = OnnxNetwork.from_bytes(blob[:at] + change + blob[at + len(change) :])
        network.draw(np.zeros((1, network.noise_dim), np.float32), np.zeros(1, np.int64))
    except ValueError:
        return
    assert network.noise_dim > 0


@given(st.binary(max_size=200))
def test_any_bytes_are_looked_through(blob: bytes) -> None:
    try:
        check(blob)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    "facts",
    [{"shape": [2, 8, 8]}, {"shape": [1, 0, 8]}, {"shape": [1, 8, 4096]}, {"classes": ["a"]},
     {"classes": [1, 2]}, {"classes": "ab"}],
)  # fmt: skip
def test_facts_that_do_not_fit_are_refused(facts: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        generator(model().SerializeToString(), **facts)


def test_many_classes_take_no_more_memory_than_few(tmp_path: Path) -> None:
    n = 3_000
    blob = np.frombuffer(_of_wide_noise(1 << 15).SerializeToString(), np.uint8)
    manifest = {
        "model": "onnx_images", "data": "images", "settings": {}, "shape": [1, 1, 1],
        "classes": [str(i) for i in range(n)], "n_images": 7, "history": {},
    }  # fmt: skip
    model_file.save(tmp_path / "m.gy", manifest, {"network": blob, "share": np.ones(n) / n})
    with tracked() as most:
        model_file.load(tmp_path / "m.gy")
    assert most() < 60 << 20


def _of_wide_noise(width: int) -> onnx.ModelProto:
    """A network that draws one pixel of the first number of much noise."""
    nodes = [
        helper.make_node("Slice", ["noise", "zero", "one", "one"], ["first"]),
        helper.make_node("Sigmoid", ["first"], ["grey"]),
        helper.make_node("Reshape", ["grey", "pixel"], ["images"]),
    ]
    numbers = {"zero": [0], "one": [1], "pixel": [-1, 1, 1, 1]}
    tensors = [numpy_helper.from_array(np.array(v, np.int64), k) for k, v in numbers.items()]
    return model(nodes, tensors, width=width)


@contextmanager
def tracked() -> Iterator[Callable[[], int]]:
    """The most bytes that Python and numpy held inside."""
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_model_file_says_what_was_exported(tmp_path: Path) -> None:
    generator(model().SerializeToString(), exported={"model": "toy"}).save(tmp_path / "a.gy")
    with zipfile.ZipFile(tmp_path / "a.gy") as file:
        manifest = json.loads(file.read("manifest.json"))
    assert manifest["exported"] == {"model": "toy"}
    assert manifest["model"] == "onnx_images"

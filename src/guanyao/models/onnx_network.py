"""An ONNX network from bytes that nobody vouches for: looked through first, then run with bounds.

Only what a sampler needs is let in: nodes of the standard operators in one flat graph, so that
nothing loops; every weight inside the bytes, so that no other file is read. It runs on the CPU,
with an arena that cannot take more than `MAX_ARENA_BYTES`.

Reference: onnx.proto of the ONNX project, IR version 10; Protocol Buffers, "Encoding".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from guanyao.registry import need

MAX_NODES = 100_000
MAX_ARENA_BYTES = 6 << 30
MAX_NOISE = 1 << 15
FATAL_ONLY = 4
"""The severity from which the runtime writes to stderr; what it raises says enough."""

STANDARD = (b"", b"ai.onnx")
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Message: TypeAlias = Iterator[tuple[int, "int | memoryview"]]

PARTS: dict[str, dict[int, str]] = {
    "model": {7: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 10: "tensor", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""The messages of a model that are looked into: field number -> kind of message."""

REFUSED: dict[tuple[str, int], str] = {
    ("model", 20): "it holds training steps",
    ("model", 25): "it holds functions",
    ("attribute", 6): "it holds a branch or a loop",
    ("attribute", 11): "it holds a branch or a loop",
    ("tensor", 13): "it names another file",
    ("tensor", 14): "it names another file",
}
"""Fields that must be absent, or zero: what they would mean."""

NODE_DOMAIN = ("node", 7)


def check(blob: bytes) -> None:
    """See that the bytes are a model of one flat graph that names no other file.

    Raises:
        ValueError: They are not.
    """
    waiting = [("model", memoryview(blob))]
    n_nodes = 0
    while waiting:
        kind, message = waiting.pop()
        n_nodes += kind == "node"
        if n_nodes > MAX_NODES:
            raise ValueError("the network has more nodes than anybody needs")
        for number, value in _fields(message):
            _check_field(kind, number, value)
            part = PARTS[kind].get(number)
            if part is not None:
                waiting.append((part, _as_message(value)))


def _check_field(kind: str, number: int, value: "int | memoryview") -> None:
    why = REFUSED.get((kind, number))
    if why is not None and value != 0:
        raise ValueError(why)
    if (kind, number) == NODE_DOMAIN and bytes(_as_message(value)) not in STANDARD:
        raise ValueError("it holds operators that are not ONNX's own")


def _as_message(value: "int | memoryview") -> memoryview:
    if isinstance(value, int):
        raise ValueError("the network is damaged")
    return value


def _fields(message: memoryview) -> Message:
    """Number and content of each field of a message, in order."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        length, at = _length(message, wire, at)
        if length > len(message) - at:
            raise ValueError("the network is cut off")
        yield number, message[at : at + length]
        at += length


def _length(message: memoryview, wire: int, at: int) -> tuple[int, int]:
    """How many bytes a field has, and where they begin."""
    if wire == BYTES:
        return _varint(message, at)
    if wire in (FIXED32, FIXED64):
        return 4 if wire == FIXED32 else 8, at
    raise ValueError("the network is damaged")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of up to 64 bits, and where the next byte stands."""
    value = 0
    for place in range(10):
        if at + place >= len(message):
            break
        byte = message[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("the network is cut off")


@dataclass(frozen=True)
class OnnxNetwork:
    """A network that turns noise and labels into pictures.

    Args:
        session: The runtime's session.
        noise_dim: Width of the noise.
    """

    session: Any
    noise_dim: int

    @classmethod
    def from_bytes(cls, blob: bytes) -> "OnnxNetwork":
        """The network that the bytes describe.

        Raises:
            ValueError: They are no network, or not one that draws pictures.
            MissingExtraError: onnxruntime is not installed.
        """
        check(blob)
        runtime = need("onnxruntime")
        try:
            session = runtime.InferenceSession(
                blob, _options(runtime), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's own classes have no other parent
            raise ValueError(f"the runtime refuses the network ({type(error).__name__})") from error
        return cls(session, _noise_dim(session))

    def draw(self, noise: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
        """Pictures (n, channels, height, width) in [0, 1] of this noise and these labels.

        Raises:
            ValueError: The network cannot draw them.
        """
        given = {"noise": noise, "labels": labels}
        wanted = {part.name for part in self.session.get_inputs()}
        try:
            [drawn] = self.session.run(None, {k: v for k, v in given.items() if k in wanted})
        except Exception as error:  # the runtime's own classes have no other parent
            raise ValueError(f"the network cannot draw ({type(error).__name__})") from error
        return np.asarray(drawn, np.float32)


def _options(runtime: Any) -> Any:  # noqa: ANN401
    _register_arena(runtime)
    options = runtime.SessionOptions()
    options.log_severity_level = FATAL_ONLY
    options.add_session_config_entry("session.use_env_allocators", "1")
    return options


@cache
def _register_arena(runtime: Any) -> None:  # noqa: ANN401
    """Give sessions memory that has an end."""
    place = runtime.OrtMemoryInfo(
        "Cpu", runtime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, runtime.OrtMemType.DEFAULT
    )
    runtime.create_and_register_allocator(place, runtime.OrtArenaCfg(MAX_ARENA_BYTES, -1, -1, -1))


def _noise_dim(session: Any) -> int:  # noqa: ANN401
    """The width of the noise; the inputs and the output must be a sampler's."""
    inputs = {part.name: (part.type, len(part.shape)) for part in session.get_inputs()}
    labels = inputs.pop("labels", ("tensor(int64)", 1))
    if inputs != {"noise": ("tensor(float)", 2)} or labels != ("tensor(int64)", 1):
        raise ValueError("the network draws from something else than noise and labels")
    if [part.type for part in session.get_outputs()] != ["tensor(float)"]:
        raise ValueError("the network draws no pictures")
    width = next(part.shape[1] for part in session.get_inputs() if part.name == "noise")
    if not isinstance(width, int) or not 0 < width <= MAX_NOISE:
        raise ValueError("the noise has no width")
    return width

"""The card of a model: what its file says of itself, and how such a model works."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError
from guanyao.filing.mechanism import Data, diagram, mechanism

if TYPE_CHECKING:
    from guanyao.types import Generator

FORMAT = "guanyao.model-card/1"


def card_of(path: str | Path, *, clock: Callable[[], datetime] | None = None) -> dict[str, Any]:
    """The card of a model file, as plain JSON.

    It holds the settings, counts of columns by type and role (no name, no value), how the method
    works in both languages with the steps and a drawing, and the papers it rests on.

    Args:
        path: A `.gy` file.
        clock: What tells the time, with a zone.

    Raises:
        DataError: The file is not there, or is no whole model ("data.missing", "model.damaged").
        UnknownNameError: The method is not described ("filing.mechanism").
        ConfigError: It is an exported model, which has no training of its own ("filing.card").
    """
    from guanyao.models import EXPORTED_MODELS, model_file
    from guanyao.records.audit import utc_now

    model = model_file.load(path)
    if model.name in EXPORTED_MODELS:
        raise ConfigError(
            f"{Path(path).name} is an exported model, which does not tell how it was trained",
            do="give the model.gy that it was exported from",
            code="filing.card",
        )
    data: Data = "images" if hasattr(model, "shape_") else "tables"
    settings: dict[str, Any] = model.settings()  # type: ignore[attr-defined]
    found = mechanism(model.name, data, settings)
    now = (clock or utc_now)()
    return {
        "schema": FORMAT,
        "model": model.name,
        "data": data,
        "title_zh": found.title["zh"],
        "title_en": found.title["en"],
        "family": dict(found.family),
        "digest": model_file.digest(path),
        "settings": settings,
        **_size(model, data),
        "mechanism_zh": list(found.paragraphs["zh"]),
        "mechanism_en": list(found.paragraphs["en"]),
        "training": {lang: list(steps) for lang, steps in found.training.items()},
        "sampling": {lang: list(steps) for lang, steps in found.sampling.items()},
        "stopping": dict(found.stopping),
        "papers": [dict(paper) for paper in found.papers],
        "privacy": getattr(model, "privacy_", None),
        "diagram": diagram(found.training["zh"], found.sampling["zh"]),
        "created": now.isoformat(timespec="seconds"),
    }


def _size(model: "Generator", data: Data) -> dict[str, Any]:
    """Rows or pictures, columns or their shape, and parameters, as far as there are any."""
    n_parameters = _n_parameters(model)
    own = {} if n_parameters is None else {"n_parameters": n_parameters}
    if data == "images":
        n_rows, shape = getattr(model, "n_images_", None), getattr(model, "shape_", ())
        labels = len(getattr(model, "classes_", ()))
        return {"n_rows": n_rows, "shape": list(shape), "n_labels": labels, **own}
    columns = model.schema_.columns
    counted: Mapping[str, Any] = {
        "n": len(columns),
        "types": dict(Counter(column.type for column in columns)),
        "roles": dict(Counter(column.role for column in columns)),
    }
    source = getattr(model.schema_, "source", None)
    digest = getattr(source, "digest", "") or ""
    more = {"n_rows": getattr(model, "n_rows_", None), "columns": counted}
    return {**more, **({"data_digest": digest} if digest else {}), **own}


def _n_parameters(model: "Generator") -> int | None:
    """How many numbers were trained in the networks; None: there are no networks."""
    network = getattr(model, "network_", None)
    if network is None:
        return None
    return sum(int(parameter.numel()) for parameter in network.parameters())

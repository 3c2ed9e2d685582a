"""Guanyao turns sensitive data into virtual data, and proves how good and how private it is.

    import guanyao as gy

    run = gy.run("patients.csv", out="out", target="outcome")
    model = gy.fit("patients.csv", model="trees", seed=0)
    rows = gy.sample(model, 10_000, given={"sex": "F"})
    run = gy.run("digits.npz", out="out", model="vae", epochs=10)

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guanyao.data.images import Images, read_images
    from guanyao.data.readers import read
    from guanyao.data.schema import Column, Schema
    from guanyao.data.table import Table
    from guanyao.errors import (
        BudgetExceededError,
        ConfigError,
        ConsentMissingError,
        DataError,
        DeadlineError,
        EvidenceMissingError,
        FilingError,
        GuanyaoError,
        InternalError,
        MissingExtraError,
        NotFittedError,
        PrivacyError,
        TransitionError,
        UnknownNameError,
        UserError,
    )
    from guanyao.flows.compare import compare
    from guanyao.flows.erase import erase
    from guanyao.flows.evaluate import evaluate
    from guanyao.flows.fit import fit
    from guanyao.flows.inspect import inspect
    from guanyao.flows.mask import mask, unmask
    from guanyao.flows.run import run
    from guanyao.flows.sample import sample, sample_batches
    from guanyao.models.model_file import load

    __version__: str

_PLACES = {
    "Column": "guanyao.data.schema",
    "Images": "guanyao.data.images",
    "Schema": "guanyao.data.schema",
    "Table": "guanyao.data.table",
    "compare": "guanyao.flows.compare",
    "erase": "guanyao.flows.erase",
    "evaluate": "guanyao.flows.evaluate",
    "fit": "guanyao.flows.fit",
    "inspect": "guanyao.flows.inspect",
    "load": "guanyao.models.model_file",
    "mask": "guanyao.flows.mask",
    "read": "guanyao.data.readers",
    "read_images": "guanyao.data.images",
    "run": "guanyao.flows.run",
    "sample": "guanyao.flows.sample",
    "sample_batches": "guanyao.flows.sample",
    "unmask": "guanyao.flows.mask",
}

__all__ = [
    "BudgetExceededError",
    "Column",
    "ConfigError",
    "ConsentMissingError",
    "DataError",
    "DeadlineError",
    "EvidenceMissingError",
    "FilingError",
    "GuanyaoError",
    "Images",
    "InternalError",
    "MissingExtraError",
    "NotFittedError",
    "PrivacyError",
    "Schema",
    "Table",
    "TransitionError",
    "UnknownNameError",
    "UserError",
    "__version__",
    "compare",
    "erase",
    "evaluate",
    "fit",
    "inspect",
    "load",
    "mask",
    "read",
    "read_images",
    "run",
    "sample",
    "sample_batches",
    "unmask",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load a public name when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = _PLACES.get(name, "guanyao.errors")
    value = _version() if name == "__version__" else getattr(import_module(place), name)
    globals()[name] = value
    return value


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("guanyao")
    except PackageNotFoundError:  # used from a source folder that is not installed
        return "0+unknown"


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})

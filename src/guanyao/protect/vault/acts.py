"""What an observer is told of the acts of a vault: everything, so that it can keep what it may."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from guanyao.errors import DataError, GuanyaoError, InternalError
from guanyao.protect.vault.adding import Source
from guanyao.protect.vault.index import Item

OnAct: TypeAlias = Callable[[str, str, Mapping[str, Any]], None]
"""Told of every act: what was done, to which item, and facts; `outcome` is done, refused or failed.
Names, paths and plain digests are among the facts: whoever keeps records says what enters."""


def unwatched(act: str, item: str, facts: Mapping[str, Any]) -> None:
    """The observer that notes nothing."""


@contextmanager
def noted(on_act: OnAct, act: str, item: str = "") -> Iterator[dict[str, Any]]:
    """Tells an observer how an act ended; the block adds facts."""
    facts: dict[str, Any] = {}
    try:
        yield facts
    except GuanyaoError as error:
        # Damage and full disks are failures; what was asked for wrongly is refused.
        is_failure = isinstance(error, DataError) and error.code != "vault.key"
        outcome = "failed" if is_failure else "refused"
        on_act(act, item, {**facts, "outcome": outcome, "code": error.code})
        raise
    except BaseException as error:
        code = "stopped" if isinstance(error, KeyboardInterrupt) else InternalError.code
        on_act(act, item, {**facts, "outcome": "failed", "code": code})
        raise
    on_act(act, item, {**facts, "outcome": "done"})


def facts_of(item: Item, source: Source | None = None) -> dict[str, Any]:
    """What an observer is told of an item, and of the file that it came from."""
    told = ("id", "version", "size", "digest", "kind", "subject_digest")
    facts = {name: getattr(item, name) for name in told}
    return {**facts, "source": source} if isinstance(source, Path) else facts

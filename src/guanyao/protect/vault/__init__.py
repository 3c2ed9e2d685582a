"""Data under lock: envelope encryption, keys, storage, backup.

Three kinds of keys stand above each other. A data key seals one item, or all items of one subject.
The root key wraps data keys and seals the index. The master key (a passphrase, a key, a service)
locks the root key, and is kept nowhere by Guanyao.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guanyao.protect.vault.backup import Drill, Manifest, drill, restore
    from guanyao.protect.vault.index import Item
    from guanyao.protect.vault.master import (
        Cost,
        Kms,
        KmsKey,
        MasterKey,
        Passphrase,
        RawKey,
    )
    from guanyao.protect.vault.store import Vault

_PLACES = {
    "Cost": "guanyao.protect.vault.master",
    "Drill": "guanyao.protect.vault.backup",
    "Item": "guanyao.protect.vault.index",
    "Kms": "guanyao.protect.vault.master",
    "KmsKey": "guanyao.protect.vault.master",
    "Manifest": "guanyao.protect.vault.backup",
    "MasterKey": "guanyao.protect.vault.master",
    "Passphrase": "guanyao.protect.vault.master",
    "RawKey": "guanyao.protect.vault.master",
    "Vault": "guanyao.protect.vault.store",
    "drill": "guanyao.protect.vault.backup",
    "restore": "guanyao.protect.vault.backup",
}

__all__ = [
    "Cost",
    "Drill",
    "Item",
    "Kms",
    "KmsKey",
    "Manifest",
    "MasterKey",
    "Passphrase",
    "RawKey",
    "Vault",
    "drill",
    "restore",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load a public name when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)

"""How fast the audit chain is: 20,000 lines appended, one by one and at once, and checked.

    python benchmarks/audit.py [--lines N] [--url postgresql://user@host/database]

Prints one JSON object for each kind of append. The bar: 2 seconds to append at once, 1 to check.
"""

import argparse
import json
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guanyao.records.audit import AuditChain
from guanyao.records.audit_line import Entry

LINES = 20_000


def entry(number: int) -> Entry:
    """A line as a job leaves it."""
    digest = f"{number:064x}"
    facts = {"run": digest[:16], "model": "trees", "n_rows": number, "outputs": [f"model:{digest}"]}
    return Entry(act="run", who="operator", object=f"model:{digest[-32:]}", facts=facts)


def seconds(act: Callable[[], Any]) -> float:
    """Wall time of an act."""
    start = time.perf_counter()
    act()
    return round(time.perf_counter() - start, 3)


def one_by_one(chain: AuditChain, n_lines: int) -> None:
    """Each line in a transaction of its own, flushed to the disk."""
    for number in range(n_lines):
        chain.append_many([entry(number)])


def at_once(chain: AuditChain, n_lines: int) -> None:
    """All lines in one transaction."""
    chain.append_many(entry(number) for number in range(n_lines))


def measure(url: str | None, hash: str, n_lines: int, append: Callable[..., None]) -> None:
    """Print how long it takes to fill a new chain, and to check it."""
    with tempfile.TemporaryDirectory() as folder:
        place = f"{url}#bench_{secrets.token_hex(4)}" if url else Path(folder) / "audit.db"
        with AuditChain.open(place, hash=hash) as chain:
            append_s = seconds(lambda: append(chain, n_lines))
            verify_s = seconds(lambda: chain.verify())
            assert chain.verify().ok
        facts = {"store": "postgresql" if url else "sqlite", "hash": hash, "how": append.__name__}
        print(json.dumps({**facts, "n_lines": n_lines, "append_s": append_s, "verify_s": verify_s}))


def main() -> None:
    """Measure both kinds of append, and both hashes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--url")
    typed = parser.parse_args()
    measure(typed.url, "sha256", typed.lines, at_once)
    measure(typed.url, "sha256", typed.lines, one_by_one)
    measure(typed.url, "sm3", typed.lines, at_once)


if __name__ == "__main__":
    main()

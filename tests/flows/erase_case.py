"""A made-up workspace for the tests of erasing: a table, a masked copy, a run, a vault."""

import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from guanyao.flows.erase import erase
from guanyao.flows.mask import mask
from guanyao.flows.run import run
from guanyao.flows.vault import create, put
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.policy import Policy
from guanyao.protect.vault.master import RawKey
from guanyao.records.workspace import Workspace

COLUMN = "client"
WHO = "C70005"
CANARIES = (WHO, "16001000035", "user00005@example.com", "word-of-5-canary")
STEPS = {
    "client": "token", "name": "fake", "mobile": "token", "mail": "token", "age": "keep",
    "city": "keep", "spent": "keep", "note": "drop",
}  # fmt: skip


def table(path: Path, n_rows: int = 300) -> list[str]:
    """Write a table; its lines."""
    rng = random.Random(3)  # noqa: S311
    lines = ["client,name,mobile,mail,age,city,spent,note"]
    for i in range(n_rows):
        person = f"C{70000 + i},赵{chr(0x4E00 + i)}{chr(0x5E00 + i)},1600{1_000_000 + i * 7:07d}"
        rest = f"{rng.randint(18, 80)},{rng.choice(['北京', '上海'])},{rng.random() * 1000:.2f}"
        note = f'"said ""word-of-{i}-canary"", then left"'
        lines.append(f"{person},user{i:05d}@example.com,{rest},{note}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return lines


def policy() -> Policy:
    """How the table is masked."""
    columns = {name: {"step": step} for name, step in STEPS.items()}
    columns["name"]["kind"] = "person_name"
    return Policy(data_set="clients", columns=columns)


def copied(root: Path) -> None:
    """A workspace with a table and a masked copy of it."""
    with Workspace.create(root) as workspace:
        table(root / "clients.csv")
        key = MaskKey.new("clients")
        mask(root / "clients.csv", root / "masked.csv", policy=policy(), key=key,
             workspace=workspace)  # fmt: skip


def learned(root: Path) -> None:
    """The same with what was learned from the masked copy."""
    copied(root)
    run(root / "masked.csv", out=root / "out", model="trees", canaries=False, workspace=root)


def locked(root: Path) -> RawKey:
    """The same with a vault that holds the tables and a letter, and a backup of it."""
    master = RawKey.new()
    master.save(root.with_name(f"{root.name}.key"))
    with Workspace.open(root) as workspace:
        vault = create(workspace.vault_folder, master, workspace=workspace)
        put(vault, root / "clients.csv", "clients.csv")
        put(vault, root / "masked.csv", "masked/masked.csv", kind="masked")
        letter = root.with_name(f"{root.name}.txt")
        letter.write_text(f"Dear {WHO}", encoding="utf-8")
        put(vault, letter, "letter.txt", subject=WHO)
        letter.unlink()
        vault.backup(root / "backup.tar")
        # What was put from outside is no artefact that stays.
        known = workspace.lineage.by_place(workspace.place_of(letter))
        assert known is not None
    return master


CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate")


def dying(moment: int) -> list[int]:
    """Kill this process at so many changes of the disk (0: never); what counts them."""
    count = [0]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        is_write = event == "open" and bool((args[2] or 0) & (os.O_WRONLY | os.O_RDWR))
        if event in CHANGES or is_write:
            count[0] += 1
            if count[0] == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return count


def main(root: str, key_file: str, moment: str) -> None:
    """Erase, in a process of its own that is killed at a moment; prints how many there are."""
    master = RawKey.load(key_file) if key_file else None
    count = dying(int(moment))
    erase(WHO, workspace=root, column=COLUMN, master=master)
    sys.stdout.write(str(count[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])

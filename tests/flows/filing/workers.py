"""Processes that act on a room and are killed while they do; run by the tests of acts.

    python tests/flows/filing/workers.py PLACE

Reads words: `race` (four processes try the same act; tells who did it), `work` (a process acts on
and on; tells its id and the number of its first line) and `wait` (until that process is gone; tells
the number of the last line that it told of).
"""

import itertools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from guanyao.flows.filing.act import apply, new_filing, state_of
from guanyao.flows.filing.room import Room, open_room
from tests.filing import cast
from tests.filing.cast import REASON, good_facts

PLACE = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
ROUND = [
    *(("decide", cast.HEAD, {"outcome": "file"}), ("freeze", cast.EDITOR, {})),
    *(("accept", cast.CLERK, {}),),  # refused
    *(("sign", signer, {}) for signer in cast.SIGNERS),
    *(("submit", cast.HEAD, {}), ("accept", cast.CLERK, {})),
    *(("pass", who, {}) for who in (cast.REVIEWER, cast.REVIEWER_2, cast.DECIDER)),
    *(("object", cast.OBJECTOR, {}), ("withdraw", cast.HEAD, {})),
]


def begun(work: Callable[[int], None]) -> tuple[int, int]:
    """A process that works, and the end from which is read what it writes."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        work(writing)
        os._exit(0)
    os.close(writing)
    return pid, reading


def did(room: Room, id: str, step: int) -> bool:
    """One act on a filing; whether it was done."""
    event, actor, said = ROUND[step]
    with room.store.writing() as desk:
        state = state_of(desk, id)
        assert state is not None
        payload = {"reason": REASON, **said}
        return apply(desk, room, id, event, actor, payload, good_facts(state)).done


def race(writing: int) -> None:
    """Try to withdraw the filing."""
    with open_room(PLACE) as room:
        os.write(writing, json.dumps(did(room, "f-1", len(ROUND) - 1)).encode())


def work(writing: int) -> None:
    """Open filings and act on them until the end."""
    room = open_room(PLACE)
    options = {"profile": "notice7", "organisation": cast.PROVIDER, "actor": cast.EDITOR}
    for _ in itertools.count():
        id = new_filing(room, **options).filing.id
        for step in range(len(ROUND)):
            did(room, id, step)
            os.write(writing, f"{room.store.chain.head().seq}\n".encode())


def tell(*words: object) -> None:
    """Say something to who gave the word."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do as told."""
    pid = reading = 0
    for word in sys.stdin:
        if word.strip() == "race":
            started = [begun(race) for _ in range(4)]
            told = [os.read(end, 99).decode() for _, end in started]
            tell(f"[{', '.join(told)}]")
            for one, _ in started:
                os.waitpid(one, 0)
        elif word.strip() == "work":
            pid, reading = begun(work)
            tell(pid, os.read(reading, 99).split()[0].decode())
        else:
            os.waitpid(pid, 0)
            with os.fdopen(reading) as said:
                lines = [line.strip() for line in said if line.endswith("\n")]
            tell(lines[-1] if lines else 0)


if __name__ == "__main__":
    main()

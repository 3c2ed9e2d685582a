"""The commands that do what a profile's acts are called: one line to type for each."""

import shlex
from collections.abc import Sequence

from guanyao.filing.profile import Transition

PROGRAM = "guanyao filing"
COMMANDS: dict[str, str] = {
    "decide": "scope {outcome}",
    "freeze": "freeze",
    "return": "return",
    "sign": "sign --key KEY.pem",
    "submit": "submit",
    "accept": "accept",
    "request_correction": "correct",
    "refuse": "refuse",
    "resubmit": "correct",
    "test": "test RESULT",
    "request_supplement": "review supplement",
    "answer": "supplement",
    "forward": "decide forward",
    "close": "notice close",
    "object": "object --text TEXT",
    "admit": "objection admit {case}",
    "declare_inadmissible": "objection inadmissible {case}",
    "investigate": "objection investigate {case} --question TEXT",
    "find": "objection find {case} {outcome}",
    "answer_objector": "objection answer {case} --text TEXT",
    "plan_inspection": "inspect plan --cause TEXT",
    "announce": "inspect announce {case}",
    "go_unannounced": "inspect announce {case} --unannounced",
    "pull_pack": "inspect pull {case}",
    "measure": "inspect measure {case} --source SOURCE --model MODEL.gy",
    "conclude": "inspect conclude {case} {outcome}",
    "close_inspection": "inspect close {case}",
    "resolve": "resolve {outcome}",
    "suspend": "suspend",
    "lift": "lift",
    "revoke": "revoke",
    "deregister": "deregister",
    "withdraw": "withdraw",
    "appeal": "appeal lodge",
    "hear": "appeal hear",
    "confirm": "appeal confirm",
    "remit": "appeal grant",
    "declare_change": "change declare",
    "classify": "change classify {outcome}",
    "assess_change": "change assess",
    "note": "change note",
    "escalate": "change escalate",
    "open_renewal": "renew open",
    "reassess": "renew assess",
    "order_rectify": "rectify order",
    "submit_proof": "rectify prove FILE",
    "accept_proof": "rectify accept",
    "return_proof": "rectify return",
    "verify": "rectify verify {outcome}",
    "renew": "renew {outcome}",
}
"""Event -> the words that do it; any other is done by `do EVENT`."""
BY_ROLE: dict[tuple[str, str], str] = {
    ("pass", "reviewer"): "review pass",
    ("pass", "decider"): "decide pass",
    ("reject", "reviewer"): "review reject",
    ("reject", "decider"): "decide reject",
}
CLOCKS = "tick"
ARGUMENTS = {
    "number": "--number NUMBER",
    "changed_on": "--changed-on DAY",
    "change": "--what TEXT",
    "user_notice": "--user-notice FILE",
    "disposal_record": "--disposal FILE",
    "ended_on": "--ended-on DAY",
}
TYPED = ("result", "proof", "measured_digest", "cause")
"""What an act needs and its words ask for already."""
REASONED = ("answer_objector",)
"""Acts whose words are their reason."""


def command_of(
    t: Transition, *, role: str = "", person: str = "", case: str = "", filing: str = ""
) -> str:
    """The line that does an act.

    Args:
        t: The act.
        role: The role of who does it.
        person: Who does it; "": not known yet.
        case: The case it is about.
        filing: The filing, where the room has several.
    """
    if role == "system":
        return " ".join([PROGRAM, CLOCKS, *_of(filing)])
    if t.event in COMMANDS or (t.event, role) in BY_ROLE:
        words = BY_ROLE.get((t.event, role)) or COMMANDS[t.event]
        parts = [words.format(outcome=t.outcome, case=case)]
        case = "" if "{case}" in words else case
        parts += [ARGUMENTS.get(need, f"--set {need}=…") for need in t.needs if need not in TYPED]
    else:
        parts = [f"do {t.event}", *([f"--outcome {t.outcome}"] if t.outcome else [])]
        parts += [f"--set {need}=…" for need in t.needs]
    parts += [f"--case {case}"] if case else []
    asks = "G18" in t.guards and t.event not in REASONED
    parts += ['--reason "…"'] if asks else []
    return " ".join([PROGRAM, *parts, *_of(filing), *_by(person)])


def line(words: str, *, person: str = "", filing: str = "") -> str:
    """A line of other words, e.g. "draft"."""
    return " ".join([PROGRAM, words, *_of(filing), *_by(person)])


def _of(filing: str) -> Sequence[str]:
    return [f"--filing {shlex.quote(filing)}"] if filing else []


def _by(person: str) -> Sequence[str]:
    return [f"--by {shlex.quote(person)}"] if person else []

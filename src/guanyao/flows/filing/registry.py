"""The public register of filings, the sentence that must stand beside it, and the figures.

Public is who runs which service under which number, where the filing stands, and since when;
nothing else leaves the room here: not the technical scheme, not the data, not a measurement.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from html import escape
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError
from guanyao.filing.calendar_day import day_of
from guanyao.filing.deadlines import Deadline
from guanyao.filing.filing_state import FilingState
from guanyao.filing.profile import Profile, Words

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

FORMATS = ("json", "csv", "html")
VALIDITY = "validity"
NO_ENDORSEMENT = Words(
    en="A filing rests on what the provider declared. It is no endorsement of the provider, its "
    "service or its technology, and may not be advertised as one.",
    zh="备案信息由服务提供者自行申报，备案不代表对服务提供者及其服务、技术的认可，任何人不得以此进行商业宣传。",
)
"""The sentence that stands beside every publication."""
TITLE = Words(en="Register of filed services", zh="已备案服务公示")
COLUMNS: dict[str, Words] = {
    "number": Words("Number", "备案编号"),
    "name": Words("Service", "服务名称"),
    "provider": Words("Provider", "服务提供者"),
    "state": Words("State", "状态"),
    "filed_on": Words("Filed on", "备案日期"),
    "valid_until": Words("Valid until", "有效期至"),
    "since": Words("In this state since", "状态起始日期"),
}
STYLE = """body{font:16px/1.6 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;
margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1f24;background:#fff}h1{font-size:1.5rem}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #cfd6dd;padding:.45rem .6rem;
text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f1f4f7}
.note{border-left:4px solid #b58105;padding:.2rem .8rem;background:#fff9ea}
small{color:#57606a;display:block}.struck td:first-child{text-decoration:line-through}"""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One line of the register.

    Args:
        number: The filing's number.
        name: The service.
        provider: Who runs it.
        state: The state of the filing, by name; `state_en`, `state_zh` as people call it.
        filed_on: The day in China on which it was filed first, as 2026-03-02.
        valid_until: The last day of its period; "": none runs.
        since: The day since which it is in this state.
        is_struck: Whether the number was taken away; such lines stay.
    """

    number: str
    name: str
    provider: str
    state: str
    state_en: str
    state_zh: str
    filed_on: str
    valid_until: str
    since: str
    is_struck: bool


def registry(room: "Room") -> list[Listed]:
    """Every filing that has or had a number, by number."""
    with room.store.reading() as desk:
        return registry_at(desk, room)


def registry_at(desk: "Desk", room: "Room") -> list[Listed]:
    """The same, from an open desk."""
    rows = [row["id"] for row in desk.filings() if row["number"]]
    return sorted((_listed(desk, room, id) for id in rows), key=lambda one: one.number)


def _listed(desk: "Desk", room: "Room", id: str) -> Listed:
    state = FilingState.from_json(desk.filing(id) or {})
    profile = room.profile(desk, state.profile_digest)
    title = profile.filing.states[state.state].title
    service = desk.record(id, "service", "current") or {}
    filed, since = _days(desk.acts(id), profile)
    period = state.deadline(VALIDITY)
    return Listed(
        number=state.number,
        name=str(service.get("name") or id),
        provider=str(service.get("provider") or state.organisation),
        state=state.state,
        state_en=title.en,
        state_zh=title.zh,
        filed_on=filed,
        valid_until=period.due.isoformat() if period and not state.is_struck else "",
        since=since,
        is_struck=state.is_struck,
    )


def _days(acts: Sequence[Mapping[str, Any]], profile: Profile) -> tuple[str, str]:
    """The day on which it was filed first, and the day since which it is in its state."""
    states = profile.filing.states
    own = list(_moves(acts, profile))
    filed = [act["at"] for act in own if states[act["after"]].phase == "filed"]
    moved = [act["at"] for act in own if act["after"] != act["before"]]
    return _day(filed[:1]), _day(moved[-1:])


def _moves(acts: Sequence[Mapping[str, Any]], profile: Profile) -> Iterator[Mapping[str, Any]]:
    """The acts that were done on the filing itself, not on a case beside it."""
    events = {t.event for t in profile.filing.transitions}
    for act in acts:
        if act["done"] and not act["is_vote"] and act["event"] in events:
            yield act


def _day(times: Sequence[str]) -> str:
    return day_of(datetime.fromisoformat(times[0])).isoformat() if times else ""


def disclosure(listed: Listed) -> Words:
    """The text of a provider's page about its filing, in both languages."""
    zh = [
        f"{listed.name}（{listed.provider}）",
        f"备案编号：{listed.number}；状态：{listed.state_zh}；备案日期：{listed.filed_on}。",
        NO_ENDORSEMENT.zh,
    ]
    en = [
        f"{listed.name} ({listed.provider})",
        f"Filing number: {listed.number}; state: {listed.state_en}; filed on {listed.filed_on}.",
        NO_ENDORSEMENT.en,
    ]
    return Words(en="\n".join(en), zh="\n".join(zh))


def export(room: "Room", out: str | Path | None = None, *, form: str = "") -> str:
    """The register as JSON, CSV or one HTML page without scripts, and to a file if one is named.

    Args:
        room: The room.
        out: The file; None: the text only comes back.
        form: json, csv or html; "": as the file's ending says.

    Raises:
        ConfigError: There is no such form ("filing.registry_form").
    """
    chosen = form or (Path(out).suffix.removeprefix(".").lower() if out is not None else "json")
    if chosen not in FORMATS:
        raise ConfigError(
            f"the register is not written as {chosen[:20]!r}",
            allowed=", ".join(FORMATS),
            code="filing.registry_form",
        )
    with room.store.reading() as desk:
        rows, day = registry_at(desk, room), day_of(desk.now).isoformat()
    text = {"json": as_json, "csv": as_csv, "html": as_html}[chosen](rows, day)
    if out is not None:
        write_whole(out, text.encode("utf-8"))
    return text


def as_json(rows: Iterable[Listed], day: str) -> str:
    """The register as JSON."""
    note = {"en": NO_ENDORSEMENT.en, "zh": NO_ENDORSEMENT.zh}
    record: dict[str, Any] = {"schema": "guanyao.register/1", "as_of": day, "note": note}
    record |= {"filings": [asdict(row) for row in rows]}
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def as_csv(rows: Iterable[Listed], day: str) -> str:
    """The register as CSV that spreadsheets open, without anything that they would calculate."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(field.name for field in fields(Listed))
    for row in rows:
        writer.writerow(_cell(value) for value in asdict(row).values())
    writer.writerow([f"# {day}: {NO_ENDORSEMENT.zh} / {NO_ENDORSEMENT.en}"])
    return text.getvalue()


def _cell(value: object) -> str:
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def as_html(rows: Sequence[Listed], day: str) -> str:
    """The register as one page in both languages, with nothing loaded from elsewhere."""
    heads = "".join(f"<th>{c.zh}<small>{c.en}</small></th>" for c in COLUMNS.values())
    body = "".join(_row(row) for row in rows)
    empty = f'<tr><td colspan="{len(COLUMNS)}">无 · none</td></tr>'
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{TITLE.zh} · {TITLE.en}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{TITLE.zh}<small>{TITLE.en}</small></h1>\n"
        f'<p class="note">{NO_ENDORSEMENT.zh}<small>{NO_ENDORSEMENT.en}</small></p>\n'
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body or empty}</tbody></table>\n"
        f"<p><small>截至 {day} · as of {day}</small></p></body></html>\n"
    )


def _row(row: Listed) -> str:
    cells = []
    for name in COLUMNS:
        if name == "state":
            cells.append(f"{escape(row.state_zh)}<small>{escape(row.state_en)}</small>")
        else:
            cells.append(escape(str(getattr(row, name))))
    kind = ' class="struck"' if row.is_struck else ""
    return f"<tr{kind}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"


def statistics(room: "Room") -> dict[str, Any]:
    """The figures of a room for the authority: no filing and no person is named in them.

    Returns:
        n_filings, by_state, by_profile, filed_by_year, n_acts, n_refused, refusals (by code),
        objections and inspections (by finding or state), overdue (by clock), review_days
        (median of the days from submission to the number), n_struck.
    """
    found: dict[str, Any] = {"n_filings": 0, "n_struck": 0, "n_acts": 0, "n_refused": 0}
    counters = {name: Counter[str]() for name in COUNTED}
    days: list[int] = []
    with room.store.reading() as desk:
        for row in desk.filings():
            state = FilingState.from_json(desk.filing(row["id"]) or {})
            acts = desk.acts(state.id)
            refused = [act for act in acts if not act["done"]]
            found["n_filings"] += 1
            found["n_struck"] += state.is_struck
            found["n_acts"] += len(acts) - len(refused)
            found["n_refused"] += len(refused)
            profile = room.profile(desk, state.profile_digest)
            _count(counters, state, acts, profile, desk.now)
            days += _review_days(acts, profile)
    counted = {name: dict(sorted(counter.items())) for name, counter in counters.items()}
    return {**found, **counted, "review_days": median(days) if days else None}


COUNTED = (
    *("by_state", "by_profile", "filed_by_year", "refusals"),
    *("objections", "inspections", "overdue"),
)


def _count(
    counters: Mapping[str, Counter[str]],
    state: FilingState,
    acts: Sequence[Mapping[str, Any]],
    profile: Profile,
    now: datetime,
) -> None:
    counters["by_state"][state.state] += 1
    counters["by_profile"][f"{state.profile}/{state.profile_version}"] += 1
    counters["refusals"].update(act["code"] for act in acts if not act["done"])
    if filed := _days(acts, profile)[0]:
        counters["filed_by_year"][filed[:4]] += 1
    kinds = {"ObjectionCase": "objections", "InspectionCase": "inspections"}
    for case in state.cases:
        if case.kind in kinds:
            counters[kinds[case.kind]][case.finding or case.state] += 1
    counters["overdue"].update(d.clock for d in _overdue(state, now))


def _overdue(state: FilingState, now: datetime) -> Iterator[Deadline]:
    return (d for d in state.deadlines if d.standing == "running" and d.is_over(now))


def _review_days(acts: Sequence[Mapping[str, Any]], profile: Profile) -> list[int]:
    """Days from the first submission to the first number; [] where one is missing."""
    submitted = [act["at"] for act in _moves(acts, profile) if act["event"] == "submit"]
    first, filed = _day(submitted[:1]), _days(acts, profile)[0]
    if not first or not filed:
        return []
    return [(date.fromisoformat(filed) - date.fromisoformat(first)).days]

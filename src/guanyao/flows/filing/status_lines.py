"""Where a filing stands, in words, in English or Chinese."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from guanyao.flows.filing.look import china_time

HEADS = {
    "state": ("state", "状态"),
    "since": ("since", "自"),
    "number": ("number", "备案编号"),
    "struck": ("number taken away", "已撤销编号"),
    "service": ("service", "服务"),
    "clock": ("clock", "期限"),
    "case": ("case", "案件"),
    "dossier": ("dossier", "申报卷宗"),
    "materials": ("documents", "材料"),
    "evidence": ("evidence", "证据"),
    "clauses": ("clauses", "条款"),
    "block": ("clauses that block submission", "阻碍提交的条款"),
    "signatures": ("signatures", "签名"),
    "can": ("can be done", "可办理"),
    "cannot": ("not yet", "暂不可办理"),
}
MOST = 8
"""How many blocking clauses are listed."""
STANDINGS = {
    "undecided": "未认定",
    "stale": "已失效",
    "unknown": "事实未知",
    "not_met": "不符合且无整改计划",
    "late_plan": "整改计划逾期",
    "contradicted": "与测量值矛盾",
    "removed": "条款已不存在",
    "twice": "结论重复",
}
"""How clauses stand, in Chinese."""
UNDECIDED = ("undecided", "unknown")
"""Clauses that nobody decided yet are counted, not listed."""


def lines(found: Mapping[str, Any], lang: str = "en") -> Iterator[str]:
    """What `filing_status.status` gave, in words."""
    yield from _head(found, lang)
    for clock in found["clocks"]:
        yield f"{_h('clock', lang)}: {clock_line(clock, lang)}"
    for case in found["cases"]:
        if case["is_open"]:
            state = case["state"]
            finding = f", {case['finding']}" if case["finding"] else ""
            yield f"{_h('case', lang)}: {case['id']}: {state['name']} ({state[lang]}{finding})"
    yield from _dossier(found, lang)
    yield from _clauses(found["clauses"], lang)
    yield from _options(found["options"], lang)


def _h(name: str, lang: str) -> str:
    return HEADS[name][lang == "zh"]


def _head(found: Mapping[str, Any], lang: str) -> Iterator[str]:
    profile, state = found["profile"], found["state"]
    name = f" · {found['service']['name']}" if found["service"]["name"] else ""
    follows = f"{profile['name']} {profile['version']}"
    yield f"{found['filing']} · {found['organisation']}{name} · {follows}"
    since = f", {_h('since', lang)} {china_time(found['since'])}" if found["since"] else ""
    yield f"{_h('state', lang)}: {state['name']} ({state[lang]}){since}"
    if found["number"]:
        yield f"{_h('number', lang)}: {found['number']}"
    if found["struck_number"]:
        yield f"{_h('struck', lang)}: {found['struck_number']}"
    if found["service"]["may"] != "none":
        yield f"{_h('service', lang)}: {found['service']['may']}"


def clock_line(clock: Mapping[str, Any], lang: str) -> str:
    """One clock in words."""
    zh = lang == "zh"
    own = f" {clock['case']}" if clock["case"] else ""
    if clock["standing"] == "paused":
        return f"{clock['title'][lang]}{own}: " + ("暂停计算" if zh else "stands still")
    left = clock["days_left"]
    if clock["is_over"]:
        when = "已期满" if zh else "over"
    else:
        when = f"剩余 {left} 天" if zh else f"{left} days left"
    guess = ("，暂定" if zh else ", provisional") if clock["status"] == "provisional" else ""
    return f"{clock['title'][lang]}{own}: {clock['due']} ({when}{guess}; {clock['party']})"


def _dossier(found: Mapping[str, Any], lang: str) -> Iterator[str]:
    zh, dossier = lang == "zh", found["dossier"]
    if dossier["version"]:
        stale = ", ".join(dossier["stale"])
        old = (f"；已变化：{stale}" if zh else f"; changed since: {stale}") if stale else ""
        digest = dossier["manifest_digest"][:12]
        yield f"{_h('dossier', lang)}: " + (
            f"第 {dossier['version']} 版，清单 {digest}{old}"
            if zh
            else f"version {dossier['version']}, manifest {digest}{old}"
        )
    yield f"{_h('materials', lang)}: {_materials(found['materials'], zh)}"
    evidence = found["evidence"]
    kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(evidence["kinds"].items()))
    yield f"{_h('evidence', lang)}: {evidence['n']}" + (f" ({kinds})" if kinds else "")
    signed = found["signatures"]
    if signed["there"] or signed["missing"]:
        there = ", ".join(f"{s['kind']} ({s['person']})" for s in signed["there"]) or "-"
        yield f"{_h('signatures', lang)}: {there}" + _missing(signed["missing"], zh)


def _missing(names: list[str], zh: bool) -> str:
    return (("；缺 " if zh else "; missing ") + ", ".join(names)) if names else ""


def _slot(material: Mapping[str, Any], zh: bool) -> str:
    name, title = str(material["slot"]), str(material["title"]["zh"])
    return f"{title} {name}" if zh else name


def _materials(materials: list[Mapping[str, Any]], zh: bool) -> str:
    wanted = [m for m in materials if m["required"] is not False]
    absent = [_slot(m, zh) for m in wanted if not m["is_there"]]
    waiting = [
        _slot(m, zh)
        for m in wanted
        if m["is_there"] and m["needs_confirmation"] and not m["confirmed_by"]
    ]
    text = f"{len(wanted) - len(absent)}/{len(wanted)}" + _missing(absent, zh)
    if waiting:
        text += ("；待确认 " if zh else "; to confirm: ") + ", ".join(waiting)
    return text


def _clauses(clauses: Mapping[str, Any], lang: str) -> Iterator[str]:
    if clauses["fault"]:
        yield f"{_h('clauses', lang)}: {clauses['fault']}"
        return
    for pack, counts in clauses["by_pack"].items():
        told = ", ".join(f"{_standing(name, lang)} {n}" for name, n in counts.items() if n)
        yield f"{_h('clauses', lang)} {pack}: {told}"
    kinds = Counter(block["kind"] for block in clauses["blocks"])
    if kinds:
        each = (f"{n} {_standing(kind, lang)}" for kind, n in kinds.items())
        yield f"{_h('block', lang)}: " + ", ".join(each)
    wrong = [block for block in clauses["blocks"] if block["kind"] not in UNDECIDED]
    for block in wrong[:MOST]:
        kind = _standing(block["kind"], lang)
        what = f"{block['pack']}/{block['clause']} {kind}: {block['why']}"
        yield f"  {what}"
    if len(wrong) > MOST:
        yield f"  … +{len(wrong) - MOST}"


def _standing(name: str, lang: str) -> str:
    return STANDINGS.get(name, name) if lang == "zh" else name


def _options(options: list[Mapping[str, Any]], lang: str) -> Iterator[str]:
    for option in options:
        name = option["event"] + (f" {option['outcome']}" if option["outcome"] else "")
        about = f" {option['case']}" if option["case"] else ""
        if option["people"]:
            who = ", ".join(f"{p['person']} ({p['role']})" for p in option["people"])
            title = option["title"][lang]
            yield f"{_h('can', lang)}: {name}{about} ({title}) -> {option['to']}: {who}"
        else:
            why = "; ".join(f"{check['name']} {check[lang]}" for check in option["against"])
            nobody = "无人可办理" if lang == "zh" else "nobody here may"
            title = f" ({option['title'][lang]})" if lang == "zh" else ""
            yield f"{_h('cannot', lang)}: {name}{about}{title}: {why or nobody}"

"""What a further version of the dossier changes, file by file, and what it answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from guanyao.filing.document import (
    Block,
    Document,
    Fields,
    Heading,
    Signatures,
    Table,
    Text,
    missing,
)
from guanyao.filing.documents import told
from guanyao.filing.documents.acts_table import event_title
from guanyao.filing.documents.decision_letter import listed
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.manifest import Manifest

ASKED, SAID = {"correction_list", "question_list"}, {"dossier_diff", "answers"}
"""Documents of the acts that ask for a further version, and of those that hand it in."""


def write(dossier: Dossier) -> Document:
    """The comparison of the present version with the one before."""
    return Document(
        name="材料对照表",
        title="补正、补充材料对照表",
        subtitle=told.service_name(dossier),
        blocks=(
            Heading(level=1, text="一、所要求的事项"),
            *_words(dossier, ASKED, "没有补正或补充的要求。"),
            Heading(level=1, text="二、说明"),
            *_words(dossier, SAID, "没有另作说明。"),
            Heading(level=1, text="三、材料的变化"),
            *_changes(dossier),
            Signatures(("申报单位（盖章）",)),
        ),
    )


def _words(dossier: Dossier, documents: set[str], nothing: str) -> Iterator[Block]:
    """What was said with the newest act that is told in one of these documents."""
    done = [a for a in dossier.acts if a.get("done") and set(a.get("documents") or ()) & documents]
    if not done:
        yield Text(nothing)
        return
    act = done[-1]
    yield Text(f"{event_title(dossier, act)}（{told.moment(act.get('at'))[:10]}）")
    yield from listed(act)
    if act.get("reason"):
        yield Text(str(act["reason"]))


def _changes(dossier: Dossier) -> Iterator[Block]:
    now, before = (_manifest(record) for record in (dossier.before, dossier.earlier))
    if now is None:
        yield Text(missing("材料版本（先定稿）"))
        return
    if before is None:
        yield Text(f"现为第 {now.version} 版，没有更早的版本可以比较。")
        return
    yield Fields(tuple(_digests(before, now)))
    rows = tuple(_rows(before, now))
    if rows:
        yield Table(columns=("文件", "变化", "SHA-256"), rows=rows, widths=(0.4, 0.1, 0.5))
    else:
        yield Text("文件均未变化。")


def _manifest(record: Record | None) -> Manifest | None:
    found: Mapping[str, Any] | None = (record or {}).get("manifest")
    return Manifest.from_json(dict(found)) if found else None


def _digests(before: Manifest, now: Manifest) -> Iterator[tuple[str, str]]:
    yield "版本", f"第 {before.version} 版 → 第 {now.version} 版"
    pairs = (("清单摘要", before.digest(), now.digest()), ("模型摘要", before.model, now.model))
    for title, old, new in (*pairs, ("训练数据摘要", before.data, now.data)):
        yield title, "未变化" if old == new else f"{old or '未知'} → {new or '未知'}"


def _rows(before: Manifest, now: Manifest) -> Iterator[tuple[str, str, str]]:
    old, new = ({file.path: file.sha256 for file in one.files} for one in (before, now))
    for path in sorted({*old, *new}):
        if path not in old:
            yield path, "增加", new[path]
        elif path not in new:
            yield path, "删除", old[path]
        elif old[path] != new[path]:
            yield path, "变更", new[path]

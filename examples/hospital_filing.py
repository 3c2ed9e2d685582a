"""A hospital files its virtual-data service: from the training run to the revoked number.

The evidence is measured by Guanyao's own commands on the hospital's table; what no record can tell
is asked once; the rest follows from digests. The table is made up here; to use a real one:

    GUANYAO_TABLE=diabetes130.csv.gz GUANYAO_TARGET=readmitted GUANYAO_ENTITY=patient_nbr \
        python examples/hospital_filing.py

Months pass in it, so the clock is the example's own. Everybody in it is made up.
"""

# %% The table: stays in hospital
import json
import os
import random
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from guanyao.cli.main import main
from guanyao.filing.calendar_day import KnownYear
from guanyao.filing.calendar_file import shipped
from guanyao.filing.filing_state import Actor
from guanyao.filing.form import Form
from guanyao.flows import audit, vault
from guanyao.flows.filing import cases as objections
from guanyao.flows.filing import clauses, keys, materials
from guanyao.flows.filing import draft as drafts
from guanyao.flows.filing import hearing as hearings
from guanyao.flows.filing import incidents as desks
from guanyao.flows.filing import inspect as inspections
from guanyao.flows.filing.act import act, new_filing
from guanyao.flows.filing.export import export
from guanyao.flows.filing.freeze import freeze, sign
from guanyao.flows.filing.page import publish_check
from guanyao.flows.filing.people import add_person
from guanyao.flows.filing.registry import registry
from guanyao.flows.filing.room import create_room
from guanyao.flows.filing.tick import set_calendar, tick
from guanyao.flows.filing.verify import verify
from guanyao.flows.run import run
from guanyao.protect.vault import RawKey

source = os.environ.get("GUANYAO_TABLE")
target = os.environ.get("GUANYAO_TARGET", "readmitted")
entity = os.environ.get("GUANYAO_ENTITY", "patient")


def made_up(n_stays: int, seed: int) -> pl.DataFrame:
    """Stays of people who do not exist; some come twice."""
    rng = random.Random(seed)  # noqa: S311
    ages = [min(95, max(18, round(rng.gauss(60, 15)))) for _ in range(n_stays)]
    days = [1 + rng.randrange(3 + age // 12) for age in ages]
    risks = [0.05 + 0.04 * n + 0.002 * age for n, age in zip(days, ages, strict=True)]
    return pl.DataFrame(
        {
            "patient": [f"P{100_000 + i * 4 // 5}" for i in range(n_stays)],
            "age": ages,
            "sex": [rng.choice(["F", "M"]) for _ in ages],
            "ward": [rng.choice(["cardiology", "surgery", "endocrinology"]) for _ in ages],
            "days": days,
            "insulin": [rng.choice(["no", "steady", "up", "down"]) for _ in ages],
            "readmitted": ["yes" if rng.random() < risk else "no" for risk in risks],
        }
    )


table = Path(source or "stays.csv").name
if source:
    shutil.copyfile(source, table)  # a patient is taken out of it later
else:
    made_up(600 if os.environ.get("GUANYAO_TINY") else 6_000, seed=1).write_csv(table)


# %% Measured evidence: mask, train and attack, erase, drill the backup, check the chain
def guanyao(words: str) -> None:
    """Do what the command line does."""
    assert main(words.split()) == 0, words


now = datetime.now(UTC)


def train(out: str) -> None:
    """Train a generator, measure and attack what it makes."""
    run("masked.csv", out=out, target=target, entity=entity, seed=7, clock=lambda: now)


def check_records() -> None:
    """Check the chain of what was done, and that the backup opens."""
    chain = audit.verify(".", anchor="head.json")
    backup = vault.drill("safe.backup", RawKey.load("vault.key"))
    Path("evidence/audit.json").write_text(json.dumps(chain.to_json(now)))
    Path("evidence/drill.json").write_text(json.dumps(vault.drilled(backup, now)))


Path("evidence").mkdir()
guanyao("audit init .")
guanyao(
    f"mask {table} -o masked.csv --person {entity} --new-key stays.key --report evidence/mask.json"
)
train("first")
guanyao("vault init --key-file vault.key")
guanyao(f"vault put {table} --key-file vault.key")
guanyao("vault backup -o safe.backup --key-file vault.key")
guanyao("audit anchor -o head.json")
check_records()

# %% The room: one database for hospital, office and public, on the example's clock
began = time.process_time()


def later(**passes: float) -> None:
    """Let time pass; the clocks do what is theirs to do."""
    global now
    now += timedelta(**passes)
    tick(room)


HOSPITAL, OFFICE, CITIZEN = "city-hospital", "province-office", "citizen"
SIGNATORIES = ("legal_representative", "assessment_head", "legality_head")
room = create_room("room", clock=lambda: now)


def supposed(year: int) -> KnownYear:
    """A year whose holidays are not published yet, as this example supposes it to be."""
    october = next(date(year, 10, day) for day in range(1, 8) if date(year, 10, day).weekday() == 0)
    paper = "supposed by an example; take the State Council's notice in instead"
    days = {october: ("holiday", "国庆节")}
    return KnownYear(year=year, status="official", papers=(paper,), days=days)


known = shipped()
years = [year for year in range(now.year, now.year + 5) if year not in known.years]


def person(name: str, role: str, organisation: str, kind: str = "") -> Actor:
    """Somebody who acts, made known to the room."""
    add_person(room, name, roles=[role], organisation=organisation, kind=kind)
    return Actor(person=name, role=role, organisation=organisation, kind=kind)


eda = person("eda", "provider_editor", HOSPITAL)
ann = person("ann", "provider_admin", HOSPITAL)
signing = [person(f"sig{i}", "provider_signatory", HOSPITAL, k) for i, k in enumerate(SIGNATORIES)]
operator = person("olu", "admin", "operator")
set_calendar(room, known.with_years(map(supposed, years)), operator)
clerk = person("cai", "clerk", OFFICE)
reviewers = [person(name, "reviewer", OFFICE) for name in ("rao", "ren")]
tester = person("tan", "tester", OFFICE)
decider = person("dai", "decider", OFFICE)
inspector = person("ivo", "inspector", OFFICE)
for signatory in signing:
    keys.make_key(f"{signatory.person}.key", "a long phrase")
    keys.register_key(room, signatory.person, f"{signatory.person}.key.pub", by="ann")

opened = new_filing(room, profile="notice7", organisation=HOSPITAL, actor=ann, id="stays-2026")
filing = opened.require().filing.id

# %% The service: what it is, what is asked once, and whether it has to be filed at all
facts = {
    "public": True,
    "modality": ["table"],
    "learns_from_data": True,
    "uses_personal_data": True,
    "sensitive_personal_data": True,
    "tunes_model": True,
    "base_model": "none",
    "mlps_level": 3,
} | dict.fromkeys(
    (
        *("free_text", "takes_input", "trains_on_user_input", "children_data", "minors", "paid"),
        *("shares_personal_data", "sends_abroad", "important_data", "people_annotate"),
        *("provides_api", "opinion_attribute", "edits_faces_or_voices", "label_free_delivery"),
        "claims_privacy_budget",
    ),
    False,
)
service = {"service": "guanyao.service/1", "name": "住院记录虚拟数据服务", "facts": facts}
Path("service.json").write_text(json.dumps({**service, "provider": "示例医院"}))
asked = Form.shipped().open({}, facts)
answers = {"answers": "guanyao.answers/1"} | {question.id: question.example for question in asked}
Path("answers.json").write_text(json.dumps(answers))
materials.put_service(room, filing, "service.json", ann)
materials.put_answers(room, filing, "answers.json", ann)
reason = "向境内公众提供自研模型的生成服务，依第二条属于适用范围，应当备案。"
materials.scope(room, filing, ann, "file", reason)
act(room, filing, "decide", ann, {"outcome": "file"}).require()

# %% The evidence goes in; a person takes over what it proposes, and decides the rest
materials.add_evidence(room, filing, ["evidence", "first/run.json"], eda)
materials.put_card(room, filing, "first/model.gy", eda)


def decide_all() -> None:
    """Take over every proposal; give the rest a date, or the reason why it does not apply."""
    clauses.take(room, filing, ann)
    left = {(block["pack"], block["clause"]) for block in clauses.status(room, filing)["blocks"]}
    plan = {"plan": "补齐证据后重新评估。", "due": (now + timedelta(days=60)).date()}
    for proposal in clauses.proposals(room, filing):
        if (proposal.pack, proposal.clause.id) in left:
            said = {"result": "不符合", "reason": "尚缺证据。", **plan}
            if proposal.status == "to_decide":
                said = {"result": "符合", "reason": "已逐项审阅所列文件和测量值。"}
            if "label_check" in proposal.clause.evidence_kinds:
                reason = "只交付表格，标准尚未规定表格文件的标识载体。"
                said = {"result": "不适用", "reason": reason}
            clauses.decide(room, filing, ann, proposal.pack, proposal.clause.id, **said)


def write_dossier() -> None:
    """Draft and confirm what clauses rest on, decide the clauses, and write the report on them."""
    for step in (lambda: None, decide_all):
        step()
        drafts.draft(room, filing, eda)
        materials.confirm(room, filing, (), ann)


write_dossier()
for pack, n in clauses.status(room, filing)["counts"].items():
    print(f"{pack:26}", n)
freeze(room, filing, eda).require()


# %% Signed by three, submitted, reviewed by two and decided by another: out to the public
for signatory in signing:
    sign(room, filing, signatory, f"{signatory.person}.key", "a long phrase").outcome.require()
act(room, filing, "submit", ann).require()
export(room, filing, "dossier.zip")
assert verify("dossier.zip").ok


def review() -> None:
    """Accept what was submitted or escalated, test it, and let it pass to public notice."""
    act(room, filing, "test", tester, {"result": "passed"}).require()
    for voter in (*reviewers, decider):
        act(room, filing, "pass", voter).require()


act(room, filing, "accept", clerk).require()
later(days=1)
review()

# %% The public notice: seven working days, and a citizen who objects
receipt = objections.object(room, filing, None, "公示未说明虚拟记录能否被追溯到患者，请予说明。")
case = receipt.case
later(days=1)
reason = "异议属于公示范围，已逐项核查并当面听取了申报单位的说明。"
objections.admit(room, filing, case, clerk).require()
objections.investigate(room, filing, case, decider, ["请说明隐私测评的方法和结果。"]).require()
objections.provider_answer(room, filing, case, ann, "测评报告第四章列出了攻击测试的结果和区间。")
objections.find(room, filing, case, decider, "dismissed", reason).require()
objections.answer(room, filing, case, decider, "测评显示攻击不优于猜测。", reason=reason)


def close(number: str) -> None:
    """Close the notice when it is over; before, that is refused, and the refusal is recorded."""
    refused = act(room, filing, "close", decider, {"number": number})
    print("too early:", "; ".join(check.why.en for check in refused.failed))
    while not act(room, filing, "close", decider, {"number": number}).done:
        later(days=1)


close("EXAMPLE-0001")
Path("page.html").write_text("<p>住院记录虚拟数据服务 备案编号 EXAMPLE-0001</p>", encoding="utf-8")
assert publish_check(room, filing, "page.html").done
print(*registry(room), sep="\n")

# %% The inspection: the live model is measured again, and is the filed one
drawn = inspections.draw(room, inspector, seed="drawn in public: 17 4 42", n=1)
inspected = inspections.plan(room, filing, inspector, "random draw", draw=drawn["id"]).require()
case = inspected.opened[0]
inspections.announce(room, filing, case, inspector).require()
inspections.pull_pack(room, filing, case, inspector).require()
live = inspections.measure(
    room, filing, case, inspector, source="masked.csv", model="first/model.gy"
)
print(*inspections.told(live), sep="\n")
reason = "现场复测的模型摘要与备案一致，各项指标均在备案区间内。"
inspections.conclude(room, filing, case, inspector, "none", reason).require()

# %% A patient asks to be erased: the model is trained anew, and what rested on it is stale
leaves = pl.read_csv(table, infer_schema=False)[entity][0]
request = desks.open_case(room, "rights", ann, {"kind": "delete"}, filing=filing)
Path("ids.txt").write_text(f"{leaves}\n", encoding="utf-8")
guanyao(f"erase --subjects ids.txt --column {entity} --out proof.json --key-file vault.key")
train("second")
materials.add_evidence(room, filing, ["proof.json", "second/run.json"], eda)
materials.put_card(room, filing, "second/model.gy", eda)
gone = clauses.status(room, filing)["blocks"]
print(f"{sum(block['kind'] == 'stale' for block in gone)} decisions rest on the model before")

changed = {"change": "model", "changed_on": now.date().isoformat()}
act(room, filing, "declare_change", ann, changed).require()
reason = "模型重新训练，摘要改变，属于重大变更，须重新审核。"
act(room, filing, "classify", clerk, {"outcome": "material", "reason": reason}).require()
act(room, filing, "escalate", clerk).require()
reason = "请就重新训练的模型提交新的评估报告和测评记录。"
act(room, filing, "request_supplement", reviewers[0], {"reason": reason}).require()
write_dossier()
freeze(room, filing, ann).require()
review()
close("EXAMPLE-0001")

# %% Three years on: the period ends, everything is measured and assessed again, and it is renewed
while not act(room, filing, "open_renewal", ann).done:
    later(days=30)
train("third")
check_records()
materials.add_evidence(room, filing, ["evidence", "third/run.json"], eda)
materials.put_card(room, filing, "third/model.gy", eda)
write_dossier()
freeze(room, filing, ann).require()
for signatory in signing:
    sign(room, filing, signatory, f"{signatory.person}.key", "a long phrase")
act(room, filing, "renew", decider, {"outcome": "pass"}).require()

# %% The service is suspended; the hospital is heard; the number is struck
reason = "接到举报并经核实，服务已停止提供标识，须立即暂停并限期整改。"
act(room, filing, "suspend", decider, {"reason": reason}).require()
unheard = act(room, filing, "revoke", decider, {"reason": reason})
print("not heard:", "; ".join(check.why.en for check in unheard.failed))
hearings.offer(
    room, filing, decider, "拟因服务停止标识而撤销备案，贵单位有权陈述和申辩。", about="revoke"
)
hearings.statement(room, filing, 1, ann, "本单位没有异议。")
act(room, filing, "revoke", decider, {"reason": reason}).require()

# %% Every act and every refusal stands in one chain
checked = verify("room")
print(*checked.failures, sep="\n")
print(f"{time.process_time() - began:.0f} s of CPU, training included")
print(*registry(room), sep="\n")
assert checked.ok
room.close()

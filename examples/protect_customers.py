"""Customers protected at the source: find, propose, mask, lock away, and record.

The people are made up: telephone numbers of segments that are not assigned, identity numbers of a
county that does not exist, addresses at example.com.
"""

# %% Make up a table and the calls that its people made
import os
import random
from pathlib import Path

import polars as pl

import guanyao as gy
from guanyao.flows.vault import create
from guanyao.protect import find_text
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.policy import Policy
from guanyao.protect.vault import RawKey
from guanyao.records.workspace import Workspace

n_people = 200 if os.environ.get("GUANYAO_TINY") else 2_000
draw = random.Random(0)  # noqa: S311


def resident_id(birth: str) -> str:
    """An identity number of county 98, which is nobody's, with its check digit."""
    body = f"110198{birth.replace('-', '')}{draw.randrange(1000):03}"
    weighed = sum(int(digit) * 2 ** (17 - i) for i, digit in enumerate(body))
    return body + "10X98765432"[weighed % 11]


births = [
    f"{draw.randrange(1940, 2005)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
    for _ in range(n_people)
]
phones = [f"164{draw.randrange(10**8):08}" for _ in range(n_people)]
customers = pl.DataFrame(
    {
        "客户编号": [f"C{i:06}" for i in range(n_people)],
        "姓名": [draw.choice("王李张刘陈杨") + draw.choice("安宁明芳丽强") for _ in births],
        "身份证号": [resident_id(birth) for birth in births],
        "手机号": phones,
        "邮箱": [f"user{i}@example.com" for i in range(n_people)],
        "出生日期": births,
        "城市": [draw.choice(["北京市", "上海市", "成都市"]) for _ in births],
        "备注": [f"客户要求回电 {p}" if i % 3 == 0 else "无" for i, p in enumerate(phones)],
        "消费": [round(draw.lognormvariate(7, 0.6), 2) for _ in births],
    }
)
customers.write_csv("customers.csv")
calls = customers.select("客户编号").with_columns(calls=pl.Series(range(n_people)) % 7)
calls.write_csv("calls.csv")

# %% Find personal data, in a sentence and in the table
note = "客户要求回电 164 0000 1234，邮箱 wu@example.com"
for finding in find_text(note):
    print(f"{finding.kind:14} {finding.start:2}..{finding.end:2}  {finding.score:.2f}")
assert [finding.kind for finding in find_text(note)] == ["mobile_phone", "email"]

inspection = gy.inspect("customers.csv", quasi=["出生日期", "城市"])
for finding in inspection.personal_data:
    print(f"{finding.column}  {finding.kind}  {finding.share:.0%}  {', '.join(finding.examples)}")
found = {finding.column: finding.kind for finding in inspection.personal_data}
assert found["身份证号"] == "resident_id"
assert found["备注"] == "mobile_phone"
print(f"{inspection.risk.alone:.0%} stand alone by date of birth and city")

# %% Take the proposed policy, and change what you know better: phones can be restored with the key
columns = dict(inspection.policy.columns)
columns["手机号"] = {"step": "encrypt", "kind": "mobile_phone"}
policy = Policy(data_set="customers", person="客户编号", columns=columns)
policy.save("policy.yaml")
print(policy.to_yaml())

# %% Mask both tables, in a workspace that remembers
Workspace.create(".").close()
report = gy.mask(
    "customers.csv", "masked.csv", policy=policy, new_key="customers.key", workspace="."
)
calls_policy = Policy(
    data_set="customers",
    columns={"客户编号": columns["客户编号"], "calls": {"step": "keep"}},
)
gy.mask("calls.csv", "calls-masked.csv", policy=calls_policy, key="customers.key", workspace=".")
masked = pl.read_csv("masked.csv", infer_schema=False)
for column in ("客户编号", "身份证号", "手机号", "邮箱"):
    assert (customers[column] != masked[column]).all()
assert not any(phone in text for phone, text in zip(phones, masked["备注"], strict=True))
assert masked.join(pl.read_csv("calls-masked.csv"), on="客户编号").height == n_people
assert not report.remaining
print(f"stand alone: before {report.before.alone:.0%}, after {report.after.alone:.0%}")

# %% Lock the source away; other commands read vault:customers.csv
RawKey.new().save("vault.key")
with Workspace.open(".") as workspace:
    vault = create(workspace.vault_folder, RawKey.load("vault.key"), workspace=workspace)
    vault.put(Path("customers.csv"), "customers.csv")
    Path("customers.csv").unlink()
    sealed = [path for path in workspace.vault_folder.rglob("*") if path.is_file()]
    assert not any(phones[0].encode() in path.read_bytes() for path in sealed)

    vault.get("customers.csv", Path("again.csv"))
    assert pl.read_csv("again.csv", infer_schema=False)["手机号"].to_list() == phones

# %% The way back, for who has the key
gy.unmask("masked.csv", "restored.csv", policy=policy, key="customers.key", workspace=".")
assert pl.read_csv("restored.csv", infer_schema=False)["手机号"].to_list() == phones
try:
    gy.unmask("masked.csv", "no.csv", policy=policy, key=MaskKey.new("another"))
except gy.PrivacyError as error:
    print(f"[{error.code}] {error}")

# %% What was done stands in the audit chain
with Workspace.open(".") as workspace:
    acts = [f"{line.act} {line.outcome}" for line in workspace.audit.lines()]
    verdict = workspace.audit.verify()
print(", ".join(acts))
assert verdict.ok
assert acts.count("mask done") == 2
assert "vault.put done" in acts

import json
import re

import pytest

from guanyao.cli.main import main
from guanyao.errors import ConfigError
from guanyao.filing import PROFILES
from guanyao.filing.diagram import machine_diagram, mermaid, permission_matrix, state_table
from guanyao.filing.profile_file import load_profile
from guanyao.flows.filing.profiles import diagram, profiles
from tests.docs.workflow_page import PAGE, SECTION, page


def test_the_page_is_what_the_profiles_say() -> None:
    """Written anew by: make docs."""
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text
    drawn = {(found[2], found[3]) for found in SECTION.finditer(text)}
    assert {(name, "mermaid") for name in PROFILES} <= drawn
    assert {("notice7", "table"), ("notice7", "permissions")} <= drawn


@pytest.mark.parametrize("name", PROFILES)
def test_a_drawing_has_every_state_and_every_move(name: str) -> None:
    profile = load_profile(name)
    lines = mermaid(profile).splitlines()
    assert lines[0] == "stateDiagram-v2"
    for state in profile.filing.states:
        assert any(line.endswith(f" as {state}") for line in lines)
    edges = [m.groups() for m in map(re.compile(r" +(\S+) --> (\S+): (.*)").match, lines) if m]
    drawn = {(a, b, act) for a, b, acts in edges for act in acts.split(", ")}
    moves = {
        (source, t.to, t.name.replace(":", " "))
        for t in profile.filing.transitions
        for source in t.sources or ("[*]",)
        if t.to not in (source, "same")
    }
    assert drawn == moves


def test_cases_can_be_drawn() -> None:
    case = load_profile("notice7").cases["ObjectionCase"]
    assert "    INVESTIGATING --> UPHELD: find upheld" in machine_diagram(case).splitlines()


@pytest.mark.parametrize("name", PROFILES)
def test_the_matrix_says_who_may(name: str) -> None:
    profile = load_profile(name)
    lines = permission_matrix(profile).splitlines()
    roles = re.findall(r"`(\w+)`", lines[0])
    assert roles == list(profile.roles)
    said = {}
    for line in lines[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        said[cells[1].strip("`")] = {r for r, cell in zip(roles, cells[2:], strict=True) if cell}
    assert said["accept"] == {"clerk"}
    assert said["reject"] == {"reviewer", "decider"}
    assert not any("admin" in by for by in said.values()), "no case power"
    opened = {m.first.event for m in profile.cases.values() if not m.opens_in}
    events = {t.event for m in profile.machines for t in m.transitions}
    assert set(said) == events - opened


def test_the_table_has_every_transition_and_every_clock() -> None:
    profile = load_profile("notice7")
    text = state_table(profile)
    n_rows = len(re.findall(r"^\| (?:\d+|[A-Z]\d+) \|", text, re.MULTILINE))
    assert n_rows == sum(len(machine.transitions) for machine in profile.machines)
    assert "| `notice`<br/>公示 | 7 working days | PUBLIC_NOTICE |" in text
    assert "before validity ends" in text


def test_the_flow_lists_profiles_and_refuses_another_form() -> None:
    assert [row.name for row in profiles()] == list(PROFILES)
    assert diagram("notice7", "mermaid") == mermaid(load_profile("notice7"))
    with pytest.raises(ConfigError) as caught:
        diagram("notice7", "svg")
    assert caught.value.code == "filing.diagram"


def test_the_command_line_draws_and_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filing", "diagram", "--profile", "cn-genai-filing"]) == 0
    assert capsys.readouterr().out == mermaid(load_profile("cn-genai-filing"))
    assert main(["filing", "profiles", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["profiles"]
    assert {row["name"]: row["digest"] for row in listed} == {
        name: load_profile(name).digest for name in PROFILES
    }
    assert main(["list", "profiles", "--json"]) == 0
    parts = json.loads(capsys.readouterr().out)["parts"]
    assert [part["name"] for part in parts] == list(PROFILES)


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--profile", "notice8"], "unknown_name"), (["--as", "svg"], "filing.diagram")],
)
def test_what_cannot_be_drawn_is_one_line(
    words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["filing", "diagram", *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error[{code}]: ") and said.count("\n") == 1

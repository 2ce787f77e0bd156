"""What the documents show is what happens: commands, outputs, links."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs/tutorial/first-scenario.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/*.md")])


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def without_real_time(text: str) -> str:
    """Virtual times are exact and stay; the machine's seconds are blanked, and ids of APIs, which are drawn."""
    text = re.sub(r"(?<=:)[a-z0-9]{10}(?=/live/)", "API", text)
    return re.sub(r"\d+\.\d+ s(?=[, ]+\(?virtual)", "X s", text).strip()


def harness(folder: Path, command: str) -> str:
    """Run a command line of the documents as a shell would split it, and give what it prints."""
    words = re.findall(r'"[^"]*"|\S+', command)
    assert words[0] == "harness"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [w.strip('"') for w in words[1:]]
    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def assert_shown(folder: Path, block: str) -> None:
    command, _, output = block.partition("\n")
    assert without_real_time(harness(folder, command.removeprefix("$ "))) == without_real_time(output)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("lambdas", "scenarios", "fixtures", "pyproject.toml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path


def test_the_readmes_scenario_is_the_one_in_the_file() -> None:
    (shown,) = blocks(README, "yaml")
    first = (ROOT / "scenarios/csv_report/poison.yaml").read_text(encoding="utf-8").split("---\n")[0]
    assert shown == "".join(line for line in first.splitlines(keepends=True) if not line.startswith("#"))


def test_the_readmes_first_output_is_real() -> None:
    assert_shown(ROOT, blocks(README, "console")[0])


def test_the_readmes_failure_is_real(project: Path) -> None:
    template = project / "lambdas/csv_report/template.yaml"
    text = template.read_text(encoding="utf-8")
    assert text.count("maxReceiveCount: 3") == 1
    template.write_text(text.replace("maxReceiveCount: 3", "maxReceiveCount: 5"), encoding="utf-8")
    assert_shown(project, blocks(README, "console")[1])


def test_the_failure_on_the_page_about_http_apis_is_real(project: Path) -> None:
    page = (ROOT / "docs/explanation/http-apis.md").read_text(encoding="utf-8")
    (broken,) = blocks(page, "python")
    authorizer = project / "lambdas/users_api/src/users/authorizer.py"
    text = authorizer.read_text(encoding="utf-8")
    (line,) = [one for one in text.splitlines() if one.strip().startswith("allowed = ")]
    authorizer.write_text(text.replace(line, f"    {broken.strip()}"), encoding="utf-8")
    assert_shown(project, blocks(page, "console")[0])


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 150


def test_the_tutorial_happens_as_told(tmp_path: Path) -> None:
    orders = shutil.copytree(ROOT / "docs/tutorial/orders", tmp_path / "orders")
    before, after = blocks(TUTORIAL, "console")
    assert_shown(orders, before)

    shown_before, shown_after = blocks(TUTORIAL, "python")
    handler = orders / "billing/app.py"
    text = handler.read_text(encoding="utf-8")
    assert shown_before in text
    handler.write_text(text.replace(shown_before, shown_after), encoding="utf-8")
    template = orders / "template.yaml"
    batch_size = "            BatchSize: 10\n"
    text = template.read_text(encoding="utf-8")
    assert batch_size in text
    template.write_text(text.replace(batch_size, batch_size + blocks(TUTORIAL, "yaml")[2]), encoding="utf-8")
    assert_shown(orders, after)


def test_the_tutorials_scenarios_are_those_in_its_file() -> None:
    documents = (ROOT / "docs/tutorial/orders/orders.yaml").read_text(encoding="utf-8").split("---\n")
    assert blocks(TUTORIAL, "yaml")[:2] == documents


def test_the_answers_from_outside_are_those_of_the_scenario_that_runs(project: Path) -> None:
    page = (ROOT / "docs/how-to/answer-the-outside.md").read_text(encoding="utf-8")
    unanswered, answered = blocks(page, "yaml")
    first = (ROOT / "scenarios/behaviours/outside.yaml").read_text(encoding="utf-8").split("---\n")[0]
    assert first.endswith("\n\n" + answered)
    (project / "scenarios/unanswered.yaml").write_text(unanswered, encoding="utf-8")
    assert_shown(project, blocks(page, "console")[0])


def test_a_template_of_ones_own_is_checked_and_gets_a_scenario_as_told(tmp_path: Path) -> None:
    page = (ROOT / "docs/how-to/bring-your-own-template.md").read_text(encoding="utf-8")
    orders = shutil.copytree(ROOT / "docs/tutorial/orders", tmp_path / "orders")
    for block in blocks(page, "console"):
        assert_shown(orders, block)
    assert blocks(page, "yaml") == [(orders / "first.yaml").read_text(encoding="utf-8")]


def test_a_client_s_variables_are_as_told() -> None:
    page = (ROOT / "docs/how-to/use-any-client.md").read_text(encoding="utf-8")
    (block,) = blocks(page, "console")
    assert_shown(ROOT, block)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []

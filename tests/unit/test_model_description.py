"""MODEL.md names every rule and every parameter, so that it cannot drift from the code."""

import ast
from pathlib import Path

import pytest

from worthsharing.sim.scenario import parameters

ROOT = Path(__file__).parents[2]
LABELS = {"title", "claim"}


@pytest.fixture(scope="module")
def description():
    return (ROOT / "MODEL.md").read_text(encoding="utf-8")


def rules():
    tree = ast.parse((ROOT / "sim" / "rules.py").read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("rule", rules())
def test_every_rule_is_described(rule, description):
    assert f"`{rule}`" in description


@pytest.mark.parametrize("path", [info.path for info in parameters() if info.path not in LABELS])
def test_every_parameter_is_described(path, description):
    assert f"`{path}`" in description

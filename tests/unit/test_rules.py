"""The rule book: its examples hold, it avoids what differs in the last bit, and it is the same wherever it runs."""

import ast
import doctest
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from numba import njit

from worthsharing.sim import rules
from worthsharing.sim.jit import JIT

PUBLIC = sorted(
    name
    for name, thing in vars(rules).items()
    if callable(thing) and not name.startswith("_") and getattr(thing, "__module__", "") == rules.__name__
)
FROM_PYTHON, COMPILED = 20_000, 100_000


def plain(rule: Any) -> Callable[..., Any]:
    """The rule as Python runs it; the compiler hides its text and its examples."""
    return getattr(rule, "py_func", rule)


def test_there_are_rules() -> None:
    assert len(PUBLIC) >= 25


@pytest.mark.parametrize("name", PUBLIC)
def test_examples_hold(name: str) -> None:
    function = plain(getattr(rules, name))
    examples = doctest.DocTestFinder().find(function, name, globs=dict(vars(rules)))
    assert examples[0].examples, f"{name} has no example"
    outcome = doctest.DocTestRunner(verbose=False).run(examples[0])
    assert outcome.failed == 0


@pytest.mark.parametrize("name", PUBLIC)
def test_says_where_it_comes_from(name: str) -> None:
    assert "Source: " in (inspect.getdoc(plain(getattr(rules, name))) or "")


def test_no_powers() -> None:
    """Python and the compiler differ in the last bit of a power with a constant base or exponent."""
    tree = ast.parse(Path(inspect.getfile(rules)).read_text(encoding="utf-8"))
    powers = [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    ]
    calls = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "pow"
    ]
    assert powers + calls == []


@pytest.mark.skipif(not JIT, reason="the compiler is off: there is nothing to compare")
@pytest.mark.parametrize("name", PUBLIC)
def test_the_same_bits_from_python_compiled_and_in_a_loop(name: str) -> None:
    rule = getattr(rules, name)
    columns = inputs_of(plain(rule), COMPILED)
    in_loop = called_in_a_loop(rule, columns)
    with np.errstate(all="ignore"):
        scalars = list(zip(*(column[:FROM_PYTHON].tolist() for column in columns), strict=True))
        compiled = np.array([rule(*values) for values in scalars], np.float64)
        python = np.array([plain(rule)(*values) for values in scalars], np.float64)
    assert compiled.tobytes() == in_loop[:FROM_PYTHON].tobytes()
    assert python.tobytes() == compiled.tobytes()
    again = called_in_a_loop(rule, [column[::-1].copy() for column in columns])
    assert again[::-1].tobytes() == in_loop.tobytes()  # whatever stands beside it in a vector register


def inputs_of(function: Callable[..., Any], count: int) -> list[np.ndarray]:
    """Random arguments: what is a share stays one, everything else spans several orders of magnitude."""
    random = np.random.default_rng(list(function.__name__.encode()))
    hints = get_type_hints(function)
    columns: list[np.ndarray] = []
    for name in inspect.signature(function).parameters:
        if hints[name] is bool:
            columns.append(random.random(count) < 0.5)
        elif hints[name] is int:
            columns.append(random.integers(0, 3, count))
        elif name in SHARES:
            columns.append(random.random(count))
        elif name in SIGNED:
            columns.append(random.uniform(-1.0, 1.0, count))
        else:
            columns.append(10.0 ** random.uniform(-2.0, 1.5, count))
    return columns


SHARES = (
    "draw", "base", "chance", "wear", "relevance", "credibility", "value", "floor", "neutral", "p_seen_now", "threshold",
    "adopted", "weak_tie", "strong_tie", "both_rewarded", "constant", "weight",
)  # fmt: skip
SIGNED = ("attitude", "impression", "item_worth", "typical", "novelty")


def called_in_a_loop(rule: Any, columns: list[np.ndarray]) -> np.ndarray:
    names = [f"a{number}" for number in range(len(columns))]
    arguments = ", ".join(f"{name}[i]" for name in names)
    code = f"def loop(rule, out, {', '.join(names)}):\n for i in range(out.size):\n  out[i] = rule({arguments})\n"
    space: dict[str, Any] = {}
    exec(code, space)  # a loop over as many columns as the rule has arguments
    out = np.empty(columns[0].size)
    njit(error_model="numpy")(space["loop"])(rule, out, *columns)
    return out

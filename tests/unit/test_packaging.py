"""What is installed is what is in the folders, and nothing says where it came from."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CODE = ("sim", "scenarios", "experiments", "dashboard")
FOLDERS = sorted(
    folder.parent.relative_to(ROOT).as_posix() for top in CODE for folder in (ROOT / top).rglob("__init__.py")
)


def committed_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a clone")
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name]


def test_every_package_is_listed() -> None:
    named = {f"worthsharing.{folder.replace('/', '.')}": folder for folder in FOLDERS}
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted(named)
    assert PROJECT["tool"]["setuptools"]["package-dir"] == named


def test_every_data_file_is_installed() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    for top in CODE:
        for file in (ROOT / top).rglob("*"):
            ignored = file.suffix in {".py", ".pyc", ".md"} or "__pycache__" in file.parts
            if file.is_dir() or ignored:
                continue
            package = next(parent for parent in file.parents if (parent / "__init__.py").exists())
            within = file.relative_to(package)
            assert any(
                within.match(pattern) or pattern.split("/")[0] == within.parts[0] for pattern in patterns
            ), file


def test_no_folder_hides_the_packages() -> None:
    assert not (ROOT / "worthsharing").exists()


def test_resources_are_found_wherever_they_are_installed() -> None:
    assert files("worthsharing.scenarios").joinpath("be_worth_sharing.toml").is_file()


def test_versions_are_locked_without_addresses() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    locked = {re.split(r"[=<>;\[ ]", line)[0].lower() for line in text.splitlines() if "==" in line}
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [*PROJECT["project"]["dependencies"], *(one for listed in extras.values() for one in listed)]
    names = {re.split(r"[=<>;\[ ]", one)[0].lower() for one in wanted} - {"worthsharing"}
    assert names <= locked


def test_no_committed_file_names_a_package_registry() -> None:
    # spelt in parts, so that this file does not find itself
    hosts = re.compile(
        "|".join(["py" + r"pi\.org", "python" + "hosted", "index" + "-url", "npm" + "js", "cr" + r"ates\.io"])
    )
    for file in committed_files():
        if file.is_file():
            found = hosts.search(file.read_bytes().decode("utf-8", "replace"))
            assert found is None, f"{file}: {found and found[0]}"


def test_command_starts_without_importing_anything_heavy() -> None:
    heavy = ("dash", "numba", "numpy", "pandas", "plotly", "pydantic", "scipy", "mesa", "pyarrow", "networkx")
    program = (
        "import sys\n"
        "from worthsharing.dashboard import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit as ended:\n    assert ended.code == 0\n"
        f"print(sorted(set({heavy}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "compare" in done.stdout


def test_bulk_run_needs_no_mesa_and_no_pictures() -> None:
    program = (
        "import sys\n"
        "from worthsharing.experiments import execute, summary\n"
        "print(sorted({'mesa', 'dash', 'plotly', 'networkx', 'scipy.stats'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_ci_takes_its_commands_from_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    readme = (ROOT / "README.md").read_text()
    for pattern in re.findall(
        r"^\w+_command=\$\(grep -E '(.*)' README\.md\)$", script.read_text(), re.MULTILINE
    ):
        assert len(re.findall(pattern, readme, re.MULTILINE)) == 1


def test_layers_hold() -> None:
    pytest.importorskip("importlinter", reason="needs the lint extra")
    # in a process of its own: it switches off every logger that is there
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    checked = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr

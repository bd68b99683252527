"""The house style, as far as it can be counted."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("sweep", "kernels", "studies", "notebooks", "tests", "docs")
TEXT = {".py", ".toml", ".md", ".ipynb", ".json", ".csv", ".yml", ".yaml", ".txt", ""}
FORBIDDEN = {"utils", "helpers", "core", "base", "common", "manager"}
LONGEST_FILE, WIDEST_LINE = 300, 100


def shipped() -> list[Path]:
    """Every file of the repository that holds text, without what tools left behind."""
    files = [path for path in ROOT.iterdir() if path.is_file()] + [ROOT / ".ci" / "run"]
    for room in ROOMS:
        files += [path for path in (ROOT / room).rglob("*") if path.is_file()]
    kept = [p for p in files if p.suffix in TEXT and not p.name.startswith(".coverage")]
    hidden = re.compile(r"/(\.(?!ci/)[^/]*|__pycache__|[^/]*\.egg-info|[^/]*\.zarr[^/]*)/")
    return [p for p in kept if not hidden.search(f"/{p.relative_to(ROOT).as_posix()}")]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PYTHON = [path for path in shipped() if path.suffix == ".py"]


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_module_is_short_narrow_and_says_what_is_in_it(path):
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= LONGEST_FILE
    wide = [number for number, line in enumerate(lines, 1) if len(line) > WIDEST_LINE]
    assert not wide, f"lines {wide} are wider than {WIDEST_LINE} columns"
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "the module opens with no docstring"
    assert docstring.split("\n\n")[0].rstrip().endswith((".", ":", ";", "!", "?"))


def test_no_file_or_folder_has_a_name_that_says_nothing():
    names = {part for path in shipped() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert not names & FORBIDDEN


def test_studies_fit_the_page():
    studies = list((ROOT / "studies").glob("*.toml"))
    assert studies
    for path in studies:
        assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= WIDEST_LINE, path


def test_no_number_rests_on_memory():
    """What was not found in print says that it was constructed, and to what end."""
    doubt = re.compile(r"recalled|unverified|not (yet )?(verified|published)", re.IGNORECASE)
    rooms = ("kernels", "studies", "notebooks", "README.md", "CHANGELOG.md")
    texts = [path for path in shipped() if named(path).split("/")[0] in rooms]
    found = [named(path) for path in texts if doubt.search(path.read_text(encoding="utf-8"))]
    assert texts
    assert not found


def test_the_source_roots_and_the_tests_are_no_packages():
    for room in ("sweep", "kernels", "tests"):
        assert not (ROOT / room / "__init__.py").exists()
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_no_path_of_this_machine_is_in_the_repository():
    places = {f"{path.as_posix()}/" for path in (ROOT, Path.home()) if len(path.parts) > 1}
    places |= {f"/{folder}/" for folder in ("home", "Users", "root")}
    pattern = re.compile(rf"(?<![\w.\-~])(?:{'|'.join(map(re.escape, sorted(places)))})")
    found = [named(p) for p in shipped() if pattern.search(p.read_text(encoding="utf-8"))]
    assert not found

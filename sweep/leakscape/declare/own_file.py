"""A file of the user's own, with a kernel or a mechanism, run as it is on disk now.

So are the files beside it that it imports.

Python keeps a module that it imported once. A study is a file, and so is its kernel: who
changes one and computes again, in a notebook that stays open, means what is in the files.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from leakscape import content
from leakscape.declare.blame import foreign
from leakscape.declare.carried import Carried, Source, run, taken
from leakscape.errors import DeclarationError
from leakscape.spelling import openable

LARGEST_FILE = 4_000_000
"""Bytes of a file that holds kernels."""


@dataclass(frozen=True)
class _Loaded:
    """A file that was run.

    Args:
        module: what it became.
        files: it and the files beside it that it imports -> their content.
        beside: the modules of those.
    """

    module: ModuleType
    files: Mapping[Path, bytes]
    beside: Mapping[str, ModuleType]


_loaded: dict[Path, _Loaded] = {}
_received: dict[tuple[str, Path | None], tuple[Carried, ModuleType]] = {}


def load_file(name: str, folder: Path | None, where: str = "kernel") -> ModuleType:
    """Run a file, unless it and what it imports from beside it are as they were.

    Args:
        name: the file, relative to the folder.
        folder: the study's; None for the working directory.
        where: what an error calls the place that names the file.

    Returns:
        The module.

    Raises:
        DeclarationError: no such file.
        BaseException: whatever the file raises.
    """
    if (travelled := taken(name, folder)) is not None:
        return _travelled(travelled)
    path = (folder or Path()) / openable(name)
    try:
        content.opened(path, DeclarationError, f"{where} {path}").close()
    except FileNotFoundError as error:
        raise DeclarationError(
            f"{where}: no such file, got {path}; it is relative to the study"
        ) from error
    path = path.resolve()
    held = _loaded.get(path)
    if held is not None and all(_content(file) == known for file, known in held.files.items()):
        return held.module
    for one in _loaded.values():  # another study may have another file of the same name
        for title, old in one.beside.items():
            if sys.modules.get(title) is old:
                del sys.modules[title]
    for title in _beside(path):
        del sys.modules[title]
    own = content.read(path, LARGEST_FILE, DeclarationError, f"{where} {path}")
    module = _run(Source(str(path), own), path.parent)
    beside = {title: sys.modules[title] for title in _beside(path)}
    files = {Path(str(one.__file__)) for one in beside.values()}
    _loaded[path] = _Loaded(module, {path: own} | {f: _content(f) for f in files}, beside)
    return module


def carry(name: str, folder: Path | None) -> Carried:
    """Return a file that was loaded, with the files beside it, for another process.

    Args:
        name: the file, relative to the folder.
        folder: the study's.

    Returns:
        The files as they were when they were loaded.
    """
    if (files := taken(name, folder)) is not None:
        return files
    path = ((folder or Path()) / openable(name)).resolve()
    held = _loaded[path]
    beside = {}
    for title, module in held.beside.items():
        file = Path(str(module.__file__))
        beside[title] = Source(str(file), held.files[file], hasattr(module, "__path__"))
    return Carried(name, folder, Source(str(path), held.files[path]), beside)


def _travelled(files: Carried) -> ModuleType:
    key = files.name, files.folder
    held = _received.get(key)
    if held is None or held[0] != files:
        held = _received[key] = files, _run(files.own, None)
    return held[1]


def _run(source: Source, folder: Path | None) -> ModuleType:
    digest = hashlib.sha256(os.fsencode(source.path) + source.content).hexdigest()
    title = f"_leakscape_study_{digest[:16]}"
    spec = importlib.util.spec_from_file_location(title, source.path)
    if spec is None:
        raise DeclarationError(f"kernel: not a Python file, got {source.path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[title] = module
    try:
        with _importing_from(folder) if folder is not None else nullcontext():
            # Not by the loader: what it kept of a file changed within a second would be old.
            run(source, module)
    except BaseException:
        del sys.modules[title]
        raise
    return module


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Let a file import those beside it, last of all, and leave nothing compiled there."""
    place, writes = str(folder), sys.dont_write_bytecode
    sys.path.append(place)
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        sys.path.reverse()
        sys.path.remove(place)
        sys.path.reverse()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _beside(path: Path) -> list[str]:
    """Name the imported modules that a file reads, and they in turn, that lie beside it."""
    found: list[str] = []
    pending = [("", path)]
    for title, file in pending:
        for name in _imported(title, file):
            place = getattr(sys.modules.get(name), "__file__", None)
            if name == "__main__" or name in found or not place or not place.endswith(".py"):
                continue
            if Path(place).resolve().is_relative_to(path.parent) and not foreign(place):
                found.append(name)
                pending.append((name, Path(place)))
    return found


def _imported(title: str, file: Path) -> Iterator[str]:
    """Name every module that a file may import, whether or not there is one of that name."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    package = title if file.name == "__init__.py" else title.rpartition(".")[0]
    for node in ast.walk(tree):
        whole: list[str] = []
        if isinstance(node, ast.Import):
            whole = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            whole = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for name in whole:
            parts = name.split(".")
            yield from (".".join(parts[: count + 1]) for count in range(len(parts)))

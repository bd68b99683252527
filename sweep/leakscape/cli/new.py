"""The starts of `new`: a commented study, kernel or mechanism that runs as it is written."""

from __future__ import annotations

import json
import keyword
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from leakscape import content
from leakscape.cli.terminal import command, say
from leakscape.declare import find, names
from leakscape.declare.parameter import Parameter
from leakscape.errors import DeclarationError, StorageError
from leakscape.spelling import openable, readable

STANDARD = "ghk_voltage"
"""The kernel of a study that is given none."""
SUFFIXES = {"study": ".toml", "kernel": ".py", "mechanism": ".py"}
_MOST_OUTPUTS = 12
_TAKEN = ("channel", "jnp", "relief")
"""Names that the start of a mechanism uses."""


def new(kind: str, file: str, kernel: str | None) -> int:
    """Write a start and say how to go on.

    Args:
        kind: study, kernel or mechanism.
        file: where to; a study that uses a kernel or a mechanism is written beside it.
        kernel: of a study: a name, package.module:attribute, or file.py:name beside it.

    Returns:
        0.

    Raises:
        DeclarationError: the file is there, or cannot be one of this kind.
        StorageError: it cannot be written.
    """
    path = Path(openable(file))
    content.located(path, DeclarationError)
    suffix = SUFFIXES[kind]
    if path.suffix != suffix:
        better = readable(path.stem or kind) + suffix
        raise DeclarationError(
            f"new {kind}: a file of a {kind} ends in {suffix}, got {readable(file)!r}; "
            f"write {better}"
        )
    if kernel is not None and kind != "study":
        raise DeclarationError(f"--kernel: goes with a study, got {kind}; leave it out")
    taken = path.stem.lower() in (*names.RESERVED, *_TAKEN) or keyword.iskeyword(path.stem)
    name = names.check(f"my_{path.stem}" if taken else path.stem, f"new {kind}")
    study = path.with_suffix(".toml")
    wanted = [path] if kind == "study" else [path, study]
    for each in wanted:
        if each.exists() or each.is_symlink():
            raise DeclarationError(
                f"new {kind}: there is a file of this name, got {readable(str(each))!r}; "
                "give another name"
            )
    if not path.parent.is_dir():
        raise DeclarationError(
            f"new {kind}: no such folder, got {readable(str(path.parent))!r}; make it first"
        )
    words = {"name": name, "file": study.name, "code": path.name}
    if kind == "study":
        _write({path: _study(words, kernel or STANDARD, path.parent)})
    elif kind == "mechanism":
        _write({path: _start("mechanism", words), study: _start("membrane", words)})
    else:
        _write({path: _start("kernel", words)})
        try:
            _write({study: _study(words, f"{path.name}:kernel", path.parent)})
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    say(f"Wrote {' and '.join(readable(str(each)) for each in wanted)}.")
    say(f"Run it with: {command('leakscape', 'run', str(study))}")
    return 0


def _start(which: str, words: Mapping[str, str]) -> str:
    text = files("leakscape.cli").joinpath("starts", f"{which}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _study(words: Mapping[str, str], kernel: str, folder: Path) -> str:
    """Return a study of a kernel, with its parameters as they are unless given."""
    described = find.find(kernel, {}, folder)
    rows = described.parameters
    axis = _axis(rows)
    low, high = _span(rows[axis])
    others = [name for name in rows if name != axis]
    options = getattr(described.origin, "options", None)
    kept = [n for n, output in described.outputs.items() if output.headline] or list(
        described.outputs
    )
    more = [name for name in described.outputs if name not in kept][:_MOST_OUTPUTS]
    other = _axis({name: rows[name] for name in others} or rows)
    other_low, other_high = _span(rows[other])
    unit = rows[axis].unit
    return _start(
        "study",
        {
            **words,
            "kernel": kernel,
            "options": "".join(
                f"# {key} = ...  # {_line(text)}\n"
                for key, text in (options.items() if isinstance(options, Mapping) else ())
            ),
            "fixed": "\n".join(_fixed(name, rows[name]) for name in others),
            "axis": axis,
            "low": _number(low),
            "high": _number(high),
            "unit": unit,
            "condition": _condition([axis, other, *others], rows),
            "other": other,
            "other_unit": rows[other].unit,
            "other_low": _number(other_low),
            "other_high": _number(other_high),
            "keep": ", ".join(f'"{name}"' for name in kept),
            "more": f"# also: {', '.join(more)}\n" if more else "",
            "output": kept[0],
        },
    )


def _condition(candidates: Sequence[str], rows: Mapping[str, Parameter]) -> str:
    """Return a condition on a parameter whose unit may stand in one: 1/s may not."""
    for name in candidates:
        unit = rows[name].unit
        if not unit.startswith("1/"):
            return f"{name} > {_number(_span(rows[name])[0])}{'' if unit == '1' else f' {unit}'}"
    return f"{candidates[0]} == {candidates[0]}"


def _axis(rows: Mapping[str, Parameter]) -> str:
    """Choose what to sweep: what has no default, else the first amount of something."""
    required = [name for name, row in rows.items() if row.default is None]
    amounts = [name for name, row in rows.items() if row.bounds == (0.0, math.inf) and _usual(row)]
    return [*required, *amounts, *rows][0]


def _usual(row: Parameter) -> float:
    """Return the default as a number in the parameter's unit, 0 where it is none of these."""
    if not isinstance(row.default, str):
        return row.default or 0.0
    number, _, unit = row.default.partition(" ")
    try:
        return float(number) if unit.strip() == row.unit else 0.0
    except ValueError:
        return 0.0


def _span(row: Parameter) -> tuple[float, float]:
    """Return from where to where an axis goes: from half the default to twice it, or so."""
    low, high = row.bounds
    if usual := _usual(row):
        ends = sorted((0.5 * usual, 2.0 * usual))
    else:
        ends = [-100.0, 100.0] if low == -math.inf else [low, low + 100.0]
    first, last = max(ends[0], low), min(ends[1], high)
    return (first, last) if first < last else (low, high)


def _fixed(name: str, row: Parameter) -> str:
    value: float | str | None = row.default
    mark = "# "
    if value is None:
        mark, value = "", sum(_span(row)) / 2.0
    if isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False)  # TOML quotes as JSON does
    else:
        value = _number(value) if row.unit == "1" else f'"{_number(value)} {row.unit}"'
    about = "; ".join(filter(None, map(_line, (row.meaning, row.source))))
    return f"{mark}{name} = {value}{f'  # {about}' if about else ''}"


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def _line(text: str) -> str:
    return " ".join(str(text).split())


def _write(texts: Mapping[Path, str]) -> None:
    """Write files that are not there, or none of them."""
    made: list[Path] = []
    try:
        for path, text in texts.items():
            with path.open("x", encoding="utf-8") as stream:
                made.append(path)
                stream.write(text)
    except OSError as error:
        for each in made:
            each.unlink(missing_ok=True)
        raise StorageError(
            f"{readable(str(path))}: cannot be written, got {error.strerror}; give another folder"
        ) from error

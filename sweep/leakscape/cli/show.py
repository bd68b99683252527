"""The words of `show`: studies and kernels as they are declared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from leakscape.cli import mechanisms, terminal
from leakscape.cli.table_words import tell_of_table
from leakscape.cli.terminal import heading, paragraph, quantity, say
from leakscape.declare import find as kernels
from leakscape.declare import names
from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.catalogue import catalogue, load
from leakscape.declare.distributions import LAWS, Distribution
from leakscape.declare.kernel import Described, Parameter
from leakscape.declare.membranes import kernel_of, membranes
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.spelling import readable


def _described(reference: str) -> Described:
    return kernels.find(reference, {}, None)


def show(name: str, settings: Sequence[str]) -> int:
    """Print a study, a kernel, a membrane or a type of mechanism.

    Args:
        name: of any of them, a path that ends in .toml, package.module:attribute or file.py:name.
        settings: changes to the study.

    Returns:
        0.

    Raises:
        SweepError: there is none of that name, or it is not sound.
    """
    if name.endswith(".toml") or name in catalogue():
        _show_study(name, load(name, settings), settings)
        return 0
    kind = "mechanism" if name in mechanisms.names() else ""
    if not kind and ":" in name:
        kind = "mechanism" if mechanisms.is_one(kernels.load(name, None)) else ""
    if kind:
        if settings:
            raise DeclarationError(f"--set: {name} is a mechanism, got {settings[0]!r}; drop --set")
        mechanisms.show(name)
        return 0
    if name in kernels.registered() or ":" in name:
        if settings:
            raise DeclarationError(f"--set: {name} is a kernel, got {settings[0]!r}; drop --set")
        described = _described(name)
        say(f"Kernel {name}")
        _options(described)
        _parameters(described, {})
        _outputs(described, ())
        say()
        say(f'Use it in a study: [kernel] name = "{name}"')
        return 0
    if name in membranes():
        if settings:
            raise DeclarationError(f"--set: {name} is a membrane, got {settings[0]!r}; drop --set")
        table, described = membranes()[name], kernel_of(name)
        say(f"Membrane {name}: {table.get('about', '')}")
        if table.get("source"):
            paragraph(f"Source: {table['source']}")
        _parameters(described, {})
        _outputs(described, ())
        say()
        say(f'Use it in a study: [kernel] name = "equilibrium", membrane = "{name}"')
        return 0
    known = [*catalogue(), *kernels.registered(), *membranes(), *mechanisms.names()]
    raise DeclarationError(
        f"show: no study, kernel, membrane or mechanism of that name, got {readable(name)!r}; "
        f"{names.nearest(name, known)}"
    )


def _show_study(name: str, study: Study, settings: Sequence[str]) -> None:
    from leakscape.declare.resolve import resolve

    space = resolve(study)
    tell_of_table(space.study)
    say(f"Study {study.name} ({study.kernel_name}, {study.precision})")
    if study.question:
        heading("Question")
        paragraph(study.question)
    if study.expect:
        heading("Expectation")
        paragraph(study.expect)
    heading(f"Axes: {terminal.amount(space.points)} points")
    terminal.table(("dimension", "size", "values"), _axes(study), right=("size",))
    if study.where:
        heading("Conditions: a point that breaks one is left out")
        for text in study.where:
            paragraph(text)
    here = {key: "axis" for dimension in space.dimensions for key in dimension.axes}
    population = space.population
    if population is not None:
        columns = population.table.columns if population.table else population.parameters
        here |= dict.fromkeys(columns, "sampled")
    here |= {key: f"= {expression.text}" for key, expression in space.derived.items()}
    here |= {top: f"= {ratio} * {base}" for top, (ratio, base) in space.ratios.items()}
    here |= {
        key: quantity(value, space.units[key])
        for key, value in space.constants.items()
        if key in study.fixed
    }
    _parameters(space.kernel, here)
    _outputs(space.kernel, space.keep)
    again = ["leakscape", "run", name]
    for setting in settings:
        again += ["--set", setting]
    say()
    say(f"Run it with: {terminal.command(*again)}")


def _axes(study: Study) -> list[tuple[str, str, str]]:
    rows = []
    for name, axis in study.axes.items():
        if isinstance(axis, LinkedAxis):
            rows.append((name, str(axis.size), ", ".join(axis.label)))
            rows += [("", "", f"{key}: {_span(part)}") for key, part in axis.parameters.items()]
        else:
            rows.append((name, str(axis.size), _span(axis)))
    population = study.population
    if population is not None:
        how = f"table {population.table.name}" if population.table else population.sampling
        rows.append(("cell", str(population.size), how))
        rows += [("", "", f"{key}: {_drawn(d)}") for key, d in population.parameters.items()]
    return rows


def _span(axis: Axis) -> str:
    unit = "" if axis.unit == "1" else f" {axis.unit}"
    if axis.spacing == "values":
        shown = ", ".join(f"{value:.6g}" for value in axis.span[:8])
        return f"{shown}{', ...' if len(axis.span) > 8 else ''}{unit}"
    first, last = axis.span
    return f"{first:.6g} to {last:.6g}{unit}, {axis.spacing}"


def _drawn(distribution: Distribution) -> str:
    meanings = LAWS[distribution.name].meaning.split(", ")
    if distribution.name == "choice":
        meanings = [""] * len(distribution.numbers)
    numbers = ", ".join(
        f"{meaning} {number:.6g}".strip()
        for meaning, number in zip(meanings, distribution.numbers, strict=True)
    )
    unit = "" if distribution.unit == "1" else f" [{distribution.unit}]"
    return f"{distribution.name}: {numbers}{unit}"


def _options(described: Described) -> None:
    """Print the other keys that a study's [kernel] may have, where a factory has any."""
    options = getattr(described.origin, "options", None)
    if options:
        heading("Options")
        terminal.table(("key", "meaning"), [(key, str(text)) for key, text in options.items()])


def _parameters(described: Described, here: Mapping[str, str]) -> None:
    heading("Parameters")
    rows = [
        (
            name,
            parameter.unit,
            here.get(name, ""),
            _default(parameter),
            _bounds(parameter.bounds),
            parameter.meaning,
            parameter.source,
        )
        for name, parameter in described.parameters.items()
    ]
    heads = ("name", "unit", "in this study", "default", "bounds", "meaning", "source")
    terminal.table(heads, rows, right=("default",))


def _default(parameter: Parameter) -> str:
    if parameter.default is None:
        return "required"
    text = isinstance(parameter.default, str)
    return str(parameter.default) if text else f"{parameter.default:.6g}"


def _bounds(bounds: tuple[float, float]) -> str:
    low, high = bounds
    if math.isinf(low) and math.isinf(high):
        return ""
    if math.isinf(high):
        return f"from {low:g}"
    return f"up to {high:g}" if math.isinf(low) else f"{low:g} to {high:g}"


def _outputs(described: Described, kept: Sequence[str]) -> None:
    heading("Outputs")
    rows: list[tuple[Any, ...]] = [
        (
            name,
            output.unit,
            output.dimension or "",
            ("kept" if name in kept else "") if kept else "by default" if output.headline else "",
            output.long_name,
        )
        for name, output in described.outputs.items()
    ]
    terminal.table(("name", "unit", "along", "kept", "meaning"), rows)

"""What there is to know of a study, a kernel or a membrane before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from leakscape.amounts import amount, quantity
from leakscape.card import Card, Section, Table, html_of, text_of
from leakscape.declare import find as kernels
from leakscape.declare import names
from leakscape.declare.catalogue import catalogue, load
from leakscape.declare.fit_tables import free_of, recorded_of
from leakscape.declare.fits import fits, is_fit, load_fit
from leakscape.declare.kernel import Described
from leakscape.declare.mechanisms import (
    MechanismDescription,
    describe_type,
    is_one,
    registered_types,
)
from leakscape.declare.membranes import kernel_of, membranes
from leakscape.declare.notes import notes
from leakscape.declare.parameter import Parameter
from leakscape.declare.portrait import dimensions
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.spelling import readable

if TYPE_CHECKING:
    import pandas as pd

_PARAMETERS = ("name", "unit", "in this study", "default", "bounds", "meaning", "source")
_OUTPUTS = ("name", "unit", "along", "kept", "meaning")
_AXES = ("dimension", "size", "values")


@dataclass(frozen=True, kw_only=True)
class Description:
    """A study, a kernel or a membrane, as `leakscape show` prints it.

    Args:
        kind: study, fit, kernel or membrane.
        name: its name.
        title: one line about it.
        question: what a study asks.
        expect: what theory says of it, with numbers.
        source: where a membrane comes from.
        points: combinations of a study; None of what has none.
        conditions: of a study; a point that breaks one is left out.
        options: keys that a study's [kernel] may have -> what they mean.
        notes: how a table of cells was read, and which of its columns are no parameters.
        use: how a study uses it; empty for a study.
        axes_table: dimensions of a study, their sizes and values.
        parameters_table: the parameters of the kernel, with what the study makes of them.
        outputs_table: the outputs of the kernel.
    """

    kind: str
    name: str
    title: str
    question: str = ""
    expect: str = ""
    source: str = ""
    points: int | None = None
    conditions: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    use: str = ""
    axes_table: Table
    parameters_table: Table
    outputs_table: Table

    @property
    def axes(self) -> pd.DataFrame:
        """The dimensions of a study, their sizes and values."""
        return self.axes_table.frame()

    @property
    def parameters(self) -> pd.DataFrame:
        """The parameters by name: unit, value in the study, default, bounds, meaning, source."""
        return self.parameters_table.frame().set_index("name")

    @property
    def outputs(self) -> pd.DataFrame:
        """The outputs by name: unit, own dimension, whether they are kept, meaning."""
        return self.outputs_table.frame().set_index("name")

    @property
    def card(self) -> Card:
        """Everything, in the order in which it is read."""
        sections = []
        if self.question:
            sections.append(Section(heading="Question", texts=(self.question,)))
        if self.expect:
            sections.append(Section(heading="Expectation", texts=(self.expect,)))
        if self.points is not None:
            heading = f"Axes: {amount(self.points)} points"
            sections.append(Section(heading=heading, table=self.axes_table))
        if self.conditions:
            heading = "Conditions: a point that breaks one is left out"
            sections.append(Section(heading=heading, texts=self.conditions))
        if self.options:
            rows = tuple((key, str(text)) for key, text in self.options.items())
            table = Table(heads=("key", "meaning"), rows=rows)
            sections.append(Section(heading="Options", table=table))
        sections.append(Section(heading="Parameters", table=self.parameters_table))
        sections.append(Section(heading="Outputs", table=self.outputs_table))
        source = (f"Source: {self.source}",) if self.source else ()
        return Card(title=self.title, texts=source, sections=tuple(sections))

    def __repr__(self) -> str:
        more = [*self.notes, *([self.use] if self.use else [])]
        return "\n\n".join([text_of(self.card), *more])

    def _repr_html_(self) -> str:
        return html_of(self.card)


def show(
    what: Study | str | Path, settings: Sequence[str] = ()
) -> Description | MechanismDescription:
    """Tell what there is to know of a study, a fit, a kernel, a membrane or a type of mechanism.

    Args:
        what: the study, a name of any of them, a path that ends in .toml,
            package.module:attribute, or file.py:name.
        settings: changes to the study, each `dotted.key=value`.

    Returns:
        The description, which shows itself as text and in notebooks.

    Raises:
        DeclarationError: there is none of that name, or it is not sound.
    """
    if isinstance(what, Study):
        return _study(what)
    if not isinstance(what, str | Path):
        raise DeclarationError(
            f'show: expected a study or a name, got {shown(what)}; give "resting_landscape"'
        )
    name = str(what)
    if name in fits() or (name.endswith(".toml") and is_fit(name)):
        return _fit(name, settings)
    if name.endswith(".toml") or name in catalogue():
        return _study(load(name, settings))
    tell: Mapping[str, Callable[[str], Description | MechanismDescription]] = {
        "mechanism": describe_type,
        "kernel": _kernel,
        "membrane": _membrane,
    }
    kind = _kind(name)
    if settings:
        raise DeclarationError(f"--set: {name} is a {kind}, got {settings[0]!r}; drop --set")
    return tell[kind](name)


def _kind(name: str) -> str:
    """Tell what a name that is no study's means."""
    if is_one(name):
        return "mechanism"
    if name in kernels.registered() or ":" in name:
        return "kernel"
    if name in membranes():
        return "membrane"
    known = [*catalogue(), *fits(), *kernels.registered(), *membranes(), *registered_types()]
    raise DeclarationError(
        f"show: no study, fit, kernel, membrane or mechanism of that name, "
        f"got {shown(readable(name))}; {names.nearest(name, known)}"
    )


def _fit(name: str, settings: Sequence[str]) -> Description:
    fit = load_fit(name, settings)
    return Description(
        kind="fit",
        name=fit.name,
        title=f"Fit {fit.name}: kernel {fit.kernel_name}, conditions {', '.join(fit.conditions)}",
        question=fit.question,
        expect=fit.expect,
        use=f"Fit it with: leakscape fit {name}",
        axes_table=Table(heads=_AXES, rows=()),
        parameters_table=free_of(fit),
        outputs_table=recorded_of(fit),
    )


def _kernel(name: str) -> Description:
    described = kernels.find(name, {}, None)
    return Description(
        kind="kernel",
        name=name,
        title=f"Kernel {name}",
        options=getattr(described.origin, "options", None) or {},
        use=f'Use it in a study: [kernel] name = "{name}"',
        axes_table=Table(heads=_AXES, rows=()),
        parameters_table=_parameters(described, {}),
        outputs_table=_outputs(described, ()),
    )


def _membrane(name: str) -> Description:
    table, described = membranes()[name], kernel_of(name)
    return Description(
        kind="membrane",
        name=name,
        title=f"Membrane {name}: {table.get('about', '')}",
        source=str(table.get("source", "")),
        use=f'Use it in a study: [kernel] name = "{described.name}", membrane = "{name}"',
        axes_table=Table(heads=_AXES, rows=()),
        parameters_table=_parameters(described, {}),
        outputs_table=_outputs(described, ()),
    )


def _study(study: Study) -> Description:
    from leakscape.declare.resolve import resolve

    space = resolve(study)
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
    return Description(
        kind="study",
        name=study.name,
        title=f"Study {study.name} ({study.kernel_name}, {study.precision})",
        question=study.question,
        expect=study.expect,
        points=space.points,
        conditions=study.where,
        notes=notes(space),
        axes_table=Table(heads=_AXES, rows=dimensions(study), right=("size",)),
        parameters_table=_parameters(space.kernel, here),
        outputs_table=_outputs(space.kernel, space.keep),
    )


def _parameters(described: Described, here: Mapping[str, str]) -> Table:
    rows = tuple(
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
    )
    return Table(heads=_PARAMETERS, rows=rows, right=("default",))


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


def _outputs(described: Described, kept: Sequence[str]) -> Table:
    rows = tuple(
        (
            name,
            output.unit,
            output.dimension or "",
            ("kept" if name in kept else "") if kept else "by default" if output.headline else "",
            output.long_name,
        )
        for name, output in described.outputs.items()
    )
    return Table(heads=_OUTPUTS, rows=rows)

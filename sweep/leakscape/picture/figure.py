"""A figure: what to show of sweeps is decided, drawn and put into words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.picture import (
    bars,
    cells,
    choices,
    counts,
    frame,
    heat,
    lines,
    quantiles,
    statistics,
    typography,
)
from leakscape.picture.foreign import drawable
from leakscape.picture.request import Decision, Wish, decide
from leakscape.picture.slices import read
from leakscape.sweep import Sweep, reduced


def figure_of(
    datasets: Sequence[tuple[str, xr.Dataset]], wish: Wish
) -> tuple[Figure, tuple[str, ...]]:
    """Draw datasets into a figure.

    Args:
        datasets: of each sweep its name and its dataset, which may be lazy.
        wish: what to show.

    Returns:
        The figure, and what its subtitle says.

    Raises:
        DeclarationError: an unknown name, or sweeps that cannot be drawn together.
    """
    several = len(datasets) > 1
    sweeps = [
        (name, drawable(reduced.in_order(Sweep.of(dataset)).rising())) for name, dataset in datasets
    ]
    lead = decide(sweeps[0][1], wish, several=several)
    decisions = [lead]
    for name, sweep in sweeps[1:]:
        decisions.append(_follow(name, sweep, wish, lead))
    if lead.kind == "number":
        raise DeclarationError(_numbers(sweeps, decisions))
    sweeps = [
        (name, statistics.worded(sweep, decision))
        for (name, sweep), decision in zip(sweeps, decisions, strict=True)
    ]
    made, axes = frame.figure()
    notes = _draw(made, axes, sweeps, decisions)
    parts = [_where(sweeps, decisions), *dict.fromkeys(notes), *_size(sweeps, decisions)]
    frame.entitle(made, _title(sweeps, decisions), parts, _origin(sweeps))
    return made, tuple(part for part in parts if part)


def _draw(
    made: Figure,
    axes: Axes,
    sweeps: Sequence[tuple[str, Sweep]],
    decisions: Sequence[Decision],
) -> list[str]:
    sweep, decision = sweeps[0][1], decisions[0]
    if len(sweeps) > 1 and decision.kind in ("scatter", "bands"):
        raise DeclarationError(
            f"paths: {decision.kind} of several populations hide one another; plot them apart"
        )
    match decision.kind:
        case "heat":
            return heat.draw(made, axes, sweep, decision)
        case "lines":
            return lines.draw(made, axes, sweeps, decisions)
        case "bars":
            return bars.draw(made, axes, sweeps, decisions)
        case "scatter":
            return cells.scatter(made, axes, sweep, decision)
        case "bands":
            return cells.bands(made, axes, sweep, decision)
        case choices.COUNTS:
            return counts.draw(made, axes, sweeps, decisions)
        case choices.DENSITY:
            return counts.density(made, axes, sweep, decision)
        case choices.SPREAD:
            return quantiles.bands(made, axes, sweep, decision)
        case choices.RANGES:
            return quantiles.rows(made, axes, sweep, decision)
    return cells.histogram(made, axes, sweeps, decisions)


def _follow(name: str, sweep: Sweep, wish: Wish, lead: Decision) -> Decision:
    """Decide about a sweep that is drawn over the first one: same output, same axes."""
    outputs = sweep.outputs
    if lead.output not in outputs:
        remedy = names.nearest(lead.output, outputs)
        raise DeclarationError(f"{name}: has no output {lead.output!r} to overlay; {remedy}")
    known = sweep.coordinate_names(sweep.dataset[lead.output].dims)
    wanted = Wish(
        output=lead.output,
        x=lead.x or None,
        hue=lead.hue or None,
        select={axis: value for axis, value in wish.select.items() if axis in known},
    )
    try:
        decision = decide(sweep, wanted, several=True)
    except DeclarationError as error:
        raise DeclarationError(f"{name}: {error}") from error
    if decision.kind != lead.kind:
        raise DeclarationError(
            f"{name}: its {lead.output} makes {decision.kind}, the first one's {lead.kind}; "
            "plot them apart"
        )
    return decision


def _numbers(sweeps: Sequence[tuple[str, Sweep]], decisions: Sequence[Decision]) -> str:
    """Say the value of outputs that are one number each, which is no picture."""
    said = []
    for (_, sweep), decision in zip(sweeps, decisions, strict=True):
        value = float(read(sweep, decision, {}).values)
        unit = sweep.unit_of(decision.output)
        said.append(f"{decision.output} = {value:.6g}" + (f" {unit}" if unit != "1" else ""))
    first, held = sweeps[0][1], decisions[0].places
    places = ", ".join(typography.plain(statistics.where(first, place)) for place in held)
    where = f" at {places}" if places else ""
    reducing = reduced.is_reduced(sweeps[0][1]) and not places
    remedy = "reduce to a histogram or quantiles" if reducing else "select less"
    return f"output: a single number is no picture, got {'; '.join(said)}{where}; {remedy}"


def _where(sweeps: Sequence[tuple[str, Sweep]], decisions: Sequence[Decision]) -> str:
    said: dict[str, None] = {}
    for (_, sweep), decision in zip(sweeps, decisions, strict=True):
        places = (statistics.place(sweep, decision, place) for place in decision.places)
        said |= dict.fromkeys(text for text in places if text)
    return "at " + ", ".join(said) if said else ""


def _size(sweeps: Sequence[tuple[str, Sweep]], decisions: Sequence[Decision]) -> Sequence[str]:
    if len(sweeps) == 1 and (said := statistics.counted(sweeps[0][1], decisions[0])):
        return said
    known = [sweep.status for _, sweep in sweeps]
    sizes = [
        math.prod(sweep.dataset[decision.output].shape if status is None else status.shape)
        for (_, sweep), decision, status in zip(sweeps, decisions, known, strict=True)
    ]
    if len(sizes) == 1:
        return [f"{'sweep of ' if known[0] is not None else ''}{typography.count(sizes[0])} points"]
    return [f"{len(sizes)} sweeps of {' + '.join(map(typography.count, sizes))} points"]


def _title(sweeps: Sequence[tuple[str, Sweep]], decisions: Sequence[Decision]) -> str:
    """Return the study's question, or what is compared; a question fits its own picture only."""
    questions = {sweep.says("question", "") for _, sweep in sweeps}
    if len(questions) == 1 and (question := questions.pop()):
        return question
    sweep, output = sweeps[0][1], decisions[0].output
    if len(sweeps) == 1:
        return sweep.says("title", sweeps[0][0])
    meaning = sweep.says("long_name", output, of=output)
    studies = " and ".join(name.replace("_", " ") for name, _ in sweeps)
    return f"{meaning[:1].upper()}{meaning[1:]}: {studies}"


def _origin(sweeps: Sequence[tuple[str, Sweep]]) -> str:
    name, sweep = sweeps[0]
    kernel = sweep.says("kernel", "")
    parts = [
        "Leakscape",
        f"kernel {kernel}" if kernel else "",
        sweep.says("precision", ""),
        " + ".join(name for name, _ in sweeps) if len(sweeps) > 1 else name,
    ]
    return "  \N{MIDDLE DOT}  ".join(part for part in parts if part)

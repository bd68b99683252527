"""A figure: what to show of sweeps is decided, drawn and put into words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.picture import frame, panels, statistics, theme, together, typography
from leakscape.picture.asked_output import is_own
from leakscape.picture.choose import decide
from leakscape.picture.foreign import drawable
from leakscape.picture.kinds import KINDS
from leakscape.picture.look import Look
from leakscape.picture.panel import Layer
from leakscape.picture.request import NUMBER, Decision, Wish
from leakscape.picture.slices import read, thin
from leakscape.sweep import Sweep, analysed, reduced

_LOOKED_AT = 300
"""Points along each axis that are looked at for a value."""


def figure_of(
    datasets: Sequence[tuple[str, xr.Dataset]],
    wishes: Wish | Sequence[Wish],
    look: Look | None = None,
) -> tuple[Figure, tuple[str, ...]]:
    """Draw datasets into a figure.

    Args:
        datasets: of each sweep its name and its dataset, which may be lazy.
        wishes: what to show: one, or a row of panels for each.
        look: how.

    Returns:
        The figure, and what its subtitle says.

    Raises:
        DeclarationError: an unknown name, or sweeps that cannot be drawn together.
    """
    look = look or Look()
    sweeps = [
        (name, drawable(reduced.in_order(Sweep.of(dataset)).rising())) for name, dataset in datasets
    ]
    wanted = [wishes] if isinstance(wishes, Wish) else list(wishes)
    if len(wanted) == 1 and wanted[0].output is None and wanted[0].kind is None:
        shown = [name for name in sweeps[0][1].pictured if name in sweeps[0][1].outputs]
        wanted = [replace(wanted[0], output=name) for name in shown] or wanted
    rows = [_layers(sweeps, wanted[0])]
    rows += [_layers(sweeps, _held_alike(rows[0][0], wish)) for wish in wanted[1:]]
    look = _completed(look, rows)
    limited = look.ylim is not None
    rows = [[replace(layer, limited=limited) for layer in row] for row in rows]
    with theme.applied(look):
        made, notes = panels.draw(rows, look)
        layers = [layer for row in rows for layer in row]
        parts = [_where(layers), *_empty(layers), *dict.fromkeys(notes), *_size(rows[0])]
        if look.subtitle is not None:
            parts = [typography.tidy(look.subtitle)]
        title = _title(rows, sweeps) if look.title is None else look.title
        if theme.is_paper(look):  # whose caption says it, unless words are given
            frame.entitle(made, look.title or "", parts if look.subtitle else [], "")
        else:
            frame.entitle(made, title, parts, _origin(sweeps))
        if look.size is not None:
            frame.refuse_collapsed(made)
    return made, tuple(part for part in parts if part)


def _completed(look: Look, rows: Sequence[Sequence[Layer]]) -> Look:
    """Take limits and scales from the study's picture, where this is the one drawn."""
    lead = rows[0][0]
    picture, decision = lead.sweep.picture, lead.decision
    if len(rows) > 1 or not is_own(lead.sweep, decision.output):
        return look
    if any((picture.get(role) or drawn) != drawn for role, drawn in _axes_of(decision)):
        return look
    asked = Look.of(**{key: picture[key] for key in ("xlim", "ylim", "log") if key in picture})
    return replace(
        look,
        xlim=look.xlim or asked.xlim,
        ylim=look.ylim or asked.ylim,
        log=asked.log if look.log is None else look.log,
    )


def _axes_of(decision: Decision) -> tuple[tuple[str, str], ...]:
    return ("x", decision.x), ("y", decision.y)


def _held_alike(lead: Layer, wish: Wish) -> Wish:
    """Hold what the first panel holds in the others too, as far as their output varies along it."""
    if wish.output is None or wish.output not in lead.sweep.outputs:
        return wish
    taken = {getattr(wish, role) for role in ("x", "y", "hue", "col")} | set(wish.select)
    dims = lead.sweep.dataset[wish.output].dims
    held = {
        at.dimension: at.value
        for at in lead.decision.places
        if at.dimension in dims
        and not {at.dimension, at.name} & taken
        and at.dimension in lead.sweep.swept
    }
    return replace(wish, select={**held, **wish.select})


def _layers(sweeps: Sequence[tuple[str, Sweep]], wish: Wish) -> list[Layer]:
    """Decide what is drawn of every sweep for one wish."""
    lead = decide(sweeps[0][1], wish, several=len(sweeps) > 1)
    decisions = [lead, *(_follow(name, sweep, wish, lead) for name, sweep in sweeps[1:])]
    if lead.kind == NUMBER:
        raise DeclarationError(_numbers(sweeps, decisions))
    if len(sweeps) > 1 and not KINDS[lead.kind].overlays:
        raise DeclarationError(
            f"paths: {lead.kind} of several sweeps hide one another; plot them apart"
        )
    decisions = together.agreed([sweep for _, sweep in sweeps], decisions, wish.select)
    worded = [
        statistics.worded(sweep, decision)
        for (_, sweep), decision in zip(sweeps, decisions, strict=True)
    ]
    own = together.where(worded, decisions)[1] if len(sweeps) > 1 else [""]
    return [
        Layer(name=f"{name} ({held})" if held else name, sweep=sweep, decision=decision)
        for (name, _), sweep, decision, held in zip(sweeps, worded, decisions, own, strict=True)
    ]


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
        col=lead.col or None,
        kind=wish.kind,
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


def _where(layers: Sequence[Layer]) -> str:
    """Say where all sweeps are held; what holds of one of them alone, its name says."""
    said: dict[str, None] = {}
    for output in dict.fromkeys(layer.decision.output for layer in layers):
        row = [layer for layer in layers if layer.decision.output == output]
        found = together.where([one.sweep for one in row], [one.decision for one in row])
        said |= dict.fromkeys(found[0])
    return "at " + ", ".join(said) if said else ""


def _empty(layers: Sequence[Layer]) -> list[str]:
    """Say where a list is held at a slot that no point shown fills."""
    said = []
    for layer in layers:
        sweep, decision = layer.sweep, layer.decision
        own = [place for place in decision.places if place.dimension not in sweep.swept]
        slots = [place for place in own if place.dimension not in sweep.dataset.coords]
        if not slots:
            continue
        held = {place.dimension for place in decision.places}
        shown = [str(dim) for dim in sweep.dataset[decision.output].dims if dim not in held]
        order = {dim: thin(sweep.dataset.sizes[dim], _LOOKED_AT) for dim in shown}
        if not np.isfinite(read(sweep, decision, order).values).any():
            at = ", ".join(typography.place(place) for place in slots)
            said.append(f"nothing is drawn: no point shown has a value at {at}")
    return said


def _size(layers: Sequence[Layer]) -> Sequence[str]:
    if len(layers) == 1 and (said := statistics.counted(layers[0].sweep, layers[0].decision)):
        return said
    found = [analysed.evaluations(layer.sweep) for layer in layers]
    if analysed.told(layers[0].sweep, layers[0].decision.output) and None not in found:
        counts = " + ".join(typography.count(number or 0) for number in found)
        return [f"{len(layers)} analyses of {counts} evaluations"]
    known = [layer.sweep.status for layer in layers]
    sizes = [
        math.prod(
            layer.sweep.dataset[layer.decision.output].shape if status is None else status.shape
        )
        for layer, status in zip(layers, known, strict=True)
    ]
    if len(sizes) == 1:
        return [f"{'sweep of ' if known[0] is not None else ''}{typography.count(sizes[0])} points"]
    return [f"{len(sizes)} sweeps of {' + '.join(map(typography.count, sizes))} points"]


def _title(rows: Sequence[Sequence[Layer]], sweeps: Sequence[tuple[str, Sweep]]) -> str:
    """Return the study's question, or what is compared; a question fits its own picture only."""
    layers = rows[0]
    indices = [analysed.told(layer.sweep, layer.decision.output) for row in rows for layer in row]
    if decided := list(dict.fromkeys(one.text for one in indices if one is not None)):
        outcomes = " and ".join(
            f"{'' if text.isidentifier() else 'whether '}{text}" for text in decided
        )
        return f"Which parameters decide {outcomes}?"
    questions = {layer.sweep.says("question", "") for layer in layers}
    if len(questions) == 1 and (question := questions.pop()):
        return question
    sweep, output = layers[0].sweep, layers[0].decision.output
    if len(layers) == 1:
        return sweep.says("title", layers[0].name)
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

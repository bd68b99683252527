"""Plot: open stores, decide what to show, draw it, write the file."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape import content
from leakscape.analyse import reduced, selection
from leakscape.declare import names
from leakscape.errors import DeclarationError, StorageError
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
from leakscape.shown import shown
from leakscape.spelling import readable
from leakscape.store.metadata import located
from leakscape.store.open import labelled

FORMATS = (".png", ".svg", ".pdf", ".jpg", ".jpeg")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture that was written.

    Args:
        path: the file.
        said: what the subtitle says: slices and thinning, without mathematical typesetting.
    """

    path: Path
    said: tuple[str, ...]


def plot(paths: Sequence[str | Path], wish: Wish | None = None, file: str | Path = "") -> Drawn:
    """Draw one sweep, or several over one another, into a file.

    Args:
        paths: the stores.
        wish: what to show; by default what the study's picture says.
        file: the file; by default `<store name>.png` in the current directory.

    Returns:
        What was drawn.

    Raises:
        SweepError: no such store or name, or the file cannot be written.
    """
    places = [located(path) for path in paths]
    target = Path(file) if str(file) else Path(f"{places[0].name.removesuffix('.zarr')}.png")
    content.located(target, DeclarationError)
    if target.suffix.lower() not in FORMATS:
        raise DeclarationError(
            f"file: unknown format, got {shown(target.name)}; end it in {', '.join(FORMATS)}"
        )
    sweeps = [(readable(p.name.removesuffix(".zarr")), labelled(p, times=False)) for p in places]
    made, said = figure_of(sweeps, wish or Wish())
    partial = target.with_name(f".{os.getpid()}{target.suffix}")
    try:
        made.savefig(partial, dpi=frame.DPI)
        partial.replace(target)  # a reader of the file never sees half of it
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise StorageError(
            f"{target}: cannot be written, got {error.strerror}; give another --file"
        ) from error
    return Drawn(path=target, said=tuple(map(typography.plain, said)))


def figure_of(
    sweeps: Sequence[tuple[str, xr.Dataset]], wish: Wish
) -> tuple[Figure, tuple[str, ...]]:
    """Draw datasets into a figure.

    Args:
        sweeps: a name and a dataset for each sweep; datasets may be lazy.
        wish: what to show.

    Returns:
        The figure, and what its subtitle says.

    Raises:
        DeclarationError: an unknown name, or sweeps that cannot be drawn together.
    """
    several = len(sweeps) > 1
    sweeps = [
        (name, drawable(selection.rising(reduced.in_order(dataset)))) for name, dataset in sweeps
    ]
    lead = decide(sweeps[0][1], wish, several=several)
    decisions = [lead]
    for name, dataset in sweeps[1:]:
        decisions.append(_follow(name, dataset, wish, lead))
    if lead.kind == "number":
        raise DeclarationError(_numbers(sweeps, decisions))
    sweeps = [
        (name, statistics.worded(dataset, decision))
        for (name, dataset), decision in zip(sweeps, decisions, strict=True)
    ]
    made, axes = frame.figure()
    notes = _draw(made, axes, sweeps, decisions)
    parts = [_where(sweeps, decisions), *dict.fromkeys(notes), *_size(sweeps, decisions)]
    frame.entitle(made, _title(sweeps, decisions), parts, _origin(sweeps))
    return made, tuple(part for part in parts if part)


def _draw(
    made: Figure,
    axes: Axes,
    sweeps: Sequence[tuple[str, xr.Dataset]],
    decisions: Sequence[Decision],
) -> list[str]:
    dataset, decision = sweeps[0][1], decisions[0]
    if len(sweeps) > 1 and decision.kind in ("scatter", "bands"):
        raise DeclarationError(
            f"paths: {decision.kind} of several populations hide one another; plot them apart"
        )
    match decision.kind:
        case "heat":
            return heat.draw(made, axes, dataset, decision)
        case "lines":
            return lines.draw(made, axes, sweeps, decisions)
        case "bars":
            return bars.draw(made, axes, sweeps, decisions)
        case "scatter":
            return cells.scatter(made, axes, dataset, decision)
        case "bands":
            return cells.bands(made, axes, dataset, decision)
        case choices.COUNTS:
            return counts.draw(made, axes, sweeps, decisions)
        case choices.DENSITY:
            return counts.density(made, axes, dataset, decision)
        case choices.SPREAD:
            return quantiles.bands(made, axes, dataset, decision)
        case choices.RANGES:
            return quantiles.rows(made, axes, dataset, decision)
    return cells.histogram(made, axes, sweeps, decisions)


def _follow(name: str, dataset: xr.Dataset, wish: Wish, lead: Decision) -> Decision:
    """Decide about a sweep that is drawn over the first one: same output, same axes."""
    outputs = selection.output_names(dataset)
    if lead.output not in outputs:
        remedy = names.nearest(lead.output, outputs)
        raise DeclarationError(f"{name}: has no output {lead.output!r} to overlay; {remedy}")
    known = selection.coordinate_names(dataset, dataset[lead.output].dims)
    wanted = Wish(
        output=lead.output,
        x=lead.x or None,
        hue=lead.hue or None,
        select={axis: value for axis, value in wish.select.items() if axis in known},
    )
    try:
        decision = decide(dataset, wanted, several=True)
    except DeclarationError as error:
        raise DeclarationError(f"{name}: {error}") from error
    if decision.kind != lead.kind:
        raise DeclarationError(
            f"{name}: its {lead.output} makes {decision.kind}, the first one's {lead.kind}; "
            "plot them apart"
        )
    return decision


def _numbers(sweeps: Sequence[tuple[str, xr.Dataset]], decisions: Sequence[Decision]) -> str:
    """Say the value of outputs that are one number each, which is no picture."""
    said = []
    for (_, dataset), decision in zip(sweeps, decisions, strict=True):
        value = float(read(dataset, decision, {}).values)
        unit = selection.unit_of(dataset, decision.output)
        said.append(f"{decision.output} = {value:.6g}" + (f" {unit}" if unit != "1" else ""))
    first, held = sweeps[0][1], decisions[0].places
    places = ", ".join(typography.plain(statistics.where(first, place)) for place in held)
    where = f" at {places}" if places else ""
    reducing = reduced.is_reduced(sweeps[0][1]) and not places
    remedy = "reduce to a histogram or quantiles" if reducing else "select less"
    return f"output: a single number is no picture, got {'; '.join(said)}{where}; {remedy}"


def _where(sweeps: Sequence[tuple[str, xr.Dataset]], decisions: Sequence[Decision]) -> str:
    said: dict[str, None] = {}
    for (_, dataset), decision in zip(sweeps, decisions, strict=True):
        places = (statistics.place(dataset, decision, place) for place in decision.places)
        said |= dict.fromkeys(text for text in places if text)
    return "at " + ", ".join(said) if said else ""


def _size(sweeps: Sequence[tuple[str, xr.Dataset]], decisions: Sequence[Decision]) -> Sequence[str]:
    if len(sweeps) == 1 and (said := statistics.counted(sweeps[0][1], decisions[0])):
        return said
    known = [selection.status_of(dataset) for _, dataset in sweeps]
    sizes = [
        math.prod(dataset[decision.output].shape if status is None else status.shape)
        for (_, dataset), decision, status in zip(sweeps, decisions, known, strict=True)
    ]
    if len(sizes) == 1:
        return [f"{'sweep of ' if known[0] is not None else ''}{typography.count(sizes[0])} points"]
    return [f"{len(sizes)} sweeps of {' + '.join(map(typography.count, sizes))} points"]


def _title(sweeps: Sequence[tuple[str, xr.Dataset]], decisions: Sequence[Decision]) -> str:
    """Return the study's question, or what is compared; a question fits its own picture only."""
    questions = {selection.told(dataset.attrs, "question", "") for _, dataset in sweeps}
    if len(questions) == 1 and (question := questions.pop()):
        return question
    dataset, output = sweeps[0][1], decisions[0].output
    if len(sweeps) == 1:
        return selection.told(dataset.attrs, "title", sweeps[0][0])
    meaning = selection.told(dataset[output].attrs, "long_name", output)
    studies = " and ".join(name.replace("_", " ") for name, _ in sweeps)
    return f"{meaning[:1].upper()}{meaning[1:]}: {studies}"


def _origin(sweeps: Sequence[tuple[str, xr.Dataset]]) -> str:
    name, dataset = sweeps[0]
    kernel = selection.told(dataset.attrs, "kernel", "")
    parts = [
        "Leakscape",
        f"kernel {kernel}" if kernel else "",
        selection.told(dataset.attrs, "precision", ""),
        " + ".join(name for name, _ in sweeps) if len(sweeps) > 1 else name,
    ]
    return "  \N{MIDDLE DOT}  ".join(part for part in parts if part)

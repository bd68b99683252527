"""An analysis of sensitivity from beginning to end: points, sums, indices, their intervals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import xarray as xr

from leakscape import interrupt
from leakscape.amounts import percent
from leakscape.analyse.sensitivity import labelled, morris, rare
from leakscape.analyse.sensitivity.asked import Asked, checked
from leakscape.analyse.sensitivity.found import (
    counted,
    estimates,
    never_seen,
    refuse_constant,
    widest,
)
from leakscape.analyse.sensitivity.kept import Kept, claimed, is_result, publish
from leakscape.analyse.sensitivity.methods import Method, method_of
from leakscape.analyse.sensitivity.outcome import Outcome
from leakscape.analyse.sensitivity.question import (
    Question,
    asked_of,
    left_out_groups,
    refuse_folds,
)
from leakscape.analyse.sensitivity.sampler import Sampler
from leakscape.analyse.sensitivity.stored_grid import of_grid
from leakscape.analyse.sensitivity.tally import Progress, Tally, advance, centre, refuse_unmatched
from leakscape.declare.catalogue import study_of
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.evaluation.announce import followed
from leakscape.evaluation.forked import refuse_after_fork
from leakscape.evaluation.tracing import trace_of
from leakscape.shown import shown
from leakscape.store.layout import METADATA


def sensitivity(
    study_or_path: Study | str | Path | xr.Dataset,
    method: str = "sobol",
    *,
    output: str | list[str] | tuple[str, ...] = (),
    second_order: bool = False,
    until: float | None = None,
    most: int = 100_000_000,
    seed: int | None = None,
    scrambles: int = 16,
    on_invalid: str = "raise",
    store: str | Path | None = None,
    progress: bool = True,
    bar: Progress | None = None,
) -> xr.Dataset:
    """Say which parameters of a population decide an output, and how sure that is.

    The study's population says what varies and how; its `size` is the number of base points of each
    of the independent scrambles that the intervals come from. The study's axes stay dimensions of
    the result, and so do an output's own. No point is stored.

    Args:
        study_or_path: the study, its name, or the path of its file; with grid a finished sweep, the
            path of its store or its dataset.
        method: sobol; shapley, for parameters that are correlated; morris, to screen many; dgsm, by
            exact gradients; regional, for the study's target; or grid, which takes the points of a
            finished sweep, by quadrature.
        output: outputs, or conditions such as "V_rest > -60 mV", whose yes or no is analysed; by
            default what the study keeps.
        second_order: whether the indices of pairs are computed too.
        until: double the base points until the half-width of every S1 and ST is smaller.
        most: evaluations after which doubling ends.
        seed: of the scrambles; by default the population's.
        scrambles: how many independent replicates there are.
        on_invalid: raise, or drop: leave a base point out if one of its points has no value.
        store: where the result is kept, so that the same analysis goes on from there.
        progress: whether a terminal or a notebook shows a bar, where it lasts more than a second.
        bar: is told how far it is, in place of that.

    Returns:
        A dataset with a variable for each outcome and statistic, such as `V_rest_S1(parameter)`,
        and half-widths of 95 % intervals such as `V_rest_S1_error`.

    Raises:
        SweepError: the study is not sound, nothing varies, or a point has no value.
        KeyboardInterrupt: Ctrl-C, also while it compiles.
    """
    asked = checked(
        Asked(
            method=method,
            outputs=tuple(output) if isinstance(output, list | tuple) else (output,),
            second_order=second_order,
            until=until,
            most=most,
            seed=seed,
            scrambles=scrambles,
            on_invalid=on_invalid,
        )
    )
    with interrupt.noticed(), followed(progress) as own:
        watcher = bar or own
        if is_result(study_or_path):
            raise DeclarationError(
                "sensitivity: this is the result of an analysis already, not a study; draw it with "
                "leakscape plot"
            )
        if asked.method == "grid":
            found = of_grid(_stored(study_or_path), asked.outputs, second=second_order)
            if store is not None:
                publish(store, found)
            return found
        if isinstance(study_or_path, xr.Dataset) or is_store(study_or_path):
            what = "this" if isinstance(study_or_path, xr.Dataset) else study_or_path
            raise DeclarationError(
                f"sensitivity: {what} is a sweep, whose points are drawn already; use --method "
                "grid, or give the study"
            )
        study = study_of(study_or_path, "sensitivity")
        if store is None:
            return analysed(study, asked, watcher)
        with claimed(store) as place:
            return analysed(study, asked, watcher, place)


def is_store(given: object) -> bool:
    """Tell whether something is the path of a Zarr store."""
    return isinstance(given, str | Path) and (Path(given) / METADATA).exists()


def _stored(given: object) -> xr.Dataset | str | Path:
    if isinstance(given, xr.Dataset) or (isinstance(given, str | Path) and is_store(given)):
        return given
    what = f"the study {given.name}" if isinstance(given, Study) else shown(given)
    raise DeclarationError(
        f"sensitivity, grid: needs the path of a finished sweep, got {what}; "
        "leakscape run makes one"
    )


def analysed(study: Study, asked: Asked, bar: Progress, store: Path | None = None) -> xr.Dataset:
    """Analyse a study as it was asked.

    Args:
        study: the study.
        asked: how.
        bar: is told how far it is.
        store: where the result is kept, locked by the caller; None keeps it nowhere.

    Returns:
        The dataset.
    """
    refuse_after_fork()
    question = asked_of(study, asked)
    method = method_of(asked.method, question, second=asked.second_order)
    seed = question.population.seed if asked.seed is None else asked.seed
    trace, design = trace_of(question.space), method.design
    points = design.variants * asked.scrambles * question.population.size
    points = max(points * math.prod(question.grid.values()), asked.most if asked.until else 0)
    sampler = Sampler(question, design, trace, seed, points)
    kept = None if store is None else Kept(store, _identity(question, asked, sampler, seed))
    tally = None if kept is None else kept.begun()
    if tally is None:
        tally = Tally(asked.scrambles)
        centre(sampler, tally)
    summed, width = tally, math.nan

    def save() -> None:
        if kept is not None:
            kept.save(summed, now=not summed.task)

    upto = max(question.population.size, tally.done * (2 if tally.task else 1))
    while True:
        new = tally.done < upto
        if new:
            advance(sampler, tally, upto, drop=asked.on_invalid == "drop", bar=bar, save=save)
        found = estimates(question, method, tally)
        width = widest(method, found)
        by_unit = asked.method == "dgsm"
        if by_unit:
            question = refuse_folds(question, found)
        bar.says(f"half-width {width:.2g}" if asked.until is not None else "")
        held = counted(question, method, tally)
        if sampler.shape.anew:
            refuse_unmatched(sampler, tally)
        waits = any(one is not None and one.waits for one in held.values())
        enough = asked.until is None or (width < asked.until and not waits)
        ends = enough or 2 * evaluations(sampler, tally) > asked.most
        if not ends and never_seen(held):
            upto *= 2  # the condition may be rare: more points, before it is called constant
            continue
        refuse_constant(question, tally, found, held)
        counts = {"n_points": evaluations(sampler, tally, each=True), "n_failed": tally.failed}
        if sampler.shape.anew:
            counts["n_unmatched"] = tally.unmatched
        told = _told(asked, method, seed, tally, width)
        if not method.moments:
            for made in found.values():
                del made["mean"], made["variance"]
        dataset = labelled.dataset(
            question.outcomes,
            [group.name for group in question.groups],
            tuple(question.grid),
            labelled.coords_of(question) | (labelled.units_of(question) if by_unit else {}),
            found,
            counts,
            labelled.attributes_of(study, question.outcomes) | told,
        )
        remarks = [
            morris.remark(question) if asked.method == "morris" else "",
            left_out_groups(question, asked.method),
            *(_without(outcome, tally.dropped(outcome.name)) for outcome in question.outcomes),
            *(
                rare.remark(o, held[o.name], dataset, tuple(question.grid))
                for o in question.outcomes
            ),
        ]
        if any(remarks):
            dataset.attrs["remark"] = " ".join(filter(None, remarks))
        if kept is not None and (new or not kept.path.exists()):
            kept.publish(dataset)
        if ends:
            return dataset
        upto *= 2


def _without(outcome: Outcome, part: float) -> str:
    """Say that an outcome has no value at part of the base points, "" where it has."""
    if not part > 0:
        return ""
    return (
        f"{outcome.text} has no value at one point or more of {percent(part)} of the base points, "
        "which were left out: the indices are of the rest, whose parameters may no longer be "
        "independent."
    )


def _told(asked: Asked, method: Method, seed: int, tally: Tally, width: float) -> dict[str, Any]:
    """Return the attributes that say how it was analysed."""
    told: dict[str, Any] = {
        "method": method.name,
        "seed": seed,
        "scrambles": asked.scrambles,
        "base_points": tally.done,
        "on_invalid": asked.on_invalid,
        "half_width": width,
    }
    return told if asked.until is None else told | {"until": asked.until, "most": asked.most}


def _identity(question: Question, asked: Asked, sampler: Sampler, seed: int) -> dict[str, Any]:
    """Return all that decides the sums, besides how many base points there are."""
    return {
        "method": asked.method,
        "outcomes": [outcome.text for outcome in question.outcomes],
        "groups": [[group.name, list(group.members)] for group in question.groups],
        "seed": seed,
        "scrambles": asked.scrambles,
        "second_order": asked.second_order,
        "on_invalid": asked.on_invalid,
        "study": question.study.meaning().tables(),
        "code": sampler.trace.digest,
        "chunks": [sampler.base_points, *sampler.grid.chunks],
    }


def evaluations(sampler: Sampler, tally: Tally, *, each: bool = False) -> int:
    """Return how many points are evaluated, in all or at each place of the axes."""
    places = 1 if each else math.prod(sampler.grid.shape)
    return tally.done * tally.scrambles * sampler.design.variants * places

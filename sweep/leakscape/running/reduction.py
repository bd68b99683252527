"""Running a reduction: every pass fills a store of partials, whose merging gives the result.

The partials of a pass lie in the sidecar of the result, as a store of their own: a run that is
killed resumes there. The result is written when the last pass is complete, and they are removed.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import zarr

from leakscape.declare.study import Study
from leakscape.errors import DamageError, PlanError, StoreError
from leakscape.evaluation.fitting import fitting_plan
from leakscape.evaluation.grid import FORMAT
from leakscape.evaluation.order import Search
from leakscape.evaluation.partial import Partials
from leakscape.evaluation.pass_plan import Pass, partial_of, pass_plan
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.reduce import reduced_from
from leakscape.evaluation.reduced import ReducedPlan
from leakscape.evaluation.result_plan import Result, result_plan
from leakscape.running.agreement import refuse_other_plan, refuse_other_study
from leakscape.running.filling import Way, fill
from leakscape.running.report import Interrupted, Observer, Report
from leakscape.running.scheduler import Scheduler
from leakscape.store.layout import Store, pass_place, sidecar
from leakscape.store.lock import lock
from leakscape.store.metadata import read, standing
from leakscape.store.repair import repair
from leakscape.store.spelling import as_in_format, spelled_as_stored
from leakscape.store.state import state
from leakscape.store.words import take_over


class _Incomplete(Exception):
    """A pass is left with chunks that failed."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report.path))
        self.report = report


def fill_reduced(study: Study, place: Path, way: Way) -> Report:
    """Reduce a study into a store.

    Args:
        study: the study, with a reduction.
        place: the store.
        way: how.

    Returns:
        How it ended: its chunks are the tasks of all passes.

    Raises:
        SweepError: the study, the store or the disk does not allow it.
        Interrupted: Ctrl-C; the same call resumes.
    """
    result = standing(place)
    there = result or standing(pass_place(place, 0))  # begun, and not finished
    if there is not None:
        study = spelled_as_stored(there.meaning, study)
        refuse_other_study(there, study, None if result else place)
    format = FORMAT if there is None else there.format
    plan = fitting_plan(as_in_format(study, format), format)
    try:
        return _fill(plan, place, way)
    except PlanError:  # conditions left nothing: no trace of it shall stay
        if standing(place) is None:
            shutil.rmtree(sidecar(place), ignore_errors=True)
        raise


def _fill(plan: ReducedPlan, place: Path, way: Way) -> Report:
    with lock(place):
        there = standing(place)  # another may have been faster
        passes = _Passes(plan, place, way)
        if there is not None:
            told = replace(plan.points, stage=Result(plan, None))
            refuse_other_plan(there, told)
            if _is_sound(place):
                passes.remove()  # what a kill just before the end left
                retold = take_over(there, told, way.study_file)
                return replace(passes.whole(computed=0), retold=retold)
        try:
            dataset = reduced_from(plan, passes.passed)
        except _Incomplete as left:
            return left.report
        made = result_plan(plan, dataset)
        # What is left is to cut the result into chunks, which no other process has.
        last = replace(way, observer=None, scheduler=Scheduler(tls={}))
        report = fill(lambda store: made, place, last, locked=True)
        if report.complete:
            passes.remove()
        return passes.whole(computed=passes.computed, last=report)


def _is_sound(place: Path) -> bool:
    try:
        found = state(place)
    except DamageError:  # of what was stored whole: it comes from the points again
        return False
    return found.complete and not found.damaged


class _Passes:
    """The passes of a run.

    Args:
        plan: the reduction.
        place: the store of the result.
        way: how.
    """

    def __init__(self, plan: ReducedPlan, place: Path, way: Way) -> None:
        self._plan, self._place, self._way = plan, place, way
        self._reports: list[Report] = []

    @property
    def computed(self) -> int:
        """How many tasks this run computed."""
        return sum(report.computed for report in self._reports)

    def passed(self, turn: int, searches: Mapping[str, Search]) -> Generator[Partials, None, None]:
        """Fill the store of a pass, and read what its tasks handed over, in order."""
        stage = pass_plan(self._plan, turn, searches)
        path = pass_place(self._place, turn)
        if turn:  # ranks that are sought otherwise make it another pass
            _discard_other(path, stage)
        total = self._plan.grid.tasks
        seen = None if self._way.observer is None else _Turn(self._way.observer, turn, self._plan)
        try:
            report = self._filled(stage, path, seen)
            if report.complete and repair(path).dropped:  # bits flipped since they were written
                report = self._filled(stage, path, seen)
        except Interrupted as stopped:
            raise Interrupted(self._told(stopped.report, turn)) from None
        self._reports.append(report)
        if not report.complete:
            whole = self._told(report, turn)
            if self._way.observer is not None:
                self._way.observer.finished(whole)
            raise _Incomplete(whole)
        store, held = read(path), stage.stage
        assert isinstance(held, Pass)
        arrays = {
            variable.name: zarr.open_array(path / variable.name, mode="r")
            for variable in store.variables
            if variable.role == "partial"
        }
        for task in range(total):
            parts = {
                variable.name: np.asarray(arrays[variable.name][store.grid.region(variable, task)])
                for variable in store.variables
                if variable.name in arrays
            }
            yield partial_of(held, parts)

    def _filled(self, stage: Plan, path: Path, seen: Observer | None) -> Report:
        way = replace(self._way, observer=seen)
        return fill(lambda store: _agreed(stage, store, self._place), path, way)

    def whole(self, *, computed: int, last: Report | None = None) -> Report:
        """Report a reduction that is complete."""
        found, total = state(self._place), self._plan.passes * self._plan.grid.tasks
        report = Report(
            path=self._place,
            done=total,
            total=total,
            computed=computed,
            failed=(),
            complete=found.complete,
            points=self._plan.points.grid.points,
            nbytes=found.nbytes,
            seconds=_seconds(self._way),
            compile_seconds=sum(report.compile_seconds for report in self._reports),
            remarks=tuple(dict.fromkeys(r for one in self._reports for r in one.remarks)),
            retold=() if last is None else last.retold,
            repaired=() if last is None else last.repaired,
        )
        if self._way.observer is not None:
            self._way.observer.finished(report)
        return report

    def remove(self) -> None:
        """Remove the partials."""
        for turn in range(self._plan.passes):
            _remove(pass_place(self._place, turn))

    def _told(self, report: Report, turn: int) -> Report:
        """Report a reduction that ended in one of its passes."""
        tasks = self._plan.grid.tasks
        return replace(
            report,
            path=self._place,
            done=turn * tasks + report.done,
            total=self._plan.passes * tasks,
            computed=self.computed + (0 if self._reports[-1:] == [report] else report.computed),
            points=self._plan.points.grid.points,
        )


class _Turn:
    """Passes on to an observer what a pass says, as a part of the whole.

    Args:
        observer: who follows the run.
        turn: number of the pass.
        plan: the reduction.
    """

    def __init__(self, observer: Observer, turn: int, plan: ReducedPlan) -> None:
        self._observer, self._before = observer, turn * plan.grid.tasks
        self._total = plan.passes * plan.grid.tasks
        self._points = plan.points.grid.points // plan.grid.tasks

    def started(self, total: int, done: int, points_per_task: int) -> None:
        """Say so once, of all passes together."""
        if not self._before:
            self._observer.started(self._total, done, self._points)
        else:
            self._observer.advanced(self._before + done)

    def advanced(self, done: int) -> None:
        """Say how many tasks of all passes are done."""
        self._observer.advanced(self._before + done)

    def warned(self, text: str) -> None:
        """Hand it on."""
        self._observer.warned(text)

    def finished(self, report: Report) -> None:
        """Wait for the end of the last pass."""


def _agreed(plan: Plan, store: Store | None, place: Path) -> Plan:
    if store is not None:
        refuse_other_plan(store, plan, place)
    return plan


def _discard_other(path: Path, plan: Plan) -> None:
    try:
        store = standing(path)
    except StoreError:
        return  # filling it says what is wrong
    if store is not None and store.fingerprint != plan.fingerprint:
        _remove(path)


def _remove(path: Path) -> None:
    for folder in (path, sidecar(path)):
        shutil.rmtree(folder, ignore_errors=True)


def _seconds(way: Way) -> float:
    return time.perf_counter() - way.started

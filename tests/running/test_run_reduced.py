"""A reduction run into a store: what `reduce` gives, resumed at any moment, bit for bit."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape import store as stores
from leakscape.errors import BusyError, PlanError, StoreError, SweepError
from leakscape.evaluation import plan, reduced
from leakscape.running import Interrupted, run, sweep
from leakscape.store.layout import pass_place
from leakscape.store.lock import lock

EVERY = [
    *("mean", "sd", "min", "argmin"),
    {"above": ["-60 mV"]},
    {"histogram": ["-100 mV", "0 mV"], "bins": 7},
    {"quantile": [0.1, 0.5]},
]
OVER = {"over": ["x"], "V": EVERY}
AXES = {
    "x": {"log": [0.1, 10.0], "size": 24, "unit": "1"},
    "y": {"values": [0.1, 1.0, 3.0], "unit": "1"},
}
POINTS, TASKS, PASSES = 72, 9, 3
"""Of the study reduced over x in tiles of at most 10 points: 3 for each y, in 3 passes."""
ALL = PASSES * TASKS


@pytest.fixture
def reduced_toy(toy, monkeypatch):
    """Make the toy reduced over x and y, in many tasks."""
    monkeypatch.setattr(reduced, "TILE_POINTS", 10)

    def make(**changes):
        return toy(**({"axes": AXES, "reduce": OVER} | changes))

    return make


class Stops:
    """Interrupts a run after so many of its tasks."""

    def __init__(self, after):
        self.after, self.begun, self.finish = after, None, None

    def started(self, total, done, points_per_task):
        self.begun = (total, done, points_per_task)

    def advanced(self, done):
        if done >= self.after:
            raise KeyboardInterrupt

    def warned(self, text):
        raise AssertionError(text)

    def finished(self, report):
        self.finish = report


@pytest.fixture(scope="module")
def whole(make_toy, contents, tmp_path_factory):
    """Return the content of a store that was reduced without interruption."""
    path = tmp_path_factory.mktemp("whole") / "whole.zarr"
    with pytest.MonkeyPatch.context() as patch, jax.numpy_rank_promotion("raise"):
        patch.setattr(plan, "CHUNK_BYTES", 1000)
        patch.setattr(reduced, "TILE_POINTS", 10)
        sweep(make_toy(axes=AXES, reduce=OVER), path)
    return contents(path)


def test_the_store_holds_what_numpy_makes_of_all_points(reduced_toy, toy, path):
    ds = run(reduced_toy(), path).load()
    points = ls.evaluate(toy(axes=AXES, outputs=["V"])).V
    for place in range(3):
        V, here = points.isel(y=place).values, ds.isel(y=place)
        valid = V[np.isfinite(V)].astype(np.float64)
        assert here.V_n_valid == valid.size < V.size
        assert here.n_failed == V.size - valid.size
        np.testing.assert_allclose(here.V_mean, valid.mean(), rtol=1e-6)
        np.testing.assert_allclose(here.V_sd, valid.std(ddof=1), rtol=1e-6)
        np.testing.assert_array_equal(here.V_quantile, np.quantile(valid, [0.1, 0.5]))
        np.testing.assert_array_equal(
            here.V_histogram, np.histogram(valid, bins=7, range=(-100, 0))[0]
        )
    assert (ds.status == 1).all()


def test_it_is_what_reduce_gives_and_plain_xarray_opens_it(reduced_toy, path):
    run(reduced_toy(), path)
    with xr.open_zarr(path, consolidated=False) as stored:
        held = stored.load().drop_vars("status")
    expected = ls.reduce(reduced_toy())
    xr.testing.assert_identical(held.drop_attrs(), expected.drop_attrs())
    for name, variable in expected.variables.items():
        assert held[name].attrs == variable.attrs


def test_it_reports_the_tasks_of_all_passes_and_leaves_no_partials(reduced_toy, path):
    watch = Stops(after=10**6)
    report = sweep(reduced_toy(), path, observer=watch)
    assert (report.done, report.total, report.computed) == (ALL, ALL, ALL)
    assert (report.points, report.path, report.complete) == (POINTS, path, True)
    assert watch.begun == (ALL, 0, POINTS // TASKS)
    assert watch.finish == report
    assert not list(Path(f"{path}.sweep").glob("pass-*"))
    assert stores.verify(path).sound
    again = sweep(reduced_toy(), path)
    assert (again.computed, again.complete) == (0, True)


@pytest.mark.repeats(quick=2)
@pytest.mark.parametrize("after", [1, 5, 9, 14, 26])
def test_interrupted_anywhere_it_resumes_to_the_same_bits(
    reduced_toy, path, whole, contents, after
):
    with pytest.raises(Interrupted) as stopped:
        sweep(reduced_toy(), path, observer=Stops(after))
    assert not path.exists()
    assert (stopped.value.report.total, stopped.value.report.path) == (ALL, path)
    done = stopped.value.report.done
    assert done >= after
    assert stores.state(path).total == TASKS
    report = sweep(reduced_toy(), path)
    assert report.complete
    assert report.computed <= ALL - done  # a chunk may have been at its end
    assert contents(path) == whole


@pytest.mark.slow
def test_processes_give_the_bits_of_threads(toy, path, contents, tmp_path):
    study = toy(axes=AXES, reduce=OVER)  # in tiles as they are by default: processes know no other
    sweep(study, tmp_path / "threads.zarr")
    sweep(study, path, scheduler="local:2")
    assert contents(path) == contents(tmp_path / "threads.zarr")


def test_a_damaged_partial_is_computed_again(reduced_toy, path, whole, contents):
    with pytest.raises(Interrupted):
        sweep(reduced_toy(), path, observer=Stops(6))
    partial = pass_place(path, 0)
    file = next(iter(sorted((partial / "V_moments_mean").glob("c.*"))))
    held = bytearray(file.read_bytes())
    held[5] ^= 1
    file.write_bytes(held)
    assert sweep(reduced_toy(), path).complete
    assert contents(path) == whole


def test_a_damaged_partial_of_a_pass_that_ended_is_computed_again(
    reduced_toy, path, whole, contents
):
    with pytest.raises(Interrupted):
        sweep(reduced_toy(), path, observer=Stops(TASKS + 3))
    file = next(iter(sorted((pass_place(path, 0) / "V_moments_mean").glob("c.*"))))
    held = bytearray(file.read_bytes())
    held[5] ^= 1
    file.write_bytes(held)
    assert sweep(reduced_toy(), path).complete
    assert contents(path) == whole


def test_until_it_is_finished_every_look_says_how_to_go_on(reduced_toy, path):
    with pytest.raises(Interrupted):
        sweep(reduced_toy(), path, observer=Stops(3))
    for look in (stores.verify, stores.repair, ls.open):
        with pytest.raises(StoreError, match=r"a reduction that is not finished; run its study"):
            look(path)


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("lost", ["V_mean/c.0", "quantile/c.0", "status/c.0", "V_sd/zarr.json"])
def test_a_damaged_result_is_reduced_again(reduced_toy, path, whole, contents, lost):
    sweep(reduced_toy(), path)
    (path / lost).unlink()
    assert sweep(reduced_toy(), path).complete
    assert contents(path) == whole


def test_labels_of_linked_axes_are_stored_as_text(toy, path):
    solution = {"label": ["low", "high"], "x": {"values": [0.5, 5.0], "unit": "1"}}
    axes = {"solution": solution, "y": {"linear": [0.1, 3.0], "size": 4, "unit": "1"}}
    reduce = {"over": ["solution"], "V": ["min", "argmin", "max", "argmax"]}
    ds = run(toy(axes=axes, reduce=reduce), path).load()
    assert list(ds.solution_at_V_min.values) == ["low"] * 4
    assert list(ds.solution_at_V_max.values) == ["high"] * 4
    assert "solution_at_V_min" in ds.data_vars


def test_reduced_to_one_number_it_is_a_store_too(toy, path):
    ds = run(toy(axes=AXES, reduce={"over": ["x", "y"], "V": ["mean", "argmax"]}), path)
    assert ds.V_mean.shape == ()
    assert stores.verify(path).sound


def test_another_study_is_refused_and_so_is_what_it_left_unfinished(reduced_toy, path):
    other = {"over": ["x"], "V": ["mean"]}
    sweep(reduced_toy(), path)
    with pytest.raises(StoreError, match=r"holds another study: reduce"):
        sweep(reduced_toy(reduce=other), path)
    shutil.rmtree(path)
    shutil.rmtree(f"{path}.sweep")
    with pytest.raises(Interrupted):
        sweep(reduced_toy(), path, observer=Stops(3))
    with pytest.raises(StoreError) as caught:
        sweep(reduced_toy(reduce=other), path)
    text = str(caught.value)
    assert text.startswith(f"{path}: an unfinished reduction is of another study: reduce.V: ")
    assert text.endswith(f"the study that it is of, or remove {path}.sweep")
    further = {**AXES, "y": {"values": [0.1, 1.0, 3.0, 4.0], "unit": "1"}}
    with pytest.raises(StoreError, match=r"is of the same study of another extent: axes.y.values"):
        sweep(reduced_toy(axes=further), path)
    denser = {**AXES, "x": {**AXES["x"], "size": 25}}  # other points make another mean
    with pytest.raises(StoreError, match=r"is of another study: axes.x.size: 24 in .*, 25 in"):
        sweep(reduced_toy(axes=denser), path)
    assert sweep(reduced_toy(), path).complete


def test_unfinished_it_goes_on_in_other_words_to_the_same_bits(reduced_toy, path, whole, contents):
    with pytest.raises(Interrupted):
        sweep(reduced_toy(fixed={"t": "37 degC"}), path, observer=Stops(3))
    report = sweep(reduced_toy(fixed={"t": "310.15 K"}), path)
    assert 0 < report.computed < report.total
    assert contents(path) == whole  # V does not depend on t


def test_a_refused_study_leaves_nothing(toy, path):
    with pytest.raises(SweepError):
        sweep(toy(reduce={"over": ["nothing"], "V": ["mean"]}), path)
    assert not path.exists()
    assert not Path(f"{path}.sweep").exists()


def test_a_second_run_is_turned_away(reduced_toy, path):
    with lock(path), pytest.raises(BusyError):
        sweep(reduced_toy(), path)


def test_words_change_without_computing(reduced_toy, path, computed):
    sweep(reduced_toy(), path)
    computed.clear()
    report = sweep(replace(reduced_toy(), question="Where?"), path)
    assert (report.computed, computed) == (0, [])
    assert report.retold == ("question",)
    assert ls.open(path).attrs["question"] == "Where?"


@pytest.mark.slow
def test_where_conditions_leave_nothing_no_partials_are_left(reduced_toy, path):
    with pytest.raises(PlanError, match=r"where.keep: leaves all 72 points out"):
        sweep(reduced_toy(where=["y > 900"]), path)
    assert list(path.parent.glob("a.zarr*")) == []
    assert sweep(reduced_toy(where=["y < 2"]), path).complete
    assert list(ls.open(path).n_left_out.values) == [0, 0, 24]

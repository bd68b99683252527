"""Laws of the layout: every chunk has one task, every file one chunk, and xarray reads it all."""

from __future__ import annotations

import json
import math
import re
import warnings

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given
from hypothesis import strategies as st

from leakscape.errors import StoreError
from leakscape.evaluation.plan import make_plan
from leakscape.store.layout import Store, chunk_key
from leakscape.store.metadata import read
from leakscape.store.root import sealed
from leakscape.store.scan import parse, scan, sweep_away
from leakscape.store.template import create

places = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 8)), max_size=4).map(
    lambda pairs: [(size, min(place, size - 1)) for size, place in pairs]
)


@given(places)
def test_a_file_name_says_which_chunk_it_holds(pairs):
    grid, place = tuple(s for s, _ in pairs), tuple(p for _, p in pairs)
    assert parse(chunk_key("V", place).removeprefix("V/"), grid) == place


@pytest.mark.parametrize("name", ["zarr.json", "c", "c.1", "c.9.0", "c.1.x", "d.1.1", "c.-1.0"])
def test_a_foreign_file_is_no_chunk(name):
    assert parse(name, (2, 2)) is None


@pytest.fixture
def template(toy, tmp_path):
    def make(**changes):
        plan = make_plan(toy(**changes))
        return create(tmp_path / "a.zarr", plan, compression="default", command="test"), plan

    return make


def test_every_chunk_of_every_array_is_written_by_exactly_one_task(template):
    store, plan = template()
    keys = [store.key(a, task) for task in range(store.grid.tasks) for a in store.written_by(task)]
    assert len(keys) == len(set(keys)) == sum(math.prod(a.counts) for a in store.variables)
    for task in range(store.grid.tasks):
        assert store.grid.index(task) == plan.grid.index(task)
        names = [array.name for array in store.written_by(task)]
        assert names == [variable.name for variable in plan.written_by(task)]
        assert names[-1] == "status"


def test_chunk_files_are_where_zarr_looks_for_them(template):
    store, _ = template()
    for array in store.variables:
        opened = zarr.open_array(store.path / array.name, mode="r+")
        opened.with_config({"write_empty_chunks": True})[...] = 0
    assert scan(store).there.all()


def test_an_empty_store_opens_as_not_computed_without_a_warning(template):
    store, plan = template()
    with warnings.catch_warnings(), xr.open_zarr(store.path, consolidated=False) as ds:
        warnings.simplefilter("error")
        ds.load()
    assert (ds.status == 0).all()
    assert ds.V.isnull().all()
    assert ds.V.attrs["units"] == "mV"
    assert set(ds.coords) == {c.name for c in plan.coordinates}
    for coordinate in plan.coordinates:
        np.testing.assert_array_equal(ds[coordinate.name].values, coordinate.values)


def test_labels_linked_parameters_and_samples_come_back_as_coordinates(template):
    solution = {
        "label": ["control", "höher"],
        "t": {"values": [25.0, 25.0], "unit": "degC"},
    }
    population = {"size": 7, "parameters": {"y": {"uniform": [1.0, 2.0], "unit": "1"}}}
    x = {"values": [1.0, 2.0, 3.0], "unit": "1"}
    store, _ = template(axes={"x": x, "solution": solution}, population=population)
    with xr.open_zarr(store.path, consolidated=False) as ds:
        ds.load()
    assert list(ds.solution.values) == ["control", "höher"]
    assert {"x", "solution", "t", "y"} == set(ds.coords)
    assert ds.t.dims == ("solution",)
    assert ds.y.dims == ("cell",)


def test_a_store_is_read_back_as_it_was_laid_out(template):
    store, plan = template()
    assert read(store.path) == store
    assert store == Store.of(
        plan, store.path, identity=store.identity, compression=store.compression
    )


def test_an_empty_file_is_no_chunk_and_an_unfinished_one_is_litter(template):
    store, _ = template()
    array = store.variables[0]
    (store.path / store.key(array, 0)).write_bytes(b"")
    left = store.path / array.name / "c.0.0.123.partial"
    left.write_bytes(b"half")
    aside = store.sidecar / "tmp-1"
    aside.mkdir()
    found = scan(store)
    assert not found.there.any()
    assert found.litter == (left,)
    sweep_away(store, found)
    assert not left.exists()
    assert not aside.exists()


@pytest.mark.parametrize("number", [0, 4, 99, "0", "2", 2.0, True, None, [2]])
def test_another_format_is_refused_by_number(template, number):
    store, _ = template()
    file = store.path / "zarr.json"
    document = json.loads(file.read_text())
    held = json.loads(document["attributes"]["sweep"]) | {"format": number}
    document["attributes"]["sweep"] = json.dumps(held)
    file.write_bytes(sealed(document))
    said = f"written in format {number!r}, this version reads 1, 2, 3; use the version that wrote"
    with pytest.raises(StoreError, match=re.escape(said)):
        read(store.path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"node_type": "group"}'])
def test_damaged_root_metadata_is_an_error_that_names_the_file(template, text):
    store, _ = template()
    (store.path / "zarr.json").write_text(text)
    with pytest.raises(StoreError, match=r"a\.zarr"):
        read(store.path)

"""A changed table of cells is told by its rows and columns."""

from __future__ import annotations

import pytest

from leakscape.declare.study import Study
from leakscape.errors import StoreError
from leakscape.running import sweep
from leakscape.store.metadata import read

CELLS = "id,x [1],y [1]\na,1,3\nb,2,4\nc,3,5\n"
AXES = {"t": {"values": [5.0, 25.0], "unit": "degC"}}
REACH, OTHER = "holds the same study of other cells", "holds another study"


KERNEL = """
def kernel(*, x, t, y):
    return {"V": x + y * t}

kernel.parameters, kernel.outputs = {"x": "1", "t": "degC", "y": "1"}, {"V": "mV"}
"""


@pytest.fixture
def measured(tmp_path):
    """Make a study of measured cells, of a table with this text."""
    (tmp_path / "mine.py").write_text(KERNEL, encoding="utf-8")

    def make(text=CELLS, **changes):
        (tmp_path / "cells.csv").write_text(text, encoding="utf-8")
        fields = {"axes": AXES, "population": {"table": "cells.csv"}} | changes
        return Study(name="measured", kernel="mine.py:kernel", folder=tmp_path, **fields)

    return make


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CELLS + "d,4,6\n", f"{REACH}: cells.csv: 4 rows, 3 in the store;"),
        (
            CELLS.replace("b,2,4", "b,2,4.5"),
            f"{REACH}: cells.csv: column y differs from cell number 2 on, 4 in the store, 4.5 in "
            "the study;",
        ),
        (
            CELLS.replace("c,3,5\n", "").replace("a,1", "e,1"),
            f"{REACH}: cells.csv: 2 rows, 3 in the store; cells.csv: column id differs from cell "
            "number 1 on, 'a' in the store, 'e' in the study;",
        ),
        (
            CELLS.replace("y [1]", "y [%]"),
            f"{OTHER}: cells.csv: column y in 1 in the store, in % in the study;",
        ),
        (
            "x [1],y [1]\n1,3\n2,4\n3,5\n",
            f"{OTHER}: cells.csv: column id in the store alone;",
        ),
        (
            "id,y [1],x [1]\na,3,1\nb,4,2\nc,5,3\n",
            f"{OTHER}: cells.csv: columns id, x, y in the store, id, y, x in the study;",
        ),
    ],
    ids=["longer", "a number", "shorter and an id", "a unit", "a column", "order"],
)
def test_a_changed_table_is_told_by_rows_and_columns(measured, path, text, told):
    sweep(measured(), path)
    with pytest.raises(StoreError) as caught:
        sweep(measured(text), path)
    assert str(caught.value).startswith(f"{path}: {told} give another path, or the ")
    assert sweep(measured(), path).computed == 0


def test_without_the_cells_in_the_store_it_says_that_much_and_no_hash(measured, path):
    reduce = {"over": ["cell"], "V": ["mean"]}
    sweep(measured(reduce=reduce), path)
    with pytest.raises(StoreError) as caught:
        sweep(measured(CELLS + "d,4,6\n", reduce=reduce), path)
    assert str(caught.value).startswith(
        f"{path}: {OTHER}: cells.csv: not the cells that the store was made of; give"
    )
    held = read(path).meaning.identity["population"]["digest"]
    assert held[:8] not in str(caught.value)


def test_cells_that_cannot_be_read_are_told_as_changed(measured, path):
    sweep(measured(), path)
    (path / "y" / "c.0").write_bytes(b"")
    with pytest.raises(StoreError, match=r"cells\.csv: not the cells that the store was made of"):
        sweep(measured(CELLS + "d,4,6\n"), path)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("wt,4", "ko,4", "column genotype differs from cell number 2 on, 'wt' in the store, 'ko'"),
        ("wt,4", "wt,6", "column rest differs from cell number 2 on, 4 in the store, 6 in the"),
    ],
)
def test_what_is_kept_beside_the_cells_is_compared_too(measured, path, was, now, told):
    text = "id,x [1],y [1],genotype,rest [mV]\na,1,3,wt,\nb,2,4,wt,4\nc,3,5,ko,5\n"
    sweep(measured(text), path)
    with pytest.raises(StoreError, match=f"cells.csv: {told}"):
        sweep(measured(text.replace(was, now)), path)
    assert sweep(measured(text), path).computed == 0

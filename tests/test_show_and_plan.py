"""`ls.show` and `ls.plan` hold what the command line prints, and show themselves."""

from __future__ import annotations

import pytest

import leakscape as ls
from leakscape.cli import main

AXES = {
    "outside": {"linear": [1, 12], "size": 12, "unit": "mmol/L"},
    "temperature": {"values": [20, 37], "unit": "degC"},
}
STUDY = ls.Study(name="told", question="Where?", kernel="nernst", axes=AXES, precision="float64")


def test_show_tells_a_study():
    told = ls.show(STUDY)
    assert (told.kind, told.name, told.question, told.points) == ("study", "told", "Where?", 24)
    assert told.axes.values.tolist()[0] == ["outside", "12", "1 to 12 mmol/L, linear"]
    assert told.parameters.loc["outside", "in this study"] == "axis"
    assert told.parameters.loc["inside", "default"] == "140"
    assert told.outputs.loc["E", "unit"] == "mV"
    assert told.outputs.loc["E", "kept"] == "kept"
    for text in ("Where?", "24 points", "1 to 12 mmol/L, linear", "mammalian body temperature"):
        assert text in " ".join(repr(told).split())
        assert text in told._repr_html_()


def test_show_tells_kernels_and_membranes():
    kernel, membrane = ls.show("nernst"), ls.show("striatal_msn")
    assert (kernel.kind, membrane.kind) == ("kernel", "membrane")
    assert list(kernel.parameters.index) == ["valence", "inside", "outside", "temperature"]
    assert 'membrane = "striatal_msn"' in repr(membrane)
    assert membrane.source
    assert "Options" not in repr(kernel)
    assert ls.show("donnan").options


def test_plan_tells_points_bytes_and_memory():
    told = ls.plan(STUDY)
    assert told.points == 24
    assert told.dimensions == {"outside": 12, "temperature": 2}
    assert told.chunks == told.passes == 1
    assert told.chunk_shape == (12, 2)
    assert told.nbytes == 24 * (8 + 1)  # float64 and a byte of status
    assert told.memory == 3 * told.nbytes
    assert [v.name for v in told.variables] == ["E", "status"]
    assert 0 < told.compile_seconds <= told.seconds
    assert told.rate > 0
    for text in ("24 points (outside 12 x temperature 2)", "What a run would take", "216 bytes"):
        assert text in repr(told)
        assert text in told._repr_html_()


def test_plan_of_a_reduction_counts_tasks_and_passes():
    told = ls.plan(STUDY.with_(reduce={"over": ["outside"], "E": ["mean"]}))
    assert told.reduces
    assert told.passes == 1
    assert "to be merged" in repr(told)


@pytest.mark.parametrize("words", [("show", "nernst"), ("show", "two_leak_balance")])
def test_the_command_line_prints_the_same_words(capsys, words):
    assert main([*words]) == 0
    printed = capsys.readouterr().out
    card = ls.show(words[1]).card
    for section in card.sections:
        assert f"\n{section.heading}\n" in printed
        for row in section.table.rows if section.table is not None else ():
            for cell in row:
                assert " ".join(cell.split()) in " ".join(printed.split())

"""What a study reduces: read as it is written, and refused in one sentence where it cannot be."""

from __future__ import annotations

import re

import pytest

import leakscape as ls
from leakscape.declare import toml
from leakscape.declare.catalogue import from_canonical, from_tables
from leakscape.declare.resolve import resolve
from leakscape.errors import DeclarationError, PlanError, SweepError
from leakscape.evaluation.plan import make_plan
from leakscape.evaluation.reduce import reduce

SOUND = """
name = "sound"
[kernel]
name = "equilibrium"
[kernel.membrane.mechanisms]
K = { type = "ohmic_leak", g = "1 mS/cm2", E = "-90 mV" }
Na = { type = "ohmic_leak", g = "0.1 mS/cm2", E = "60 mV" }
[axes]
g_K = { linear = [1, 2], size = 4, unit = "mS/cm2" }
E_Na = { values = [50, 60], unit = "mV" }
"""


def study(reduction: str) -> ls.Study:
    return from_tables(toml.parse(f"{SOUND}\n{reduction}", "study.toml"), "study.toml")


def test_quantities_are_converted_and_outputs_stand_in_the_kernels_order():
    text = """[reduce]
over = ["E_Na", "g_K"]
n_equilibria = ["share"]
V_rest = ["mean", { above = ["-0.06 V", "-55 mV"] }, { histogram = ["-0.1 V", "0 mV"], bins = 4 }]
"""
    one = study(text)
    assert one.reduce.over == ("E_Na", "g_K")
    settled = resolve(one).reduction
    assert settled.over == ("g_K", "E_Na")
    assert [*settled.statistics] == ["V_rest", "n_equilibria"]
    mean, above, histogram = settled.statistics["V_rest"]
    assert mean.kind == "mean"
    assert above.numbers == pytest.approx((-60.0, -55.0), rel=1e-15)
    assert (histogram.numbers, histogram.bins) == ((-100.0, 0.0), 4)


def test_a_reduction_is_part_of_the_meaning_only_where_it_is_given():
    bare = from_tables(toml.parse(SOUND, "study.toml"), "study.toml")
    assert "reduce" not in bare.meaning().identity
    assert "reduce" not in bare.canonical()
    one = study('[reduce]\nover = ["g_K"]\nV_rest = ["mean", { quantile = [0.5] }]')
    assert one.meaning().identity != bare.meaning().identity
    assert from_canonical(one.canonical()) == one
    assert from_canonical(one.canonical()).canonical() == one.canonical()


def test_keep_may_name_what_is_reduced_and_no_more():
    text = '[reduce]\nover = ["g_K"]\nV_rest = ["mean"]\n[outputs]\nkeep = ["V_rest"]'
    assert resolve(study(text)).keep == ("V_rest",)


HEAD = '[reduce]\nover = ["g_K"]\n'
CASES = {
    "nothing": ("[reduce]", r"reduce.over: expected a list of dimensions, got None; write over ="),
    "no output": (HEAD, r"reduce: names no output, so that nothing would be kept; add V_rest"),
    "over that is text": ('[reduce]\nover = "g_K"', r"reduce.over: expected a list .*got 'g_K'"),
    "over nothing": ("[reduce]\nover = []", r"reduce.over: names no dimension, got \[\]; write"),
    "over twice": (
        '[reduce]\nover = ["g_K", "g_K"]\nV_rest = ["mean"]',
        r"reduce.over: expected distinct names, got \['g_K', 'g_K'\]",
    ),
    "unknown dimension": (
        '[reduce]\nover = ["g_Ka"]\nV_rest = ["mean"]',
        r"reduce.over: the study sweeps no 'g_Ka'; did you mean g_K\?",
    ),
    "unknown output": (
        f'{HEAD}V_rst = ["mean"]',
        r"reduce: kernel equilibrium has no output 'V_rst'; did you mean V_rest\?",
    ),
    "name that is none": (f'{HEAD}"V rest" = ["mean"]', r"reduce: a name is letters, digits and _"),
    "output with its own dimension": (
        f'{HEAD}V_equilibrium = ["mean"]',
        r"reduce.V_equilibrium: only scalar outputs can be reduced, got one along 'equilibrium'",
    ),
    "statistics that are no list": (
        f'{HEAD}V_rest = "mean"',
        r"reduce.V_rest: expected a list of statistics, got 'mean'; write \[\"mean\", \"sd\"\]",
    ),
    "no statistic": (f"{HEAD}V_rest = []", r"reduce.V_rest: names no statistic, got \[\]"),
    "unknown statistic": (
        f'{HEAD}V_rest = ["meen"]',
        r"reduce.V_rest: no such statistic, got 'meen'; did you mean mean\?",
    ),
    "median": (
        f'{HEAD}V_rest = ["median"]',
        r"reduce.V_rest: no such statistic, got 'median'; write \{ quantile = \[0.5\] \}",
    ),
    "bin for bins": (
        f'{HEAD}V_rest = [{{ histogram = ["-90 mV", "0 mV"], bin = 20 }}]',
        r"reduce.V_rest.histogram: unknown key, got 'bin'; write bins = 200",
    ),
    "statistic twice": (
        f'{HEAD}V_rest = ["mean", "mean"]',
        r"reduce.V_rest: mean is there twice; keep one",
    ),
    "number for a statistic": (
        f"{HEAD}V_rest = [3]",
        r"reduce.V_rest: expected a statistic, got 3",
    ),
    "two statistics in one": (
        f'{HEAD}V_rest = [{{ above = ["-60 mV"], below = ["-70 mV"] }}]',
        r"reduce.V_rest: one statistic an entry, got \['above', 'below'\]; write each in braces",
    ),
    "levels left out": (
        f'{HEAD}V_rest = ["above"]',
        r"reduce.V_rest.above: got nothing; write \{ above = \[",
    ),
    "levels of a mean": (
        f'{HEAD}V_rest = [{{ mean = ["-60 mV"] }}]',
        r"reduce.V_rest.mean: got \['-60 mV'\]; write \"mean\"",
    ),
    "no level": (
        f"{HEAD}V_rest = [{{ above = [] }}]",
        r"reduce.V_rest.above: 1 to 1000 levels, got 0",
    ),
    "too many levels": (
        f"{HEAD}V_rest = [{{ above = {[f'{i} mV' for i in range(1001)]} }}]",
        r"reduce.V_rest.above: 1 to 1000 levels, got 1001",
    ),
    "level of a wrong unit": (
        f'{HEAD}V_rest = [{{ above = ["-60 mS"] }}]',
        r"reduce.V_rest.above: is in mV, got '-60 mS'; use mV or alike",
    ),
    "level without a unit": (
        f"{HEAD}V_rest = [{{ above = [-60] }}]",
        r"reduce.V_rest.above: quantity: without a unit, got -60; write \"-60 mV\"",
    ),
    "level twice": (
        f'{HEAD}V_rest = [{{ above = ["-60 mV", "-0.06 V"] }}]',
        r"reduce.V_rest.above: expected distinct values",
    ),
    "one end": (
        f'{HEAD}V_rest = [{{ between = ["-60 mV"] }}]',
        r"reduce.V_rest.between: needs the lower and the upper end, got 1 values; write",
    ),
    "ends that do not rise": (
        f'{HEAD}V_rest = [{{ histogram = ["0 mV", "-100 mV"], bins = 9 }}]',
        r"reduce.V_rest.histogram: the ends must rise, got \['0 mV', '-100 mV'\]; exchange them",
    ),
    "no bins": (
        f'{HEAD}V_rest = [{{ histogram = ["-100 mV", "0 mV"] }}]',
        r"reduce.V_rest.histogram: bins must be a whole number from 1 to 10000, got none",
    ),
    "bins of zero": (
        f'{HEAD}V_rest = [{{ histogram = ["-100 mV", "0 mV"], bins = 0 }}]',
        r"bins must be a whole number from 1 to 10000, got 0; write bins = 200",
    ),
    "a billion bins": (
        f'{HEAD}V_rest = [{{ histogram = ["-100 mV", "0 mV"], bins = 1_000_000_000 }}]',
        r"bins must be a whole number from 1 to 10000, got 1000000000",
    ),
    "bins of a level": (
        f'{HEAD}V_rest = [{{ above = ["-60 mV"], bins = 3 }}]',
        r"reduce.V_rest.above: has no bins; remove them, or write histogram",
    ),
    "bins narrower than the precision": (
        f'{HEAD}V_rest = [{{ histogram = ["-60 mV", "-59.999 mV"], bins = 1000 }}]',
        r"reduce.V_rest.histogram: 1000 bins are narrower than float32 can tell apart; use fewer",
    ),
    "level that no float holds": (
        f'{HEAD}V_rest = [{{ above = ["1e60 mV"] }}]',
        r"reduce.V_rest.above: no float32 holds it; narrow it",
    ),
    "quantile outside 0 to 1": (
        f"{HEAD}V_rest = [{{ quantile = [5, 50] }}]",
        r"reduce.V_rest.quantile: must be numbers from 0 to 1, got 5; write",
    ),
    "quantile as text": (
        f'{HEAD}V_rest = [{{ quantile = ["5 %"] }}]',
        r"reduce.V_rest.quantile: must be numbers from 0 to 1, got '5 %'",
    ),
    "quantile twice": (
        f"{HEAD}V_rest = [{{ quantile = [0.5, 0.5] }}]",
        r"reduce.V_rest.quantile: expected distinct values",
    ),
    "too many quantiles": (
        f"{HEAD}V_rest = [{{ quantile = {[i / 200 for i in range(101)]} }}]",
        r"reduce.V_rest.quantile: 1 to 100 of them, got 101",
    ),
    "other quantiles of another output": (
        f"{HEAD}V_rest = [{{ quantile = [0.5] }}]\nslope_conductance = [{{ quantile = [0.1] }}]",
        r"reduce: the quantiles of all outputs lie along one dimension, got \[0.1\] and \[0.5\]",
    ),
    "share of a potential": (
        f'{HEAD}V_rest = ["share"]',
        r"reduce.V_rest.share: is of outputs of int8 or uint8, and V_rest is float32; use",
    ),
    "keep that names something else": (
        f'{HEAD}V_rest = ["mean"]\n[outputs]\nkeep = ["I_K"]',
        r"outputs.keep: with \[reduce\] the outputs that it names are kept, V_rest, got I_K; leave",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_reduction_gets_one_sentence(name):
    text, wanted = CASES[name]
    with pytest.raises(SweepError) as caught:
        reduce(study(text))
    assert caught.value.exit_status == 65
    assert re.search(wanted, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_table_is_refused():
    with pytest.raises(
        DeclarationError, match=r"^reduce: expected a table, got 3; write \[reduce\]$"
    ):
        ls.Study(name="three", kernel="ghk_voltage", reduce=3)


def test_an_output_that_lacks_a_reduced_dimension_is_refused():
    axes = {"K_out": {"values": [3, 5], "unit": "mmol/L"}}
    axes["P_Na_over_P_K"] = {"values": [0.1, 0.2], "unit": "1"}
    asked = {"over": ["K_out", "P_Na_over_P_K"], "V_rest": ["mean"], "E_K": ["mean"]}
    wanted = r"^reduce.over: E_K does not depend on P_Na_over_P_K; leave E_K or P_Na_over_P_K out$"
    with pytest.raises(PlanError, match=wanted):
        reduce(ls.Study(name="lacks", kernel="ghk_voltage", axes=axes, reduce=asked))


def test_a_study_without_a_reduction_and_a_plan_of_points_with_one_are_refused():
    bare = from_tables(toml.parse(SOUND, "study.toml"), "study.toml")
    with pytest.raises(PlanError, match=r"study sound: declares no reduction; add \[reduce\], or"):
        reduce(bare)
    with pytest.raises(
        PlanError, match=r"study sound: \[reduce\] keeps no points; use leakscape.reduce or"
    ):
        make_plan(study(f'{HEAD}V_rest = ["mean"]'))


def test_a_result_with_one_name_for_two_things_is_refused():
    axes = {"quantile": {"label": ["x"], "K_out": {"values": [5], "unit": "mmol/L"}}}
    axes["P_Na_over_P_K"] = {"values": [0.1, 0.2], "unit": "1"}
    asked = {"over": ["P_Na_over_P_K"], "V_rest": [{"quantile": [0.5]}]}
    with pytest.raises(
        DeclarationError, match=r"reduce.V_rest: the result has something called 'qu"
    ):
        reduce(ls.Study(name="two", kernel="ghk_voltage", axes=axes, reduce=asked))


def test_a_result_that_does_not_fit_in_memory_is_refused():
    axes = {
        "K_out": ls.Axis.log(1, 100, size=10_000_000, unit="mmol/L"),
        "K_in": ls.Axis.log(1, 100, size=1_000_000, unit="mmol/L"),
        "temperature": ls.Axis.values([20, 37], unit="degC"),
    }
    asked = {"over": ["temperature"], "V_rest": ["mean"]}
    with pytest.raises(PlanError, match=r"study large: needs .* GB in memory, .*; reduce more dim"):
        reduce(ls.Study(name="large", kernel="ghk_voltage", axes=axes, reduce=asked))

"""Laws of spelling: what means the same is written as it is stored, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscape import Study
from leakscape.declare.meaning import Meaning
from leakscape.store.spelling import same_quantity, same_text, same_unit, spelled_as_stored

PREFIXES = {"nmol/L": 1e-6, "umol/L": 1e-3, "mmol/L": 1.0, "mM": 1.0, "mol/L": 1e3, "uM": 1e-3}


@given(st.floats(1e-6, 1e6), st.sampled_from(sorted(PREFIXES)), st.sampled_from(sorted(PREFIXES)))
def test_a_quantity_is_itself_in_every_unit_and_none_beside_it(number, one, other):
    converted = number * PREFIXES[one] / PREFIXES[other]
    assert same_quantity(f"{number!r} {one}", f"{converted!r} {other}")
    assert same_quantity(f"{converted!r} {other}", f"{number!r} {one}")
    for off in (1 - 1e-9, 1 + 1e-9):
        assert not same_quantity(f"{number!r} {one}", f"{converted * off!r} {other}")


@pytest.mark.parametrize(
    ("one", "other"),
    [("0 degC", "273.15 K"), ("37 degC", "310.15 K"), ("50 %", 0.5), (0, "0"), ("0 mV", "0 V")],
)
def test_offsets_shares_and_zeros_are_equal_to_rounding(one, other):
    assert same_quantity(one, other)
    assert same_quantity(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("37 degC", "37 K"),
        ("0 degC", "0 K"),
        ("5 mV", "5 mmol/L"),
        ("5 mV", 5),
        ("0 mV", "0 mmol/L"),
        ("5 mV", None),
        (True, 1),
        ("hill", "hill"),
        ("0 mV", "1e-9 mV"),
    ],
)
def test_other_quantities_and_what_is_none_are_not_the_same(one, other):
    assert not same_quantity(one, other)
    assert not same_quantity(other, one)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mM", "mmol/L", True),
        ("uS/cm2", "uS/cm^2", True),
        ("1", "", True),
        ("%", "1", False),
        ("mV", "V", False),
        ("mV", "nonsense", False),
    ],
)
def test_names_of_one_unit_are_the_same(one, other, same):
    assert same_unit(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("150 mmol/L - K_out", "150 mmol/L-K_out", True),
        (" a  +\n b", "a+b", True),
        ("1e-3 + a", "1e-3+a", True),
        ("1e-3", "1e - 3", False),
        ("1e -3", "1e-3", False),
        ("5 mV / T", "5 mV/T", False),
        ("a - b", "a + b", False),
        ("1 e3", "1e3", False),
        ("a", None, False),
    ],
)
def test_only_blanks_that_mean_nothing_are_ignored(one, other, same):
    assert same_text(one, other) is same


def study(unit, inside, kernel_inside, label="a"):
    return Study(
        name="s",
        kernel={
            "name": "equilibrium",
            "rest": "lowest",
            "membrane": {"ions": {"K": {"valence": 1, "inside": kernel_inside}}},
        },
        fixed={"K_in": inside},
        axes={
            "K_out": {"linear": [1, 2], "size": 3, "unit": unit},
            "set": {"label": [label], "Na_out": {"values": [5], "unit": unit}},
        },
        population={"size": 8, "parameters": {"Na_in": {"uniform": [1, 2], "unit": unit}}},
    )


def test_every_part_of_a_study_is_spelled_as_stored():
    stored = study("mmol/L", "140 mmol/L", "140 mmol/L")
    other = study("mM", "0.14 mol/L", "140 mM")
    assert other != stored
    assert spelled_as_stored(stored.meaning(), other) == stored
    assert spelled_as_stored(stored.meaning(), stored) == stored


def test_what_means_something_else_stays_as_it_is():
    stored = study("mmol/L", "140 mmol/L", "140 mmol/L")
    for other in (
        study("mol/L", "141 mmol/L", "139 mmol/L", "b"),
        study("%", "140 mV", "much"),
    ):
        assert spelled_as_stored(stored.meaning(), other) == other
    assert spelled_as_stored(Meaning.of({}), stored) == stored

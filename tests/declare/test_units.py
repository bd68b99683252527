"""Quantities as the field writes them, against factors that are exact by definition."""

from __future__ import annotations

import pytest

from leakscape.declare import units
from leakscape.errors import DeclarationError


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("37 degC", "degC", 37.0),
        ("310.15 K", "degC", 37.0),
        ("37 °C", "degC", 37.0),
        ("98.6 degF", "degC", 37.0),
        ("1e-6 cm/s", "cm/s", 1e-6),
        ("1e-8 m/s", "cm/s", 1e-6),
        ("0.1 mS/cm2", "mS/cm2", 0.1),
        ("100 uS/cm2", "mS/cm2", 0.1),
        ("1 S/m2", "mS/cm2", 0.1),
        ("80 %", "1", 0.8),
        ("0.8", "1", 0.8),
        ("5 mM", "mmol/L", 5.0),
        ("5 mol/m3", "mmol/L", 5.0),
        ("5000 uM", "mmol/L", 5.0),
        ("-0.07 V", "mV", -70.0),
        ("+.5 uA/cm^2", "uA/cm2", 0.5),
        ("1_000 um2", "cm2", 1e-5),
        ("20 kOhm cm2", "kOhm cm2", 20.0),
        ("150 kJ/mol", "kJ/mol", 150.0),
    ],
)
def test_a_quantity_is_read_in_the_unit_of_its_parameter(text, unit, value):
    assert units.to_unit(text, unit) == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("factor", ["1000 mV", "1 V"])
def test_a_decimal_prefix_converts_exactly(factor):
    assert units.to_unit(factor, "mV") == 1000.0


@pytest.mark.parametrize(
    "text", ["", "mV", "5 mV mV2 !", "1e", "0x10 mV", "5 5 mV", "\u0661 mV", "5 __x"]
)
def test_nonsense_is_refused(text):
    with pytest.raises(DeclarationError):
        units.to_unit(text, "mV")

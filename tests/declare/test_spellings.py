"""Units and quantities in the spellings of papers, spreadsheets and word processors.

Oracles are the definitions of the units: a prefix is a power of ten, 1 mol/m3 is 1 mmol/L.
"""

from __future__ import annotations

import pytest

from leakscape.declare import units
from leakscape.declare.axis import Axis
from leakscape.declare.glyphs import plain
from leakscape.errors import DeclarationError

READ = [
    ("0.3 mS/cm²", "mS/cm2", 0.3),
    ("0.3 mS/cm^2", "mS/cm2", 0.3),
    ("0.3 mS/cm**2", "mS/cm2", 0.3),
    ("0.3 mS cm-2", "mS/cm2", 0.3),
    ("0.3 mS cm⁻²", "mS/cm2", 0.3),
    ("0.3 mS·cm⁻²", "mS/cm2", 0.3),
    ("0.3 mS⋅cm⁻²", "mS/cm2", 0.3),
    ("0.3 mS\u00d7cm^-2", "mS/cm2", 0.3),
    ("0.3 mS*cm-2", "mS/cm2", 0.3),
    ("3 S/m²", "mS/cm2", 0.3),
    ("300 µS/cm²", "mS/cm2", 0.3),
    ("300 \u03bcS/cm²", "mS/cm2", 0.3),
    ("30 pS/µm²", "mS/cm2", 3.0),
    ("100 µm²", "um2", 100.0),
    ("100 \u03bcm2", "um2", 100.0),
    ("100 \u03bcm^2", "um2", 100.0),
    ("1e-6 cm²", "um2", 100.0),
    ("2 pL", "um3", 2000.0),
    ("2000 µm³", "um3", 2000.0),
    ("20 kΩ·cm²", "kOhm cm2", 20.0),
    ("20 kΩ cm²", "kOhm cm2", 20.0),
    ("20 k\u2126 cm²", "kOhm cm2", 20.0),
    ("20000 Ω·cm²", "kOhm cm2", 20.0),
    ("2 Ω·m²", "kOhm cm2", 20.0),
    ("0.2 GΩ", "MOhm", 200.0),
    ("200 MΩ", "MOhm", 200.0),
    ("1 µF/cm²", "uF/cm2", 1.0),
    ("0.01 F/m²", "uF/cm2", 1.0),
    ("1.5e-6 cm/s", "cm/s", 1.5e-6),
    ("1.5 \u00d7 10⁻⁶ cm/s", "cm/s", 1.5e-6),
    ("1.5·10⁻⁶ cm·s⁻¹", "cm/s", 1.5e-6),
    ("1.5*10^-6 cm/s", "cm/s", 1.5e-6),
    ("1.5e\u22126 cm/s", "cm/s", 1.5e-6),
    ("0.015 µm/s", "cm/s", 1.5e-6),
    ("3 m2/s", "um2/ms", 3e9),
    ("3 m²/s", "um2/ms", 3e9),
    ("\u221270 mV", "mV", -70.0),
    ("\u201370 mV", "mV", -70.0),
    ("\u22120.07 V", "mV", -70.0),
    ("-70\u00a0mV", "mV", -70.0),
    ("-70\u202fmV", "mV", -70.0),
    ("5 mM", "mmol/L", 5.0),
    ("5 mmol/l", "mmol/L", 5.0),
    ("5 mmol·L⁻¹", "mmol/L", 5.0),
    ("5 mol/m³", "mmol/L", 5.0),
    ("5000 µM", "mmol/L", 5.0),
    ("5000 µmol/L", "mmol/L", 5.0),
    ("5e6 nM", "mmol/L", 5.0),
    ("37 °C", "degC", 37.0),
    ("37°C", "degC", 37.0),
    ("37 ℃", "degC", 37.0),
    ("37 celsius", "degC", 37.0),
    ("310.15 K", "degC", 37.0),
    ("98.6 °F", "degC", 37.0),
    ("80%", "1", 0.8),
    ("80 percent", "1", 0.8),
    ("2 min", "s", 120.0),
    ("2 h", "s", 7200.0),
    ("5 s⁻¹", "1/s", 5.0),
    ("5 Hz", "1/s", 5.0),
]
REFUSED = [
    ("37 C", "degC", r"'C' is no unit of this quantity; C is the coulomb, so write degC"),
    ("98.6 F", "degC", r"F is the farad, so write degF"),
    ("4 mEq/L", "mmol/L", r"equivalents count charges, so divide by the ion's valence and write"),
    ("4 meq/L", "mmol/L", r"equivalents count charges"),
    ("37 deg C", "degC", r"use degC or its like"),
    ("5 mOsm", "mmol/L", r"not a known unit, got 'mOsm'"),
    ("5 mV²", "mV", r"use mV or its like"),
    ("5 cm²²", "um2", r"use um2 or its like"),
]


@pytest.mark.parametrize(("text", "unit", "value"), READ)
def test_a_quantity_is_read_as_people_write_it(text, unit, value):
    assert units.to_unit(text, unit) == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize(("text", "unit", "said"), REFUSED)
def test_what_may_mean_another_thing_is_refused_with_what_to_write(text, unit, said):
    with pytest.raises(DeclarationError, match=said):
        units.to_unit(text, unit)


def test_an_axis_is_read_in_the_letters_of_papers_too():
    assert Axis.values([1, 2], unit="kΩ·cm²").unit == "kΩ·cm²"
    assert units.parse_unit("kΩ·cm²") == units.parse_unit("kOhm cm2")


@pytest.mark.parametrize("text", ["mS/cm2", "1e-6 cm/s", "150 mmol/L - K_out", "V_rest > -60 mV"])
def test_plain_letters_stay_as_they_are(text):
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "write"),
    [
        ("0,1 mS/cm2", r"0\.1 mS/cm2"),
        ("\N{MINUS SIGN}70,5 mV", r"-70\.5 mV"),
        ("- 90 mV", "-90 mV"),
        ("1.5x10-6 cm/s", "1.5e-6 cm/s"),
        ("1.5 x 10^-6 cm/s", "1.5e-6 cm/s"),
    ],
)
def test_a_number_written_otherwise_is_refused_with_how_to_write_it(text, write):
    with pytest.raises(DeclarationError, match=f"; write {write}$"):
        units.split_quantity(text)

"""Words on a picture: symbols, units and numbers as a paper prints them."""

from __future__ import annotations

import pytest

from leakscape.picture import typography


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("P_Na", r"$P_{\mathrm{Na}}$"),
        ("V_half_Kir", r"$V_{\mathrm{half,\,Kir}}$"),
        ("K_out", r"$[\mathrm{K}]_{\mathrm{o}}$"),
        ("Na_in", r"$[\mathrm{Na}]_{\mathrm{i}}$"),
        ("V_in", r"$V_{\mathrm{in}}$"),
        ("P_Na_over_P_K", r"$P_{\mathrm{Na}}$ / $P_{\mathrm{K}}$"),
        ("temperature", "temperature"),
        ("blocked_K", "blocked_K"),
        ("tau_channel", r"$\tau_{\mathrm{channel}}$"),
        ("temperature_at_V_rest_max", r"temperature at $V_{\mathrm{rest}}$ maximum"),
        ("mu", r"$\mu$"),
        ("g_mu", r"$g_{\mathrm{mu}}$"),
    ],
)
def test_symbols_get_their_index_and_words_stay(name: str, text: str) -> None:
    assert typography.symbol(name) == text


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("mV", "mV"),
        ("1", ""),
        ("degC", "°C"),
        ("uA/cm2", "µA/cm²"),
        ("kOhm cm2", "kΩ cm²"),
        ("mmol/L", "mM"),
        ("umol/L", "µM"),
        ("mmol/L/s", "mM/s"),
        ("cm**2".replace("**", "^"), "cm²"),
        ("1/s", "1/s"),
    ],
)
def test_units_are_set_with_their_powers(unit: str, text: str) -> None:
    assert typography.unit(unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-55.0, "\N{MINUS SIGN}55"),
        (0.05, "0.05"),
        (2e-7, r"$2\times 10^{-7}$"),
        (1e-6, "$10^{-6}$"),
    ],
)
def test_numbers_have_a_minus_and_powers_of_ten(value: float, text: str) -> None:
    assert typography.number(value) == text


def test_a_label_says_meaning_symbol_and_unit() -> None:
    label = typography.label("V_rest", "resting potential, inside minus outside", "mV")
    assert label == r"Resting potential $V_{\mathrm{rest}}$, inside minus outside (mV)"
    assert typography.label("blocked_K", "blocked fraction of K", "1") == "Blocked fraction of K"


@pytest.mark.parametrize("text", ["a dollar $ sign", "price_$x$"])
def test_a_dollar_in_a_users_text_starts_no_formula(text: str) -> None:
    assert typography.prose(text).count(r"\$") == text.count("$")


def test_plain_text_has_no_typesetting_left() -> None:
    set_text = f"{typography.symbol('P_Na_over_P_K')} = {typography.number(2e-7)}"
    assert typography.plain(set_text) == "P_Na / P_K = 2e-7"
    assert typography.plain(typography.symbol("K_out")) == "K_out"  # the name of the axis


def test_a_long_text_folds_into_even_lines_and_keeps_number_and_unit_together() -> None:
    lines = typography.folded("a rest at 70 mV " * 12, 60).splitlines()
    assert max(map(len, lines)) <= 60
    assert not any(line.startswith("mV") for line in lines)

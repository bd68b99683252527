"""What does not fit together in a membrane is refused in one sentence."""

import pytest

from leakscape_kernels.membrane.membrane import membrane

IONS = {
    "K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"},
    "Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"},
}
LEAK = {"type": "ohmic_leak", "g": "0.02 mS/cm2", "E": "-20 mV"}
KIR = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_half": "-90 mV", "k": "10 mV"}

CONFLICTS = {
    "no such ion": (
        {"Kir": KIR | {"ion": "Kr"}},
        "membrane mechanism Kir: no ion named 'Kr'; did you mean K?",
    ),
    "no such type": (
        {"x": {"type": "gkh_leak"}},
        "membrane mechanism x: no mechanism type named 'gkh_leak'; did you mean ghk_leak?",
    ),
    "no type": ({"x": {"g": "1 mS/cm2"}}, "membrane mechanism x: no mechanism type named None; it"),
    "fixed E under an ion's name": (
        {"K": LEAK},
        "membrane mechanism K: a mechanism with a fixed E may not bear the name of an ion",
    ),
    "unknown key": (
        {"leak": LEAK | {"V_hafl": "-20 mV"}},
        "membrane mechanism leak: no key named V_hafl; it has ion, E, g",
    ),
    "misspelt key": (
        {"Kir": KIR | {"v_halve": "1 mV"}},
        "membrane mechanism Kir: no key named v_halve; did you mean V_half?",
    ),
    "ion and E": ({"x": LEAK | {"ion": "K"}}, "E follows from the ion; give ion or E, not both"),
    "parameter twice": (
        {"leak": LEAK, "x": LEAK | {"scale": "temperature"}},
        "membrane mechanism x: scale must be a name such as \"mu\", got 'temperature'",
    ),
    "midpoint twice": (
        {"Kir": KIR | {"V_shift": "5 mV"}},
        "needs exactly one of V_half and V_shift, got V_half and V_shift",
    ),
    "no midpoint": (
        {"Kir": {"type": "kir", "E": "-90 mV"}},
        "needs exactly one of V_half and V_shift, got neither",
    ),
    "P without ion": (
        {"x": {"type": "gated", "P": "1e-6 cm/s"}},
        "membrane mechanism x: a permeability P needs an ion; add ion",
    ),
    "scaling without ion": (
        {"x": {"type": "kir", "E": "-90 mV", "V_half": "-90 mV", "K_ref": "5 mmol/L"}},
        "membrane mechanism x: K_ref needs an ion",
    ),
    "no such law": (
        {"x": {"type": "sodium_potassium_pump", "law": "hil"}},
        "membrane mechanism x: law must be one of hill, sigmoid, .*did you mean hill?",
    ),
    "no law": ({"x": {"type": "sodium_potassium_pump"}}, "law must be one of hill, .* got None"),
    "no such form": (
        {"x": {"type": "kir", "form": "luorudy"}},
        "form must be one of boltzmann, luo_rudy, got 'luorudy'; did you mean luo_rudy?",
    ),
    "no such block": (
        {"x": LEAK | {"block": {"type": "hil"}}},
        "membrane mechanism x block: type must be one of hill, woodhull, got 'hil'; did",
    ),
    "unknown charge": (
        {"x": LEAK | {"block": {"type": "woodhull", "blocker": "spermine"}}},
        "membrane mechanism x block: valence must be the blocker's charge number, got None",
    ),
    "a number without a unit": (
        {"x": LEAK | {"g": 0.02}},
        'membrane mechanism x: g must be a quantity with its unit such as "1 mS/cm2", got 0.02',
    ),
    "not a number": ({"x": LEAK | {"g": "nan mS/cm2"}}, 'g must be a quantity such as "1 mS/cm2"'),
    "a name that outputs use": (
        {"total": LEAK},
        "none of in, out, total, equilibrium; got 'total'",
    ),
    "a name with an underscore": ({"K_leak": LEAK}, "a name is a letter, then letters and digits"),
    "not a table": ({"leak": "ohmic_leak"}, "membrane mechanisms: leak needs a table, got 'ohmic"),
    "a blocker with another meaning": (
        {"x": LEAK | {"block": {"type": "hill", "blocker": "pH", "IC50": "1 mmol/L"}}}
        | {"p": {"type": "proton_pump"}},
        "membrane p: pH_out is already a parameter with another meaning or default",
    ),
}


@pytest.mark.parametrize(("mechanisms", "sentence"), CONFLICTS.values(), ids=CONFLICTS)
def test_a_conflict_is_one_sentence(mechanisms, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        membrane({"ions": IONS, "mechanisms": mechanisms})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"ions": IONS}, "membrane: has no mechanisms; give it one"),
        ({"ions": IONS, "mechanisms": {}}, "membrane: has no mechanisms; give it one"),
        ({"mechanism": {}}, "membrane: no key named mechanism; did you mean mechanisms?"),
        ({"mechanisms": []}, "membrane mechanisms: needs one table per name"),
        (3, "membrane: needs a table or the name of a preset, got 3"),
        (
            "texbook_neuron",
            "membrane: no preset named texbook_neuron; did you mean textbook_neuron",
        ),
        (
            {"ions": {"K": {}}, "mechanisms": {"leak": LEAK}},
            "membrane ion K: valence must be a whole number other than 0, got None",
        ),
        (
            {"ions": {"K": {"valence": 1, "out": "5 mmol/L"}}, "mechanisms": {"leak": LEAK}},
            "membrane ion K: no key named out; did you mean outside?",
        ),
        (
            {
                "ions": {"K": {"valence": 1}},
                "mechanisms": {"p": {"type": "sodium_potassium_pump", "law": "hill"}},
            },
            "membrane mechanism p: the law hill needs the ion Na; add it to ions",
        ),
        (
            {"mechanisms": {"leak": LEAK}, "area": 1000},
            'membrane: area must be a quantity with its unit such as "1 um2", got 1000',
        ),
    ],
)
def test_a_membrane_that_does_not_fit_is_one_sentence(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        membrane(given)

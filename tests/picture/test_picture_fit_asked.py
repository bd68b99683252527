"""What is drawn of a fit where nothing, something and what cannot be is asked for."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape.cli import plot as command
from leakscape.errors import DamageError, DeclarationError
from leakscape.picture import Look, Wish
from leakscape.picture.fit_choice import chosen
from leakscape.picture.fit_figure import figure_of
from leakscape.sweep.fitted import Fitted

TEXT = np.dtypes.StringDType()


def kinds(tree, *wishes):
    """Return kind -> what its panels show."""
    found = chosen(Fitted.of(tree), wishes or (Wish(),))
    return {
        kind: [panel.output or [one.flat_name for one in panel.unknowns] for panel in panels]
        for kind, panels in found.items()
    }


def asked(tree, **wish):
    return kinds(tree, Wish(**wish))


FLAT = ["c0[nitrate]", "c0[ammonium]", "K_eff[nitrate]", "K_eff[ammonium]"]


def test_all_that_a_fit_holds_is_drawn_together(root, as_tree):
    each = [[name] for name in FLAT]
    whole = {"recording": ["V"], "residuals": ["V"], "profiles": each, "priors": each}
    assert kinds(as_tree(root)) == whole
    fast = {name: root[name] for name in ("observed_data", "best", "curves")}
    assert [*kinds(as_tree(fast))] == ["recording", "residuals", "profiles"]
    plain = root | {"best": root["best"].drop_vars(["profile_value", "profile_chi2"])}
    assert [*kinds(as_tree(plain))] == ["recording", "residuals", "corner", "priors"]
    assert kinds(as_tree({"observed_data": root["observed_data"]})) == {"recording": ["V"]}


def test_one_figure_has_the_panels_of_all_kinds(root, as_tree):
    made, said = figure_of("root", as_tree(root), Wish())
    labels = [axes.get_ylabel().replace("\n", " ") for axes in made.axes]
    profiles, densities = [r"$\Delta\chi^2$", *[""] * 3], ["density", *[""] * 3]
    assert labels == ["V (mV)", "residual of V / standard error", *profiles, *densities]
    assert said[:3] == (
        "10 recordings",
        r"$\chi^2$ = 10.3 of 6 degrees of freedom",
        "method: scan",
    )
    texts = {text.get_gid(): text.get_text() for text in made.texts}
    assert texts["title"] == "Does the potential follow K outside?"
    entries = [text.get_text() for text in made.legends[0].get_texts()]
    assert len(entries) == len(set(entries))


@pytest.mark.slow
def test_a_narrow_figure_stacks_its_panels(root, as_tree):
    made, _ = figure_of("root", as_tree(root), Wish(), Look.of(size="9x24cm"))
    boxes = [axes.get_position() for axes in made.axes]
    assert boxes[1].y1 < boxes[0].y0  # the residuals below the recordings
    assert boxes[4].y1 < boxes[2].y0  # two profiles beside one another
    assert boxes[3].x0 > boxes[2].x1
    assert {text.get_text() for text in made.texts if text.get_gid() == "title"} == {""}


def test_names_are_outputs_or_unknowns(root, as_tree):
    tree = as_tree(root)
    assert asked(tree, kind="profiles", output="c0") == {"profiles": [FLAT[:1], FLAT[1:2]]}
    assert asked(tree, kind="priors", output=FLAT[3]) == {"priors": [FLAT[3:]]}
    assert asked(tree, output="V") == {"recording": ["V"], "residuals": ["V"]}
    assert [*asked(tree, output="c0")] == ["profiles", "priors"]
    pair = [Wish(kind="corner", output=name) for name in (FLAT[3], FLAT[0])]
    assert kinds(tree, *pair) == {"corner": [[FLAT[3], FLAT[0]]]}


def test_a_group_is_what_an_unknown_has_a_value_for(root, as_tree):
    observed = root["observed_data"].assign_coords(cell=("row", [f"c{k % 2}" for k in range(10)]))
    tree = as_tree(root | {"observed_data": observed})
    for wish, hue in (({}, "nitrogen"), ({"hue": "cell"}, "cell")):
        (panel,) = chosen(Fitted.of(tree), [Wish(kind="recording", **wish)])["recording"]
        assert (panel.x, panel.hue) == ("K_out", hue)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"y": "K_out"}, "y: pictures of a fit have none; drop y"),
        ({"col": "nitrogen"}, "col: pictures of a fit have none"),
        ({"select": {"K_out": "5 mM"}}, "select: a fit is drawn whole, got K_out"),
        ({"kind": "heatmap"}, "kind: heatmap is a picture of a sweep, got a fit; use one of rec"),
        ({"kind": "profile"}, "kind: unknown, got 'profile'; did you mean profiles"),
        ({"output": "c1"}, "output: unknown, got 'c1'"),
        ({"kind": "recording", "output": "c0"}, "output: recording shows recordings, got c0"),
        ({"kind": "priors", "output": "V"}, "output: priors shows unknowns, got V; use one of c0"),
        ({"kind": "corner", "output": FLAT[0]}, "corner shows pairs, got .* alone; name two"),
        ({"kind": "priors", "x": "K_out"}, "x: priors has none; drop x or kind"),
        ({"x": "nitrogen"}, "x: no column of numbers, got 'nitrogen'"),
        ({"hue": "K_out"}, "hue: no column of texts, got 'K_out'"),
    ],
)
def test_what_cannot_be_drawn_of_a_fit_is_said(root, as_tree, wish, message):
    with pytest.raises(DeclarationError, match=message):
        kinds(as_tree(root), Wish(**wish))


def test_what_a_fit_lacks_is_said(root, as_tree):
    tree = as_tree({name: root[name] for name in ("observed_data", "best")})
    for kind in ("corner", "priors"):
        with pytest.raises(DeclarationError, match=f"kind: {kind} needs .* without; use recording"):
            asked(tree, kind=kind)
    with pytest.raises(DeclarationError, match="expected a fit, got a tree without"):
        ls.plot(xr.DataTree())
    with pytest.raises(DeclarationError, match="no group observed_data"):
        ls.plot(as_tree({"best": root["best"]}))
    with pytest.raises(DeclarationError, match="expected a fit, got a tree without"):
        ls.plot(as_tree(root, fit="[1"))


@pytest.mark.parametrize("kind", ["recording", "corner", "profiles", "residuals", "priors"])
def test_a_sweep_has_no_pictures_of_a_fit(kind):
    sweep = xr.Dataset({"V": ("x", [1.0, 2.0])}, coords={"x": [0.0, 1.0]})
    with pytest.raises(DeclarationError, match=f"kind: {kind} needs a fit.*`leakscape fit` makes"):
        ls.plot(sweep, kind=kind)


def test_limits_are_in_the_units_of_the_table(root, as_tree):
    tree = as_tree(root)
    look = Look.of(xlim="0.001 mol/L:50", ylim="-0.15 V:", log="none")
    axes = figure_of("root", tree, Wish(kind="recording"), look)[0].axes[0]
    assert axes.get_xlim() == pytest.approx((1.0, 50.0))
    assert axes.get_ylim()[0] == pytest.approx(-150.0)
    assert axes.get_xscale() == "linear"
    with pytest.raises(DeclarationError, match="xlim: every panel has axes of its own"):
        figure_of("root", tree, Wish(), Look.of(xlim="1:2"))
    with pytest.raises(DeclarationError, match="log: profiles has many axes; drop log"):
        figure_of("root", tree, Wish(kind="profiles"), Look.of(log="y"))


def test_an_unknown_is_logarithmic_by_its_prior_or_as_its_variable_says(root, as_tree):
    fitted = Fitted.of(as_tree(root))
    assert [one.flat_name for one in fitted.unknowns] == FLAT
    assert all(one.logarithmic and one.unit == "mmol/L" for one in fitted.unknowns)
    fit = json.dumps({"free": [["c0", {"uniform": [0, 100]}], ["K_eff", {"lognormal": [5, 2]}]]})
    told = {one.name: one.logarithmic for one in Fitted.of(as_tree(root, fit=fit)).unknowns}
    assert told == {"c0": False, "K_eff": True}
    posterior = root["posterior"].copy()
    posterior["c0"] = posterior.c0.assign_attrs(scale="log")
    fitted = Fitted.of(as_tree(root | {"posterior": posterior}, fit=fit))
    assert all(one.logarithmic for one in fitted.unknowns)


@pytest.mark.parametrize(
    ("look", "shown"), [({"size": "7x5cm"}, 2), pytest.param({}, 6, marks=pytest.mark.slow)]
)
def test_more_unknowns_than_a_corner_holds_are_named(labelled, as_tree, root, look, shown):
    rng = np.random.default_rng(3)
    names = [f"p{number}" for number in range(8)]
    told = {name: (("chain", "draw"), rng.normal(size=(1, 200))) for name in names}
    tree = as_tree({"observed_data": root["observed_data"], "posterior": labelled(told)})
    made, said = figure_of("many", tree, Wish(kind="corner"), Look.of(**look))
    assert len(made.axes[0].child_axes) == shown * (shown + 1) / 2
    assert "left out: " + "; ".join(names[shown:]) in said


def test_groups_and_unknowns_without_room_are_told(root, as_tree, labelled):
    cells = [f"c{number}" for number in range(10)]
    observed = root["observed_data"].assign_coords(cell=("row", cells))
    step, flat = np.linspace(0.0, 1.0, 5), [f"K_in[{text}]" for text in cells]
    told = {
        "K_in": ("cell", np.full(10, 0.5), "mmol/L"),
        "profile_value": (("parameter", "step"), np.tile(step, (10, 1))),
        "profile_chi2": (("parameter", "step"), np.tile(step, (10, 1))),
        "V_residual": ("row", root["best"].V_residual.values),
    }
    own = {"cell": ("cell", cells), "parameter": ("parameter", flat)}
    tree = as_tree({"observed_data": observed, "best": labelled(told, own)})
    made, said = figure_of("cells", tree, Wish(kind="residuals", hue="cell"))
    assert "8 of 10 values of cell by colour" in said
    _, *dots = made.axes[0].lines
    assert [len(one.get_xdata()) for one in dots] == [1] * 8 + [2]
    assert "all others" in {text.get_text() for text in made.legends[0].get_texts()}
    made, said = figure_of("cells", tree, Wish(kind="profiles"))
    assert (len(made.axes), "9 of 10 unknowns" in said) == (9, True)


def test_a_table_without_conditions_is_drawn_by_its_rows(root, as_tree):
    observed = root["observed_data"].drop_vars(["K_out", "nitrogen"])
    groups = {"observed_data": observed, "best": root["best"]}
    fit = json.dumps({"data": {"conditions": []}})
    made, _ = figure_of("rows", as_tree(groups, fit=fit), Wish(kind="recording"))
    axes = made.axes[0]
    np.testing.assert_array_equal(axes.containers[0].lines[0].get_xdata(), np.arange(1.0, 11.0))
    assert axes.get_xlabel() == "row of the table"
    assert all(at == round(at) for at in axes.get_xticks())


@pytest.fixture(scope="module")
def stored(root, as_tree, tmp_path_factory):
    """Return the path of a stored fit, texts as Zarr keeps them."""

    def kept(group):
        texts = {n: v.astype(TEXT) for n, v in group.coords.items() if v.dtype.kind == "U"}
        return group.assign_coords(texts)

    path = tmp_path_factory.mktemp("fits") / "root.zarr"
    tree = as_tree({name: kept(group) for name, group in root.items()})
    tree.to_zarr(path, zarr_format=3, consolidated=False)
    return path


def test_a_stored_fit_is_drawn_by_the_command_and_in_python(stored, tmp_path, capsys):
    roles = dict.fromkeys(("x", "y", "hue", "col")) | {"kind": "recording"}
    file = tmp_path / "root.svg"
    assert command.plot([str(stored)], [], {}, roles, str(file), {"size": "9x7cm"}) == 0
    assert f"Picture: {file}" in capsys.readouterr().out
    assert "nitrate" in file.read_text(encoding="utf-8")
    importlib.import_module("leakscape.accessor")  # as the first use of `ls.plot` does
    tree = xr.open_datatree(stored, engine="zarr", consolidated=False)
    assert tree.leakscape.plot(kind="residuals").axes[0].get_xscale() == "log"


def test_a_fit_is_drawn_alone(stored):
    with pytest.raises(DeclarationError, match="a fit is drawn alone, got root and 1 more"):
        ls.plot(stored, stored)


def test_a_damaged_fit_is_said(stored, tmp_path):
    broken = tmp_path / "broken.zarr"
    (broken / "best").mkdir(parents=True)
    (broken / "zarr.json").write_bytes((stored / "zarr.json").read_bytes())
    (broken / "best" / "zarr.json").write_text("{", encoding="utf-8")
    with pytest.raises(DamageError, match="is damaged"):
        ls.plot(broken)

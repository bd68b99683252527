"""Commands that analyse. Each loads what it needs when it is called, not before."""

from __future__ import annotations

import click

from leakscape.cli.commands import changes_to_study, leakscape

__all__ = ["leakscape"]

METHODS = ("sobol", "shapley", "morris", "dgsm", "grid", "regional")
FITTED_BY = ("auto", "scan", "lm", "nuts")


@leakscape.command()
@click.argument("study", metavar="STUDY|PATH")
@click.option("--method", type=click.Choice(METHODS), default="sobol", show_default=True)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="NAME",
    help='What is explained; or "V_rest > -60 mV", whether it holds. May be repeated.',
)
@click.option("--second-order", is_flag=True, help="Of sobol: the indices of pairs too.")
@click.option(
    "--until",
    type=float,
    metavar="WIDTH",
    help="Double the points until every interval is narrower: its half-width, such as 0.005.",
)
@click.option(
    "--most",
    type=float,
    default=1e8,
    show_default="1e8",
    metavar="POINTS",
    help="Where doubling ends.",
)
@click.option("--seed", type=int, metavar="N", help="By default the population's.")
@click.option(
    "--on-invalid",
    type=click.Choice(("raise", "drop")),
    default="raise",
    show_default=True,
    help="Where a point has no value: stop, or leave it out with its base point.",
)
@click.option(
    "--store", metavar="PATH", help="Where the result goes; by default ./<name>_<method>.zarr."
)
@changes_to_study
def sensitivity(
    study: str,
    method: str,
    outputs: tuple[str, ...],
    second_order: bool,
    until: float | None,
    most: float,
    seed: int | None,
    on_invalid: str,
    store: str | None,
    settings: tuple[str, ...],
) -> int:
    """Say which parameters of a population decide an output, and how sure that is.

    STUDY has a [population], which says what varies and how; its axes stay. With --method grid,
    PATH is a finished sweep, and nothing is evaluated.
    """
    from leakscape.cli import kept

    kept.keep_compiled()  # before anything loads JAX
    from leakscape.cli import sensitivity as analyses

    words = ["leakscape", "sensitivity", study]
    words += ["--method", method] if method != "sobol" else []
    words += [word for name in outputs for word in ("--output", name)]
    words += ["--second-order"] if second_order else []
    words += ["--until", f"{until:g}"] if until is not None else []
    words += ["--most", f"{most:g}"] if most != 1e8 else []
    words += ["--seed", str(seed)] if seed is not None else []
    words += ["--on-invalid", on_invalid] if on_invalid != "raise" else []
    words += ["--store", store] if store is not None else []
    options = {
        "output": outputs,
        "second_order": second_order,
        "until": until,
        "most": int(most) if abs(most) < 1e18 else most,
        "seed": seed,
        "on_invalid": on_invalid,
    }
    return analyses.sensitivity(study, method, options, store, settings, words)


@leakscape.command()
@click.argument("fits", metavar="FIT...", nargs=-1, required=True)
@click.option(
    "--method",
    type=click.Choice(FITTED_BY),
    default="auto",
    show_default=True,
    help="scan the prior, lm for the best alone, nuts for chains; auto chooses.",
)
@click.option(
    "--until",
    type=float,
    default=400.0,
    show_default="400",
    metavar="POINTS",
    help="Of a scan: the effective number of points at which it ends.",
)
@click.option(
    "--most", type=float, default=1e8, show_default="1e8", metavar="POINTS", help="Where it ends."
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N")
@click.option("--store", metavar="PATH", help="Where the result goes; by default ./<name>.zarr.")
@changes_to_study
def fit(
    fits: tuple[str, ...],
    method: str,
    until: float,
    most: float,
    seed: int,
    store: str | None,
    settings: tuple[str, ...],
) -> int:
    """Fit a model's parameters to a table of recordings, and say how sure they are.

    FIT is a name from `leakscape list --fits`, or a path that ends in .toml. Several fits of one
    table are compared.
    """
    from leakscape.cli import kept

    kept.keep_compiled()  # before anything loads JAX
    from leakscape.cli import fit as fitted

    whole = int(most) if abs(most) < 1e18 else most
    options = {"method": method, "until": until, "most": whole, "seed": seed}
    return fitted.fit(fits, options, store, settings)

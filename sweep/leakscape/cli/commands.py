"""The commands and their arguments. Each loads what it needs when it is called, not before."""

from __future__ import annotations

import click

from leakscape import __version__
from leakscape.spelling import readable

_KINDS = ("study", "kernel", "mechanism")
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
changes_to_study = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    callback=lambda context, option, values: tuple(map(readable, values)),
    help='Change the study, such as axes.P_Na.size=50 or fixed.temperature="20 degC".',
)
_cache = click.option(
    "--no-cache", is_flag=True, help="Compile anew, and keep nothing of it in the cache folder."
)
_select = click.option(
    "--select",
    multiple=True,
    metavar="AXIS=VALUE",
    help="Hold an axis at the value nearest to this one, such as temperature=37.",
)
_study = click.argument("study", metavar="STUDY")
_path = click.argument("path", metavar="PATH")


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="leakscape", message="%(prog)s %(version)s")
def leakscape() -> None:
    """Resting membrane potentials over millions to billions of parameter combinations.

    STUDY is a name from `leakscape list`, or a path that ends in .toml.

    \b
    Exit status: 0 complete, 2 usage, 3 failed chunks or damage, 65 bad input or
    another study's store, 70 a bug, 74 input/output, 75 busy, 130 interrupted
    (143 by SIGTERM, 129 by SIGHUP).
    """


@leakscape.command("list")
@click.option("--studies", is_flag=True, help="Only these; may be combined.")
@click.option("--fits", is_flag=True, help="Likewise.")
@click.option("--kernels", is_flag=True, help="Likewise.")
@click.option("--membranes", is_flag=True, help="Likewise.")
@click.option("--mechanisms", is_flag=True, help="Likewise.")
def list_(**groups: bool) -> int:
    """List studies, fits, kernels, membranes and types of mechanisms."""
    from leakscape.cli import listing

    return listing.list_all([name for name, wanted in groups.items() if wanted])


@leakscape.command()
@click.argument("name", metavar="NAME")
@changes_to_study
def show(name: str, settings: tuple[str, ...]) -> int:
    """Show what a study asks; parameters of a kernel or membrane; keys of a mechanism."""
    from leakscape.cli import show as shows

    return shows.show(name, settings)


@leakscape.command()
@click.argument("kind", metavar="study|kernel|mechanism", type=click.Choice(_KINDS))
@click.argument("file", metavar="FILE")
@click.option("--kernel", metavar="NAME", help="The kernel of a study, whose parameters it lists.")
def new(kind: str, file: str, kernel: str | None) -> int:
    """Write a commented start that runs: a study, or a kernel or mechanism with its study."""
    from leakscape.cli import new as starts

    return starts.new(kind, file, kernel)


@leakscape.command()
@_study
@changes_to_study
def plan(study: str, settings: tuple[str, ...]) -> int:
    """Say what a run would cost: points, chunks, bytes, memory, time."""
    from leakscape.cli import plan as plans

    return plans.plan(study, settings)


@leakscape.command()
@_study
@click.option("--store", metavar="PATH", help="Where the result goes; by default ./<name>.zarr.")
@click.option(
    "--scheduler",
    default="threads",
    show_default=True,
    metavar="S",
    help="threads, local:N for N processes, or the address of a Dask cluster.",
)
@click.option(
    "--patience",
    type=float,
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for workers, and for a worker or scheduler that falls silent.",
)
@click.option(
    "--chunk-limit",
    type=float,
    metavar="SECONDS",
    help="When to give up a chunk; by default 100 times the median, at least 600.",
)
@click.option(
    "--insecure",
    is_flag=True,
    help="Allow tcp:// to another machine, where anyone who reaches the port can run code.",
)
@click.option("--tls-ca", metavar="FILE", help="For tls://: who signs the certificates.")
@click.option("--tls-cert", metavar="FILE", help="For tls://: the certificate to show.")
@click.option("--tls-key", metavar="FILE", help="For tls://: its key.")
@click.option("--force", is_flag=True, help="Begin although the disk is too small.")
@_cache
@changes_to_study
def run(
    study: str,
    store: str | None,
    settings: tuple[str, ...],
    no_cache: bool,
    **given: str | float | bool | None,
) -> int:
    """Run a study, or resume what is there."""
    from leakscape.cli import kept

    (kept.keep_nothing if no_cache else kept.keep_compiled)()  # before anything loads JAX
    from leakscape.cli import running

    return running.run(study, store, given, settings)


@leakscape.command()
@_path
@click.option("--json", "as_json", is_flag=True, help="One line of JSON and nothing else.")
def status(path: str, as_json: bool) -> int:
    """Say how a sweep stands; exit status 3 where chunks failed.

    Or are missing, or of another size than was written: chunks are listed and not read. What is
    inside them, `leakscape verify` checks. Metadata and coordinates are checked here too.
    """
    from leakscape.cli import status as states

    return states.status(path, as_json)


@leakscape.command()
@_path
def verify(path: str) -> int:
    """Check every checksum of a sweep; exit status 3 where something is damaged."""
    from leakscape.cli import status as states

    return states.verify(path)


@leakscape.command()
@_path
def repair(path: str) -> int:
    """Write anew what follows from the study; make damaged chunks "not computed" for `run`."""
    from leakscape.cli import status as states

    return states.repair(path)


@leakscape.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--output", "outputs", multiple=True, metavar="NAME", help="What to draw; a panel each."
)
@click.option("--x", metavar="A", help="Along which axis; alone it draws lines.")
@click.option("--y", metavar="B", help="The second axis of a heat map.")
@click.option("--hue", metavar="C", help="The axis that tells lines apart by colour.")
@click.option("--col", metavar="D", help="The axis of which every value has a panel of its own.")
@click.option("--kind", metavar="NAME", help="Such as lines or heatmap; another name lists all.")
@_select
@click.option("--file", metavar="OUT.png", help="Or .svg, .pdf; by default ./<store name>.png.")
@click.option("--title", metavar="TEXT", help="Instead of the study's question.")
@click.option("--subtitle", metavar="TEXT", help="Instead of slice and size.")
@click.option("--size", metavar="WxH", help="Such as 9x6cm, or 4x3in.")
@click.option("--xlim", metavar="A:B", help='Ends of the axis, such as -80:-40 or "5 mM:".')
@click.option("--ylim", metavar="A:B", help="Likewise.")
@click.option("--log", metavar="x|y|xy|none", help="Which axes are logarithmic.")
@click.option("--cmap", metavar="NAME", help="A colour map of matplotlib's.")
@click.option("--style", metavar="FILE.mplstyle", help="A style sheet, or a name of matplotlib's.")
@click.option("--context", metavar="talk|paper", help="Large or small texts.")
def plot(
    paths: tuple[str, ...],
    outputs: tuple[str, ...],
    select: tuple[str, ...],
    file: str | None,
    **given: str | None,
) -> int:
    """Draw a sweep, several over one another, or a fit."""
    from leakscape.cli import plot as plots

    roles = {role: given.pop(role) for role in ("x", "y", "hue", "col", "kind")}
    return plots.plot(paths, outputs, _chosen(select), roles, file or "", given)


@leakscape.command()
@_path
@click.argument("file", metavar="OUT.csv|.parquet|.nc")
@click.option("--output", "outputs", multiple=True, metavar="NAME", help="Only this; repeatable.")
@_select
def export(path: str, file: str, outputs: tuple[str, ...], select: tuple[str, ...]) -> int:
    """Write a table with a row per point and units in its header; or netCDF.

    Outputs with a dimension of their own (times, equilibria, quantiles, bins) come with --output:
    a row for each value.
    """
    from leakscape.cli import export as exports

    return exports.export(path, file, outputs, _chosen(select))


@leakscape.command()
@_path
@click.option("--level", multiple=True, metavar="LEVEL", help='Such as "-55 mV"; may be repeated.')
@click.option("--output", metavar="NAME", help="What crosses it; by default what `plot` draws.")
@_select
@click.option("--study", metavar="STUDY", help="Whose it is, where that has code of its own.")
@click.option("--no-refine", is_flag=True, help="Take the points of the grid, evaluate nothing.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON and nothing else.")
def findings(
    path: str,
    level: tuple[str, ...],
    output: str | None,
    select: tuple[str, ...],
    study: str | None,
    no_refine: bool,
    as_json: bool,
) -> int:
    """Say in numbers what a sweep shows: ranges, crossings, shares, quantiles, folds."""
    from leakscape.cli import kept

    kept.keep_compiled()  # before anything loads JAX
    from leakscape.cli import summary

    return summary.findings(
        path,
        level,
        output or "",
        _chosen(select),
        study=study,
        refine=not no_refine,
        as_json=as_json,
    )


def _chosen(select: tuple[str, ...]) -> dict[str, str]:
    """Read `--select`: axis -> value."""
    chosen: dict[str, str] = {}
    for text in select:
        axis, equals, value = text.partition("=")
        if not (axis.strip() and equals and value.strip()):
            raise click.BadParameter(f"expected AXIS=VALUE, got {text!r}", param_hint="--select")
        if axis.strip() in chosen:
            raise click.BadParameter(f"{axis.strip()} is given twice", param_hint="--select")
        chosen[axis.strip()] = value.strip()
    return chosen

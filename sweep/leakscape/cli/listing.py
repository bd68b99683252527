"""The words of `list`: what there is, a line on each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from leakscape.cli import terminal
from leakscape.cli.terminal import say
from leakscape.declare import find as kernels
from leakscape.declare import mechanisms, toml
from leakscape.declare.catalogue import catalogue
from leakscape.declare.fits import fits
from leakscape.declare.membranes import membranes
from leakscape.errors import SweepError

WORDS = 90
"""Letters of a question that `list` shows."""
GO_ON = ("show NAME", "plan STUDY", "run STUDY", "fit FIT", "new study FILE.toml")
Rows = list[tuple[str, str]]


def list_all(groups: Collection[str] = ()) -> int:
    """Print the names of studies, fits, kernels, membranes and mechanisms.

    Args:
        groups: which of them; none means all.

    Returns:
        0.
    """
    empty = True
    for group, (head, rows_of) in GROUPS.items():
        rows = rows_of() if group in groups or not groups else []
        if rows:
            if not empty:
                say()
            say(group.capitalize())
            terminal.table(("name", head), rows)
            empty = False
    if empty:
        missing = " and no ".join(groups or ("studies", "kernels"))
        say(f"There are no {missing}: is leakscape installed as a package?")
    say()
    go_on = [terminal.command("leakscape", *words.split()) for words in GO_ON]
    say(f"Go on with: {', '.join(go_on)}")
    return 0


def _studies() -> Rows:
    return [(name, _question(path)) for name, path in catalogue().items()]


def _fits() -> Rows:
    return [(name, _question(path)) for name, path in fits().items()]


def _question(path: Path) -> str:
    """Return a study's question, without a look at what else is in its file."""
    try:
        question = str(toml.read(path).get("question", ""))
    except SweepError as error:
        return f"cannot be read: {error}"
    return question if len(question) <= WORDS else question[:WORDS].rsplit(" ", 1)[0] + " ..."


def _kernels() -> Rows:
    return [(name, _summary(name)) for name in kernels.registered()]


def _summary(name: str) -> str:
    """Return a kernel's headline outputs; a broken one shall not hide the others."""
    try:
        if told := kernels.summary(name):
            return told
        outputs = kernels.find(name, {}, None).outputs
    except Exception as error:  # another package's kernel can fail in any way
        return f"cannot be loaded: {error}"
    kept = [key for key, output in outputs.items() if output.headline] or list(outputs)
    return ", ".join(
        f"{key} [{outputs[key].unit}] {outputs[key].long_name}".strip() for key in kept[:3]
    )


def _membranes() -> Rows:
    return [(name, str(table.get("about", ""))) for name, table in membranes().items()]


def _mechanisms() -> Rows:
    return [(name, mechanisms.one_line(name)) for name in mechanisms.registered_types()]


GROUPS: dict[str, tuple[str, Callable[[], Rows]]] = {
    "studies": ("question", _studies),
    "fits": ("question", _fits),
    "kernels": ("outputs", _kernels),
    "membranes": ("about", _membranes),
    "mechanisms": ("about", _mechanisms),
}
"""What is listed -> the head of what is said of each, and the rows."""

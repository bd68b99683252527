"""The words of `list` and `show`: studies and kernels as they are declared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leakscape.cli import terminal
from leakscape.cli.again import again
from leakscape.cli.terminal import heading, say
from leakscape.declare import description, toml
from leakscape.declare import find as kernels
from leakscape.declare.catalogue import catalogue
from leakscape.declare.kernel import Described
from leakscape.declare.membranes import membranes
from leakscape.errors import SweepError

WORDS = 90
"""Letters of a question that `list` shows."""
GO_ON = ("show NAME", "plan STUDY", "run STUDY")


def list_all() -> int:
    """Print the names of studies and kernels."""
    studies = catalogue()
    if studies:
        say("Studies")
        terminal.table(("name", "question"), [(n, _question(path)) for n, path in studies.items()])
    registered = kernels.registered()
    if registered:
        heading("Kernels")
        rows = [(name, _summary(name)) for name in registered]
        terminal.table(("name", "outputs"), rows)
    ready = membranes()
    if ready:
        heading("Membranes")
        terminal.table(("name", "about"), [(n, str(t.get("about", ""))) for n, t in ready.items()])
    if not studies and not registered:
        say("There are no studies and no kernels: is leakscape installed as a package?")
    say()
    go_on = [terminal.command("leakscape", *words.split()) for words in GO_ON]
    say(f"Go on with: {', '.join(go_on)}")
    return 0


def _question(path: Path) -> str:
    """Return a study's question, without a look at what else is in its file."""
    try:
        question = str(toml.read(path).get("question", ""))
    except SweepError as error:
        return f"cannot be read: {error}"
    return question if len(question) <= WORDS else question[:WORDS].rsplit(" ", 1)[0] + " ..."


def _summary(name: str) -> str:
    """Return a kernel's headline outputs; a broken one shall not hide the others."""
    try:
        if told := kernels.summary(name):
            return told
        outputs = _described(name).outputs
    except Exception as error:  # another package's kernel can fail in any way
        return f"cannot be loaded: {error}"
    kept = [key for key, output in outputs.items() if output.headline] or list(outputs)
    return ", ".join(
        f"{key} [{outputs[key].unit}] {outputs[key].long_name}".strip() for key in kept[:3]
    )


def _described(reference: str) -> Described:
    return kernels.find(reference, {}, None)


def show(name: str, settings: Sequence[str]) -> int:
    """Print a study, a kernel or a membrane.

    Args:
        name: of any of them, a path that ends in .toml, or package.module:attribute.
        settings: changes to the study.

    Returns:
        0.

    Raises:
        SweepError: there is none of that name, or it is not sound.
    """
    told = description.show(name, settings)
    terminal.note(told.notes)
    terminal.show(told.card)
    say()
    say(told.use or f"Run it with: {terminal.command(*again(name, told.name, settings))}")
    return 0

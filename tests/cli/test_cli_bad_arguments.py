"""Any argument and any kind of file ends in one sentence and an exit status, never in a bug."""

from __future__ import annotations

import os
import socket

import pytest

SENTENCES = {2, 3, 65, 74}
"""Exit statuses of what is refused; 70 is a bug."""
PATHS = (
    *("", ".", "..", "/", "//", "~", "~nobody/x", "a\0b", "x" * 300, "x" * 5000, "x/" * 3000),
    *("toy.toml", "toy.toml/x.zarr", "/dev/null", "/dev/zero", "/dev/stdin", "/proc/self/mem"),
    *("\udcff.zarr", "\ud800", "\x1b[31m.zarr", "a\nb.zarr", "-", "s3://x", "file:///x", "pipe"),
    *("pipe/x.zarr", "own.py", "/proc/x.zarr", "nothing.zarr", "..zarr", "loop", "loop/x.zarr"),
)
WORDS = (
    *(
        "",
        " ",
        "x" * 9000,
        "a\0b",
        "\x1b[31m",
        "\udcff",
        "nan",
        "inf",
        "9" * 400,
        "9" * 5000,
        "1e999",
    ),
    *("5 m**9**9**9", "5 mV", "5 degC", "id", "cell", "status", "V_rest", "t", "x", "-1", "٣", "'"),
)


def refused(said) -> bool:
    """Hold what was said to a sentence; tell whether it was a refusal."""
    assert said.status in SENTENCES | {0}, said
    assert "this is a bug" not in said.err
    if said.status == 0:
        return False
    text, newline, rest = said.err.rstrip("\n").partition("\n")
    assert text
    assert not newline or (said.status == 74 and rest.startswith("Resume with: ")), rest
    assert "\n" not in rest
    assert len(text) <= 2100
    shown = text.replace("\N{NO-BREAK SPACE}", " ").replace("\udcff", "")  # a byte of a name
    assert shown.isprintable()
    return True


@pytest.fixture
def odd(folder):
    """A folder in which pipes, loops and sockets stand about."""
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")  # a path relative to the folder: sockets take short ones alone
        yield folder


def test_any_path_of_a_store_is_taken_or_refused_in_a_sentence(odd, command):
    for path in PATHS:
        for words in (["status"], ["verify"], ["plot"]):
            assert refused(command(*words, path)), (words, path)
    assert not (odd / "~").exists()


def test_no_run_begins_at_a_path_that_cannot_hold_a_store(odd, command):
    small = ("--set", "axes.x.size=2", "--set", "axes.r.size=2")
    before = {path.name for path in odd.iterdir()}
    for path in PATHS:
        if path in ("..zarr", "nothing.zarr", "-", "\udcff.zarr", "\x1b[31m.zarr", "a\nb.zarr"):
            continue  # odd, but folders can have these names
        assert refused(command("run", "toy.toml", "--store", path, *small)), path
    assert {path.name for path in odd.iterdir()} - {"__pycache__"} == before


@pytest.mark.parametrize("kind", ["pipe", "socket", "loop", "/dev/zero", "/dev/stdin", "."])
def test_a_study_a_table_and_a_kernel_are_regular_files(odd, command, kind):
    (odd / "odd.toml").symlink_to(kind)
    (odd / "odd.py").symlink_to(kind)
    for words in (
        ["plan", "odd.toml"],
        ["show", "odd.toml"],
        ["run", "toy.toml", "--set", "kernel=odd.py:kernel"],
        ["run", "toy.toml", "--set", f'population={{ table = "{kind}" }}'],
    ):
        assert refused(command(*words)), words


@pytest.mark.slow
def test_any_word_in_any_option_is_taken_or_refused_in_a_sentence(odd, command):
    small = ("--set", "axes.x.size=12", "--set", "axes.r.size=12")
    assert command("run", "toy.toml", *small).status == 0
    for word in WORDS:
        for option in ("--output", "--x", "--y", "--hue", "--select", "--file"):
            refused(command("plot", "toy.zarr", option, word))
        for name in ("x", "t", "r", word):
            refused(command("plot", "toy.zarr", "--select", f"{name}={word}"))
        for words in (["show", word], ["show", f"{word}:{word}"], ["plan", f"{word}.toml"], [word]):
            assert refused(command(*words)), words
        assert refused(command("run", "toy.toml", "--scheduler", word)), word
        assert refused(command("plot", "toy.zarr", f"--no{word}")), word


@pytest.mark.slow
def test_a_picture_goes_into_a_file_or_is_refused_in_a_sentence(odd, command):
    small = ("--set", "axes.x.size=12", "--set", "axes.r.size=12")
    assert command("run", "toy.toml", *small).status == 0
    for path in PATHS:
        if path:  # without one the picture has the store's name
            assert refused(command("plot", "toy.zarr", "--file", path))
    for path in ("a\0b", "~/x", "x" * 300, "\ud800", "/dev/null/x", "loop/x", "nothing/x"):
        assert refused(command("plot", "toy.zarr", "--file", f"{path}.png"))

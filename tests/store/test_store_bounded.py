"""Laws of bombs: what claims, or unfolds to, more than it may is refused in little memory."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
import zarr

from leakscape import store as stores
from leakscape.errors import StoreError
from leakscape.store.values import loaded

_spec = importlib.util.spec_from_file_location("bombs", Path(__file__).with_name("bombs.py"))
assert _spec is not None
assert _spec.loader is not None
bombs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bombs)

MOST_MEMORY, MOST_SECONDS = 500e6, 600
"""Of a whole process [bytes, s]; the second only ends what would never end.

`getrusage` would tell the size of the process that it was forked off, if that is larger.
"""
MEASURED = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at /proc")
PLOT = """
import contextlib, io, json, sys
from leakscape.cli import main
for path in sys.argv[1:]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["plot", path, "--file", f"{path}.png"])
    lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(json.dumps([status, err.getvalue(), int(lines["VmHWM"].split()[0]) * 1024]), flush=True)
"""


def plotted(paths: list[Path]) -> list[tuple[int, str]]:
    """Plot stores, one after another in one process, whose largest size at any time is small.

    Returns:
        The exit status of each, and what it said on standard error.
    """
    ended = subprocess.run(
        [sys.executable, "-c", PLOT, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert ended.returncode == 0, ended.stderr
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    for path, (_, _, size) in zip(paths, told, strict=True):
        assert size < MOST_MEMORY, path.name  # the first one that is named took it
    return [(status, err) for status, err, _ in told]


def made(folder: Path, kinds: Mapping[str, Callable[[Path], None]]) -> list[Path]:
    """Make stores of all kinds in a folder."""
    paths = []
    for number, make in enumerate(kinds.values()):
        paths.append(folder / f"{number}.zarr")
        make(paths[-1])
    return paths


@pytest.mark.repeats(quick=4)
@pytest.mark.parametrize("kind", bombs.REFUSED)
def test_a_bomb_is_refused_in_one_sentence(tmp_path, kind):
    path = tmp_path / "a.zarr"
    bombs.REFUSED[kind](path)
    with pytest.raises(StoreError) as refused:
        [loaded(variable) for variable in stores.open(path).variables.values()]
    text = str(refused.value)
    assert "\n" not in text
    assert len(text) < 400


@MEASURED
@pytest.mark.slow
def test_a_bomb_costs_little_memory(tmp_path):
    paths = made(tmp_path, bombs.REFUSED)
    for kind, (status, err) in zip(bombs.REFUSED, plotted(paths), strict=True):
        assert status == 65, kind
        assert len(err.splitlines()) == 1, kind


@MEASURED
@pytest.mark.slow
def test_a_trillion_points_are_drawn_from_a_few_chunks(tmp_path):
    paths = made(tmp_path, bombs.DRAWN)
    for path, (status, err) in zip(paths, plotted(paths), strict=True):
        assert status == 0, err
        assert Path(f"{path}.png").stat().st_size > 0


CODECS = {
    "none": {"v3": []},
    "blosc": {"v3": [zarr.codecs.BloscCodec()]},
    "zstd": {"v3": [zarr.codecs.ZstdCodec()]},
    "zstd with a checksum": {"v3": [zarr.codecs.ZstdCodec(checksum=True)]},
    "gzip": {"v3": [zarr.codecs.GzipCodec()]},
    "crc32c last": {"v3": [zarr.codecs.BloscCodec(), zarr.codecs.Crc32cCodec()]},
    "shards": {"v3": [zarr.codecs.ZstdCodec()], "shards": (20, 30), "chunks": (10, 10)},
    **{name: {"v2": bombs._numcodec(name)} for name in ("zlib", "bz2", "lzma", "lz4", "gzip")},
}


@pytest.mark.parametrize("codec", CODECS)
def test_a_sound_chunk_of_any_usual_codec_is_read(tmp_path, codec):
    path = bombs.small(tmp_path / "a.zarr", **CODECS[codec])
    wanted = np.random.default_rng(0).normal(size=(20, 30))
    assert np.array_equal(loaded(stores.open(path).V), wanted)
    assert np.array_equal(loaded(stores.open(path).V[3:5, 7]), wanted[3:5, 7])


def test_a_dataset_travels_to_another_process(tmp_path):
    opened = stores.open(bombs.small(tmp_path / "a.zarr"))
    copied = cloudpickle.loads(cloudpickle.dumps(opened))
    assert np.array_equal(copied.V.values, opened.V.values)

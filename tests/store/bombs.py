"""Zarr stores that claim little and unfold to much, or claim much and hold nothing."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numcodecs import Blosc, VLenUTF8, Zstd
from numcodecs.lz4 import LZ4

BIG = 2**31 - 2**20
"""Bytes that a bomb unfolds to; its header may claim it, its content is of zeros."""


def small(path: Path, *, v2: Any = None, v3: Any = "auto", **more: Any) -> Path:
    """Write a sound group of one array V of 20 x 30 numbers in one chunk."""
    ds = xr.Dataset({"V": (("x", "y"), np.random.default_rng(0).normal(size=(20, 30)))})
    encoding: dict[str, Any] = {"V": {"chunks": (20, 30), **more}}
    if v2 is not None or v3 != "auto":
        encoding["V"]["compressors"] = v3 if v2 is None else v2
    ds.to_zarr(path, zarr_format=2 if v2 is not None else 3, consolidated=False, encoding=encoding)
    return path


def chunk_of(path: Path) -> Path:
    """Return the file of the only chunk."""
    return next(f for f in path.rglob("*") if f.is_file() and f.name.lstrip("c").strip("./0") == "")


def blosc(path: Path) -> None:
    small(path, v3=[zarr.codecs.BloscCodec()])
    content = bytearray(chunk_of(path).read_bytes())
    content[4:8] = (BIG).to_bytes(4, "little")
    chunk_of(path).write_bytes(content)


def zstd(path: Path) -> None:
    small(path, v3=[zarr.codecs.ZstdCodec()])
    head = b"\x28\xb5\x2f\xfd\xe0" + (BIG).to_bytes(8, "little")
    chunk_of(path).write_bytes(head + bytes(200))


def zstd_of_unknown_size(path: Path) -> None:
    small(path, v3=[zarr.codecs.ZstdCodec()])
    chunk_of(path).write_bytes(b"\x28\xb5\x2f\xfd\x00\x58" + bytes(200))


def gzipped(path: Path) -> None:
    small(path, v3=[zarr.codecs.GzipCodec()])
    piece = gzip.compress(bytes(2**26), 1)
    chunk_of(path).write_bytes(piece * 40)  # members in a row


def zlibbed(path: Path) -> None:
    small(path, v2=_numcodec("zlib"))
    stream = zlib.compressobj(1)
    pieces = [stream.compress(bytes(2**26)) for _ in range(40)]
    chunk_of(path).write_bytes(b"".join(pieces) + stream.flush())


def bzipped(path: Path) -> None:
    small(path, v2=_numcodec("bz2"))
    chunk_of(path).write_bytes(bz2.compress(bytes(2**26)) * 40)


def lzmaed(path: Path) -> None:
    small(path, v2=_numcodec("lzma"))
    chunk_of(path).write_bytes(lzma.compress(bytes(2**26), preset=0) * 40)


def lz4ed(path: Path) -> None:
    small(path, v2=LZ4())
    chunk_of(path).write_bytes((BIG).to_bytes(4, "little") + bytes(200))


def _numcodec(name: str) -> Any:
    from numcodecs.registry import get_codec

    return get_codec({"id": name})


def shard(path: Path) -> None:
    small(path, v3=[zarr.codecs.BloscCodec()], shards=(20, 30), chunks=(10, 30))
    file = chunk_of(path)
    content = bytearray(file.read_bytes())
    content[4:8] = (BIG).to_bytes(4, "little")
    file.write_bytes(content)


def shard_of_many(path: Path) -> None:
    small(path, v3=[zarr.codecs.BloscCodec()], shards=(20, 30), chunks=(10, 30))
    document = path / "V" / "zarr.json"
    told = json.loads(document.read_text())
    told["shape"] = told["chunk_grid"]["configuration"]["chunk_shape"] = [4000, 4000]
    told["codecs"][0]["configuration"]["chunk_shape"] = [1, 1]
    document.write_text(json.dumps(told))


def texts(path: Path) -> None:
    ds = xr.Dataset({"V": ("n", np.arange(4.0))}, coords={"n": np.array(list("abcd"), object)})
    ds.to_zarr(path, zarr_format=3, consolidated=False)
    encoded = Zstd().encode((2**31).to_bytes(4, "little") + bytes(100))
    (path / "n" / "c" / "0").write_bytes(encoded)


def texts_v2(path: Path) -> None:
    ds = xr.Dataset({"V": ("n", np.arange(4.0))}, coords={"n": np.array(list("abcd"), object)})
    encoding = {"n": {"filters": [VLenUTF8()], "compressors": Blosc()}}
    ds.to_zarr(path, zarr_format=2, consolidated=False, encoding=encoding)
    (path / "n" / "0").write_bytes(Blosc().encode((2**31).to_bytes(4, "little") + bytes(100)))


def changed(**told: Any) -> Callable[[Path], None]:
    """Return a maker of a group whose array claims something else."""

    def make(path: Path) -> None:
        small(path)
        chunk_of(path).unlink()
        document = path / "V" / "zarr.json"
        held = json.loads(document.read_text())
        if "chunks" in told:
            held["chunk_grid"]["configuration"]["chunk_shape"] = told["chunks"]
        held |= {key: value for key, value in told.items() if key != "chunks"}
        document.write_text(json.dumps(held))

    return make


def coordinate(path: Path) -> None:
    small(path)
    (path / "x").mkdir()
    held = json.loads((path / "V" / "zarr.json").read_text())
    held |= {"shape": [10**10], "dimension_names": ["x"]}
    held["chunk_grid"]["configuration"]["chunk_shape"] = [1000]
    (path / "x" / "zarr.json").write_text(json.dumps(held))
    told = json.loads((path / "V" / "zarr.json").read_text()) | {"shape": [10**10, 30]}
    (path / "V" / "zarr.json").write_text(json.dumps(told))


def lists(path: Path) -> None:
    small(path)
    document = path / "V" / "zarr.json"
    text = document.read_text().rstrip().removesuffix("}")
    document.write_text(f'{text}, "more": [{",".join(["[]"] * 15_000_000)}]}}')


REFUSED: dict[str, Callable[[Path], None]] = {
    "blosc": blosc,
    "zstd": zstd,
    "zstd of unknown size": zstd_of_unknown_size,
    "gzip": gzipped,
    "zlib": zlibbed,
    "bz2": bzipped,
    "lzma": lzmaed,
    "lz4": lz4ed,
    "shard": shard,
    "shard of many": shard_of_many,
    "texts": texts,
    "texts v2": texts_v2,
    "huge chunk": changed(shape=[10**6, 10**6], chunks=[10**6, 10**6]),
    "chunk of gigabytes": changed(shape=[10**5, 10**5], chunks=[10**4, 10**5]),
    "lengths beyond 64 bits": changed(shape=[10**30, 10**30], chunks=[20, 30]),
    "coordinate": coordinate,
    "lists in metadata": lists,
    "unknown codec": changed(codecs=[{"name": "bytes"}, {"name": "numcodecs.zfpy"}]),
}
DRAWN: dict[str, Callable[[Path], None]] = {
    "a trillion points in small chunks": changed(shape=[10**6, 10**6], chunks=[20, 30]),
    "a trillion points in rows": changed(shape=[10**6, 10**6], chunks=[1, 10**6]),
    "a trillion points in columns": changed(shape=[10**12], chunks=[10**6], dimension_names=["x"]),
}

"""Laws of the codecs: what is encoded here is what Zarr reads."""

from __future__ import annotations

import numpy as np
import pytest
import zarr

from leakscape.errors import StoreError
from leakscape.store.codec import CODECS, checksum, codec, compressors, encode


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "uint8"])
@pytest.mark.parametrize("name", CODECS)
def test_zarr_reads_what_each_codec_wrote(name, dtype, tmp_path):
    rng = np.random.default_rng(0)
    chunk = (100 * rng.normal(size=(17, 5))).astype(dtype)
    array = zarr.create_array(
        tmp_path / "a",
        shape=(17, 5),
        chunks=(17, 5),
        dtype=dtype,
        fill_value=0,
        filters=None,
        compressors=compressors(name, dtype),
        chunk_key_encoding={"name": "default", "separator": "."},
    )
    content, crc = encode(name, chunk)
    (tmp_path / "a" / "c.0.0").write_bytes(content)
    np.testing.assert_array_equal(array[...], chunk)
    assert checksum(content) == (crc, crc)


@pytest.mark.parametrize("name", CODECS)
def test_zarr_writes_the_bytes_that_each_codec_writes(name, tmp_path):
    chunk = np.linspace(0.0, 1.0, 64, dtype=np.float32).reshape(8, 8)
    array = zarr.create_array(
        tmp_path / "a",
        shape=(8, 8),
        chunks=(8, 8),
        dtype="float32",
        filters=None,
        compressors=compressors(name, "float32"),
    )
    array[...] = chunk
    assert (tmp_path / "a" / "c" / "0" / "0").read_bytes() == encode(name, chunk)[0].tobytes()


@pytest.mark.parametrize("name", CODECS)
def test_a_repeated_value_is_encoded_once_and_like_any_other_chunk(name):
    repeated = np.broadcast_to(np.uint8(1), (4, 4))
    first, again = encode(name, repeated), encode(name, np.broadcast_to(np.uint8(1), (4, 4)))
    assert first[0] is again[0]
    assert first[0].tobytes() == encode(name, np.ones((4, 4), dtype=np.uint8))[0].tobytes()


def test_negative_zero_keeps_its_sign():
    chunk = np.array([0.0, -0.0], dtype=np.float32)
    assert encode("none", chunk)[0][:-4].tobytes() == chunk.tobytes()


def test_an_unknown_codec_is_refused_by_name():
    with pytest.raises(StoreError, match=r"unknown, got 'zip'; use one of default, none"):
        codec("zip")


@pytest.mark.parametrize("content", [b"", b"abcd", b"12345678"])
def test_content_without_its_checksum_never_passes(content):
    computed, stored = checksum(np.frombuffer(content, dtype=np.uint8))
    assert computed != stored

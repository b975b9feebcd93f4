"""Files made in memory, by writers that want a stream."""

import io
from collections.abc import Callable


def text_bytes(write: Callable[[io.TextIOWrapper], None]) -> bytes:
    """Return what `write` writes to a CSV stream."""
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="utf-8", newline="")
    write(stream)
    stream.flush()
    return buffer.getvalue()


def binary_bytes(write: Callable[[io.BytesIO], None]) -> bytes:
    """Return what `write` writes to a binary stream."""
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()

"""Values of more than 8 bits brought to what a screen shows."""

from __future__ import annotations

from typing import Any

import numpy

#: Percentiles that become black and white.
DARKEST, BRIGHTEST = 2, 98


def eight_bits(values: Any, seen: Any = None) -> Any:  # noqa: ANN401 - arrays of any kind
    """Return values as bytes, stretched from the 2nd to the 98th percentile of the known ones that were ``seen``."""
    values = values.astype(numpy.float32)
    known = values[numpy.isfinite(values) if seen is None else numpy.isfinite(values) & (seen > 0)]
    low, high = numpy.percentile(known, (DARKEST, BRIGHTEST)) if known.size else (0.0, 1.0)
    scaled = (numpy.nan_to_num(values) - float(low)) / (float(high - low) or 1.0)
    return (numpy.clip(scaled, 0, 1) * 255).astype(numpy.uint8)

"""Sizes that say little: lengths are rounded up to a few steps per doubling (Padmé).

Source of the rule: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs",
PoPETs 2019(4), section 4.3. At most 12 % is added, less for large content; what remains visible is about
log2(log2 L) bits of the length. Below :data:`SMALLEST` all lengths look alike.
"""

from __future__ import annotations

#: Bytes below which all content has one length: notes, names and identity sheets cannot be told apart.
SMALLEST = 4096


def padded_length(length: int) -> int:
    """Return the length ``length`` bytes are padded to."""
    if length <= SMALLEST:
        return SMALLEST
    exponent = length.bit_length() - 1
    free = exponent - exponent.bit_length()
    mask = (1 << free) - 1
    return (length + mask) & ~mask

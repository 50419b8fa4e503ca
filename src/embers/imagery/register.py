"""Estimate how far two images of the same ground are displaced against each other.

Method: cross-correlation of many overlapping windows (mean removed, Hann taper), refined to a twentieth of
a pixel with a matrix Fourier transform (Guizar-Sicairos, Thurman and Fienup, Optics Letters 33, 2008),
then the largest group of windows that agree. Where everything was destroyed nothing matches: windows that
disagree are expected there, so the share of agreeing windows is part of the result.

The images are never moved. The shift is a recorded number that a reader can apply.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float64]
_UPSAMPLE = 20
#: Windows agree when they lie within this many pixels of each other.
_AGREE_PX = 3.0
_MIN_WINDOWS = 6
_MIN_SHARE = 0.5
_SIZES = (256, 128, 64)


@dataclass(frozen=True, slots=True)
class Shift:
    """Displacement of the second image against the first, in pixels: ``right`` and ``down`` positive.

    ``residual`` is the median distance of agreeing windows from the result. ``reliable`` needs at least
    six windows of which half agree; otherwise the numbers are given but must not be relied on.
    """

    right: float
    down: float
    windows: int
    agreeing: int
    residual: float
    window_size: int
    reliable: bool


def estimate_shift(first: Image, second: Image) -> Shift:
    """Estimate the shift of ``second`` against ``first``, two grey images of equal shape.

    Done twice: the taper pulls large shifts towards zero, so the second round compares windows already
    brought together by whole pixels. Images under 128 pixels a side, or without any texture, give an
    unreliable result of zero windows.
    """
    coarse = _estimate(first, second)
    right, down = round(coarse.right), round(coarse.down)
    if not coarse.reliable or not (right or down):
        return coarse
    fine = _estimate(*_brought_together(first, second, right=right, down=down))
    if not fine.reliable:
        return coarse
    return replace(fine, right=fine.right + right, down=fine.down + down)


def _brought_together(first: Image, second: Image, *, right: int, down: int) -> tuple[Image, Image]:
    height, width = first.shape
    one = first[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
    two = second[max(0, down) : height - max(0, -down), max(0, right) : width - max(0, -right)]
    return one, two


def _estimate(first: Image, second: Image) -> Shift:
    # Half the narrower side at most, so that several windows can vote.
    size = next((side for side in _SIZES if min(first.shape) >= 2 * side), 0)
    found = _window_shifts(first, second, size) if size else []
    if not found:
        return Shift(0.0, 0.0, 0, 0, 0.0, size, reliable=False)
    shifts = np.array(found)
    distance = np.hypot(
        shifts[:, None, 0] - shifts[None, :, 0],
        shifts[:, None, 1] - shifts[None, :, 1],
    )
    near = distance <= _AGREE_PX
    group = shifts[near[int(near.sum(axis=1).argmax())]]
    down, right = (float(middle) for middle in np.median(group, axis=0))
    residual = float(np.median(np.hypot(group[:, 0] - down, group[:, 1] - right)))
    enough = len(shifts) >= _MIN_WINDOWS and len(group) >= _MIN_SHARE * len(shifts)
    return Shift(right, down, len(shifts), len(group), residual, size, reliable=enough)


def _window_shifts(first: Image, second: Image, size: int) -> list[tuple[float, float]]:
    step = size // 4
    hann = np.hanning(size)
    taper = hann[:, None] * hann[None, :]
    found = []
    for top in range(0, first.shape[0] - size + 1, step):
        for left in range(0, first.shape[1] - size + 1, step):
            here = (slice(top, top + size), slice(left, left + size))
            one, two = first[here], second[here]
            if one.std() > 1e-9 and two.std() > 1e-9:
                found.append(_one_shift((one - one.mean()) * taper, (two - two.mean()) * taper))
    return found


def _one_shift(one: Image, two: Image) -> tuple[float, float]:
    """Return (down, right) of ``two`` against ``one`` for one tapered window, at most a quarter window."""
    product: NDArray[Any] = np.fft.fft2(two) * np.conj(np.fft.fft2(one))
    size = one.shape[0]
    surface = np.fft.fftshift(np.fft.ifft2(product).real)
    middle, reach = size // 2, size // 4
    near = surface[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
    row, column = np.unravel_index(int(near.argmax()), near.shape)
    down, right = float(row) - reach, float(column) - reach
    offsets = np.arange(-1.5 * _UPSAMPLE, 1.5 * _UPSAMPLE + 1) / _UPSAMPLE
    waves = np.fft.fftfreq(size)
    rows = np.exp(2j * np.pi * (down + offsets)[:, None] * waves[None, :])
    columns = np.exp(2j * np.pi * waves[:, None] * (right + offsets)[None, :])
    fine = (rows @ product @ columns).real
    best = np.unravel_index(int(fine.argmax()), fine.shape)
    return down + float(offsets[best[0]]), right + float(offsets[best[1]])

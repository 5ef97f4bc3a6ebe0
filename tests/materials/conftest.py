"""Colours as readers with and without colour blindness see them."""

import numpy as np
import pytest

# Machado, Oliveira and Fernandes, IEEE TVCG 15, 1291 (2009), severity 1.
SIGHT = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def linear_rgb(colour):
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


@pytest.fixture(scope="session")
def as_seen():
    """Function: CIE Lab (colour, 3) of ``#rrggbb`` colours for a reader of `SIGHT`."""
    from skimage.color import rgb2lab

    def lab(colours, sight):
        seen = np.clip([SIGHT[sight] @ linear_rgb(colour) for colour in colours], 0, 1)
        srgb = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
        return rgb2lab(srgb[None])[0]

    return lab

"""How emission and absorption are polarised: polar plots in the planes of the emission's principal axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from epidot.observables.optics import Optics
from epidot.reporting.reading import Reading
from epidot.reporting.sheet import Sheet
from epidot.reporting.style import EMISSION, INK, PAGE, hexadecimal

Array = NDArray[Any]


def polarisation_rose(reading: Reading) -> Sheet | None:
    """Intensity against the direction of a polariser, seen across and along the emission's axis.

    None where nothing emits.
    """
    from matplotlib.figure import Figure

    optics = reading.run.optics
    if np.trace(optics.emission_tensor) <= 0.0:
        return None
    axes_of = np.linalg.eigh(optics.emission_tensor)[1][:, ::-1].T
    angle = np.linspace(0.0, 2.0 * np.pi, 181)
    tensors = {"emission": optics.emission_tensor, "absorption": absorption_tensor(optics)}
    figure = Figure(figsize=(0.62 * PAGE, 2.7), layout="constrained")
    columns: dict[str, Any] = {"angle (deg)": np.degrees(angle)}
    views = (("across its axis", (0, 2)), ("along its axis", (1, 2)))
    for place, (title, (up, across)) in enumerate(views):
        panel = figure.add_subplot(1, 2, place + 1, projection="polar")
        for name, tensor in tensors.items():
            seen = through_polariser(tensor, axes_of[up], axes_of[across], angle)
            seen = seen / max(float(np.linalg.eigvalsh(tensor)[-1]), 1e-300)
            columns[f"{name} seen {title}"] = seen
            if name == "emission":
                panel.fill(
                    angle, seen, facecolor=(*hexadecimal(EMISSION), 0.25), edgecolor=EMISSION, label=name
                )
            else:
                panel.plot(angle, seen, color=INK, linewidth=1.1, linestyle=(0, (4, 1.5)), label=name)
        _dress(panel, title)
    figure.axes[0].legend(loc="lower left", bbox_to_anchor=(-0.35, -0.2), handlelength=1.2)
    caption = (
        f"Intensity behind a polariser turned about the line of sight, 1 along the strongest direction; 0° "
        f"is the axis of strongest emission (left). The emission is {100 * optics.polarisation:.0f} % "
        f"polarised at {optics.temperature:.0f} K. Absorption: computed transitions at the first peak, "
        f"{optics.first_peak:.2f} eV, with the local field of the particle."
    )
    return Sheet("polarisation", "Polarisation", caption, figure, columns)


def absorption_tensor(optics: Optics) -> Array:
    """Σ_x E_x g(E_x − E₁) Re d_x d_x† of the dipoles that the medium sees, E₁ the first peak; (3, 3)."""
    dipole = optics.seen_dipole[..., 0] + 1j * optics.seen_dipole[..., 1]
    width = optics.broadening / np.sqrt(8.0 * np.log(2.0))
    near = np.exp(-0.5 * np.square((optics.energies - optics.first_peak) / width))
    return np.einsum("x,xi,xj->ij", optics.energies * near, dipole, dipole.conj()).real


def through_polariser(tensor: Array, up: Array, across: Array, angle: Array) -> Array:
    """uᵀ T u for u at `angle` (radians) from `up` towards `across`; unit vectors (3,)."""
    direction = np.cos(angle)[:, None] * up + np.sin(angle)[:, None] * across
    return np.einsum("ai,ij,aj->a", direction, tensor, direction)


def _dress(panel: Any, title: str) -> None:
    panel.set_theta_zero_location("N")
    panel.set(ylim=(0.0, 1.05))
    panel.set_yticks([0.5, 1.0], ["", ""])
    panel.set_xticks(
        np.radians([0, 45, 90, 135, 180, 225, 270, 315]), ["0°", "", "90°", "", "180°", "", "270°", ""]
    )
    panel.tick_params(pad=2)
    panel.grid(linewidth=0.4, alpha=0.5)
    panel.set_title(f"seen {title}", pad=10)

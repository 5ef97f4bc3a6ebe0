"""What a spectrometer measures on one particle.

Takes: `Excitons`, a temperature, a `Light` method.
Gives: `Optics`; bands of its energies from the disputed band offsets (`uncertainty`).
Method: dipoles from the tight-binding amplitudes, Gaussian lines, Boltzmann populations of pair states.
Sources: Graf and Vogl, Phys. Rev. B 51, 4940 (1995) (position operator of tight binding); Delerue and
Lannoo, Nanostructures (Springer 2004), ch. 5 (strengths, rates).
Checked by: sum rules, rotations of space and of the basis of a multiplet, two-level limits, limits of
temperature.
"""

from epidot.observables.light import absorption
from epidot.observables.method import Light
from epidot.observables.optics import Optics
from epidot.observables.uncertainty import uncertainty

__all__ = ["Light", "Optics", "absorption", "uncertainty"]

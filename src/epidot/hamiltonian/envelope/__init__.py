"""Envelopes of electrons and holes in single bands, on a grid that the atoms fill.

Takes: `Relaxed` (its atoms say what is where; there is no orbital on them).
Gives: `Envelope`: blocks of finite elements (eV) at an energy, of the conduction band and two valence bands.
Method: effective masses that depend on position and, of the electron, on energy (Kane); edges with the
offsets of polytypes, strain and potentials; outside, states decay as they do in a barrier.
Sources: BenDaniel and Duke, Phys. Rev. 152, 683 (1966); Kane, J. Phys. Chem. Solids 1, 249 (1957); Luttinger,
Phys. Rev. 102, 1030 (1956); Xia, Phys. Rev. B 40, 8500 (1989).
Checked by: spheres, cylinders and wells with known levels (`tests/hamiltonian/test_envelope.py`).
"""

from epidot.hamiltonian.envelope.build import envelope
from epidot.hamiltonian.envelope.method import EnvelopeMethod
from epidot.hamiltonian.envelope.model import Envelope

__all__ = ["Envelope", "EnvelopeMethod", "envelope"]

"""Other eigensolvers on the identical Hamiltonian, side by side with ours.

Takes: a `TightBinding`, or a number of atoms for the benchmark's own particle.
Gives: what each side needed in seconds and memory, and whether the states are the same.
Method: the Hamiltonian between kept orbitals goes out as a SciPy CSR file (`matrix`); one process per
peer, run by the interpreter of a separate environment (`driver`); what comes back is judged here (`race`).
Checked by: tests/pipeline/test_peers.py (inertia of H − σ, our own states, a missing and a crashing peer).
"""

from epidot.pipeline.peers.catalogue import PEERS, Peer
from epidot.pipeline.peers.matrix import kept_matrix
from epidot.pipeline.peers.race import Race, race
from epidot.pipeline.peers.sizes import peers_at

__all__ = ["PEERS", "Peer", "Race", "kept_matrix", "peers_at", "race"]

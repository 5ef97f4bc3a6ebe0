"""Coulomb integrals between the valence s and p orbitals of one atom, from Slater orbitals.

R(r) ∝ r^(n* − 1) exp(−ζ r), the same for s and p, with ζ = (Z − σ)/n* from Slater's rules (Phys. Rev. 36,
57 (1930): σ = 0.35 for each other valence electron, 0.85 for each in the shell below, 1 for each further
in; n* = 2, 3, 3.7, 4.0, 4.2 from the second period on). With all radial functions the same, every
integral is one of

    F^k = ∫∫ r<^k / r>^(k+1) P(r) P(r') dr dr',   P = r² R²,   k = 0, 1, 2;

(s p_x|s p_x) = F¹/3, (p_x p_y|p_x p_y) = 3 F²/25, and so on (Slater, Quantum Theory of Atomic Structure,
1960). They are estimates: semi-empirical one-centre integrals of the same elements differ by up to half.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

from epidot.errors import InputError
from epidot.units import COULOMB

BOHR: Final = 0.529177210903
"""Å (CODATA 2018)."""
_BELOW_VALENCE: Final = {2: 2, 3: 10, 4: 28, 5: 46, 6: 78}
"""Electrons under the valence s and p of each period, filled d and f shells counted."""
_SHELL_BELOW: Final = {2: 2, 3: 8, 4: 18, 5: 18, 6: 18}
"""Those of them with the next lower principal quantum number."""
_EFFECTIVE: Final = {2: 2.0, 3: 3.0, 4: 3.7, 5: 4.0, 6: 4.2}
"""Slater's n*."""


@cache
def slater_exponent(number: int) -> tuple[float, float]:
    """n* and ζ (1/Å) of the valence shell of an element.

    Raises
    ------
    InputError
        The element has an open d or f shell below its valence s and p.
    """
    for period, inner in reversed(_BELOW_VALENCE.items()):
        valence = number - inner
        if 1 <= valence <= 8:
            below = _SHELL_BELOW[period]
            shielding = 0.35 * (valence - 1) + 0.85 * below + (inner - below)
            return _EFFECTIVE[period], (number - shielding) / _EFFECTIVE[period] / BOHR
    raise InputError(
        "method.exchange",
        f"element {number}",
        "has no one-centre integrals: its d or f shell is open",
        "Choose exchange: none",
    )


@cache
def slater_integral(order: int, number: int) -> float:
    """F^k (eV) of order k in the valence shell of an element; closed form of the double integral."""
    from scipy.special import gammaln, hyp2f1

    shell, exponent = slater_exponent(number)
    power = 2.0 * shell
    logarithm = gammaln(2.0 * power + 1.0) - 2.0 * gammaln(power + 1.0)
    scale = 4.0 * 2.0 ** -(2.0 * power + 1.0) / (power + order + 1.0)
    series = hyp2f1(1.0, 2.0 * power + 1.0, power + order + 2.0, 0.5)
    return float(COULOMB * exponent * scale * math.exp(logarithm) * series)

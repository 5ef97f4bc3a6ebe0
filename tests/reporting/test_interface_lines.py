"""Interfaces in words: numbers of the summary, equal arms once, and whether they are coherent."""

from __future__ import annotations

import re

from epidot.reporting.interface_section import interface_lines


def entry(first, second, gain, energy=12.0, materials=("CdSe", "CdTe")):
    return {
        "between": [first, second],
        "materials": list(materials),
        "misfit": -0.069,
        "area_A2": 780.0,
        "energy_eV": 3.0,
        "energy_eV_per_A2": energy / 16021.8,
        "energy_mJ_per_m2": energy,
        "dislocation_gain": gain,
        "critical_thickness_A": 0.0,
    }


def test_equal_arms_are_told_once_with_the_most_strained():
    arms = [entry(f"arm{n}.s1", f"arm{n}.s2", 0.1 * n, 10.0 + n) for n in (1, 2, 3, 4)]
    (line,) = interface_lines({"interfaces": arms})
    assert line.what == "4 × arm*.s1 (CdSe) – arm*.s2 (CdTe)"
    assert re.match(r"14\.0 mJ/m² \(0\.87 meV/Å²\) of strain energy on 7\.8 nm²\nmisfit 6\.9 %; ", line.value)
    assert "coherent: a misfit dislocation would relieve 0.40 of what it costs" in line.value


def test_what_may_not_be_coherent_says_so():
    found = interface_lines(
        {
            "interfaces": [
                entry("core", "shell1", 1.8),
                entry("shell1", "shell2", 0.5, materials=("CdTe", "ZnS")),
            ]
        }
    )
    assert [line.what for line in found] == ["core (CdSe) – shell1 (CdTe)", "shell1 (CdTe) – shell2 (ZnS)"]
    assert (
        "perhaps not coherent: a misfit dislocation would relieve 1.8 times what it costs" in found[0].value
    )
    assert "perhaps" not in found[1].value


def test_nothing_to_tell():
    assert interface_lines({}) == [] == interface_lines({"interfaces": []})

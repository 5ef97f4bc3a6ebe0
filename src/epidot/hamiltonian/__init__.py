"""Hamiltonians: the families of electronic model, one folder each.

`tight_binding` is the atomistic reference; every family gives what `epidot.states` eats.
"""

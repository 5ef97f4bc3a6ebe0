"""Epidot: epitaxial colloidal nanocrystal heterostructures, from a design to what instruments see."""

__version__ = "0.1.0"

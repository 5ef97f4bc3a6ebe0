"""Sphinx settings."""

project = "Epidot"
author = "The Epidot developers"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
html_theme = "alabaster"
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme_options = {"description": "Colloidal nanocrystal heterostructures, from design to spectrum"}

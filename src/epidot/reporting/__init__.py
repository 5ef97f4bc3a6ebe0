"""Report: draws what a run gives; the only home of matplotlib.

Takes: a finished run (`Run`: the records of all stages, summary and provenance).
Gives: ``report.html`` (one file, no network needed) and ``figures/NAME.svg|png|csv``.
Method: densities on atoms averaged over thermally filled states, smoothed by Gaussians; marching cubes;
atoms as ray-cast spheres in our own three.js module (``viewer/``).
Sources: Lewiner et al., J. Graphics Tools 8, 1 (2003) for isosurfaces; Okabe and Ito (2008) for colours.
Checked by: tests/reporting (numbers in the files against the records, a browser without network).
"""

from epidot.reporting.figures import write_figures
from epidot.reporting.page import write_report
from epidot.reporting.record import Run

__all__ = ["Run", "write_figures", "write_report"]

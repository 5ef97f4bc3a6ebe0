"""All stages of one design.

Takes a `Design` and a `Method`; gives a `Run`: the record of each stage, summary, provenance.
Method: the table in `stages`; results are kept by content hash and reused while nothing that they
depend on has changed, the code included.
Checked by: tests/pipeline (reuse, damage, interruption, contract of the files).
"""

from epidot.pipeline.alignment import check_path, with_path
from epidot.pipeline.checkpoints import read_states
from epidot.pipeline.compared import Compared, with_measured
from epidot.pipeline.distribution import Distribution, check_spreads, read_distribution
from epidot.pipeline.ensemble import Ensemble, with_ensemble
from epidot.pipeline.given import given, portable
from epidot.pipeline.levels import compare_levels
from epidot.pipeline.measured import read_measured
from epidot.pipeline.method import Method, read_method
from epidot.pipeline.results import dump_json, outputs_are_current, remember_outputs, write_results
from epidot.pipeline.run import Run, Watcher, run
from epidot.pipeline.stages import STAGES
from epidot.pipeline.uncertain import Uncertainty, with_uncertainty
from epidot.pipeline.variants import check_variants

__all__ = [
    "STAGES",
    "Compared",
    "Distribution",
    "Ensemble",
    "Method",
    "Run",
    "Uncertainty",
    "Watcher",
    "check_path",
    "check_spreads",
    "check_variants",
    "compare_levels",
    "dump_json",
    "given",
    "outputs_are_current",
    "portable",
    "read_distribution",
    "read_measured",
    "read_method",
    "read_states",
    "remember_outputs",
    "run",
    "with_ensemble",
    "with_measured",
    "with_path",
    "with_uncertainty",
    "write_results",
]

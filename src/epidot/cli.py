"""The command line: words in, calls out. No logic.

``--json`` prints one JSON object on standard output and nothing else there; progress and messages
go to standard error. Exit status: 0 done, 2 bad input, 3 did not converge, 1 our bug, 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from epidot import __version__
from epidot.errors import ConvergenceError, EpidotError, InputError

if TYPE_CHECKING:
    from rich.console import Console

    from epidot.numerics.device import Device

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it (128 + SIGINT); Typer returns it as well."""

app = typer.Typer(
    name="epidot",
    help="Design, model and virtually characterise epitaxial colloidal nanocrystal heterostructures.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
DeviceName = Annotated[
    str, typer.Option("--device", help="Where states are computed: cpu, gpu, or auto (gpu if there is one).")
]
DesignFile = Annotated[
    Path,
    typer.Argument(
        metavar="DESIGN",
        help="Design file (YAML; `epidot new` writes one) or a structure: .extxyz .xyz .cif .pdb .lammps",
    ),
]


def main() -> None:
    """Entry point of the command `epidot`; turns every error into one message and an exit status."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
        signal.signal(signal.SIGALRM, _interrupt)
    sys.exit(_status(sys.argv[1:]))


def _interrupt(_signal: int, frame: FrameType | None) -> None:
    """Stop on Ctrl-C, but not inside the compiler of the kernels, which an exception would crash.

    Libraries may swallow the exception (a bare ``except`` around an import): until it has come to `_status`,
    it comes again.
    """
    while frame is not None:
        if "llvmlite" in frame.f_code.co_filename or "numba" in frame.f_code.co_filename:
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            return
        frame = frame.f_back
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    raise KeyboardInterrupt


def _status(words: list[str]) -> int:
    try:
        # Typer explains words that it does not understand itself, and exits with 2.
        app(words, prog_name="epidot")
        return 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    except EpidotError as error:
        sys.stderr.write(_explain(error))
        return error.exit_status
    except BrokenPipeError:
        # The reader of our output went away (``epidot … | head``): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        sys.stderr.write(
            f"Error: {error.filename or 'a file'} cannot be read or written ({error.strerror or error}).\n"
            "  Choose another place or free some space; finished stages are kept.\n"
        )
        return 2
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - last resort: no traceback reaches the person unasked
        if os.environ.get("EPIDOT_TRACEBACK"):
            traceback.print_exc()
        sys.stderr.write(
            f"Error: Epidot failed inside ({type(error).__name__}: {error}). This is a bug in Epidot, not in "
            "your input.\n  Set EPIDOT_TRACEBACK=1, run again, and send us what it prints.\n"
        )
        return 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    if status == INTERRUPTED:
        sys.stderr.write("\nInterrupted. Finished stages are kept: run the same command again to continue.\n")
    return status


def _explain(error: EpidotError) -> str:
    if isinstance(error, InputError):
        return f"Error: {error.name} = {error.value}\n  {error.rule}.\n  {error.cure}.\n"
    if isinstance(error, ConvergenceError):
        state = f"reached {error.reached}, goal {error.goal}"
        return f"Error: {error.name} did not converge: {state}.\n  {error.cure}\n"
    return f"Error: {error}\n"


def _version(value: bool) -> None:
    if value:
        typer.echo(f"epidot {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    return


def _print_json(value: Any) -> None:
    from epidot.pipeline import dump_json

    sys.stdout.write(dump_json(value) + "\n")


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False)


@app.command()
def new(
    template: Annotated[str, typer.Argument(help="Name or id of a template; `epidot catalogue` lists them.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")] = Path("design.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    as_json: Json = False,
) -> None:
    """Write a commented design file to start from."""
    from epidot.design import catalogue

    text = catalogue.template(template).yaml_text
    if output.exists() and not force:
        raise InputError("output", output, "exists already", "Choose another name or add --force")
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            "output", output, f"cannot be written ({error.strerror})", "Choose another place"
        ) from error
    if as_json:
        _print_json({"template": template, "file": str(output)})
    else:
        _console().print(f"Wrote [bold]{output}[/]. Next: epidot run {output} -o out")


@app.command()
def catalogue(as_json: Json = False) -> None:
    """List the templates with their default atoms and segments."""
    from epidot.pipeline.listing import template_rows

    rows = template_rows()
    if as_json:
        _print_json({"templates": rows})
        return
    from epidot.reporting.tables import catalogue_table

    _stdout().print(catalogue_table(rows))


def _device(name: str) -> Device:
    from epidot.pipeline.device import choose_device

    device, note = choose_device(name)
    if note:
        _console().print(note)
    return device


def _stdout() -> Console:
    from rich.console import Console

    return Console(highlight=False)


@app.command()
def materials(
    name: Annotated[
        str | None, typer.Argument(help="Compound, e.g. CdSe; without it all are listed.")
    ] = None,
    check: Annotated[
        str | None,
        typer.Option("--check", metavar="SET", help="Check a tight-binding set: a YAML file, or a name."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the parameters of a compound with unit, confidence and source, or check a tight-binding set."""
    from epidot import materials as library

    if check is not None:
        if name is not None:
            raise InputError(
                "NAME", name, "cannot be given with --check", "A set is checked with all its compounds"
            )
        _check_set(check, as_json)
        return
    if as_json:
        _print_json(library.summary(name) if name else {"names": list(library.names())})
        return
    from epidot.reporting.tables import compound_tables

    for part in compound_tables(name):
        _stdout().print(part)


def _check_set(given: str, as_json: bool) -> None:
    from epidot.hamiltonian.tight_binding.check import check_set
    from epidot.materials import SET_ENDINGS, read_set

    found = check_set(read_set(given) if given.endswith(SET_ENDINGS) else given)
    if as_json:
        _print_json(found.summary())
    else:
        from epidot.reporting.tables import set_check_table

        _stdout().print(set_check_table(found))
    if found.problems:
        raise InputError("set", found.name, "; ".join(found.problems), "Correct the set")


@app.command()
def build(
    design: DesignFile,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to write: .extxyz .xyz .cif .pdb .lammps")
    ] = Path("structure.extxyz"),
    as_json: Json = False,
) -> None:
    """Build the atoms of a design (not relaxed), or read those of a structure, and write them to a file."""
    from epidot.pipeline import given
    from epidot.structure import build as build_structure
    from epidot.structure.export import check_format, export
    from epidot.structure.inspect import describe

    check_format(output)
    began = time.perf_counter()
    structure = build_structure(given(design))
    export(structure, output)
    seconds = time.perf_counter() - began
    facts = describe(structure) | {"file": str(output), "seconds": seconds, "realised": structure.realised}
    if as_json:
        _print_json(facts)
        return
    from epidot.reporting.tables import structure_table

    _console().print(structure_table(facts))


@app.command()
def run(  # noqa: PLR0913, PLR0917 - one argument for each option
    design: DesignFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the results.")] = Path("out"),
    level: Annotated[
        str | None, typer.Option("--level", help="Level of theory: atomistic or envelope.")
    ] = None,
    electrons: Annotated[int | None, typer.Option("--electrons", help="Electron states.")] = None,
    holes: Annotated[int | None, typer.Option("--holes", help="Hole states.")] = None,
    method: Annotated[Path | None, typer.Option("--method", help="YAML file of numerical choices.")] = None,
    device: DeviceName = "cpu",
    start: Annotated[
        Path | None,
        typer.Option("--start", help="Folder of a run of a similar particle, whose states save work."),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", help="Measured spectrum (CSV) to lay over the computed one."),
    ] = None,
    ensemble: Annotated[
        str | None,
        typer.Option("--ensemble", help="Particles of other sizes: how many, or a YAML file of spreads."),
    ] = None,
    sigma: Annotated[
        str | None, typer.Option("--sigma", help='Spread of their sizes, e.g. "8 %" (default 5 %).')
    ] = None,
    uncertainty: Annotated[
        bool,
        typer.Option("--uncertainty", help="Again with other published parameters: a band for every number."),
    ] = False,
    path: Annotated[
        str | None,
        typer.Option("--path", help='Where profiles run, e.g. "arm1 > core > arm2" (default: the longest).'),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute everything for a design or a structure and write report, figures, numbers and atoms."""
    from epidot.pipeline import (
        check_path,
        check_spreads,
        check_variants,
        given,
        outputs_are_current,
        read_distribution,
        read_measured,
        read_method,
        read_states,
        remember_outputs,
        with_ensemble,
        with_measured,
        with_path,
        with_uncertainty,
        write_results,
    )
    from epidot.pipeline import run as run_pipeline
    from epidot.reporting import write_report
    from epidot.reporting.terminal import Display

    choices = read_method(method, {"level": level, "electrons": electrons, "holes": holes})
    plan = given(design)
    chosen = _device(device)
    similar = read_states(start) if start else None
    measured = read_measured(compare) if compare else None
    if sigma and not ensemble:
        raise InputError("sigma", sigma, "is the spread of an ensemble", "Add --ensemble 12")
    spread = read_distribution(ensemble, sigma) if ensemble else None
    if spread:
        check_spreads(plan, spread)
    if uncertainty:
        check_variants(choices)
    check_path(plan, path)
    with Display(_console()) as display:
        result = run_pipeline(
            plan, output, method=choices, watcher=display.watcher, device=chosen, similar=similar
        )
        if spread:
            with display.step("ensemble"):
                result = with_ensemble(result, spread, output, watcher=display.watcher, device=chosen)
        result = with_path(result, path)
        if uncertainty:
            with display.step("uncertainty"):
                result = with_uncertainty(result, output, watcher=display.watcher, device=chosen)
        if measured:
            result = with_measured(result, measured)
        if not outputs_are_current(result, output):
            with display.step("report"):
                write_results(result, output)
                write_report(result, output)
                remember_outputs(result, output)
    if as_json:
        _print_json(result.summary)
        return
    from epidot.reporting.tables import result_table

    _console().print(result_table(result.summary))
    _console().print(f"Report: [bold]{output / 'report.html'}[/]")


@app.command()
def compare(
    design: DesignFile,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder in which both runs are kept.")
    ] = None,
    electrons: Annotated[int | None, typer.Option("--electrons", help="Electron states.")] = None,
    holes: Annotated[int | None, typer.Option("--holes", help="Hole states.")] = None,
    method: Annotated[Path | None, typer.Option("--method", help="YAML file of numerical choices.")] = None,
    device: DeviceName = "cpu",
    as_json: Json = False,
) -> None:
    """Run both levels of theory, atomistic and envelope, and print where they differ."""
    from epidot.pipeline import compare_levels, given, read_method
    from epidot.reporting.terminal import Display

    choices = read_method(method, {"electrons": electrons, "holes": holes})
    plan, chosen = given(design), _device(device)
    with Display(_console()) as display:
        found = compare_levels(plan, output, method=choices, watcher=display.watcher, device=chosen)
    if as_json:
        _print_json(found)
        return
    from epidot.reporting.tables import levels_table

    _stdout().print(levels_table(found))


@app.command()
def bench(  # noqa: PLR0913, PLR0917 - one argument for each option
    name: Annotated[str, typer.Argument(help="build, relax, eigen, excitons, or gaps.")],
    atoms: Annotated[int | None, typer.Option("--atoms", help="About how many atoms.")] = None,
    device: DeviceName = "cpu",
    peers: Annotated[bool, typer.Option("--peers", help="Other eigensolvers beside eigen.")] = False,
    peers_python: Annotated[
        Path | None, typer.Option("--peers-python", help="Interpreter that has them; `make peers` makes one.")
    ] = None,
    peers_limit: Annotated[float, typer.Option("--peers-limit", help="Seconds for each of them.")] = 900.0,
    quick: Annotated[bool, typer.Option("--quick", help="Six of the cases of gaps.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Folder for gaps: finished cases and the figure.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Time one stage against the number of atoms, or hold gaps of dots against published ones."""
    if name == "gaps":
        if atoms is not None or peers:
            raise InputError("atoms or peers", name, "has its own particles", "Leave --atoms and --peers out")
        _bench_gaps(output or Path("gaps"), quick, _device(device), as_json)
        return
    if quick or output is not None:
        raise InputError("quick or output", name, "belongs to gaps", "Leave --quick and -o out")
    from epidot.pipeline.bench import bench as measure
    from epidot.pipeline.peers import Race
    from epidot.reporting.tables import bench_table, peers_table

    console = _console()
    beside = Race(peers_python, peers_limit) if peers else None
    found = measure(name, atoms, lambda _fraction, text: console.print(text), _device(device), beside)
    if as_json:
        _print_json(found)
        return
    _stdout().print(bench_table(found))
    if found["ratios"]:
        _stdout().print(peers_table(found))


def _bench_gaps(output: Path, quick: bool, device: Device, as_json: bool) -> None:
    from epidot.pipeline.gaps import gaps
    from epidot.reporting.figures import write_sheet
    from epidot.reporting.parity import gap_tables, parity

    console = _console()
    found = gaps(output, quick=quick, progress=lambda _done, text: console.print(text), device=device)
    figure = write_sheet(parity(found["rows"]), output)
    if as_json:
        _print_json(found | {"figure": str(figure)})
        return
    for table in gap_tables(found):
        _stdout().print(table)
    console.print(f"Figure: [bold]{figure}[/]")


if __name__ == "__main__":
    main()

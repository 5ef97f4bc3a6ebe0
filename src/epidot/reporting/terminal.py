"""Progress in the terminal: a bar for people, one line per stage for logs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from epidot.pipeline import STAGES, Watcher


class Display:
    """Shows a run on a console (standard error); a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._titles = {stage.name: stage.title for stage in STAGES}
        self.watcher = Watcher(self._started, self._progress, self._done, self._warn)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _started(self, _name: str, title: str) -> None:
        self._task = self._bar.add_task(title, total=1.0, text="")

    def _progress(self, fraction: float, text: str) -> None:
        if self._task is not None:
            self._bar.update(self._task, completed=fraction, text=text)

    def _done(self, name: str, seconds: float, reused: bool) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None
        how = "kept from before" if reused else f"{seconds:.1f} s"
        self._console.print(f"[green]✓[/] {self._titles.get(name, name):<22} {how}")

    def _warn(self, text: str) -> None:
        self._console.print(f"[yellow]![/] {text}")

    @contextlib.contextmanager
    def step(self, title: str) -> Generator[None]:
        """Show a step that is not a stage of the pipeline."""
        began = time.perf_counter()
        self._started(title, title)
        yield
        self._done(title, time.perf_counter() - began, False)

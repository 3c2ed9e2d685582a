"""How long the stages of a job take, and how much memory it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Wall and CPU seconds by stage; a stage that comes twice adds up."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def lap(self, stage: str) -> Iterator[None]:
        """Count what happens inside as `<stage>_s` and `<stage>_cpu_s`."""
        wall_s, cpu_s = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            self.add(f"{stage}_s", time.monotonic() - wall_s)
            self.add(f"{stage}_cpu_s", time.process_time() - cpu_s)

    def add(self, name: str, seconds: float) -> None:
        """Add to what was counted under this name."""
        self.seconds[name] = round(self.seconds.get(name, 0.0) + seconds, 4)

    def total_s(self) -> float:
        """Wall seconds since the watch was made."""
        return round(time.monotonic() - self._start_s, 4)


def peak_mb() -> float | None:
    """The most memory that this process has held so far, in MB; None where that is not known."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)

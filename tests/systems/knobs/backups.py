"""What the parameters of backups and archived log move, for PostgreSQL alone and with replicas."""

from __future__ import annotations

from typing import Any

from statesim.kernel.spans import SECOND
from statesim.node.process import Exit
from tests.systems.harness import STEP, Lab
from tests.systems.knobs.table import Knobs

ARCHIVED = {"backup_interval": "1d", "archive_mode": True, "archive_timeout": "30s"}


def restored(kind: str, **parameters: Any) -> tuple[Lab, float]:
    """Return a server whose disk was lost after 95 s of writes, and how long it took to bring it back."""
    lab = Lab(kind, **{**ARCHIVED, **parameters})
    lab.start("pg-0", ordinal=0)
    lab.at(5, lab.writer, STEP, 100 * SECOND)
    lab.run(99)
    lab.disks.lose("pv/pg-0")
    lab.kill("pg-0", Exit.CRASHED)
    if lab.system.cannot_restore(None) is None:
        lab.system.restore(None)
    began = lab.clock.now
    lab.start("pg-0", ordinal=0)
    while lab.primary is None:
        lab.run(0.1)
    return lab, (lab.clock.now - began) / SECOND


def lost_s(**parameters: Any) -> float:
    """Return for how long what was written is gone."""
    return len(restored(**parameters)[0].lost) / 100


def back_after_s(**parameters: Any) -> float:
    """Return when a server whose disk was lost serves again, in seconds."""
    return restored(**parameters)[1]


for kind in ("postgres", "postgres-replication"):
    knobs = Knobs(kind, kind=kind)
    knobs.rises("backup_interval", lost_s, "20s", "1m", archive_mode=False)
    knobs.falls("archive_mode", lost_s, False, True)
    knobs.rises("archive_timeout", lost_s, ("10s", 7.5), ("40s", 17.5))
    knobs.rises("archive_lag", lost_s, "1s", "20s", archive_timeout="10s")
    knobs.rises("data_size", back_after_s, "100Mi", "1Gi")
    knobs.falls("restore_rate", back_after_s, "10Mi", "100Mi")

"""What the kill test kills: `python -m tests.exports.victim FOLDER SPOOL URL OPTIONS PROJECT`.

It packs the folder as an export does, sends it, and says after every part that it is there."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from neoai_server_ext.checkpoints.history import new_id
from neoai_server_ext.checkpoints.storage import Storage
from neoai_server_ext.exports import spool as spools
from neoai_server_ext.exports.archives import Archives
from neoai_server_ext.exports.models import Record
from neoai_server_ext.exports.spool import Spool
from neoai_server_ext.projects.zips import zipped


def main(folder: str, outgoing: str, url: str, options: str, project: str) -> None:
    """Send until somebody ends this."""
    spools.PART = 100_000
    now = datetime.now(UTC)
    record = Record(id=new_id(now), project_id=project, name="work", created_at=now)
    spool = Spool(Path(outgoing, record.id))
    spool.lock()
    spool.save(record)
    spool.pack(record, zipped(folder, ""), None, lambda: None)

    def told(done: int) -> None:
        print(record.id, done, flush=True)
        sys.stdin.readline()

    Archives(Storage.at(url, json.loads(options), project), None).send(record, spool, told)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What the tests of files share: a file dropped as a careful sender does it, its receipt, what the hub was told."""
import json
import os
import re

from harness import wait_for
from lab import http_get, write


def use_folder(lab, section, mapping):
    """The lab's adapter reads the folder in/ instead of a socket: `section` is its [files] and [files.*]."""
    text = open(lab.path("adapter.toml"), encoding="utf-8").read()
    before, rest = text.split("[listen]\n", 1)
    text = before + section + rest.split("\n", 1)[1]
    write(lab.path("adapter.toml"), text.replace("bvc/mappings/bvc-hl7v2.toml", mapping))
    os.makedirs(lab.path("in"), exist_ok=True)


def drop(lab, name, data, folder="in"):
    """As a careful sender does: under another name first."""
    data = data if isinstance(data, bytes) else data.encode()
    with open(lab.path(f"{folder}/{name}.part"), "wb") as f:
        f.write(data)
    os.rename(lab.path(f"{folder}/{name}.part"), lab.path(f"{folder}/{name}"))


def receipt(lab, *paths, seconds=60):
    """The first of these (below in/) that is there."""
    there = [lab.path("in/" + path) for path in paths]
    wait_for(" or ".join(paths), lambda: any(os.path.exists(path) for path in there), seconds)
    with open(next(path for path in there if os.path.exists(path)), encoding="utf-8") as f:
        return json.load(f)


def start_adapter(lab):
    lab.adapter.start()
    wait_for("the adapter", lambda: "ok" in http_get(lab.ports["adapter_http"], "/readyz"))


def told(lab, kind="dental.visit.missed"):
    """How many events of a kind the hub has, once all is shipped."""
    wait_for("the outbox to drain", lab.shipped, 60)
    return lab.tool("log", "find", "--kind", "event", "--limit", 100000).stdout.count(kind)


def work_through_kills(lab, checks, rng, name, data, rows):
    """The adapter is killed while it works on the file, and all of it is told once."""
    before = told(lab)
    drop(lab, name, data)
    end, kills = f"done/{name}.ok", 0
    while kills < 4:
        at_work = wait_for("rows at work", lambda: re.search(re.escape(name) + r", (\d+) rows done",
                                                             lab.adapter_tool("status", check=False).stdout) or
                           os.path.exists(lab.path("in/" + end)), 60)
        if at_work is True:
            break
        wait_for("some more", lambda: rng.random() < 0.3)
        lab.adapter.kill()
        kills += 1
        start_adapter(lab)
    end = receipt(lab, end, seconds=120)
    checks.that("a file is worked through over kills in the middle", kills >= 1 and end["rows"] == rows,
                f"{kills} kills, {end['rows']} rows, {end['duplicates']} duplicates")
    checks.that("no row that was done is read again", end["duplicates"] == 0 and end["events"] == rows)
    checks.that("nothing is lost or told twice", told(lab) == before + rows, f"{told(lab) - before}")

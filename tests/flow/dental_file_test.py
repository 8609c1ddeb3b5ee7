"""Nightly dental files, with real processes: a receipt for each, nothing lost or told twice when the adapter is killed
in the middle, and a file that is not whole or not the one agreed on tells nothing."""
import json
import os
import random
import re

from harness import main, wait_for
from lab import REPO, http_get, write

COLUMNS = "personnr;fodelsedatum;klinik_hsaid;handelse;datum;tid;besokstyp;nr_i_rad;orsak;kommun"
FILES = """[files]
folder = "in"
patterns = ["ftv_*.csv"]
baseline_patterns = ["ftv_bas_*.csv"]
stable_s = 1
rescan_s = 1
group_rows = 20

[files.csv]
required_columns = [{columns}]
trigger_column = "handelse"
person_columns = ["personnr"]
"""


def configure(lab):
    text = open(lab.path("adapter.toml"), encoding="utf-8").read()
    columns = ", ".join(f'"{c}"' for c in COLUMNS.split(";"))
    text = re.sub(r'\[listen\]\naddress = "[^"]+"\n', FILES.format(columns=columns), text)
    text = text.replace("adapters/bvc/mappings/bvc-hl7v2.toml", "adapters/dental/mappings/dental-csv.toml")
    write(lab.path("adapter.toml"), text)
    os.makedirs(lab.path("in"))


def row(n, code="UB", number="20210325K069", reason=""):
    return f"{number};2021-03-25;SE2321000198-FTVTEST;{code};2026-02-{n % 28 + 1:02};09:{n % 60:02};US;{n % 9};{reason};2121"


def table(rows, end="\r\n"):
    return end.join([COLUMNS] + rows) + end


def drop(lab, name, data):
    """As a careful sender does: under another name first."""
    data = data if isinstance(data, bytes) else data.encode()
    with open(lab.path("in/" + name + ".part"), "wb") as f:
        f.write(data)
    os.rename(lab.path("in/" + name + ".part"), lab.path("in/" + name))


def receipt(lab, path, seconds=60):
    wait_for(path, lambda: os.path.exists(lab.path("in/" + path)), seconds)
    with open(lab.path("in/" + path), encoding="utf-8") as f:
        return json.load(f)


def start_adapter(lab):
    lab.adapter.start()
    wait_for("the adapter", lambda: "ok" in http_get(lab.ports["adapter_http"], "/readyz"))


def told(lab):
    """Source message ids of the dental events in the hub's log."""
    wait_for("the outbox to drain", lab.shipped, 60)
    return lab.tool("log", "find", "--kind", "event", "--limit", 100000).stdout.count("dental.visit.missed")


def a_night_arrives(lab, checks):
    drop(lab, "ftv_dygn.csv", open(f"{REPO}/tests/fixtures/dental/ftv_dygn_20260302.csv", "rb").read())
    done = receipt(lab, "done/ftv_dygn.csv.ok")
    checks.that("each row of a night is taken and receipted", done["outcome"] == "done" and done["rows"] == 16 and
                done["taken"] == 16 and done["events"] == 17 and done["put_aside"] == 0, str(done))
    checks.that("its events are in the hub's log", told(lab) == 1)
    checks.that("the file lies beside its receipt", os.path.exists(lab.path("in/done/ftv_dygn.csv")))


def killed_in_the_middle(lab, checks, rng):
    before = told(lab)
    rows = [row(n) for n in range(3000)]
    drop(lab, "ftv_stor.csv", table(rows))
    kills = 0
    while kills < 4:
        done = wait_for("rows at work", lambda: re.search(r"ftv_stor\.csv, (\d+) rows done",
                                                          lab.adapter_tool("status", check=False).stdout) or
                        os.path.exists(lab.path("in/done/ftv_stor.csv.ok")), 60)
        if done is True:
            break
        wait_for("some more", lambda: rng.random() < 0.3)
        lab.adapter.kill()
        kills += 1
        start_adapter(lab)
    end = receipt(lab, "done/ftv_stor.csv.ok", 120)
    checks.that("a file is worked through over kills in the middle", kills >= 1 and end["rows"] == 3000,
                f"{kills} kills, {end['rows']} rows, {end['duplicates']} duplicates")
    checks.that("no row that was done is read again", end["duplicates"] == 0 and end["events"] == 3000)
    checks.that("nothing is lost or told twice", told(lab) == before + 3000, f"{told(lab) - before}")


def files_that_tell_nothing(lab, checks):
    before = told(lab)
    drop(lab, "ftv_igen.csv", table([row(n) for n in range(3000)]))
    checks.that("the same content under another name is a duplicate",
                receipt(lab, "done/ftv_igen.csv.ok")["outcome"] == "duplicate")
    drop(lab, "ftv_kapad.csv", table([row(n) for n in range(50)])[:-30])
    checks.that("a file cut short is refused", receipt(lab, "failed/ftv_kapad.csv.err")["outcome"] == "truncated")
    drop(lab, "ftv_huvud.csv", "personnr;datum\r\n20210325K069;2026-03-02\r\n")
    refused = receipt(lab, "failed/ftv_huvud.csv.err")
    checks.that("another header is refused and the column named",
                refused["outcome"] == "header" and "fodelsedatum" in refused["detail"], str(refused))
    drop(lab, "annat.csv", table([row(1)]))
    checks.that("the log calls an operator without naming the file",
                lab.adapter.tail(400).count("file-refused") >= 2 and "kapad" not in lab.adapter.tail(400))
    checks.that("none of them told anything", told(lab) == before)
    checks.that("a name that no pattern fits is left alone", os.path.exists(lab.path("in/annat.csv")))


def windows_1252_and_bad_rows(lab, checks):
    before = told(lab)
    rows = [row(1, reason="\"sjuk; förkyld\""), row(2, number="Test Testsson"), "inte alls", row(4)]
    drop(lab, "ftv_1252.csv", table(rows).encode("cp1252"))
    done = receipt(lab, "done/ftv_1252.csv.ok")
    checks.that("rows that cannot be told are put aside and the rest is taken",
                done["taken"] == 2 and [r["at"] for r in done["put_aside_rows"]] == [3, 4], str(done))
    checks.that("a Windows-1252 file is read", told(lab) == before + 2)
    listed = lab.adapter_tool("quarantine", "list").stdout
    checks.that("the quarantine names file and line, no content", re.search(r"file \d+ line 3", listed) is not None and
                "Testsson" not in listed, listed)
    everything = open(lab.adapter.log_path, encoding="utf-8", errors="replace").read()
    checks.that("no log line holds a number, a name or a word of a row",
                not re.search(r"K069|Testsson|rkyld|ftv_", everything))


def body(lab, checks, arguments):
    rng = random.Random(arguments.seed)
    configure(lab)
    lab.start_hub()
    start_adapter(lab)
    lab.tick("2026-03-02T19:00:00Z")
    a_night_arrives(lab, checks)
    killed_in_the_middle(lab, checks, rng)
    files_that_tell_nothing(lab, checks)
    windows_1252_and_bad_rows(lab, checks)


if __name__ == "__main__":
    main(body, receivers=[])

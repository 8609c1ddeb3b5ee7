"""Nightly dental files, with real processes: a receipt for each, nothing lost or told twice when the adapter is killed
in the middle, and a file that is not whole or not the one agreed on tells nothing."""
import os
import random
import re

from harness import main, wait_for
from lab import REPO, run
from watched_folder import drop, receipt, start_adapter, told, use_folder, work_through_kills

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
    columns = ", ".join(f'"{c}"' for c in COLUMNS.split(";"))
    use_folder(lab, FILES.format(columns=columns), "dental/mappings/dental-csv.toml")


def row(n, code="UB", number="20210325K069", reason=""):
    return f"{number};2021-03-25;SE2321000198-FTVTEST;{code};2026-02-{n % 28 + 1:02};{n // 60 % 24:02}:{n % 60:02};US;{n % 9};{reason};2121"


def table(rows, end="\r\n"):
    return end.join([COLUMNS] + rows) + end


def a_night_arrives(lab, checks):
    drop(lab, "ftv_dygn.csv", open(f"{REPO}/tests/fixtures/dental/ftv_dygn_20260302.csv", "rb").read())
    done = receipt(lab, "done/ftv_dygn.csv.ok")
    checks.that("each row of a night is taken and receipted", done["outcome"] == "done" and done["rows"] == 16 and
                done["taken"] == 16 and done["events"] == 17 and done["put_aside"] == 0, str(done))
    checks.that("its events are in the hub's log", told(lab) == 1)
    wait_for("the file to be sealed", lambda: os.path.exists(lab.path("in/done/ftv_dygn.csv.sealed")))
    wait_for("the plain one to go", lambda: not os.path.exists(lab.path("in/done/ftv_dygn.csv")))
    with open(lab.path("in/done/ftv_dygn.csv.sealed"), "rb") as f:
        sealed = f.read()
    sent = open(f"{REPO}/tests/fixtures/dental/ftv_dygn_20260302.csv", "rb").read()
    checks.that("the file lies sealed beside its receipt, closed to others", b"K069" in sent and b"K069" not in sealed and
                os.stat(lab.path("in/done/ftv_dygn.csv.sealed")).st_mode & 0o777 == 0o600)
    listed = lab.adapter_tool("file", "list").stdout
    checks.that("it is listed without its name", "  done  rows" in listed and "ftv_dygn" not in listed, listed)
    number = next(line for line in listed.splitlines() if "  done  rows" in line).split()[0]
    shown = run([lab.bin("samsignal-adapter"), "file", "show", lab.path("adapter.toml"), number, "--reason", "prov"],
                check=False).stdout
    checks.that("a person opens it with a reason, which is written down", shown.split() == sent.decode().split(), shown[:200])
    checks.that("the audit has it", "  reveal  file " in lab.adapter_tool("audit").stdout)


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
    # The receipt is there before the log's line is.
    wait_for("two lines about refused files", lambda: lab.adapter.tail(400).count("file-refused") >= 2)
    checks.that("the log calls an operator without naming the file", "kapad" not in lab.adapter.tail(400))
    checks.that("none of them told anything", told(lab) == before)
    checks.that("a name that no pattern fits is left alone", os.path.exists(lab.path("in/annat.csv")))


def windows_1252_and_bad_rows(lab, checks):
    before = told(lab)
    rows = [row(1, reason="\"sjuk; förkyld\""), row(2, number="Test Testsson"), "inte alls", row(4004)]
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
    work_through_kills(lab, checks, rng, "ftv_stor.csv", table([row(n) for n in range(3000)]), 3000)
    files_that_tell_nothing(lab, checks)
    windows_1252_and_bad_rows(lab, checks)


if __name__ == "__main__":
    main(body, receivers=[])

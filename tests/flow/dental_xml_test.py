"""Nightly dental XML, with real processes: records checked against the schema, nothing lost or told twice when the adapter
is killed in the middle, and hostile files that open nothing and tell nothing."""
import os
import random
import re
import socket
import time

from harness import main
from lab import RECEIVERS, REPO, run, write
from watched_folder import drop, receipt, start_adapter, told, use_folder, work_through_kills

FILES = """[files]
folder = "in"
patterns = ["ftv_*.xml"]
stable_s = 1
rescan_s = 1
group_rows = 20

[files.xml]
record = "leverans/handelse"
xsd = "{repo}/adapters/dental/schemas/dental-journal.xsd"
namespace = "urn:samsignal:dental-journal:1"
trigger = "@typ"
id = ["@id"]
person = ["patient/personnummer"]
"""
HEAD = """<leverans xmlns="urn:samsignal:dental-journal:1" skapad="2026-03-03T02:00:00+01:00" klinik="SE2321000198-FTVTEST">
"""


def configure(lab):
    use_folder(lab, FILES.format(repo=REPO), "dental/mappings/dental-xml.toml")



def record(n, number="20210325K069", day=None, prefix="A"):
    return (f'<handelse id="{prefix}-{n}" typ="UB">\n <patient><personnummer>{number}</personnummer></patient>\n'
            f' <datum>{day or f"2026-02-{n % 28 + 1:02}"}</datum>\n <besok nrirad="{n % 9}"/>\n</handelse>\n')


def document(records, before="", encoding="UTF-8"):
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{before}{HEAD}{"".join(records)}</leverans>\n'


def listening():
    """A server that nobody must ask, and its address."""
    trap = socket.create_server(("127.0.0.1", 0))
    trap.settimeout(0.05)
    return trap, f"http://127.0.0.1:{trap.getsockname()[1]}/x.xsd"


def was_asked(trap):
    with trap:
        try:
            trap.accept()[0].close()
            return True
        except socket.timeout:
            return False


def a_night_arrives(lab, checks):
    drop(lab, "ftv_dygn.xml", open(f"{REPO}/adapters/dental/samples/xml/ftv_dygn_20260302.xml", "rb").read())
    done = receipt(lab, "done/ftv_dygn.xml.ok")
    checks.that("each record of a night is taken and receipted", done["outcome"] == "done" and done["rows"] == 16 and
                done["taken"] == 16 and done["events"] == 17 and done["put_aside"] == 0, str(done))
    drop(lab, "ftv_annan.xml", open(f"{REPO}/adapters/dental/samples/xml/ftv_ub_20260302.xml", "rb").read())
    checks.that("so is what another hand wrote in Windows-1252", receipt(lab, "done/ftv_annan.xml.ok")["events"] == 1)
    checks.that("their events are in the hub's log", told(lab) == 2)


def hostile_files(lab, checks):
    before = told(lab)
    trap, url = listening()
    write(lab.path("secret.txt"), "hemlighet")
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    files = {
        "laughs": (f'<!DOCTYPE leverans [<!ENTITY l0 "ha">{laughs}]>', "&l11;", "doctype"),
        "fil": (f'<!DOCTYPE leverans [<!ENTITY e SYSTEM "file://{lab.path("secret.txt")}">]>', "&e;", "doctype"),
        "url": (f'<!DOCTYPE leverans SYSTEM "{url}">', "", "doctype"),
        "param": (f'<!DOCTYPE leverans [<!ENTITY % p SYSTEM "{url}"> %p;]>', "", "doctype"),
        "djup": ("", "<a>" * 20000, "not-well-formed"),
        "okand": ("", "&ouml;", "not-well-formed"),
    }
    for name, (doctype, inside, outcome) in files.items():
        drop(lab, f"ftv_{name}.xml", document([record(1), inside], doctype))
        got = receipt(lab, f"failed/ftv_{name}.xml.err")
        allowed = (outcome, "too-deep") if name == "djup" else (outcome,)
        checks.that(f"refused: {name}", got["outcome"] in allowed and "hemlighet" not in str(got), str(got))
    place = f'<leverans xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {url}"'
    drop(lab, "ftv_plats.xml", document([record(1)]).replace("<leverans", place))
    receipt(lab, "done/ftv_plats.xml.ok")
    checks.that("the network is never asked", not was_asked(trap))
    whole = document(record(n) for n in range(50))
    drop(lab, "ftv_kapad.xml", whole[:-30])
    checks.that("a file cut short is refused", receipt(lab, "failed/ftv_kapad.xml.err")["outcome"] == "truncated")
    drop(lab, "ftv_igen.xml", document(record(n) for n in range(3000)))
    checks.that("the same content under another name is a duplicate",
                receipt(lab, "done/ftv_igen.xml.ok")["outcome"] == "duplicate")
    checks.that("none of them told anything", told(lab) == before)


def bad_records(lab, checks):
    before = told(lab)
    records = [record(1, prefix="B"), record(2, "Test Testsson", prefix="B"), record(3, day="Testsson", prefix="B"),
               record(4, prefix="B").replace("<besok", "<Testsson"), record(5, prefix="B")]
    drop(lab, "ftv_fel.xml", document(records).encode("utf-16"))
    refused = receipt(lab, "failed/ftv_fel.xml.err")
    checks.that("a file that is not in the encoding it says is refused", refused["outcome"] == "encoding", str(refused))
    drop(lab, "ftv_fel16.xml", document(records, encoding="UTF-16").encode("utf-16"))
    done = receipt(lab, "done/ftv_fel16.xml.ok")
    aside = [(r["at"], r["reason"]) for r in done["put_aside_rows"]]
    checks.that("records of nobody or that do not fit the schema are put aside and the rest is taken",
                done["taken"] == 2 and aside == [(2, "no-person"), (3, "schema"), (4, "schema")], str(done))
    checks.that("the good ones of a UTF-16 file are told", told(lab) == before + 2)
    listed = lab.adapter_tool("quarantine", "list").stdout
    checks.that("the quarantine names line, path and rule, no content",
                "leverans/handelse/datum: no value of its type" in listed and "Testsson" not in listed, listed)
    everything = open(lab.adapter.log_path, encoding="utf-8", errors="replace").read()
    checks.that("no log line holds a number, a name or a word of a record",
                not re.search(r"K069|Testsson|hemlighet|ftv_", everything))


def a_report_with_files(lab, checks):
    """Two pages beside the file, as the record system exports them: on the receiver's disk, byte for byte."""
    lab.inboxes["mottagning"].start()
    source = f"{REPO}/tests/fixtures/dental_reports"
    pages = {name: open(f"{source}/{name}", "rb").read() for name in ("an3_utdrag.txt", "an3_bild.png")}
    for name, data in pages.items():
        drop(lab, name, data)
    time.sleep(2)  # stable_s: what is still being written is not read
    records = open(f"{source}/ftv_anm_bilagor_20260304.xml", "rb").read()
    drop(lab, "ftv_anm.xml", records.replace(b"<kommun>2121<", b"<kommun>2183<"))  # Bollnäs, whose inbox is here
    done = receipt(lab, "done/ftv_anm.xml.ok")
    aside = [(r["at"], r["reason"]) for r in done["put_aside_rows"]]
    checks.that("a report whose file is missing waits for it, the other goes", done["taken"] == 1 and
                aside == [(2, "attachment-missing")], str(done))
    checks.that("its files stand in the log as parts", told(lab, "report.attachment") == 2 and told(lab, "report.signed") == 1)
    lab.settle(60)
    report = next(row for row in lab.inbox_rows("mottagning") if row["code"] == "SIG-A1")
    for number, data in enumerate(pages.values(), 1):
        out = lab.path(f"page{number}")
        lab.inbox_tool("mottagning", "attachment", report["id"], str(number), "--out", out)
        with open(out, "rb") as f:
            checks.that(f"page {number} is at the receiver, byte for byte", f.read() == data)


def a_broken_schema(lab, checks):
    text = open(lab.path("adapter.toml"), encoding="utf-8").read()
    write(lab.path("broken.xsd"), '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n<xs:element type="Saknas"/>\n')
    write(lab.path("broken.toml"), re.sub(r'xsd = "[^"]+"', 'xsd = "broken.xsd"', text))
    checked = run([lab.bin("samsignal-adapter"), "--check", lab.path("broken.toml")], check=False)
    said = checked.stdout + checked.stderr
    checks.that("a broken schema is a mistake of the configuration, told with both places", checked.returncode != 0 and
                re.search(r"broken\.toml:\d+:\d+: .*broken\.xsd:\d+: ", said) is not None, said)
    trap, url = listening()
    write(lab.path("broken.xsd"), f'''<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:include schemaLocation="{url}"/><xs:element name="a" type="Ort"/></xs:schema>''')
    checked = run([lab.bin("samsignal-adapter"), "--check", lab.path("broken.toml")], check=False)
    checks.that("nor is the network asked for what a schema includes", checked.returncode != 0 and not was_asked(trap))


def body(lab, checks, arguments):
    rng = random.Random(arguments.seed)
    configure(lab)
    a_broken_schema(lab, checks)
    lab.start_hub()
    start_adapter(lab)
    lab.tick("2026-03-02T19:00:00Z")
    a_night_arrives(lab, checks)
    work_through_kills(lab, checks, rng, "ftv_stor.xml", document(record(n) for n in range(3000)), 3000)
    hostile_files(lab, checks)
    bad_records(lab, checks)
    a_report_with_files(lab, checks)


if __name__ == "__main__":
    main(body, receivers=[receiver for receiver in RECEIVERS if receiver[0] == "mottagning"])

"""What whoever writes a mapping does: check it, see why a message tells what it tells, find what nobody
reads, and try a change on the last messages of a running adapter before it goes live."""
import json
import os
import shutil

from harness import Child, Client, Messages, impossible_number, main
from lab import REPO, json_lines, run, write

AT = "20260302081500+0100"


def that(checks, rule, holds, detail=""):
    checks.that(rule, holds, "" if holds else detail)


def tool(lab, *args):
    return run([lab.bin("samsignal-adapter"), *map(str, args)], check=False)


def other_mapping(lab, name, what, by):
    """The shipped mapping and its tables in a folder of its own, with one change."""
    folder = lab.path(name)
    shutil.copytree(os.path.join(REPO, "adapters/bvc/mappings"), folder)
    path = os.path.join(folder, "bvc-hl7v2.toml")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert what in text, what
    write(path, text.replace(what, by, 1))
    return path


def checking(lab, checks):
    good = tool(lab, "map", "check", lab.path("adapter.toml"))
    that(checks, "a good configuration and mapping is exit 0", good.returncode == 0 and "ok  bvc-hl7v2" in good.stdout, good.stdout + good.stderr)
    wrong = other_mapping(lab, "wrong", '"appointmentId" =', '"apointmentId" =')
    told = tool(lab, "map", "check", wrong)
    that(checks, "a mistake is exit 65 with place and nearest name",
                told.returncode == 65 and "did you mean 'appointmentId'?" in told.stdout and wrong + ":" in told.stdout, told.stdout)
    found = json_lines(tool(lab, "map", "check", "--json", wrong).stdout)[0]
    that(checks, "and as JSON", found["ok"] is False and any(one.get("nearest") == "appointmentId" and one["line"] > 1 for one in found["findings"]), str(found))
    that(checks, "no such file is exit 3", tool(lab, "map", "check", lab.path("none.toml")).returncode == 3)
    that(checks, "a bad command line is exit 2", tool(lab, "map").returncode == 2)


def explaining(lab, checks):
    sample = os.path.join(REPO, "tests/fixtures/bvc/siu_s26_missed.hl7")
    text = tool(lab, "map", "explain", lab.path("adapter.toml"), sample)
    that(checks, "explain names rule, place and table row",
                text.returncode == 0 and "tells bvc.visit.missed" in text.stdout and "from SCH-8.1" in text.stdout and "visit_codes.csv:" in text.stdout,
                text.stdout[:2000] + text.stderr)
    masked = tool(lab, "map", "explain", lab.path("adapter.toml"), sample, "--mask")
    that(checks, "--mask hides the values", "20210325K069" in text.stdout and "20210325K069" not in masked.stdout)
    aside = tool(lab, "map", "explain", lab.path("adapter.toml"), os.path.join(REPO, "tests/fixtures/bvc/oru_unknown_enum.hl7"))
    that(checks, "a message that would be put aside is exit 8", aside.returncode == 8 and "put aside" in aside.stdout, aside.stdout)
    cover = tool(lab, "map", "coverage", "--json", lab.path("adapter.toml"), os.path.join(REPO, "tests/fixtures/bvc"))
    report = json.loads(cover.stdout) if cover.returncode == 0 else {}
    that(checks, "coverage of a folder counts messages, places and fields",
                report.get("messages", 0) > 30 and report["neverRead"] and any(r["neverSet"] for r in report["rules"]), cover.stderr)


def trying(lab, checks):
    sample = os.path.join(REPO, "tests/fixtures/bvc/siu_s26_missed.hl7")
    broken = os.path.join(REPO, "tests/fixtures/bvc/oru_unknown_enum.hl7")
    text = tool(lab, "test", lab.path("adapter.toml"), sample)
    swedish = tool(lab, "test", lab.path("adapter.toml"), sample, "--lang", "sv")
    that(checks, "test speaks English unless asked, as the other tools", text.returncode == 0 and "appointment id" in text.stdout
                and text.stdout != swedish.stdout, text.stdout)
    that(checks, "and all of it is Swedish where that was asked", "tas emot" in swedish.stdout and "händelse bvc.visit.missed" in
                swedish.stdout and "1 meddelanden, 1 händelser" in swedish.stdout and "answer" not in swedish.stdout, swedish.stdout)
    told = tool(lab, "test", lab.path("adapter.toml"), sample, broken, "--json")
    rows = json_lines(told.stdout)
    that(checks, "test --json is one object a message and one for the sum", told.returncode == 8 and
                [row["type"] for row in rows] == ["message", "message", "summary"], told.stdout + told.stderr)
    that(checks, "with what the text tells: file, verdict, events by rule, answer",
                rows[0]["file"] == sample and rows[0]["verdict"] == "taken" and rows[0]["bad"] is False and "MSA|AA" in rows[0]["answer"]
                and rows[0]["events"][0]["type"] == "bvc.visit.missed" and "body" in rows[0]["events"][0]["event"], str(rows[0]))
    that(checks, "and why a message would be put aside", rows[1]["bad"] is True and rows[1]["reason"] and
                rows[2]["messages"] == 2 and rows[2]["bad"] == 1, str(rows[1:]))
    with open(sample, encoding="utf-8", newline="") as f:
        batch = lab.path("batch.hl7")
        write(batch, "BHS|^~\\&|COSMIC\r" + f.read() + "BTS|2\r")
    counted = tool(lab, "test", lab.path("adapter.toml"), batch, "--json")
    rows = json_lines(counted.stdout)
    that(checks, "test tells a batch whose count is wrong, and takes what is in it", counted.returncode == 0 and
                [row["type"] for row in rows] == ["irregular", "message", "summary"] and "says 2" in rows[0]["detail"], counted.stdout)
    that(checks, "what means something with --against only is refused without it",
                tool(lab, "test", lab.path("adapter.toml"), sample, "--reveal").returncode == 2)


def comparing(lab, checks):
    lab.start_adapter()
    messages = Messages("T")
    child = Child("Test^Drift", impossible_number("20240301", 88), "20240301")
    client = Client(lab.ports["mllp"])
    for raw in [messages.registered(child, AT), messages.report(child, AT, False, "första")]:
        client.send(raw.encode())
    same = tool(lab, "test", lab.path("adapter.toml"), "--last", 10, "--against", os.path.join(REPO, "adapters/bvc/mappings/bvc-hl7v2.toml"))
    that(checks, "the same mapping is exit 0 and says how much it saw", same.returncode == 0 and "2 messages, 0 different" in same.stderr, same.stdout + same.stderr)
    other = other_mapping(lab, "other", '"signerRole" =', '"signerPhoneX" =')
    refused = tool(lab, "test", lab.path("adapter.toml"), "--last", 10, "--against", other)
    that(checks, "a wrong mapping is exit 1", refused.returncode == 1 and "unknown field" in refused.stderr, refused.stderr)
    other = other_mapping(lab, "third", '"childName" = { from = "PID-5", as = "name" }', '"childName" = { const = "Annat Namn" }')
    masked = tool(lab, "test", lab.path("adapter.toml"), "--last", 10, "--against", other)
    that(checks, "a difference is exit 8, and masked",
                masked.returncode == 8 and "childName: (hidden) -> (hidden)" in masked.stdout and "Annat" not in masked.stdout, masked.stdout + masked.stderr)
    denied = tool(lab, "test", lab.path("adapter.toml"), "--last", 10, "--against", other, "--reveal")
    that(checks, "--reveal of kept messages needs a reason", denied.returncode == 2 and "--reason" in denied.stderr, denied.stderr)
    shown = tool(lab, "test", lab.path("adapter.toml"), "--last", 10, "--against", other, "--reveal", "--reason", "ny mappning")
    that(checks, "with one the values are shown", shown.returncode == 8 and "Annat Namn" in shown.stdout, shown.stdout + shown.stderr)
    audit = lab.adapter_tool("audit").stdout
    that(checks, "each look is in the adapter's audit", audit.count("  compare  raw ") == 2 and "  reveal  raw 1 to 2  ny mappning" in audit, audit)
    lab.adapter.stop()
    offline = tool(lab, "test", lab.path("adapter.toml"), "--last", 1, "--against", other)
    that(checks, "a stopped adapter's store is asked itself", offline.returncode == 8 and "1 messages, 1 different" in offline.stderr, offline.stdout + offline.stderr)


def changing(lab, checks):
    """A start with another mapping is logged and audited, once."""
    path = lab.path("adapter.toml")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    other = other_mapping(lab, "next", 'version = "', 'version = "next-')
    write(path, text.replace(os.path.join(REPO, "adapters/bvc/mappings/bvc-hl7v2.toml"), other))
    for _ in range(2):
        lab.start_adapter()
        lab.adapter.stop()
    audit = lab.adapter_tool("audit").stdout
    that(checks, "another mapping at start is audited once", audit.count("mapping-changed  mapping bvc-hl7v2  ") == 1 and "-> next-" in audit, audit)
    that(checks, "and logged", "mapping-changed" in lab.adapter.tail(400), lab.adapter.tail(5))


def body(lab, checks, _arguments):
    checking(lab, checks)
    explaining(lab, checks)
    trying(lab, checks)
    comparing(lab, checks)
    changing(lab, checks)


main(body)

"""Statistics of a quarter without people, and what one person concerned is told: by role, with a reason, audited."""
import csv
import io
import json
import os
import re

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import json_lines, run

AT = "20260302081500+0100"
AUTHORITY = "region.gavleborg"
NOTHING = {"events": [], "signals": [], "looks": []}


def child(serial, municipality="2183", protection="N", birth="20240301"):
    return Child(f"Test^Barn{serial}", impossible_number(birth, serial), birth, municipality, protection)


def people():
    """Twenty children in Bollnäs, nine in Gävle, two of those and one in Bollnäs much older; one protected."""
    all_of = [child(n) for n in range(10, 30)] + [child(n, "2180") for n in range(40, 47)]
    all_of += [child(n, "2180", birth="20190301") for n in (50, 51)] + [child(52, birth="20190301")]
    return all_of, child(60, protection="Y")


def report(lab, number, *extra, lang="en", role="privacy-officer", as_json=True, authority=AUTHORITY):
    words = ["--lang", lang, "--role", role] + (["--json"] if as_json else [])
    return run([lab.bin("samsignal"), "--config", lab.path("hub.toml"), *words, "subject", "report",
                *(["--authority", authority] if authority else []), *extra], check=False, input=number + "\n")


def fill(lab):
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    messages, client = Messages("S"), Client(lab.ports["mllp"])
    others, guarded = people()
    for one in others + [guarded]:
        client.send(messages.registered(one, AT).encode())
        client.send(messages.report(one, AT, False, "en oro").encode())
    wait_for("the outbox to drain", lab.shipped, 90)
    here = sum(1 for one in others if one.municipality == "2183")  # Gävle's reception has no inbox in this lab

    def reports(state="delivered"):
        return [s for s in lab.tool_json("signals") if s["code"] == "SIG-A1" and s["state"].startswith(state)]
    wait_for("the reports to arrive", lambda: len(reports()) >= here, 90)
    for row in reports()[:8]:
        lab.inbox_tool("mottagning", "answer", row["signal"], "not-opened")
    wait_for("the answers to reach the hub", lambda: len(reports("answered")) == 8, 60)
    return others, guarded


def cells(table):
    return {(row["label"], column["label"]): value for row in table["rows"]
            for column, value in zip(table["columns"], row["values"])}


def statistics(lab, checks):
    early = lab.tool("statistics", "--period", "2026-Q1", check=False)
    checks.that("a period that is not over is refused", early.returncode == 1 and "not over" in early.stderr, early.stderr)
    lab.tick("2026-04-02T07:00:00Z")
    for other in ("2026", "2026-03"):
        refused = lab.tool("statistics", "--period", other, check=False)
        checks.that(f"{other} is refused: the hub publishes quarters", refused.returncode == 1 and "per quarter" in refused.stderr)
    checks.that("no period is exit 2", lab.tool("statistics", check=False).returncode == 2)
    told = lab.tool_json("statistics", "--period", "2026-Q1")[0]
    tables = {t["table"]: t for t in told["tables"]}
    types = cells(tables["types"])
    checks.that("reports are counted", types[("Statutory report of concern (SIG-A1)", "Signals")] >= 30, str(types))
    ages = [column["label"] for column in tables["ages"]["columns"]]
    checks.that("three children of an age are not told apart", "6–17 years" not in ages, str(ages))
    names = [column["label"] for column in tables["municipalities"]["columns"]]
    checks.that("municipalities are named by the directory", any("Bollnäs" in name for name in names), str(names))
    numbers = [v for t in told["tables"] for row in t["rows"] for c, v in zip(t["columns"], row["values"])
               if c["unit"] == "count" and v is not None]
    checks.that("no number below five but zero is shown", all(v == 0 or v >= 5 for v in numbers), str(sorted(set(numbers))[:4]))
    return told


def formats(lab, checks, told):
    rows = list(csv.reader(io.StringIO(lab.tool("--lang", "sv", "statistics", "--period", "2026-Q1", "--format", "csv").stdout.lstrip("\ufeff")), delimiter=";"))
    total = sum(len(row["values"]) for table in told["tables"] for row in table["rows"])
    checks.that("CSV has a line for each cell", len(rows) == total + 1, f"{len(rows)} {total}")
    for lang, word in (("sv", "Signaler om barn"), ("en", "Signals about children")):
        page = lab.path(f"page-{lang}.html")
        lab.tool("--lang", lang, "statistics", "--period", "2026-Q1", "--format", "html", "-o", page)
        with open(page, encoding="utf-8") as f:
            text = f.read()
        checks.that(f"the page is whole and stands alone ({lang})", word in text and text.endswith("</html>\n") and not re.search(r"<script|https?:|src=|href=", text))
        checks.that(f"nothing on the page is anybody's ({lang})", "2024" not in text.replace("2026", "") and "Test^" not in text)
    checks.that("a file that cannot be written is exit 1",
                lab.tool("statistics", "--period", "2026-Q1", "--format", "html", "-o", "/nowhere/page.html", check=False).returncode == 1)
    text = lab.tool("statistics", "--period", "2026-Q1").stdout
    checks.that("as text for a terminal", "Kinds of signals" in text and "No persons are included" in text)


def asking(lab, checks, known):
    audits = len(lab.tool_json("log", "find", "--kind", "audit", check=False))
    no_reason = report(lab, known.number)
    checks.that("no reason, no report", no_reason.returncode == 1 and "--reason" in no_reason.stdout, no_reason.stdout)
    checks.that("another role gets none", report(lab, known.number, "--reason", "x", role="operator").returncode == 4)
    checks.that("no authority, no report", report(lab, known.number, "--reason", "x", authority="").returncode == 1)
    checks.that("what is no number is refused without repeating it",
                (lambda r: r.returncode == 1 and "19%" not in r.stdout)(report(lab, "19%", "--reason", "x")))
    checks.that("a number in the command line is exit 2", report(lab, "", known.number, "--reason", "x").returncode == 2)
    checks.that("none of these was a look", len([r for r in lab.tool_json("log", "find", "--kind", "audit", check=False) if r["type"] == "record"]) <= audits)


def one_child(lab, checks, known):
    done = report(lab, known.number[:8] + "-" + known.number[8:], "--reason", "begäran 12/2026")
    told = json_lines(done.stdout)[0]
    checks.that("events are told by kind and unit, without content",
                [e["kind"] for e in told["events"]] == ["bvc.child.registered", "person.protection.changed", "report.signed"] and
                all(e["unit"].startswith("BVC Bollnäs") for e in told["events"]), done.stdout[:400])
    signal = next(s for s in told["signals"] if s["code"] == "SIG-A1")
    checks.that("a signal is told with receiver, ground, rule and receipts in words",
                "mottagning" in signal["to"].lower() and "Duty to report" in signal["decisions"][0]["groundText"] and
                signal["decisions"][0]["rule"].startswith("TRANSPORT-A1") and "named professional" in signal["why"] and
                [r["step"] for r in signal["receipts"]][:2] == ["stored", "delivered"], json.dumps(signal)[:600])
    notices = [s for s in told["signals"] if s.get("about")]
    checks.that("whatever tells that a report was made is marked, reminders of it too",
                "RECEIPT" in {s["code"] for s in notices} and signal["weighHarm"] and all(s["weighHarm"] for s in notices) and
                [e["weighHarm"] for e in told["events"]] == [False, True, True], json.dumps([(s["code"], s["weighHarm"]) for s in told["signals"]]))
    checks.that("neither content, name nor number is in it",
                not any(word in done.stdout for word in ("en oro", "Barn10", known.number, "Provgatan")))
    again = json_lines(report(lab, known.number, "--reason", "begäran 13/2026").stdout)[0]
    checks.that("the first look is told in the next report", [(l["action"], l["role"]) for l in again["looks"]] == [("subject-report", "privacy-officer")], str(again["looks"]))
    text = report(lab, known.number, "--reason", "begäran 14/2026", lang="sv", as_json=False).stdout
    checks.that("and as text, in Swedish", all(word in text for word in ("Anmälningsplikt", "grund:", "levererad", "inskriven på BVC", "[*]")), text[:900])


def nobody(lab, checks):
    before = len(lab.tool_json("log", "find", "--kind", "audit"))
    missing = report(lab, impossible_number("20240301", 99), "--reason", "begäran 15/2026")
    told = json_lines(missing.stdout)[0]
    checks.that("an unknown child gives the same form, empty",
                missing.returncode == 0 and all(told[k] == v for k, v in NOTHING.items()), missing.stdout)
    other = json_lines(report(lab, people()[0][0].number, "--reason", "begäran 16/2026", authority="gotland.halsonamnd").stdout)[0]
    checks.that("so does a child that another authority knows", all(other[k] == v for k, v in NOTHING.items()) and set(other) == set(told), str(other)[:300])
    checks.that("a miss is audited too", len(lab.tool_json("log", "find", "--kind", "audit")) == before + 2)


def protected(lab, checks, guarded):
    done = report(lab, guarded.number, "--reason", "begäran 17/2026")
    told = json_lines(done.stdout)[0]
    checks.that("of a protected child no unit, receiver or place is named",
                told["protected"] is True and told["events"] and "Bollnäs" not in done.stdout and
                told["events"][0]["unit"] == "a child health centre", done.stdout[:500])


def limits(lab, checks):
    codes = [report(lab, impossible_number("20240301", 500 + n), "--reason", "prov").returncode for n in range(12)]
    checks.that("trying one number after the other ends soon", codes[0] == 0 and codes[-1] == 6, str(codes))
    lab.hub.stop()
    checks.that("without the hub there is no audit and no report", report(lab, people()[0][0].number, "--reason", "x").returncode == 6)
    checks.that("statistics need no hub, only its log", lab.tool("statistics", "--period", "2026-Q1", check=False).returncode == 0)
    logged = ""
    for name in os.listdir(lab.folder):
        if name.endswith(".log"):
            with open(lab.path(name), encoding="utf-8", errors="replace") as f:
                logged += f.read()
    checks.that("no number asked for is in any log", not any(impossible_number("20240301", n) in logged for n in (10, 60, 99, 500)))


def body(lab, checks, _arguments):
    others, guarded = fill(lab)
    told = statistics(lab, checks)
    formats(lab, checks, told)
    asking(lab, checks, others[0])
    one_child(lab, checks, others[0])
    nobody(lab, checks)
    protected(lab, checks, guarded)
    limits(lab, checks)


if __name__ == "__main__":
    main(body)

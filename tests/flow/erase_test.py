"""An officer erases a child: by role, with a reason, in two steps; no report that is waited for goes by the way.

Rules: what it would touch is counted first; the number is never in the command line or in a log; the log verifies and is
rebuilt afterwards, over a kill too; a backup from before brings nobody back; the other child notices nothing.
"""
import glob
import os
import shutil
import subprocess

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import json_lines, run

AT = "20260302081500+0100"
AUTHORITY = "region.gavleborg"
REASON = "begäran 2026-17"


def erase(lab, *words, number=None, role="privacy-officer"):
    whom = ["--authority", AUTHORITY] if number else []
    return run([lab.bin("samsignal"), "--config", lab.path("hub.toml"), "--role", role, "--json", "erase", *whom, *words],
               check=False, input=(number or "") + "\n")


def reports(lab):
    return [s for s in lab.tool_json("signals") if s["code"] == "SIG-A1"]


def sound(lab, checks, when):
    verify = lab.tool_json("log", "verify", check=False)[0]
    checks.that(f"the log verifies {when}", verify.get("sound") is True, str(verify.get("findings")))
    rebuild = lab.tool_json("rebuild", "--check", check=False)[0]
    checks.that(f"rebuild gives the same state {when}", rebuild.get("equal") is True, str(rebuild)[:300])


def shown(lab, record):
    return lab.tool("log", "show", record).stdout


def fill(lab, messages, child, other):
    client = Client(lab.ports["mllp"])
    for one in (child, other):
        for message in (messages.registered(one, AT), messages.report(one, AT, False, "ofta ensamt hemma")):
            assert client.send(message.encode()) == "AA"
    wait_for("the outbox to drain", lab.shipped, 60)
    lab.settle(60)


def two_steps(lab, checks, child):
    records = lab.status()["records"]
    checks.that("without a reason nothing is looked at", erase(lab, number=child.number).returncode == 1)
    checks.that("an operator may not", erase(lab, "--reason", REASON, number=child.number, role="operator").returncode == 4)
    checks.that("neither left a record", lab.status()["records"] == records)
    open_one = erase(lab, "--reason", REASON, "--confirm", number=child.number)
    plan = json_lines(open_one.stdout)[0]
    checks.that("a report that nobody has answered stops it", open_one.returncode == 5 and
                [r["where"] for r in plan["openReports"]] == ["not answered"], open_one.stdout)
    mine = next(r for r in reports(lab) if r["signal"] == plan["openReports"][0]["signal"])
    lab.inbox_tool("mottagning", "answer", mine["signal"].replace("-", ""), "not-opened")
    wait_for("the answer", lambda: any(s["signal"] == mine["signal"] and s["state"].startswith("answered") for s in reports(lab)))
    lab.settle(60)
    looked = erase(lab, "--reason", REASON, number=child.number)
    plan = json_lines(looked.stdout)[0]
    checks.that("then it is counted, and nothing is done", looked.returncode == 0 and plan["records"] >= 3 and plan["receipts"] >= 1 and
                plan["delivered"].get("bollnas.mottagning") == 1 and plan["openReports"] == [], looked.stdout)
    record = mine["evidence"][0]["offset"]
    checks.that("the content is there still", "payload (personal" in shown(lab, record))
    return mine, record


def done(lab, checks, child, mine, record):
    rows = [r["id"] for r in lab.inbox_rows("mottagning")]
    erased = erase(lab, "--reason", REASON, "--confirm", number=child.number)
    checks.that("with --confirm it is done", erased.returncode == 0, erased.stdout + erased.stderr)
    checks.that("the record tells the day", "payload: erased on 2026-" in shown(lab, record), shown(lab, record))
    trace = lab.tool("trace", mine["signal"]).stdout
    checks.that("so does the signal's trace, which still tells who got it", "its content: erased on" in trace and
                "to bollnas.mottagning" in trace and "ensamt" not in trace, trace)
    lab.settle(60)
    checks.that("the receiver keeps what it has and is told nothing", [r["id"] for r in lab.inbox_rows("mottagning")] == rows)
    audits = [lab.tool_json("--role", "privacy-officer", "log", "show", r["offset"], "--reveal", "--reason", "granskning")[0]["payload"]
              for r in lab.tool_json("log", "find", "--kind", "audit")]
    checks.that("each look and the erasure stand in the audit with who and why",
                [a["action"] for a in audits if a["action"].startswith("erase")] == ["erase-plan"] * 3 + ["erase"] and
                all(a["reason"] == REASON for a in audits if a["action"].startswith("erase")), str(audits)[:600])
    again = erase(lab, "--reason", REASON, number=child.number)
    checks.that("the number leads nowhere any more", again.returncode == 3, again.stdout + again.stderr)
    by_signal = erase(lab, "--signal", mine["signal"], "--reason", REASON)
    checks.that("and the signal to keys that are gone", json_lines(by_signal.stdout)[0]["erasedAlready"] is True, by_signal.stdout)
    lab.tool("replay", "bollnas.mottagning", "--from", "0", "--yes", "--reason", "byte av dator")
    lab.settle(60)
    last = next(s for s in reports(lab) if s["signal"] == mine["signal"])
    checks.that("a replay gives a tombstone, not an error",
                [r["id"] for r in lab.inbox_rows("mottagning")] == rows and last["signal"] == mine["signal"])
    sound(lab, checks, "after the erasure")


def others(lab, checks, other):
    kept = [r for r in reports(lab) if r["state"].startswith("delivered")]
    checks.that("the other child's report is untouched", len(kept) == 1 and
                "payload (personal" in shown(lab, kept[0]["evidence"][0]["offset"]), str(kept))
    despite = erase(lab, "--signal", kept[0]["signal"], "--reason", REASON, "--despite-report", "--confirm")
    checks.that("an officer may say so all the same", despite.returncode == 0, despite.stdout + despite.stderr)
    checks.that("and then it is gone too", "erased on" in shown(lab, kept[0]["evidence"][0]["offset"]))
    checks.that("its number is not told by anything", erase(lab, "--reason", REASON, number=other.number).returncode == 3)


def at_the_agency(lab, checks, mine):
    """What the receiver has is its own: it erases by its own word, over a kill."""
    signal = mine["signal"].replace("-", "")
    before = [r["id"] for r in lab.inbox_rows("mottagning")]
    looked = lab.inbox_tool("mottagning", "erase", signal, "--reason", REASON)
    checks.that("an inbox counts first", "Nothing is erased" in looked.stdout and len(lab.inbox_rows("mottagning")) == len(before), looked.stdout)
    policy = json_lines(lab.inbox_tool("mottagning", "retention", "--json").stdout)[0]
    checks.that("nothing goes by itself there without a decision", policy["decision"] == "" and policy["days"] == 90, str(policy))
    lab.inbox_tool("mottagning", "erase", signal, "--reason", REASON, "--confirm")
    lab.inboxes["mottagning"].kill()
    lab.inboxes["mottagning"].start()
    left = [r["id"] for r in lab.inbox_rows("mottagning")]
    checks.that("with --confirm the signal is gone, also after a kill, and others stay",
                signal not in left and left and set(left) < set(before), f"{before} -> {left}")
    shown_there = lab.inbox_tool("mottagning", "show", signal, check=False)
    checks.that("and says so", shown_there.returncode == 3 and REASON in shown_there.stderr, shown_there.stderr)
    lab.tool("replay", "bollnas.mottagning", "--from", "0", "--yes", "--reason", "byte av dator")
    lab.settle(60)
    checks.that("a replay shows it to nobody", [r["id"] for r in lab.inbox_rows("mottagning")] == left)


def no_way_back(lab, checks, old, record):
    lab.hub.kill()
    lab.start_hub()
    checks.that("a kill and a new start change nothing", "erased on" in shown(lab, record))
    sound(lab, checks, "after a kill")
    lab.tool("backup", "create", lab.path("backups"))
    checks.that("the list of erasures lies beside the backups", os.path.exists(lab.path("backups/ERASED")))
    lab.hub.kill()
    shutil.rmtree(lab.path("hub"))  # the disk is gone
    restored = lab.tool_json("backup", "restore", old, "--yes")[0]
    checks.that("a restore of an older backup tells what it will do again", restored["erasuresAgain"] == 2, str(restored))
    lab.start_hub()
    checks.that("the older backup brings nobody back", "erased on" in shown(lab, record), shown(lab, record))
    lab.settle(60)
    sound(lab, checks, "after the restore")
    lab.hub.kill()
    lab.start_hub()
    commands = lab.tool_json("log", "find", "--kind", "command")
    lab.hub.kill()
    lab.start_hub()
    checks.that("it is done again once, not at each start", len(lab.tool_json("log", "find", "--kind", "command")) == len(commands))


def body(lab, checks, _arguments):
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    messages = Messages("E")
    child = Child("Test^Radera", impossible_number("20240301", 61), "20240301")
    other = Child("Test^Behall", impossible_number("20240302", 62), "20240302")
    fill(lab, messages, child, other)
    os.makedirs(lab.path("backups"))
    old = lab.tool_json("backup", "create", lab.path("backups"))[0]["folder"]
    mine, record = two_steps(lab, checks, child)
    done(lab, checks, child, mine, record)
    at_the_agency(lab, checks, mine)
    others(lab, checks, other)
    no_way_back(lab, checks, old, record)
    found = subprocess.run(["grep", "-l", "-a", "-e", child.number, "-e", other.number, *glob.glob(lab.path("*.log"))],
                           capture_output=True, text=True, check=False).stdout
    checks.that("no log names a number", found == "", found)


main(body, trim="backup")

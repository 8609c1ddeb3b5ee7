"""What an operator does with `samsignal`: look, find, trace, verify, replay, revoke; with exit codes."""
import os
import re
import time
from pathlib import Path

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import http_get, json_lines, run

AT = "20260302081500+0100"


def shipped(lab):
    wait_for("the outbox to drain", lab.shipped, 60)
    lab.settle(60)


def looking(lab, checks):
    tail = lab.tool_json("log", "tail", "-n", "5")
    checks.that("log tail shows the newest records", len(tail) == 5 and tail[-1]["offset"] > tail[0]["offset"])
    event = lab.tool_json("log", "find", "--kind", "event", "--limit", "1")[0]
    shown = lab.tool("log", "show", event["offset"])
    checks.that("a payload is hidden by default", "20240301" not in shown.stdout, shown.stdout[:300])
    refused = lab.tool("log", "show", event["offset"], "--reveal", check=False)
    checks.that("--reveal without a reason is refused", refused.returncode == 1 and "--reason" in refused.stderr)
    denied = lab.tool("--role", "operator", "log", "show", event["offset"], "--reveal", "--reason", "test", check=False)
    checks.that("--reveal needs the privacy officer's role", denied.returncode == 4, denied.stderr)
    revealed = lab.tool("--role", "privacy-officer", "log", "show", event["offset"], "--reveal", "--reason", "tillsyn 17")
    audits = lab.tool_json("log", "find", "--kind", "audit")
    checks.that("a look at a payload is shown and audited", "2024-03-01" in revealed.stdout and len(audits) == 1)
    checks.that("an unknown id is exit 3", lab.tool("trace", "00000000-0000-7000-8000-000000000000", check=False).returncode == 3)
    checks.that("a bad command line is exit 2", lab.tool("nonsense", check=False).returncode == 2)
    signal = next(s for s in lab.tool_json("signals") if s["code"] == "SIG-A1")
    trace = lab.tool("trace", signal["signal"]).stdout
    checks.that("trace shows raw message, gate, ground and ladder",
                all(word in trace for word in ["raw message", "gate at", "ground:", "delivered"]), trace)
    doctor = lab.tool("doctor", check=False)
    checks.that("doctor finds nothing that stops work", doctor.returncode in (0, 8) and "FAIL" not in doctor.stdout, doctor.stdout)


def last_backup(lab):
    metrics = http_get(lab.ports["http"], "/metrics")
    return float(re.search(r"^samsignal_backup_last_timestamp_seconds (\S+)$", metrics, re.M).group(1))


def backing_up(lab, checks):
    checks.that("the metric of the last backup is 0 before the first", last_backup(lab) == 0)
    os.makedirs(lab.path("backups"))
    lab.tool("backup", "create", lab.path("backups"))
    checks.that("then it is when the hub was told of it", abs(time.time() - last_backup(lab)) < 120, str(last_backup(lab)))
    doctor = lab.tool("doctor", check=False)
    checks.that("doctor tells its age", "backup: the last verified one was told 0 hours ago" in doctor.stdout, doctor.stdout)
    checks.that("doctor tells the hub's own limit of files, not the tool's",
                f"the hub may have {lab.status()['openFilesMax']} files open" in limited(lab, "doctor").stdout, doctor.stdout)


def limited(lab, *args):
    """The tool with a limit of its own."""
    return run(["/bin/sh", "-c", 'ulimit -n 256; exec "$@"', "sh", lab.bin("samsignal"), "--config", lab.path("hub.toml"), *args], check=False)


def replaying(lab, checks):
    before = [r["id"] for r in lab.inbox_rows("mottagning")]
    plan = lab.tool_json("replay", "bollnas.mottagning", "--from", "0", "--dry-run")[0]
    records = lab.status()["records"]
    checks.that("a dry run counts and changes nothing", plan["signals"] >= 1 and plan["dryRun"] is True)
    checks.that("a replay without --yes is refused", lab.tool("replay", "bollnas.mottagning", "--from", "0", check=False).returncode == 1)
    done = lab.tool_json("replay", "bollnas.mottagning", "--from", "0", "--at-once", "1", "--yes", "--reason", "återläsning efter byte av dator")[-1]
    checks.that("a replay goes in steps, and says what came of it: as many as were counted",
                done["steps"] == plan["signals"] + plan["withheld"] and done["sent"] + done["withheld"] == done["steps"] > 1, str(done))
    lab.settle(60)
    after = [r["id"] for r in lab.inbox_rows("mottagning")]
    checks.that("a replay shows nothing twice", before == after, f"{len(before)} -> {len(after)}")
    checks.that("a replay is decided anew and journaled", lab.status()["records"] > records)
    checks.that("a replay to an unknown subscription is exit 3",
                lab.tool("replay", "no.such", "--from", "0", "--yes", "--reason", "x", check=False).returncode == 3)


def as_user(lab, uid, *args):
    """The tool, run by a person whom the kernel knows by another login."""
    return run(["/bin/sh", "-c", 'echo "$0" > /proc/self/loginuid; exec "$@"', str(uid), lab.bin("samsignal"), "--json", "--config", lab.path("hub.toml"), *args], check=False)


def agreeing(lab, checks):
    """[replay] second_person: one asks, another one agrees."""
    hub = Path(lab.path("hub.toml"))
    hub.write_text(hub.read_text() + "\n[replay]\nsecond_person = true\n")
    lab.hub.stop()
    lab.start_hub()
    def given():
        return [lane["given"] for lane in lab.status()["lanes"] if lane["subscription"] == "bollnas.mottagning"]
    before = given()
    asked = as_user(lab, 1, "replay", "bollnas.mottagning", "--from", "0", "--yes", "--reason", "ny dator")
    number = json_lines(asked.stdout)[-1].get("request")
    checks.that("a replay that two must agree to is only asked for", isinstance(number, int) and given() == before, asked.stdout + asked.stderr)
    waiting = json_lines(as_user(lab, 2, "replay", "--waiting").stdout)
    checks.that("it waits, with who asked and why", [(w["request"], w["operator"], w["reason"]) for w in waiting] == [(str(number), "daemon", "ny dator")], str(waiting))
    same = as_user(lab, 1, "replay", "--agree", str(number), "--yes", "--reason", "ja")
    checks.that("who asked may not agree (exit 4)", same.returncode == 4, same.stdout + same.stderr)
    other = as_user(lab, 2, "replay", "--agree", str(number), "--at-once", "1", "--yes", "--reason", "ja")
    done = json_lines(other.stdout)[-1]
    checks.that("another one may, and it is run", other.returncode == 0 and done["steps"] > 1 and done["sent"] + done["withheld"] == done["steps"], other.stdout + other.stderr)
    again = as_user(lab, 2, "replay", "--agree", str(number), "--yes", "--reason", "ja")
    checks.that("not twice (exit 5)", again.returncode == 5, again.stdout + again.stderr)
    audits = [lab.tool("--json", "log", "show", row["offset"]).stdout for row in lab.tool_json("log", "find", "--kind", "audit")]
    checks.that("both stand in the audit", any("replay-asked" in a and "daemon" in a for a in audits) and any("replay-agreed" in a and '"bin"' in a for a in audits), str(audits[-2:]))


def reloading(lab, checks):
    """Each reload leaves a record of who; versions can be compared, and rolled back to."""
    rules = Path(lab.path("rules.toml"))
    rules.write_text(Path(lab.config_folder, "rules.toml").read_text())
    hub = Path(lab.path("hub.toml"))
    hub.write_text(hub.read_text().replace(f'rules = "{lab.config_folder}/rules.toml"', 'rules = "rules.toml"'))
    lab.hub.stop()
    lab.start_hub()
    first = lab.status()["configuration"]
    before = rules.read_text()
    rules.write_text(before + "\n# en ny rad\n")
    shown = lab.tool("config", "diff").stdout
    checks.that("config diff tells what a reload would bring", "+# en ny rad" in shown and "rules.toml" in shown, shown)
    refused = lab.tool("config", "rollback", first, "--yes", "--reason", "x", check=False)
    checks.that("no rollback while the files are not what the hub runs (exit 5)", refused.returncode == 5, refused.stderr)
    as_user(lab, 1, "reload", "--reason", "ny regel")
    second = lab.status()["configuration"]
    rules.write_text("[[rule]]\n")
    checks.that("a file with a mistake is refused", as_user(lab, 2, "reload").returncode != 0)
    rows = [lab.tool_json("log", "show", r["offset"])[0]["payload"] for r in lab.tool_json("log", "find", "--kind", "audit")]
    rows = [r for r in rows if r["action"] == "reload"]
    checks.that("who reloaded, from what to what, stands in the audit; refused ones too",
                [(r["operator"], r.get("reason", ""), r["outcome"].split(":")[0]) for r in rows] == [("daemon", "ny regel", "loaded"), ("bin", "", "refused")]
                and rows[0]["before"].startswith(first) and rows[0]["after"].startswith(second), str(rows))
    rules.write_text(before + "\n# en ny rad\n")
    looked = lab.tool("config", "rollback", first, check=False)
    checks.that("without --yes a rollback only tells the difference", looked.returncode == 1 and "-# en ny rad" in looked.stdout, looked.stdout + looked.stderr)
    lab.tool("config", "rollback", first, "--yes", "--reason", "regeln var fel")
    history = lab.tool_json("config", "list")
    checks.that("a rollback is a new record of the log, with its reason, and the files are that version's",
                lab.status()["configuration"] == first and rules.read_text() == before and [h["version"] for h in history][-3:] == [first, second, first]
                and "regeln var fel" in history[-1]["reason"], str(history))
    checks.that("and the newest version is what stands on disk", lab.tool_json("config", "diff")[-1]["same"] is True)


def revoking(lab, checks, messages, child):
    checks.that("keys list names every peer", all(name in lab.tool("keys", "list").stdout for name in ["cosmic-bvc", "mottagning"]))
    # A heading may have blanks and a comment: the entry behind it is another's all the same.
    peers = Path(lab.path("peers.toml"))
    peers.write_text(peers.read_text().replace("[[peer]]", "[[ peer ]]  # granne"))
    others = [line for line in lab.tool("keys", "list").stdout.splitlines() if "mottagning" not in line]
    lab.tool("keys", "revoke", "mottagning")
    checks.that("revoking one leaves all others", lab.tool("keys", "list").stdout.splitlines() == others)
    rows = len(lab.inbox_rows("mottagning"))
    Client(lab.ports["mllp"]).send(messages.report(child, AT, False, "efter spärr").encode())
    wait_for("the outbox to drain", lab.shipped, 60)
    wait_for("the signal to wait", lambda: any(l["subscription"] == "bollnas.mottagning" and l["waiting"] > 0 for l in lab.status()["lanes"]))
    checks.that("a revoked key gets nothing more, on a live connection too", len(lab.inbox_rows("mottagning")) == rows)
    checks.that("revoking an unknown peer is exit 3", lab.tool("keys", "revoke", "nobody", check=False).returncode == 3)


def witnessing(lab, checks):
    """An inbox keeps the hub's signed checkpoint, and the log is checked against it."""
    def kept():
        return json_lines(run([lab.bin("samsignal-inbox"), "--config", lab.path("inbox-bvc.toml"), "checkpoint", "--json"], check=False).stdout)[-1]
    wait_for("a checkpoint in the inbox", lambda: kept()["records"] > 0, 60)
    note = run([lab.bin("samsignal-inbox"), "--config", lab.path("inbox-bvc.toml"), "checkpoint"], check=False).stdout
    Path(lab.path("kept.txt")).write_text(note)
    verify = lab.tool("log", "verify", "--against", lab.path("kept.txt"), check=False)
    checks.that("an inbox keeps a checkpoint, and the log goes on from it", kept()["alarm"] == "" and verify.returncode == 0 and "kept checkpoint" in verify.stdout, note + verify.stdout + verify.stderr)
    lines = note.splitlines()
    Path(lab.path("kept.txt")).write_text("\n".join([lines[0], str(int(lines[1]) + 1)] + lines[2:]) + "\n")
    forged = lab.tool("log", "verify", "--against", lab.path("kept.txt"), check=False)
    checks.that("one that nobody signed is a problem (exit 7)", forged.returncode == 7 and "cannot be verified" in forged.stdout, forged.stdout + forged.stderr)


def offline(lab, checks):
    witnessing(lab, checks)
    lab.hub.stop()
    verify = lab.tool("log", "verify", check=False)
    checks.that("the log of a stopped hub can be verified", verify.returncode == 0 and "the log is sound" in verify.stdout, verify.stdout + verify.stderr)
    rebuild = json_lines(lab.tool("--json", "rebuild", "--check", check=False).stdout)[0]
    checks.that("and rebuilt", rebuild.get("equal") is True, str(rebuild))
    checks.that("status of a stopped hub is exit 6", lab.tool("status", check=False).returncode == 6)
    lab.start_hub()
    checks.that("a restart does not forget when the last backup was", abs(time.time() - last_backup(lab)) < 300)


def body(lab, checks, _arguments):
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    messages = Messages("O")
    child = Child("Test^Drift", impossible_number("20240301", 88), "20240301")
    client = Client(lab.ports["mllp"])
    for raw in [messages.registered(child, AT), messages.report(child, AT, False, "första"), messages.report(child, AT, True, "andra")]:
        client.send(raw.encode())
    shipped(lab)
    looking(lab, checks)
    backing_up(lab, checks)
    replaying(lab, checks)
    agreeing(lab, checks)
    reloading(lab, checks)
    revoking(lab, checks, messages, child)
    offline(lab, checks)


main(body)

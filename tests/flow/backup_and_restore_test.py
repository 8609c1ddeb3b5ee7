"""The disk is lost: a verified backup and the sources' outboxes bring everything back, once.

Rules: with trim = "backup" a source keeps what no backup covers; a restore begins a new epoch; what was
acknowledged after the backup comes again from the outboxes; nothing is shown twice; a backup that was
touched is refused; an old copy put in place is noticed.
"""
import os
import re
import shutil

from harness import Child, Client, Messages, impossible_number, main, wait_for

AT = "20260302081500+0100"


def kept_from(lab):
    return int(re.search(r"kept from (\d+)", lab.adapter_tool("status").stdout).group(1))


def events(lab):
    return [e["event"] for e in lab.tool_json("log", "find", "--kind", "event", "--peer", "cosmic-bvc", "--limit", 100000)]


def send(lab, messages, child, count):
    client = Client(lab.ports["mllp"])
    codes = [client.send(messages.report(child, AT, False, f"nummer {messages.count}").encode()) for _ in range(count)]
    assert codes == ["AA"] * count, codes
    wait_for("the outbox to drain", lab.shipped, 60)
    lab.settle(60)


def backup_lets_sources_forget(lab, checks, messages, child):
    send(lab, messages, child, 30)
    checks.that("without a backup the source keeps what the hub has acknowledged", kept_from(lab) == 1)
    os.makedirs(lab.path("backups"))
    made = lab.tool_json("backup", "create", lab.path("backups"))[0]
    checks.that("a backup is made of the running hub and verified", made["records"] > 30 and made["told"], str(made))
    checks.that("nothing else is left in the backups' folder", os.listdir(lab.path("backups")) == [os.path.basename(made["folder"])])
    nowhere = lab.tool("backup", "create", lab.path("no-such-disk"), check=False)
    checks.that("a backup that cannot be made says so and lets nobody forget",
                nowhere.returncode == 6 and "no backup was made" in nowhere.stderr, nowhere.stderr)
    wait_for("the source to forget what the backup covers", lambda: kept_from(lab) == 31, 30)
    checks.that("then the source forgets what it covers, and no more", True)
    lab.hub.kill()
    lab.start_hub()
    send(lab, messages, child, 30)
    checks.that("what came after the backup is kept, over a restart of the hub too", kept_from(lab) == 31)
    checks.that("the backup verifies", lab.tool("backup", "verify", made["folder"]).returncode == 0)
    return made["folder"]


def a_touched_backup_is_refused(lab, checks, folder):
    for n, (file, what) in enumerate([("log", "an old file"), ("BACKUP.json", "another root")]):
        copy = lab.path(f"touched-{n}")
        shutil.copytree(folder, copy)
        if file == "log":
            tables = [os.path.join(copy, "log", f) for f in sorted(os.listdir(os.path.join(copy, "log"))) if f.endswith((".sst", ".log"))]
            path = max(tables, key=os.path.getsize)
            with open(path, "r+b") as f:
                f.seek(os.path.getsize(path) // 2)
                byte = f.read(1)
                f.seek(-1, 1)
                f.write(bytes([byte[0] ^ 0x40]))
        else:
            text = open(os.path.join(copy, file), encoding="utf-8").read()
            with open(os.path.join(copy, file), "w", encoding="utf-8") as f:
                f.write(re.sub(r'"root": "(.)', lambda m: '"root": "' + ("0" if m.group(1) != "0" else "1"), text))
        done = lab.tool("backup", "verify", copy, check=False)
        checks.that(f"a backup with {what} does not verify", done.returncode == 7, f"exit {done.returncode}: {done.stderr.strip()[:160]}")


def a_restore_that_fails_says_where_all_went(lab, checks, folder):
    inode = os.stat(lab.path("hub/log")).st_ino
    os.unlink(lab.path("hub/high-water"))
    os.mkdir(lab.path("hub/high-water"))
    failed = lab.tool("backup", "restore", folder, "--yes", check=False)
    aside = re.search(r"is in (\S+-replaced)\b", failed.stderr)
    checks.that("a restore that fails half-way says where what stood there is", failed.returncode != 0 and aside is not None and
                os.stat(os.path.join(lab.folder, aside.group(1), "log")).st_ino == inode, failed.stderr)


def restore_brings_everything_back(lab, checks, folder, before):
    rows = {name: [r["id"] for r in lab.inbox_rows(name)] for name in lab.inboxes}
    running = lab.tool("backup", "restore", folder, "--yes", check=False)
    checks.that("nothing is restored under a running hub", running.returncode == 5, running.stderr)
    lab.hub.kill()
    a_restore_that_fails_says_where_all_went(lab, checks, folder)
    shutil.rmtree(lab.path("hub"))  # the disk is gone
    asked = lab.tool("backup", "restore", folder, check=False)
    checks.that("without --yes nothing is changed", asked.returncode == 1 and not os.path.exists(lab.path("hub/log")), asked.stderr)
    restored = lab.tool_json("backup", "restore", folder, "--yes")[0]
    checks.that("a restore begins a new epoch", restored["epoch"] > 1, str(restored))
    lab.start_hub()
    wait_for("the sources to send again what the backup lacks", lambda: len(events(lab)) >= len(before), 60)
    lab.settle(60)
    checks.that("everything acknowledged stands in the log again, once", sorted(events(lab)) == sorted(before), f"{len(events(lab))} of {len(before)}")
    for name, ids in rows.items():
        now = [r["id"] for r in lab.inbox_rows(name)]
        checks.that(f"the inbox of {name} shows nothing twice and lacks nothing", len(now) == len(set(now)) and set(ids) <= set(now), f"{len(ids)} -> {len(now)}")
    answered = [s for s in lab.tool_json("signals") if s["code"] == "SIG-A1" and s["state"].startswith("registered")]
    checks.that("an answer given after the backup is known again", len(answered) == 1, str(len(answered)))


def the_same_backup_once_more(lab, checks, folder, before):
    """The new disk is lost too, before it had a backup: nothing on the next one tells of the epoch between."""
    first = lab.status()["epoch"]
    lab.hub.kill()
    shutil.rmtree(lab.path("hub"))
    second = lab.tool_json("backup", "restore", folder, "--yes")[0]["epoch"]
    checks.that("the same backup restored once more begins another epoch", second > first, f"{first} -> {second}")
    lab.start_hub()
    wait_for("the sources to send again", lambda: len(events(lab)) >= len(before), 60)
    lab.settle(60)
    checks.that("and everything is there again, once", sorted(events(lab)) == sorted(before), f"{len(events(lab))} of {len(before)}")


def an_old_copy_is_noticed(lab, checks, folder):
    first = lab.status()["epoch"]
    lab.hub.stop()
    for part in ["log", "vault"]:
        shutil.rmtree(lab.path(f"hub/{part}"))
        shutil.copytree(os.path.join(folder, part), lab.path(f"hub/{part}"))
    lab.hub.start()
    code = lab.hub.child.wait(timeout=30)
    said = lab.hub.tail(5)
    checks.that("an old copy of the store put in place is refused", code == 70 and "recover --accept-loss" in said, f"exit {code}: {said[-200:]}")
    checks.that("recover asks for a plain word first", lab.tool("recover", check=False).returncode == 1)
    recovered = lab.tool_json("recover", "--accept-loss")[0]
    checks.that("recover begins a new epoch from what there is", recovered["epoch"] > first, str(recovered))
    lab.start_hub()


def body(lab, checks, _arguments):
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    messages = Messages("B")
    child = Child("Test^Kopia", impossible_number("20240301", 55), "20240301")
    folder = backup_lets_sources_forget(lab, checks, messages, child)
    last = lab.inbox_rows("mottagning")[-1]["id"]
    lab.inbox_tool("mottagning", "answer", last, "registered", "--case", "2026-55")
    lab.settle(60)
    wait_for("the answer", lambda: any(s["state"].startswith("registered") for s in lab.tool_json("signals")))
    a_touched_backup_is_refused(lab, checks, folder)
    before = events(lab)
    restore_brings_everything_back(lab, checks, folder, before)
    the_same_backup_once_more(lab, checks, folder, before)
    an_old_copy_is_noticed(lab, checks, folder)
    wait_for("the sources to send again once more", lambda: len(events(lab)) >= len(before), 60)
    lab.settle(60)
    checks.that("and everything is there once more", sorted(events(lab)) == sorted(before))
    verify = lab.tool_json("log", "verify", check=False)[0]
    checks.that("the log verifies", verify.get("sound") is True, str(verify.get("findings")))
    rebuild = lab.tool_json("rebuild", "--check", check=False)[0]
    checks.that("rebuild gives the same state", rebuild.get("equal") is True, str(rebuild)[:300])


main(body, trim="backup")

"""A signed report with a file of 40 MB, from a record system over FHIR to the receiver's disk.

Rules: the report goes first and never waits for its pages; the file arrives byte for byte through kill -9 of hub, adapter and inbox, each part once; nobody but the
report's receiver gets any of it; nothing of it is in a log; the hub's log and rebuild hold; no process
holds many times the file in memory.
"""
import base64
import hashlib
import json
import os
import random
import subprocess
import threading
import time

from fhir_client import Keys, Sender, allow_large, configure, sample, version
from harness import main, wait_for

SIZE = 40_000_000
PARTS = -(-SIZE // (120 * 1024))


def report(number, content=None, acute=False):
    out = version(sample("communication_report_signed"), 1, id=f"oros{number}", priority="stat" if acute else "routine")
    if content is not None:
        out["payload"].append({"contentAttachment": {"contentType": "application/pdf", "title": "journalutdrag",
                                                     "data": base64.b64encode(content).decode()}})
    return out


class Poster(threading.Thread):
    """Sends until it is taken, as a record system does."""

    def __init__(self, sender, resource):
        super().__init__()
        keys, port = sender.keys, sender.port
        self.body = json.dumps(resource).encode()
        self.argv = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "120", "--cacert",
                     keys.at("ca.pem"), "--cert", keys.at("cosmic.pem"), "--key", keys.at("cosmic.key"), "-X", "PUT",
                     "-H", "Content-Type: application/fhir+json", "-H", "Expect:", "--data-binary", "@-",
                     f"https://127.0.0.1:{port}/fhir/Communication/{resource['id']}"]
        self.statuses = []

    def run(self):
        while not self.statuses or self.statuses[-1] not in ("200", "201"):
            done = subprocess.run(self.argv, input=self.body, capture_output=True, check=False)
            self.statuses.append(done.stdout.decode())
            if len(self.statuses) > 40:
                return
            time.sleep(0.2)


class Peak:
    """The most memory that each process has had, over all its lives."""

    def __init__(self, lab):
        self.lab, self.most = lab, {}

    def look(self):
        for process in self.lab.processes():
            if process.child is None:
                continue
            try:
                with open(f"/proc/{process.child.pid}/status", encoding="utf-8") as f:
                    for line in f:
                        if line.startswith("VmHWM:"):
                            self.most[process.name] = max(self.most.get(process.name, 0), int(line.split()[1]) // 1024)
            except OSError:
                continue


def rows(lab):
    """What the inbox handed over as lines, by signal id; and the ends of attachments."""
    signals, ended = {}, []
    with open(lab.path("inbox-mottagning.ndjson"), encoding="utf-8") as f:
        for line in f:
            if not line.endswith("\n"):
                break
            try:
                one = json.loads(line)
            except ValueError:
                continue  # cut by a kill
            if "attachment" in one:
                ended.append(one["attachment"])
            else:
                signals[one["id"]] = one
    return signals, ended


def received(lab):
    text = lab.inbox_tool("mottagning", "status", "--json", check=False).stdout
    return json.loads(text)["signals"] if text else 0


def through_kills(sender, checks, dice, content, peak):
    lab = sender.lab
    poster = Poster(sender, report(1, content))
    poster.start()
    time.sleep(0.4)
    lab.adapter.kill()  # in the middle of taking it
    lab.start_adapter()
    while poster.is_alive():
        peak.look()
        time.sleep(0.05)
    checks.that("the report is taken, also over a kill", poster.statuses[-1] in ("200", "201"), str(poster.statuses))
    inbox = lab.inboxes["mottagning"]
    for turn in range(6):
        time.sleep(dice.uniform(0.1, 0.5))
        peak.look()
        process = [lab.hub, inbox, lab.adapter][turn % 3]
        process.kill()
        process.start()
        if process is lab.hub:
            lab.wait_ready()
    wait_for("the adapter", lab.adapter_listens)
    quick = report(2, acute=True)
    status, _, _ = sender.put(quick)
    checks.that("an acute report is taken meanwhile", status in (200, 201), str(status))
    wait_for("the outbox to drain", lab.shipped, 120)
    peak.look()
    lab.settle(180)
    peak.look()


def the_file_is_there(lab, checks, content):
    waited = wait_for("the attachment's line", lambda: rows(lab)[1], 60)
    signals, _ = rows(lab)
    checks.that("its end is told once", len({(e["id"], e["number"]) for e in waited}) == 1 and
                waited[0]["state"] == "complete" and waited[0]["parts"] == PARTS, str(waited))
    checks.that("with the digest of the file", waited[0]["sha256"] == hashlib.sha256(content).hexdigest())
    large = waited[0]["id"]
    checks.that("about the report that brought it", "journalutdrag" in json.dumps(signals[large]))
    shown = lab.inbox_tool("mottagning", "show", large).stdout
    checks.that("show says that it is complete", "Attachment 1: journalutdrag  application/pdf  40000000 byte  complete"
                in shown, shown[:400])
    out = lab.path("out.pdf")
    lab.inbox_tool("mottagning", "attachment", large, "1", "--out", out)
    with open(out, "rb") as f:
        checks.that("the file is the one that was sent, byte for byte", f.read() == content)
    checks.that("only its owner may read it", os.stat(out).st_mode & 0o777 == 0o600)
    again = lab.inbox_tool("mottagning", "attachment", large, "1", "--out", out, check=False)
    checks.that("a file that exists is left alone", again.returncode == 5, str(again.returncode))
    lab.inboxes["mottagning"].stop()
    alone = lab.path("alone.pdf")
    lab.inbox_tool("mottagning", "attachment", large, "1", "--out", alone)
    with open(alone, "rb") as f:
        checks.that("also when the inbox does not run", f.read() == content)
    lab.inboxes["mottagning"].start()
    checks.that("who took it out is noted", lab.inbox_tool("mottagning", "show", large).stdout.count("taken out (") == 2)
    return signals, large


def order_and_place(lab, checks, signals):
    found = lab.tool_json("signals")
    parts = [s for s in found if s["code"] == "ATTACHMENT"]
    checks.that("each part was decided once", len(parts) == PARTS, f"{len(parts)} of {PARTS}")
    receivers = {s["receiver"] for s in parts}
    checks.that("for the report's receiver and nobody else", receivers == {"bollnas.mottagning"}, str(receivers))
    first = min(s["decisions"][0]["offset"] for s in parts)
    reports = [s["decisions"][0]["offset"] for s in found if s["code"] == "SIG-A1"]
    checks.that("the report was decided before its first part", min(reports) < first)
    for name in ("forebyggande", "bvc"):
        with open(lab.path(f"inbox-{name}.ndjson"), encoding="utf-8") as f:
            checks.that(f"nothing of it at {name}", "ATTACHMENT" not in f.read())
    checks.that("parts are no signals in the inbox", all(s["signal"]["code"] != "ATTACHMENT" for s in signals.values()))
    checks.that("and no part waits for a report", lab.status()["attachmentPartsWaiting"] == 0)


def nothing_personal(lab, checks, content):
    logs = b""
    for name in os.listdir(lab.folder):
        if name.endswith(".log"):
            with open(lab.path(name), "rb") as f:
                logs += f.read()
    for word in (b"journalutdrag", b"20210325K069", b"Canaryord", content[:24]):
        checks.that("no log holds a title, a number, a word or a byte of it", word not in logs)


def the_log_holds(lab, checks):
    checks.that("the log verifies", lab.tool("log", "verify", check=False).returncode == 0)
    rebuilt = lab.tool("rebuild", "--check", check=False, timeout=600)
    checks.that("and rebuilds to the same state", rebuilt.returncode == 0, rebuilt.stdout[-300:] + rebuilt.stderr[-300:])


def body(lab, checks, arguments):
    dice = random.Random(arguments.seed)
    content = dice.randbytes(SIZE)
    keys = Keys(lab.path("tls"))
    configure(lab, keys)
    allow_large(lab)
    lab.start_all()
    sender = Sender(lab, keys)
    peak = Peak(lab)
    begun = time.monotonic()
    through_kills(sender, checks, dice, content, peak)
    print(f"  {SIZE} bytes in {PARTS} parts through seven kills in {time.monotonic() - begun:.1f} s")
    print("  most memory, MiB: " + json.dumps(peak.most))
    signals, _ = the_file_is_there(lab, checks, content)
    order_and_place(lab, checks, signals)
    nothing_personal(lab, checks, content)
    lab.stop_all()
    the_log_holds(lab, checks)
    limits = {"samsignald": 250, "samsignal-adapter": 600, "inbox-mottagning": 200}
    for name, most in limits.items():
        checks.that(f"{name} stays below {most} MiB", peak.most.get(name, 0) < most, str(peak.most.get(name)))


if __name__ == "__main__":
    main(body)

"""kill -9 of hub, adapter and inboxes at random moments while messages flow.

Rules: acknowledged minus journaled = 0, acknowledged minus delivered = 0, rows per signal in the
receivers' stores = 1, order per child and lane kept, log verified, rebuild equal.
"""
import collections
import random
import threading
import time

from harness import Child, Client, Messages, impossible_number, main, wait_for


class Sender(threading.Thread):
    """Sends until told to stop; a message counts as acknowledged only when its AA came."""

    def __init__(self, lab, seed):
        super().__init__()
        self.lab, self.random = lab, random.Random(seed)
        self.messages = Messages("K")
        self.acknowledged = []     # control ids, in order
        self.resent = 0
        self.stopping = False
        self.children = [Child(f"Test^K{i}", impossible_number("20240301", i), "20240301") for i in range(12)]

    def next_message(self):
        child = self.random.choice(self.children)
        n = self.messages.count + 1
        if self.random.random() < 0.5:
            return self.messages.report(child, "20260302111500+0100", self.random.random() < 0.3, f"nummer {n}")
        return self.messages.appointment("S26", child, "20260302081500+0100", f"K-{n}", "M18",
                                         "20260302080000+0100", "Noshow", "UB")

    def run(self):
        client = Client(self.lab.ports["mllp"])
        while not self.stopping:
            raw = self.next_message().encode()
            control = raw.split(b"|")[9].decode()
            while True:
                code = client.send(raw, timeout=5.0)
                if code == "AA":
                    self.acknowledged.append(control)
                    break
                assert code is None, f"{control} was answered {code}"
                self.resent += 1
                time.sleep(0.05)
        client.close()


def kill_at_random(lab, dice, kills):
    counts = collections.Counter()
    names = ["hub"] * 4 + ["adapter"] * 3 + list(lab.inboxes)
    for _ in range(kills):
        time.sleep(dice.uniform(0.02, 0.4))
        name = dice.choice(names)
        counts[name] += 1
        process = {"hub": lab.hub, "adapter": lab.adapter}.get(name) or lab.inboxes[name]
        process.kill()
        time.sleep(dice.choice([0, 0, 0.05, 0.3]))
        process.start()
        if dice.random() < 0.5:  # often the next kill comes while this one still starts
            if name == "hub":
                lab.wait_ready()
            elif name == "adapter":
                wait_for("the adapter", lab.adapter_listens)
    return counts


def order_kept(lab, checks):
    """Per receiver, child and lane: numbers in the inbox follow the log's order of decisions."""
    signals = {s["signal"].replace("-", ""): s for s in lab.tool_json("signals")}
    wrong = 0
    for name in lab.inboxes:
        last = {}
        for row in lab.inbox_rows(name):       # in order of arrival
            signal = signals[row["id"]]
            if not signal.get("evidence") or row["code"] in ("RECEIPT", "SIG-A3", "HOLD"):
                continue
            subject = lab.subject_of[signal["evidence"][0]["offset"]]
            first = signal["decisions"][0]
            key = (subject, first["lane"])
            wrong += first["offset"] < last.get(key, -1)
            last[key] = first["offset"]
    checks.that("order per child and lane is kept", wrong == 0, f"{wrong} out of order")


def body(lab, checks, arguments):
    dice = random.Random(arguments.seed)
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    sender = Sender(lab, arguments.seed)
    sender.start()
    counts = kill_at_random(lab, dice, arguments.kills)
    lab.wait_ready()
    wait_for("the adapter", lab.adapter_listens)
    time.sleep(0.5)
    sender.stopping = True
    sender.join()
    print(f"  {arguments.kills} kills: {dict(counts)}; {len(sender.acknowledged)} messages acknowledged, {sender.resent} sent again")

    wait_for("everything acknowledged to be in the log",
             lab.shipped, 120)
    lab.settle(120)
    events = lab.tool_json("log", "find", "--kind", "event", "--peer", "cosmic-bvc", "--limit", 1000000)
    lab.subject_of = {e["offset"]: e["subject"] for e in events}
    reports = [e for e in events if e["summary"] == "report.signed"]
    missed = [e for e in events if e["summary"] == "bvc.visit.missed"]
    checks.that("enough was sent for the kills to hurt", len(sender.acknowledged) > arguments.kills,
                str(len(sender.acknowledged)))
    checks.that("acknowledged minus journaled = 0", len(reports) + len(missed) == len(sender.acknowledged),
                f"{len(sender.acknowledged)} acknowledged, {len(reports) + len(missed)} journaled")
    checks.that("no event stands in the log twice", len({e["event"] for e in events}) == len(events))

    signals = [s for s in lab.tool_json("signals") if s["code"] == "SIG-A1"]
    held = [s for s in signals if s["outcome"] == "held"]
    boxes = {name: [r["id"] for r in lab.inbox_rows(name)] for name in lab.inboxes}
    in_box = set(boxes["mottagning"])
    delivered = [s for s in signals if s["outcome"] == "deliver"]
    checks.that("each report became one signal", len(signals) == len(reports), f"{len(reports)} reports, {len(signals)} signals")
    checks.that("acknowledged minus delivered = 0",
                not held and all(s["signal"].replace("-", "") in in_box for s in delivered), f"{len(delivered)} delivered")
    for name, rows in boxes.items():
        checks.that(f"rows per signal in the inbox of {name} = 1", len(rows) == len(set(rows)), f"{len(rows)} rows")
    order_kept(lab, checks)
    verify = lab.tool_json("log", "verify", check=False)[0]
    checks.that("the log verifies", verify.get("sound") is True, str(verify.get("findings")))
    rebuild = lab.tool_json("rebuild", "--check", check=False)[0]
    checks.that("rebuild gives the same state", rebuild.get("equal") is True, str(rebuild)[:200])
    hub_codes, took = lab.hub.stop()
    checks.that("a clean stop takes less than 5 s and ends well", hub_codes == 0 and took < 5, f"{hub_codes}, {took:.1f} s")


main(body)

"""One synthetic day in Bollnäs, from booked visits to confirmed signals, through a kill -9: BVC over HL7 v2,
dental care by its nightly file, social services asked over REST.

HL7 v2 is sent with Debian's mllp_send (python3-hl7), which is not ours. Prints what happened, then proves it.
"""
import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import RECEIVERS, REPO, Lab, LabError, wait_for, write  # noqa: E402
from lifecare import ENDPOINTS, Extract, local  # noqa: E402
from people import Child, Messages, impossible_number  # noqa: E402

VT, FS, CR = b"\x0b", b"\x1c", b"\r"

DENTAL = """[files]
folder = "dental-in"
patterns = ["ftv_*.csv"]
stable_s = 1
rescan_s = 1

[files.csv]
required_columns = ["personnr", "fodelsedatum", "klinik_hsaid", "handelse", "datum", "tid", "besokstyp",
                    "nr_i_rad", "orsak", "kommun"]
trigger_column = "handelse"
person_columns = ["personnr"]
"""
SOCIAL = """[poll]
base_url = "http://127.0.0.1:{port}/apifc/v1/Extract"
allow_plain_loopback = true
keys_file = "lifecare.keys"
start = "{start}"
every_s = 1
requests_per_minute = 6000
{endpoints}"""
# Who is told when a time limit has run out.
IN_CHARGE = [
    ("ledning", "bollnas.ledning", "2120002361", "Socialnämnden", ""),
    ("regionledning", "gavleborg.ledning", "2321000198", "Hälso- och sjukvårdsnämnden", ""),
    ("signaldisk", "gavleborg.signaldisk", "2321000198", "Hälso- och sjukvårdsnämnden", ""),
]
SOCIAL_KEY = "provnyckel+17"


class Day:
    def __init__(self, lab):
        self.lab = lab
        self.messages = Messages()
        self.sent = 0
        self.answers = []          # (control id, answer code)
        self.expected = collections.Counter()
        self.told = {}             # source -> events that must come of what it says
        self.failed = []

    # --- sources beside BVC ----------------------------------------------------------------------
    def connect_dental(self):
        os.makedirs(self.lab.path("dental-in"))
        self.lab.add_source("dental", "t4.ftv", "2321000198", "Hälso- och sjukvårdsnämnden", DENTAL,
                            "dental/mappings/dental-csv.toml")

    def connect_social(self):
        """A stand-in for the extract of a social services system, with its field names, on loopback."""
        self.extract = Extract("bollnas", SOCIAL_KEY)
        write(self.lab.path("lifecare.keys"), f'domain = "bollnas"\nkey = "{SOCIAL_KEY}"\n', 0o600)
        endpoints = "".join(f'[[poll.endpoint]]\nname = "{name}"\nmodified = "ModifiedDate"\n'
                            for name in ["Investigations"] + [e for e in ENDPOINTS if e != "Investigations"])
        self.lab.add_source("lifecare", "lifecare.bollnas", "2120002361", "Socialnämnden",
                            SOCIAL.format(port=self.extract.port, start=local(86400)[:10], endpoints=endpoints),
                            "social/mappings/social-lifecare.toml")

    def dental_night(self):
        """The file as its sender writes it: in one go, under its own name once it is whole."""
        with open(os.path.join(REPO, "tests/fixtures/dental/ftv_dygn_20260302.csv"), encoding="utf-8") as f:
            write(self.lab.path("dental-in/night.part"), f.read())
        os.rename(self.lab.path("dental-in/night.part"), self.lab.path("dental-in/ftv_dygn_20260302.csv"))

    def social_day(self):
        """The reception registers what came in: two reports, one of them assessed, and a first inquiry."""
        row = {"FromWho": "BVC", "Reason": "x", "InvestigationId": None, "OrganisationUnitId": 101}
        for number, child, more in [
                (98765, self.reported, {"Status": "Inkommen"}),
                (98766, self.acute, {"Status": "Skyddsbedömd", "ProtectionAssessmentDate": "2026-03-02T12:00:00"})]:
            self.extract.put("Actualisations", dict(row, Id=number, Date="2026-03-02T11:40:00", Type="Orosanmälan",
                                                    PersonId=child.number, **more))
        self.told["lifecare"] = collections.Counter({"social.report.received": 2, "social.protection.assessed": 1})

    # --- sending ---------------------------------------------------------------------------------
    def send(self, raw, events, encoding="utf-8"):
        """Hands one message to mllp_send and takes down the answer. `events`: what must come of it."""
        data = raw if isinstance(raw, bytes) else raw.encode(encoding)
        path = self.lab.path("message.hl7")
        with open(path, "wb") as f:
            f.write(VT + data + FS + CR)
        done = subprocess.run(["mllp_send", "--port", str(self.lab.ports["mllp"]), "--file", path, "127.0.0.1"],
                              capture_output=True, timeout=30)
        answer = done.stdout.decode("utf-8", "replace")
        code = next((s.split("|")[1] for s in answer.replace("\n", "\r").split("\r") if s.startswith("MSA|")), "none")
        self.sent += 1
        self.answers.append(code)
        self.expected.update(events)
        return answer

    def check(self, text, holds, detail=""):
        print(f"  {'ok  ' if holds else 'FAIL'}  {text}" + (f"  ({detail})" if detail else ""))
        if not holds:
            self.failed.append(text)

    # --- the day ---------------------------------------------------------------------------------
    def children(self):
        c = Child
        self.misses = c("Testsson^Alva", "20210325K069", "20210325")
        self.consents = c("Testsson^Björn", "98240301AA06", "20240301")
        self.refuses = c("Testsson^Cilla", impossible_number("20251101", 21), "20251101")
        self.eight = c("Testsson^Dag", impossible_number("20250420", 12), "20250420")
        self.newborn = c("Testsson^Elsa", impossible_number("20260210", 31), "20260210")
        self.reported = c("Testsson^Frej", impossible_number("20240115", 41), "20240115")
        self.acute = c("Testsson^Görel", impossible_number("20230630", 52), "20230630")
        self.latin = c("Åkesson^Östen^Ä", impossible_number("20250815", 61), "20250815")

    def morning(self):
        m, at = self.messages, "20260302081500+0100"
        for child in [self.misses, self.consents, self.refuses, self.eight, self.newborn, self.reported, self.acute, self.latin]:
            since = "20250502" if child is self.eight else at
            self.send(m.registered(child, at, since), ["bvc.child.registered", "person.protection.changed"])
        self.send(m.appointment("S12", self.eight, at, "A-10", "M10", "20260310093000+0100", "Booked"), ["bvc.visit.booked"])
        self.send(m.appointment("S14", self.latin, at, "A-11", "M6", "20260302080000+0100", "Complete"),
                  ["bvc.visit.completed"])
        self.send(m.appointment("S14", self.eight, at, "A-9", "M6", "20251020093000+0200", "Complete"), ["bvc.visit.completed"])
        self.send(m.appointment("S26", self.misses, at, "A-1", "Y4", "20260219093000+0100", "Noshow", "UB"), ["bvc.visit.missed"])
        twice = m.appointment("S26", self.misses, at, "A-2", "Y4", "20260302080000+0100", "Noshow", "UB")
        first = self.send(twice, ["bvc.visit.missed"])
        again = self.send(twice, [])
        codes = [next(s for s in a.replace("\n", "\r").split("\r") if s.startswith("MSA|")) for a in (first, again)]
        self.same_answer = codes[0] == codes[1]
        latin = m.appointment("S12", self.latin, at, "A-12", "M8", "20260420093000+0200", "Booked", charset="")
        self.send(latin, ["bvc.visit.booked"], encoding="latin-1")

    def broken(self):
        """A date that is none where one is needed, and a report without its signer's text."""
        m = self.messages
        self.send(m.appointment("S26", self.misses, "20260302091500+0100", "A-3", "Y4", "20261399990000+0100", "Noshow"), [])
        self.send(m.appointment("S12", self.misses, "20260302091600+0100", "A-4", "Y4", "20260316093000+0100", "Booked"), ["bvc.visit.booked"])

    def forms(self):
        m = self.messages
        yes = [("BSQ", "BESV"), ("BESOK", "M18"), ("BSU", "SAMTSOC"), ("BSS", "J"), ("SAMTREF", "S-1"), ("BSKONTAKT", "TEL")]
        self.send(m.form(self.consents, "20260302101500+0100", yes), ["bvc.barnsakert.outcome", "bvc.barnsakert.answered"])
        no = [("BSQ", "BESV"), ("BESOK", "V6"), ("BSU", "SAMTSOC"), ("BSS", "N")]
        self.send(m.form(self.refuses, "20260302102500+0100", no), ["bvc.barnsakert.outcome", "bvc.barnsakert.answered"])

    def reports(self):
        m = self.messages
        self.send(m.report(self.reported, "20260302111500+0100", False, "Barnet är ofta ensamt"), ["report.signed"])
        self.send(m.report(self.acute, "20260302112000+0100", True, "Barnet far illa nu"), ["report.signed"])

    def run(self):
        lab = self.lab
        print("starting the hub, the adapters of BVC, dental care and social services, and their inboxes ...")
        self.connect_dental()
        self.connect_social()
        lab.start_all()
        lab.tick("2026-03-02T07:00:00Z")
        self.children()
        print("morning: children listed, visits booked, completed and missed; one message in ISO 8859-1 with MSH-18")
        print("         empty, one sent twice")
        self.morning()
        print("a broken message, and the next good one behind it")
        self.broken()
        print("two BarnSäkert talks end in \"talk with social services\": one with consent, one without")
        sender = threading.Thread(target=self.forms)
        sender.start()
        print("kill -9 of the hub, in the middle of it; the adapter goes on taking and answering")
        lab.hub.kill()
        sender.join()
        print("a professional signs two reports, one acute, while the hub is down")
        self.reports()
        print("social services register the reports; in the evening the dental service's nightly file comes")
        self.social_day()
        self.dental_night()
        print("the hub starts again ...")
        lab.start_hub()
        self.settle_journal()
        lab.settle(60)
        print("the clock goes on to the morning of 18 March: what was expected and did not come is asked about")
        lab.tick("2026-03-18T06:00:00Z")
        lab.settle(60)
        self.answer()
        lab.settle(60)

    def settle_journal(self):
        """Until everything that the adapters have taken stands in the hub's log."""
        receipt = self.lab.path("dental-in/done/ftv_dygn_20260302.csv.ok")
        wait_for("the receipt of the nightly file", lambda: os.path.exists(receipt), 60)
        with open(receipt, encoding="utf-8") as f:
            self.night = json.load(f)
        wanted = sum(self.told["lifecare"].values())
        wait_for("the extract to be read", lambda: f"{wanted} events" in self.lab.adapter_tool(
            "status", source="lifecare").stdout, 60)
        for source in ["adapter", *self.lab.sources]:
            wait_for(f"the outbox of {source} to be accepted", lambda: self.lab.shipped(source), 60)

    def rows(self, name):
        return self.lab.inbox_rows(name)

    def answer(self):
        print("the receivers answer")
        for row in self.rows("mottagning"):
            if row["code"] == "SIG-A1":
                self.lab.inbox_tool("mottagning", "show", row["id"])
                self.lab.inbox_tool("mottagning", "answer", row["id"], "registered", "--case", "IFO-2026-17")
                self.lab.inbox_tool("mottagning", "answer", row["id"], "assessed")
                self.lab.inbox_tool("mottagning", "answer", row["id"], "opened-inquiry")
        for row in self.rows("forebyggande"):
            if row["code"] == "SIG-B1":
                self.lab.inbox_tool("forebyggande", "answer", row["id"], "offered")
        for row in self.rows("bvc"):
            if row["code"] == "SIG-E2":
                self.lab.inbox_tool("bvc", "decide", row["id"], "support")
        def answered():
            states = {s["signal"]: s for s in self.lab.tool_json("signals")}
            return all(any(step["state"] == "answered" for step in s.get("ladder", []))
                       for s in states.values() if s["code"] == "SIG-A1")
        wait_for("the answers to reach the hub", answered, 30)

    # --- the summary -----------------------------------------------------------------------------
    def summary(self):
        signals = self.lab.tool_json("signals")
        order = {"SIG-A1": 0, "SIG-B1": 1, "SIG-E1": 2, "SIG-E2": 3}
        print()
        print(f"{'signal':8} {'class':5} {'ground':44} {'receiver':22} {'state':26} {'latency':>8}  masked fields")
        for s in sorted((s for s in signals if s["code"] in order), key=lambda s: (order[s["code"]], s["signal"])):
            decision = s["decisions"][-1]
            ground = decision["groundText"].split(" (")[0] or "-"
            latency = f"{s['latencyMs']} ms" if s["latencyMs"] >= 0 else "-"
            masked = decision["masked"]
            shown = ", ".join(masked[:3]) + (f" and {len(masked) - 3} more" if len(masked) > 3 else "") if masked else "none"
            print(f"{s['code']:8} {s['class']:5} {ground:44.44} {s['receiver'] or '(held)':22} "
                  f"{s['state']:26} {latency:>8}  {shown}")
            if s["outcome"] in ("held", "denied"):
                print(f"         {s['outcome']}: " + "; ".join(s["reasonsText"]))
        notices = collections.Counter((s["code"], s["receiver"]) for s in signals if s["code"] not in order)
        for (code, receiver), n in sorted(notices.items()):
            print(f"{code:8}       {n} to {receiver or 'nobody: held'}")
        return signals

    def proofs(self, signals):
        lab = self.lab
        print("\nproofs")
        self.check("every message was answered AA", all(a == "AA" for a in self.answers),
                   f"{self.answers.count('AA')} of {self.sent}")
        self.check("the message sent twice got the same answer", self.same_answer)
        events = [r for r in lab.tool_json("log", "find", "--kind", "event", "--peer", "cosmic-bvc", "--limit", 100000)]
        found = collections.Counter(r["summary"] for r in events)
        self.check("acknowledged = journaled: every expected event stands in the log exactly once",
                   found == self.expected, f"{sum(found.values())} events")
        if found != self.expected:
            print("        missing:", dict(self.expected - found), " unexpected:", dict(found - self.expected))
        for source, text in [("dental", "every row of the nightly file is told, and stands in its receipt"),
                             ("lifecare", "what social services registered is told once, however often it is asked")]:
            events = lab.tool_json("log", "find", "--kind", "event", "--peer", source, "--limit", 100000)
            found = collections.Counter(r["summary"] for r in events)
            holds = (found == self.told[source] if source in self.told else
                     sum(found.values()) == self.night["events"] and self.night["put_aside"] == 0)
            self.check(text, holds, f"{sum(found.values())} events" + (
                f" of {self.night['rows']} rows" if source == "dental" else ""))
        self.check("social services were asked in order, and no address of a request is in a log",
                   not self.extract.wrong and not self.logged(SOCIAL_KEY, "Extract/"))
        quarantined = [line for line in lab.adapter_tool("quarantine", "list").stdout.splitlines() if line[:1].isdigit()]
        self.check("the broken message waits in quarantine and the feed went on", len(quarantined) == 1,
                   quarantined[0].split("  ")[3] if quarantined else "none")
        boxes = {name: [r["id"] for r in self.rows(name)] for name in lab.inboxes}
        rows = [s for box in boxes.values() for s in box]
        delivered = [s["signal"].replace("-", "") for s in signals if s["outcome"] == "deliver"]
        self.check("journaled = delivered, or withheld with a reason",
                   sorted(delivered) == sorted(rows) and
                   all(s["reasons"] for s in signals if s["outcome"] in ("held", "denied", "withheld")),
                   f"{len(delivered)} delivered, {sum(s['outcome'] == 'held' for s in signals)} held")
        self.check("inbox rows per signal = 1", len(rows) == len(set(rows)), f"{len(rows)} rows")
        codes = collections.Counter(s["code"] for s in signals)
        for code, least in [("SIG-A1", 2), ("SIG-B1", 2), ("SIG-E1", 2), ("SIG-E2", 1)]:
            self.check(f"{code} came of it", codes[code] >= least, f"{codes[code]}")
        own = lab.tool_json("log", "find", "--kind", "event", "--peer", "hub", "--limit", 1000)
        shown = lab.tool("log", "show", own[0]["offset"]).stdout if own else ""
        self.check("each overdue step stands in the log as an event of the hub's own",
                   [e["summary"] for e in own] == ["expectation.overdue"] * codes["SIG-E1"] and
                   "expectation.overdue" in shown and "cause" in shown, f"{len(own)} events")
        verify = lab.tool_json("log", "verify", check=False)[0]
        self.check("the log verifies: records, tree, checkpoints", verify.get("sound") is True,
                   f"{verify.get('records')} records, {verify.get('checkpointsOk')} checkpoints")
        rebuild = lab.tool_json("rebuild", "--check", check=False)[0]
        self.check("rebuild gives the same state", rebuild.get("equal") is True, f"{rebuild.get('decisions')} decisions")
        self.check("the hub was killed once and started twice", lab.hub.starts == 2)
        self.check("no name or number of a child in any log file", not self.leaks())

    def logged(self, *words):
        """The first of these words that stands in a log file, or an empty text."""
        for process in self.lab.processes():
            with open(process.log_path, encoding="utf-8", errors="replace") as f:
                text = f.read()
            for word in words:
                if word in text:
                    print(f"        {process.name}.log holds {word!r}")
                    return word
        return ""

    def leaks(self):
        words = ["Testsson", "Åkesson", "Provgatan", "0701740605", "far illa", "ofta ensamt"] + [
            c.number for c in vars(self).values() if isinstance(c, Child)]
        return self.logged(*words)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--keep", action="store_true", help="leave everything running afterwards")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="samsignal-demo-")
    lab = Lab(folder, os.path.abspath(options.build), receivers=RECEIVERS + IN_CHARGE)
    began = time.monotonic()
    day = Day(lab)
    code = 1
    try:
        day.run()
        day.proofs(day.summary())
        code = 1 if day.failed else 0
    except LabError as error:
        print(f"\nFAILED: {error}")
        for process in lab.processes():
            print(f"--- last lines of {process.name}\n{process.tail(8)}")
    finally:
        took = time.monotonic() - began
        if options.keep and code == 0:
            print(f"\nleft running; look around with:\n  samsignal=\"{lab.bin('samsignal')} --config {folder}/hub.toml\"\n"
                  f"  $samsignal status; $samsignal signals; $samsignal log tail\n"
                  f"  {lab.bin('samsignal-inbox')} list --config {folder}/inbox-mottagning.toml\n"
                  f"stop it with: pkill -f {folder}; rm -rf {folder}")
        else:
            try:
                lab.stop_all()
            except LabError as error:
                print(f"FAILED: {error}")
                code = 1
            if code == 0:
                shutil.rmtree(folder, ignore_errors=True)
            else:
                lab.kill_all()
                print(f"the logs are in {folder}")
    print(f"\n{'all promises hold' if code == 0 else 'SOME PROMISES DO NOT HOLD'}; {took:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())

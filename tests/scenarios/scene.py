"""One scenario in one installation: its source files go in as their systems send them, the hub's clock is moved,
receivers answer; then what lies at each receiver is compared with the story."""
import collections
import datetime
import json
import os
import random
import re
import shutil
import time

import comparison
from day import DENTAL
from harness import Client, wait_for
from lab import REPO, Lab, free_ports, json_lines, run, write

REGION = ("2321000198", "Hälso- och sjukvårdsnämnden")
# Every function that a story may name: peer, function, organisation, board, unit.
RECEIVERS = {
    "bollnas.forebyggande": ("forebyggande", "2120002361", "Socialnämnden", ""),
    "bollnas.mottagning": ("mottagning", "2120002361", "Socialnämnden", ""),
    "gavle.mottagning": ("gavle", "2120002338", "Socialnämnden", ""),
    "gavle.soder": ("gavle-soder", "2120002338", "Socialnämnden", ""),  # of a story that adds it to the directory
    "bollnas.ledning": ("ledning", "2120002361", "Socialnämnden", ""),
    "gavleborg.signaldisk": ("signaldisk", "2321000198", "Hälso- och sjukvårdsnämnden", ""),
    "ftv.bollnas": ("ftv", *REGION, "SE2321000198-FTVTEST"),
    "bollnas.placering": ("placering", "2120002361", "Socialnämnden", ""),
    "ovanaker.ekonomi": ("ekonomi", "2120002304", "Socialnämnden", ""),
    "ftv.edsbyn": ("edsbyn", *REGION, "SE2321000198-FTVEDSBYN"),
    "barnklinik.gavleborg": ("barnklinik", *REGION, "SE2321000198-BARNTEST"),
    "gotland.mottagning": ("gotland", "2120000803", "Socialnämnden", ""),
    "gotland.forebyggande": ("gotland-stod", "2120000803", "Socialnämnden", ""),
    "hudiksvall.mottagning": ("hudiksvall", "2120002379", "Socialnämnden", ""),
    "hudiksvall.jour": ("jour", "2120002379", "Socialnämnden", ""),
    "bvc.bollnas": ("bvc", *REGION, "SE2321000198-BVCTEST"),
    "bvc.visby": ("visby", "2120000803", "Hälso- och sjukvårdsnämnden", "SE2120000803-BVCTEST"),
    "privat.signaldisk": ("privat-disk", "5560000027", "", ""),
    "bvc.privat": ("privat", "5560000027", "", "SE5560000027-BVCTEST"),
}
# Who sends HL7 v2 beside the centre of Bollnäs: system, organisation, board, mapping.
CENTRES = {
    "bvc-visby": ("journal-visby", "2120000803", "Hälso- och sjukvårdsnämnden", "bvc/mappings/bvc-hl7v2.toml"),
    "bvc-privat": ("journal-privat", "5560000027", "", "bvc/mappings/bvc-hl7v2.toml"),
    "dental-hl7": ("t4-siu.ftv", *REGION, "dental/mappings/dental-hl7v2.toml"),
}
SOCIAL = """[files]
folder = "social-in"
patterns = ["soc_*.csv"]
stable_s = 1
rescan_s = 1

[files.csv]
required_columns = ["handelse", "datum", "personnr"]
trigger_column = "handelse"
"""
# Sources beside BVC: system, organisation and board, mapping, and the columns of its files. What a story sends
# `from` them is put into their watched folder.
WATCHED = {
    "dental": ("t4.ftv", *REGION, "dental/mappings/dental-csv.toml",
               DENTAL.replace("[files]\n", '[files]\nbaseline_patterns = ["ftv_bas_*.csv"]\n')),
    "social": ("ifo-export.bollnas", "2120002361", "Socialnämnden", "social/mappings/social-csv.toml", SOCIAL),
    "social-ovanaker": ("ifo-export.ovanaker", "2120002304", "Socialnämnden", "social/mappings/social-csv.toml",
                        SOCIAL.replace("social-in", "social-ovanaker-in")),
    "person": ("pu.gavleborg", *REGION, "person/mappings/person-csv.toml", """[files]
folder = "person-in"
patterns = ["avisering_*.csv"]
stable_s = 1
rescan_s = 1

[files.csv]
required_columns = ["radid", "avisering", "datum", "personnr"]
trigger_column = "avisering"
id_columns = ["radid"]
person_columns = ["personnr"]
"""),
}
# What is said with `answer`; all else is a decision on a prompt.
DECISIONS = {"report", "health-contact", "support", "dismissed"}


LARGE = 600  # seconds that a file of many rows, or a large one beside it, may take
CONFIGS = {"agreements.toml", "directory.toml", "programmes.toml", "retention.toml", "rules.toml"}


def shipped_rules(wanted, changes):
    """Those rules as they are shipped, and no others: each story is about few. Who is called and reminded is as
    shipped in all of them. `changes`: what a region has decided otherwise, by rule and key."""
    with open(os.path.join(REPO, "deploy/config/rules.toml"), encoding="utf-8") as f:
        calls, *rules = f.read().split("[[rule]]\n")
    blocks = {re.search(r'^id = "([^"]+)"', block, re.M)[1]: block for block in rules}
    taken = ["TRANSPORT-A1", *wanted]
    if not changes.keys() <= set(taken):
        raise AssertionError(f"change: {sorted(changes.keys() - set(taken))} is not among the story's rules")
    return calls + "".join("[[rule]]\n" + changed(blocks[rule], changes.get(rule, {})) for rule in taken)


def changed(rule, values):
    """The rule with these values of its own keys, not of its needs and clocks: another one in its place, or added."""
    own, *tables = re.split(r"(?=^\[\[)", rule, flags=re.M)
    for key, value in values.items():
        line = f"{key} = {value.isoformat() if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)}"
        own, found = re.subn(rf"^{key} = .*$", lambda _: line, own, flags=re.M)
        if not found:
            own = f"{line}\n{own}"
    return own + "".join(tables)


def child(n):
    """The number and birth date of the n-th child of a large file: a region's reserve number, which is no person's."""
    born = datetime.date(2023, 1, 1) + datetime.timedelta(days=n // 100)
    digits = f"{born:%y%m%d}5{n % 100:02}"  # K counts as 5
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(digits)]
    check = -sum(d // 10 + d % 10 for d in doubled) % 10
    return f"{born:%Y%m%d}K{n % 100:02}{check}", f"{born}"


def many(raw, times):
    """The rows below the header so many times: {n} counts, {child} and {born} are another child's each time."""
    head, *rows = raw.decode().splitlines()
    out = [head]
    for n in range(times):
        number, born = child(n)
        out += [row.replace("{n}", str(n)).replace("{child}", number).replace("{born}", born) for row in rows]
    return ("\n".join(out) + "\n").encode()


class Scene:
    def __init__(self, scenario, folder, build):
        self.scenario, self.said = scenario, []
        self.final, self.steps = [], {}
        self.locked, self.made = set(), {}  # functions whose keys were revoked; content of files by name
        functions = scenario.get("receivers", ["bollnas.mottagning", "bvc.bollnas"])
        self.peer = {function: RECEIVERS[function][0] for function in functions}
        receivers = [(RECEIVERS[f][0], f, *RECEIVERS[f][1:]) for f in functions]
        self.lab = Lab(folder, build, receivers=receivers, lang="sv", config=self.config(folder))
        self.clients = {"bvc": Client(self.lab.ports["mllp"])}
        for source in sorted({step["from"] for step in scenario["step"] if step.get("from", "bvc") != "bvc"}):
            self.add_source(source)

    def add_source(self, source):
        if source in CENTRES:
            port = free_ports(1)[0]
            *owner, mapping = CENTRES[source]
            self.lab.add_source(source, *owner, f'[listen]\naddress = "127.0.0.1:{port}"\n', mapping)
            self.clients[source] = Client(port)
            return
        system, org, board, mapping, section = WATCHED[source]
        os.makedirs(self.lab.path(f"{source}-in"))
        self.lab.add_source(source, system, org, board, section, mapping)

    def config(self, folder):
        """None: the demo's. Else a copy of it with the files that the story has of its own, or with those of the
        shipped rules that it names."""
        own = [f for f in os.listdir(self.scenario["folder"]) if f in CONFIGS]
        ends = self.scenario.get("ends", {})
        adds = self.scenario.get("adds", "")
        if not own and not ends and not adds and "rules" not in self.scenario and "ftv.bollnas" not in self.peer:
            return None
        made = os.path.join(folder, "config")
        shutil.copytree(os.path.join(REPO, "deploy/config/demo"), made)
        if "rules" in self.scenario:
            write(os.path.join(made, "rules.toml"), shipped_rules(self.scenario["rules"], self.scenario.get("change", {})))
            shutil.copy(os.path.join(REPO, "deploy/config/programmes.toml"), made)
        path = os.path.join(made, "directory.toml")
        with open(path, encoding="utf-8") as f:
            directory = f.read()
        if "ftv.bollnas" in self.peer:  # the demo's clinic has no inbox
            head, clinic = directory.split('id = "ftv.bollnas"')
            directory = head + 'id = "ftv.bollnas"' + clinic.replace(
                'channel = "none"\nreceipts = false', 'channel = "zmq"', 1)
        for name, day in ends.items():
            row = re.compile(rf'^((?:id|hsa_id) = "{re.escape(name)}"\n)', re.M)
            directory, found = row.subn(rf"\g<1>valid_to = {day}\n", directory)
            if found != 1:
                raise AssertionError(f"ends: {name} is not in the demo's directory")
        write(path, directory + adds)
        for name in own:
            shutil.copy(os.path.join(self.scenario["folder"], name), made)
        return made

    # --- the story ---------------------------------------------------------------------------------
    def run(self):
        self.lab.start_all()
        for step in self.scenario["step"]:
            # In a test environment the hub's time stands where it was put.
            if "at" in step:
                self.lab.tick(step["at"].isoformat())
            if "send" in step:
                self.send(step)
            if "offline" in step:
                self.lab.inboxes[self.peer[step["offline"]]].stop()
            if "online" in step:
                self.lab.inboxes[self.peer[step["online"]]].start()
            if "answer" in step:
                self.answer(step)
            if "name" in step:
                self.name(step)
            if "revoke" in step:
                self.lab.tool("keys", "revoke", self.peer[step["revoke"]])
                self.locked.add(step["revoke"])
            if "renew" in step:
                self.renew(step["renew"])
            if "command" in step:
                self.command(step)
            self.settle()
            for code in step.get("none", []):
                if any(s["code"] == code for s in self.signals()):
                    raise AssertionError(f"there is a {code} already: {step['tell']['en']}")

    def send(self, step):
        with open(os.path.join(self.scenario["folder"], step["send"]), "rb") as f:
            raw = f.read()
        source = step.get("from", "bvc")
        if source in WATCHED:
            name = os.path.basename(step["send"])
            folder = self.lab.path(f"{source}-in")
            raw = many(raw, step["times"]) if "times" in step else raw
            self.make(folder, step.get("files", []))
            with open(os.path.join(folder, "part"), "wb") as f:
                f.write(raw)
            os.rename(os.path.join(folder, "part"), os.path.join(folder, name))
            # Rows that were put aside make it .err: the story says what must have come of the others.
            receipts = [os.path.join(folder, place, name + end)
                        for place, end in (("done", ".ok"), ("done", ".err"), ("failed", ".err"))]
            wait_for(f"the receipt of {name}", lambda: any(os.path.exists(r) for r in receipts), LARGE)
            wait_for(f"the outbox of {source}", lambda: self.lab.shipped(source), LARGE)
            with open(next(r for r in receipts if os.path.exists(r)), encoding="utf-8") as f:
                receipt = json.load(f)
            wrong = {key: receipt[key] for key, count in step.get("receipt", {}).items() if receipt[key] != count}
            if wrong:
                raise AssertionError(f"the receipt of {name} says {wrong}, expected {step['receipt']}")
            return
        # One segment a line in the file, as editors like it; carriage returns on the wire.
        for message in raw.decode().replace("\r", "").strip().split("\n\n"):
            answer = self.clients[source].send("\r".join(message.strip().split("\n")).encode())
            self.said.append((step["send"], answer))
        wait_for("the outbox of BVC", lambda: self.lab.shipped(*([source] if source != "bvc" else [])))

    def make(self, folder, files):
        """What lies beside a file of rows, made here: of any bytes, since nothing reads them on the way."""
        for one in files:
            self.made[one["name"]] = random.Random(one["name"]).randbytes(one["mb"] * 1_000_000)
            with open(os.path.join(folder, one["name"]), "wb") as f:
                f.write(self.made[one["name"]])
        if files:
            time.sleep(2)  # younger than stable_s it may still be on its way

    def renew(self, function):
        """A new key for whoever's was revoked: made there, let in here, the program started with it."""
        peer = self.peer[function]
        folder = self.lab.path("keys")
        for end in (".curve", ".pub"):
            if os.path.exists(os.path.join(folder, peer + end)):
                os.remove(os.path.join(folder, peer + end))
        fresh = os.path.join(self.lab.folder, "new-" + peer)
        made = run([self.lab.bin("samsignal"), "--json", "keys", "new", peer, "--dir", fresh])
        shutil.copy(os.path.join(fresh, peer + ".curve"), os.path.join(folder, peer + ".curve"))
        with open(self.lab.path("peers.toml"), "a", encoding="utf-8") as peers:
            peers.write(f'\n[[peer]]\nname = "{peer}"\nrole = "subscriber"\nkey = "{json_lines(made.stdout)[0]["public"]}"\n'
                        f'functions = ["{function}"]\nsystems = ["{peer}"]\n')
        self.lab.tool("reload")
        self.lab.inboxes[peer].stop()
        self.lab.inboxes[peer].start()
        self.locked.discard(function)

    def answer(self, step):
        peer = self.peer[step["by"]]
        row = next(r for r in self.lab.inbox_rows(peer) if r["code"] == step["signal"] and not r["withdrawn"])
        self.lab.inbox_tool(peer, "show", row["id"])
        verb = "decide" if step["answer"] in DECISIONS else "answer"
        more = ["--case", step["case"]] if "case" in step else []
        more += ["--to", step["to"]] if "to" in step else []
        more += ["--reason", step["reason"]] if "reason" in step else []
        self.lab.inbox_tool(peer, verb, row["id"], step["answer"], *more)

        def reached():
            states = {s["signal"].replace("-", ""): s for s in self.signals()}
            return verb == "decide" or len(states[row["id"]].get("ladder", [])) > self.steps.get(row["id"], 2)
        wait_for("the answer to reach the hub", reached)
        self.steps = {s["signal"].replace("-", ""): len(s.get("ladder", [])) for s in self.signals()}

    def name(self, step):
        """Whoever got the newest hold says where what is held is to go."""
        hold = next(r for r in self.lab.inbox_rows(self.peer[step["by"]]) if r["code"] == "HOLD")
        before = [s["code"] for s in self.signals() if s["outcome"] == "held"]
        self.lab.inbox_tool(self.peer[step["by"]], "name", hold["id"], "--receiver", step["name"], "--by", "Maj Ek")
        wait_for("the name to reach the hub",
                 lambda: [s["code"] for s in self.signals() if s["outcome"] == "held"] != before)

    def command(self, step):
        """The operator's tool, as an operator calls it; `exit` is what it has to end with. As an argument, SIGNAL CODE
        is the id of the newest signal of that code, RECORD TYPE the offset of the newest event of that type, LAST CODE that of
        the newest event that the signal rests on."""
        words = [self.named(word) for word in step["command"]]
        done = self.lab.tool(*words, check=False)
        if done.returncode != step.get("exit", 0):
            raise AssertionError(f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
        for text in step.get("prints", []):
            if text not in done.stdout:
                raise AssertionError(f"{words} did not print {text!r}: {done.stdout}")

    def named(self, word):
        kind, _, what = word.partition(" ")
        if kind == "SIGNAL":
            return next(s["signal"] for s in reversed(self.signals()) if s["code"] == what)
        if kind == "LAST":
            return str(next(s["evidence"][-1]["offset"] for s in reversed(self.signals()) if s["code"] == what))
        if kind == "RECORD":
            records = self.lab.tool_json("log", "find", "--kind", "event", "--limit", 1000)
            return str(next(r["offset"] for r in reversed(records) if r["summary"] == what))
        return word

    def settle(self):
        """All is decided, and whoever is there has what is theirs."""
        away = {f for f, p in self.peer.items() if not self.lab.inboxes[p].running} | self.locked

        def quiet():
            status = self.lab.status()
            return status["dispatched"] == status["records"] and all(
                lane["waiting"] == 0 or lane["subscription"] in away or lane["subscription"] not in self.peer
                for lane in status["lanes"])
        wait_for("the hub to settle", quiet, LARGE)

    # --- what came of it ---------------------------------------------------------------------------
    def signals(self):
        return self.lab.tool_json("--lang", "sv", "signals")

    def received(self, signal):
        """The signal as its receiver has it; nothing when it has not got it."""
        peer = self.peer.get(signal["receiver"])
        if peer is None or signal["outcome"] != "deliver":
            return {}
        done = self.lab.inbox_tool(peer, "show", signal["signal"].replace("-", ""), "--json", check=False)
        return json.loads(done.stdout)["signal"] if done.returncode == 0 else {}

    def unlike(self, expected, signal):
        """Findings in what its receiver has: words, and the files beside it."""
        have = comparison.leaves(signal["received"])
        out = [f"{path} shows {have.get(path)!r}, expected {value!r}"
               for path, value in expected.get("shows", {}).items() if have.get(path) != value]
        peer = self.peer.get(signal["receiver"])
        for number, name in expected.get("files", {}).items():
            taken = self.lab.path(f"{signal['signal']}-{number}")
            wait_for(f"all of {name}", lambda: self.lab.inbox_tool(
                peer, "attachment", signal["signal"].replace("-", ""), number, "--out", taken,
                check=False).returncode == 0, LARGE)
            with open(taken, "rb") as f:
                if f.read() != self.made[name]:
                    out.append(f"file {number} is another one than {name}")
        return out

    def whole(self, signal):
        """With what its receiver sees of it."""
        received = self.received(signal)
        return dict(signal, received=received, shown=sorted(comparison.paths(received)), clocks=comparison.clocks(received),
                    inbox=signal["receiver"] in self.peer)

    def told(self):
        """What a page tells: the signals, and the same in English by id."""
        return {"signals": self.final, "english": {s["signal"]: s for s in self.lab.tool_json("--lang", "en", "signals")}}

    def compare(self):
        self.final = sorted((self.whole(s) for s in self.signals()), key=lambda s: s["decisions"][0]["offset"])
        findings = [f"{name} was answered {code}" for name, code in self.said if code != "AA"]
        findings += comparison.compare(self.scenario, self.final, self.unlike)
        for shown in self.scenario.get("list", []):
            listed = self.lab.inbox_tool(self.peer[shown["receiver"]], "list").stdout
            findings += [f"the list of {shown['receiver']} lacks {text!r}" for text in shown["holds"] if text not in listed]
        told = collections.Counter(r["summary"] for r in self.lab.tool_json("log", "find", "--kind", "event", "--limit", 1000))
        for kind, count in self.scenario.get("events", {}).items():
            if told[kind] != count:
                findings.append(f"{told[kind]} {kind} in the log, expected {count}")
        verify = self.lab.tool_json("log", "verify", check=False)[0]
        if verify.get("sound") is not True:
            findings.append(f"the log does not verify: {verify}")
        if self.lab.tool_json("rebuild", "--check", check=False)[0].get("equal") is not True:
            findings.append("a rebuild gives another state")
        return findings

    def tails(self):
        return "".join(f"--- {p.name}\n{p.tail(8)}" for p in self.lab.processes())

    def end(self):
        for client in self.clients.values():
            client.close()
        self.lab.kill_all()

"""Whoever works with the programs meets marked people in every command and on every page; then every byte that was left is searched.

Rules: a command that is not there to show content shows no mark, on neither output and with no wrong input; what people write
themselves (a case number, who said it, a reason) is kept sealed; of what was asked of the web inbox no log says it; an
erased person is in no answer; a backup holds nothing in the clear.
"""
import base64
import json
import os
import shutil
import time
import urllib.parse

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import REPO, http_get, write
from marked_look import Tools, all_ships, no_metric, operators_look, stop_and_search
from marked_samples import of_marked
from marked_search import Search
from marked_ways import DESK, walked
from marks import NUMBER, around, marked
from web_client import PASSWORD, WebInbox

AT = "20260302081500+0100"
MORE = """
[untouched]
acute_minutes = 1
minutes = 1
hook = ["/bin/sh", "-c", "cat >> hook.told; env >> hook.told; echo \\"$@\\" >> hook.told", "hook"]
[retention]
days = 90
decision = "SN 2026-17"
"""


class Desk:
    def __init__(self, lab, checks):
        self.lab, self.checks, self.tools, self.said = lab, checks, Tools(lab), []
        http = lab.ports["web_http"] = lab.free_port()
        config = lab.path("inbox-mottagning.toml")
        with open(config, encoding="utf-8") as f:
            text = f.read()
        write(config, f'http_endpoint = "127.0.0.1:{http}"\n' + text + MORE)
        self.web = WebInbox(lab)

    def hub(self, words, *more, text=None, shows=False):
        done = self.tools.run("samsignal", "", "--config", self.lab.path("hub.toml"), "--role", "privacy-officer", *words.split(),
                              *more, text=text, shows=shows)
        self.tools.said[-1] = (f"samsignal {words}", self.tools.said[-1][1])
        return done

    def one(self, name, *codes):
        """The first signal of an inbox of one of these kinds."""
        return next((row["id"] for row in self.lab.inbox_rows(name) if row["code"] in codes), None)


def tell(lab):
    """Reports with a file, one that is held, missed visits, an EPDS and what cannot be told."""
    client, m = Client(lab.ports["mllp"]), Messages("D")
    child = Child("Kanariesson^Märtagull", NUMBER, "20260117")
    nowhere = Child("Kanariesson^Märtagull", impossible_number("20260117", 88), "20260117", municipality="")
    file = base64.b64encode(f"Kanariefras {NUMBER}\n".encode() * 9_000).decode()
    texts = [m.registered(child, AT)]
    texts += [of_marked(m.report(child, AT, False, f"Kanariefras {n}")) +
              f"\rOBX|9|ED|BILAGA^Kanariesson^LOCAL||^application^pdf^Base64^{file}||||||F" for n in range(3)]
    texts += [of_marked(m.appointment("S26", child, f"202603{day:02}081500+0100", f"V{day}", "M8",
                                      f"202603{day:02}081500+0100", "Noshow")) for day in (1, 2)]
    texts += [m.form(child, AT, [("BSU", "Kanariefras"), ("BSS", "J")]),
              m.appointment("S26", child, AT, NUMBER, "Y4", "Kanariefras", "Noshow"),
              of_marked(m.report(child, AT, False, "Kanariefras")).replace("|^Ek^", "|Kanariesson^Ek^").replace("SETT", "AKUT")]
    texts += [of_marked(m.report(nowhere, AT, False, "Kanariefras hemlös"))]
    codes = [client.send(text.encode(), 20) for text in texts]
    client.close()
    return codes


def at_the_adapter(desk):
    lab, tools = desk.lab, desk.tools
    sample, other = lab.path("sample.hl7"), lab.path("other/bvc-hl7v2.toml")
    with open(f"{REPO}/tests/fixtures/bvc/siu_s26_missed.hl7", encoding="utf-8") as f:
        write(sample, of_marked(f.read()))
    shutil.copytree(f"{REPO}/adapters/bvc/mappings", lab.path("other"))
    with open(other, encoding="utf-8") as f:
        text = f.read()
    write(other, text.replace('"appointmentId" =', '"reason" =', 1))
    tools.run("samsignal-adapter", "keys new", lab.path("more-keys"))
    tools.adapter("test", "adapter", sample, shows=True)
    tools.adapter("test", "adapter", sample, "--with-gate", shows=True)
    tools.adapter("test", "adapter", sample, "--against", other)
    tools.adapter("test", "adapter", "--against", other, "--last", "50")
    tools.adapter("test", "adapter", "--against", other, "--last", "50", "--json")
    tools.run("samsignal-adapter", "map check", lab.path("adapter.toml"))
    tools.adapter("map explain", "adapter", sample, "--mask")
    tools.adapter("map explain", "adapter", sample, "--mask", "--json")
    tools.adapter("map coverage", "adapter", sample)
    tools.adapter("map coverage", "adapter", sample, "--json")
    tools.run("samsignal-adapter", "probe", f"127.0.0.1:{lab.ports['mllp']}", sample)
    aside = operators_look(lab, desk.checks, "adapter", tools)
    desk.checks.that("messages had been put aside", aside >= 2, str(aside))
    for wrong in ["Kanariesson", f"{NUMBER} {NUMBER}", "19%", ""]:
        tools.adapter("erase", "adapter", "--reason", "prov", "--dry-run", text=wrong + "\n")
    tools.adapter("file list", "adapter", "--reveal", "--reason", f"Kanariesson {NUMBER}")
    for file in ["1", f"ftv_{NUMBER}_Kanariesson.csv"]:
        tools.adapter("file show", "adapter", file, "--reason", "prov")
    tools.adapter("erase", "adapter", "--reason", f"Kanariesson {NUMBER}", "--dry-run", text=NUMBER + "\n")
    audit = tools.said.index(("samsignal-adapter audit", next(t for w, t in tools.said if w == "samsignal-adapter audit")))
    desk.checks.that("the audit was shown", "resend" in tools.said[audit][1], tools.said[audit][1][:300])


def at_the_inbox(desk):
    lab, tools = desk.lab, desk.tools
    report, prompt = desk.one("mottagning", "SIG-A1"), desk.one("bvc", "SIG-E1", "SIG-E2")
    receipt, held = desk.one("bvc", "RECEIPT"), desk.one("bvc", "HOLD")
    desk.checks.that("a report, a prompt, a receipt and a hold had come", report and prompt and receipt and held,
                     f"{report} {prompt} {receipt} {held}")
    listings(desk, ["list", "status", "checkpoint", "held", "sent", "retention", "audit"])
    write(lab.path("inbox-new.toml"), open(lab.path("inbox-bvc.toml"), encoding="utf-8").read().replace("keys/bvc.", "keys/new."))
    tools.inbox("keys new", "new")
    tools.inbox("show", "mottagning", report, shows=True)
    tools.inbox("attachment", "mottagning", report, "1", "--out", lab.path("taken"))
    desk.checks.that("a file was taken out", os.path.exists(lab.path("taken")), str(tools.said[-1]))
    for id_ in [report, NUMBER, "Kanariesson"]:
        tools.inbox("answer", "mottagning", id_, "registered", "--case", f"A-{NUMBER} Kanariesson")
        tools.inbox("answer", "mottagning", id_, "assessed", "--way", "phone", "--said-by", f"Kanariesson {NUMBER}",
                    "--said-at", "2020-01-01 10:00")
        tools.inbox("answer", "mottagning", id_, "forwarded", "--to", f"Kanariesson.{NUMBER}")
        tools.inbox("intake", "mottagning", id_, "created", "--case", NUMBER)
        tools.inbox("decide", "bvc", prompt if id_ == report else id_, "dismissed", "--reason", "Kanariefras")
        tools.inbox("decide", "bvc", prompt if id_ == report else id_, "support")
        tools.inbox("name", "bvc", held if id_ == report else id_, "--receiver", f"Kanariesson.{NUMBER}", "--by", f"Kanariesson {NUMBER}")
        tools.inbox("name", "bvc", held if id_ == report else id_, "--receiver", "bollnas.mottagning", "--by", f"Kanariesson {NUMBER}")
        tools.inbox("withdraw", "bvc", receipt if id_ == report else id_, "--reason", "Kanariefras")
        tools.inbox("erase", "mottagning", id_, "--reason", f"Kanariesson {NUMBER}")
    tools.inbox("withdraw", "bvc", receipt, "--reason", "corrected")
    all_ships(lab, ["adapter"])
    tools.inbox("checkpoint", "bvc", "anew", "--reason", f"Kanariesson {NUMBER}")
    listings(desk, ["list", "status", "checkpoint", "held", "retention"])
    for words in ["sent", "audit"]:
        tools.inbox(words, "bvc", shows=True)  # now with what people wrote there themselves


def listings(desk, commands):
    for words in commands:
        for name in ["mottagning", "bvc"]:
            desk.tools.inbox(words, name)
            desk.tools.inbox(words, name, "--json")


def at_the_web(desk):
    lab, web, tools = desk.lab, desk.web, desk.tools
    config = lab.path("inbox-mottagning.toml")
    for words, more in [("account add", ["anna", "--role", "registrar"]), ("account add", [f"{NUMBER}.Kanariesson"]),
                        ("account list", []), ("account disable", [f"{NUMBER}.x"])]:
        tools.run("samsignal-inbox", words, *more, "--config", config, text=PASSWORD + "\n", shows=NUMBER in str(more))
    anna, stranger = web.person("anna"), web.person(f"Kanariesson {NUMBER}")
    wait_for("the web inbox", lambda: anna.get("/sign-in") == 200)
    stranger.sign_in(f"Kanariefras {NUMBER}")
    anna.sign_in()
    path = anna.signals()[-1]
    desk.checks.that("the list on the page names nobody", not marked(anna.text), str(around(anna.text)))
    anna.get(path)
    desk.checks.that("the page of one shows what is in it", marked(anna.text) is not None)
    anna.answer(path, say="registered", case=f"A-{NUMBER} Kanariesson")
    where = urllib.parse.quote(f"Kanariesson {NUMBER}")
    statuses = []
    for who in [anna, stranger]:
        for method, target, body, headers in [
                ("GET", f"/signals/{where}", None, {}), ("GET", f"/?q={where}&from={NUMBER}", None, {"Referer": f"/{where}"}),
                ("GET", f"/{where}/{NUMBER}", None, {"X-Request-Id": NUMBER, "User-Agent": f"Kanariesson {NUMBER}"}),
                ("GET", f"{path}/attachments/{NUMBER}", None, {}), ("GET", "/", None, {"Cookie": f"session={NUMBER}"}),
                ("POST", f"{path}/answer", f"token={NUMBER}&say={where}&case={where}", {}),
                ("POST", "/sign-in", f"{where}={where}", {}), ("POST", path, "{" + NUMBER, {"Content-Type": "Kanariesson"}),
                ("PUT", f"/{where}", NUMBER, {}), ("KANARIESSON", f"/{where}", None, {})]:
            statuses.append(who.ask(method, target, body, headers))
    desk.checks.that("the web inbox refused what was not to be had", set(statuses) & {400, 401, 403, 404, 405} and
                     500 not in statuses, str(statuses))


def at_the_hub(desk):
    lab = desk.lab
    signals = lab.tool_json("signals")
    report = next(s for s in signals if s["code"] == "SIG-A1")
    for words in ["status", "signals", "doctor", "held list", "log verify", "log find --limit 100000", "keys list", "config list",
                  "retention show", "statistics --period 2026-Q1", f"trace {NUMBER}", f"log show {NUMBER}",
                  f"gate explain {NUMBER}", f"trace {report['signal']}", f"gate explain {report['signal']}",
                  f"log find --peer Kanariesson --event {NUMBER}", f"replay Kanariesson.{NUMBER} --dry-run"]:
        desk.hub(words)
    for record in range(0, lab.status()["records"], 7):
        desk.hub(f"log show {record}")
    who = ["--authority", "region.gavleborg", "--reason", f"Kanariesson {NUMBER}"]
    desk.hub("subject report", *who, text=NUMBER + "\n")
    desk.hub("log show 1", "--reveal", "--reason", f"Kanariesson {NUMBER}", shows=True)
    desk.hub("erase", *who, text=NUMBER + "\n")
    for wrong in ["Kanariesson", f"{NUMBER} {NUMBER}", ""]:
        desk.hub("subject report", *who, text=wrong + "\n")
        desk.hub("erase", *who, text=wrong + "\n")
    os.makedirs(lab.path("backups"))
    folder = json.loads(desk.hub("--json backup create", lab.path("backups")).stdout.splitlines()[0])["folder"]
    desk.hub("backup verify", folder)
    return folder


def erased(desk):
    """The same person is erased at the hub, the adapter and the inbox."""
    lab, tools = desk.lab, desk.tools
    why = ["--reason", f"begäran Kanariesson {NUMBER}"]
    done = [desk.hub("erase", "--authority", "region.gavleborg", *why, "--despite-report", "--confirm", text=NUMBER + "\n"),
            tools.adapter("erase", "adapter", *why, text=NUMBER + "\n"),
            tools.inbox("erase", "mottagning", desk.one("mottagning", "SIG-A1"), *why, "--confirm", "--despite-unanswered")]
    desk.checks.that("the person was erased everywhere", all(one.returncode == 0 for one in done),
                     " | ".join(one.stdout + one.stderr for one in done))
    desk.checks.that("the adapter had kept messages of the person", not done[1].stdout.startswith("erased 0 raw"), done[1].stdout)
    left = [lab.inbox_tool("mottagning", "show", row["id"], check=False).stdout for row in lab.inbox_rows("mottagning")]
    desk.checks.that("what the inbox shows has nothing of the person any more", left and not any(NUMBER in text for text in left),
                     f"{len(left)} left; {[around(text, 200) for text in left if NUMBER in text]}")
    all_ships(lab, ["adapter"])


def body(lab, checks, _arguments):
    desk = Desk(lab, checks)
    lab.start_all()
    lab.tick("2026-03-02T19:00:00Z")
    codes, begun = tell(lab), time.monotonic()
    checks.that("all was answered", codes == ["AA"] * len(codes), str(codes))
    all_ships(lab, ["adapter"])
    lab.tick("2026-03-05T19:00:00Z")
    all_ships(lab, ["adapter"])
    at_the_adapter(desk)
    at_the_inbox(desk)
    at_the_web(desk)
    at_the_hub(desk)
    no_metric(lab, checks, [lab.ports["adapter_http"], lab.ports["web_http"]])
    lab.stop_all()
    look = Search(lab.folder, lab.build, theirs)
    checks.that("before anybody is erased nothing holds a mark", not look.found and look.stores >= 6, look.told())
    time.sleep(max(0.0, 62 - (time.monotonic() - begun)))  # an inbox looks when it starts, and each minute
    lab.start_all()
    wait_for("the reports that nobody has opened for a minute to be called about", lambda: os.path.exists(lab.path("hook.told")))
    erased(desk)
    found = desk.tools.marks()
    checks.that("no command showed a mark that was not there to show it", not found and len(desk.tools.said) > 150,
                f"{len(desk.tools.said)} commands; {found[:8]}")
    walked(lab, checks, DESK, desk.tools.ran)
    stop_and_search(lab, checks, (), theirs)


def theirs(inside):
    """Whoever works here wrote these: a sample, a file that was taken out, names of accounts."""
    return inside.endswith((".ndjson", ".keys")) or inside in ("sample.hl7", "taken", "web.accounts")


if __name__ == "__main__":
    main(body, trim="backup")

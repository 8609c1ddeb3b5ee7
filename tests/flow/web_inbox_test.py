"""A municipality without integration works at its web inbox: real hub, adapter and inbox, a browser over TLS.

Rules: a report is shown, registered, assessed and answered there, and its sender hears each step, through SIGKILL
of inbox and hub; what was phoned in counts from when it was said; who looked is on record; names, numbers and
passwords stand in no log, no metric and no file in the clear; who may not come in does not.
"""
import datetime
import json
import os
import threading
import zoneinfo

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import http_get
from leaks import search
from web_client import NAME, PASSWORD, WebInbox

AT = "20260302081500+0100"
REGISTRAR, READER, OFFICER = "anna.registrator", "rolf.las", "kim.sits"


class Scene:
    def __init__(self, lab, checks):
        self.lab, self.checks = lab, checks
        http = lab.ports["web_http"] = lab.free_port()
        config = lab.path(f"inbox-{NAME}.toml")
        with open(config, encoding="utf-8") as f:
            text = f.read()
        with open(config, "w", encoding="utf-8") as f:
            f.write(f'http_endpoint = "127.0.0.1:{http}"\n' + text)
        self.web = WebInbox(lab, more='client_certificates = "optional"\nclient_ca = "{ca}"')
        self.client, self.messages, self.serial, self.numbers = Client(lab.ports["mllp"]), Messages(), 0, []

    def report(self, acute=False):
        self.serial += 1
        number = impossible_number("20240115", self.serial)
        self.numbers.append(number)
        child = Child("Testsson^Kanarie", number, "20240115")
        code = self.client.send(self.messages.report(child, AT, acute, f"Kanariefras {number}").encode())
        assert code in ("AA", "CA"), code
        return number

    def told(self, signal):
        """What the sender's own inbox was told of this signal: (step, answer, time)."""
        with open(self.lab.inboxes["bvc"].out_path, encoding="utf-8") as f:
            lines = [json.loads(line)["signal"] for line in f if line.endswith("\n")]
        notices = [s["body"].get("receipt") or s["body"]["feedback"] for s in lines if s["code"] in ("RECEIPT", "SIG-A3")]
        return {n["state"]: n for n in notices if n["about"] == signal}

    def at_hub(self, signal, step):
        """This step as the hub has it in its log; of looking and assessing it tells the sender nothing."""
        def there():
            rows = [s for s in self.lab.tool_json("signals") if s["signal"].replace("-", "") == signal]
            return next((s for row in rows for s in row.get("ladder", []) if s["state"] == step), None)
        return wait_for(f"the hub to have {step}", there)

    def hears(self, signal, step):
        return wait_for(f"the sender to hear {step}", lambda: self.told(signal).get(step))


def accounts(scene):
    web, checks = scene.web, scene.checks
    short = web.account("add", REGISTRAR, "--role", "registrar", password="kort")
    checks.that("a short password is refused", short.returncode == 2 and "12" in short.stderr, short.stderr)
    made = web.account("add", REGISTRAR, "--role", "registrar", password=PASSWORD)
    checks.that("an account is made with a password from standard input", made.returncode == 0, made.stderr)
    web.account("add", READER, password=PASSWORD)
    web.account("add", OFFICER, "--role", "registrar", "--certificate", web.keys.fingerprint("cosmic"), password=PASSWORD)
    listed = web.account("list").stdout
    checks.that("list has names and roles and no hash", all(n in listed for n in (REGISTRAR, READER, OFFICER))
                and "argon2" not in listed, listed)
    rows = json.loads(web.account("list", "--json").stdout)["accounts"]
    checks.that("and the same as JSON", {row["name"]: row["role"] for row in rows} ==
                {REGISTRAR: "registrar", READER: "reader", OFFICER: "registrar"} and not any(row["disabled"] for row in rows), rows)
    path = scene.lab.path("web.accounts")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    checks.that("the file has Argon2id alone and is its owner's", text.count("$argon2id$") == 3 and PASSWORD not in text
                and os.stat(path).st_mode & 0o777 == 0o600)


def who_comes_in(scene):
    web, checks = scene.web, scene.checks
    anna = web.person(REGISTRAR)
    wait_for("the web inbox", lambda: anna.get("/sign-in") == 200)
    checks.that("without signing in there is only the door", anna.get("/") == 401 and "Logga in" in anna.text)
    checks.that("a wrong password is refused", web.person(REGISTRAR).sign_in("fel lösenord här") == 401)
    checks.that("an account without its certificate is refused", web.person(OFFICER).sign_in() == 401)
    kim = web.person(OFFICER, who="cosmic")
    checks.that("and comes in with it", kim.sign_in() == 200 and kim.page.heading == "Signaler", str(kim.status))
    checks.that("the right password comes in", anna.sign_in() == 200 and anna.page.heading == "Signaler", anna.text[:300])
    return anna, kim


def the_whole_ladder(scene, anna):
    checks = scene.checks
    number = scene.report()
    path = wait_for("the report", lambda: (anna.signals() or [None])[0])
    signal = path.rsplit("/", 1)[1]
    checks.that("the list names nobody", number not in anna.text and "Kanarie" not in anna.text)
    anna.get(path)
    checks.that("its page has every field", f"Kanariefras {number}" in anna.text and "vad oron gäller" in anna.text)
    checks.that("the hub has that it was opened", scene.at_hub(signal, "opened"))
    checks.that("registering asks once more, then is said", anna.answer(path, say="registered", case="A-2026-17") == 200
                and "Kvittensen är sparad" in anna.text, anna.text[-600:])
    scene.web.inbox.kill()
    scene.web.inbox.start()
    checks.that("the sender hears 'registered', over a kill of the inbox", scene.hears(signal, "registered"))
    wait_for("the web inbox", lambda: anna.get("/sign-in") == 200)
    checks.that("a restart signs everybody out", anna.get(path) == 401)
    anna.sign_in()
    checks.that("a protection assessment is said", anna.answer(path, say="assessed") == 200 and
                scene.at_hub(signal, "assessed"))
    scene.lab.hub.kill()
    checks.that("an answer is taken while the hub is down", anna.answer(path, say="not-opened") == 200 and
                "väntar på navet" in anna.text)
    scene.lab.start_hub()
    heard = scene.hears(signal, "answered")
    checks.that("and the sender hears the three-valued answer, and no case number", heard["answer"] == "notOpened" and
                "A-2026-17" not in json.dumps(scene.told(signal)), str(heard))
    anna.get(path)
    checks.that("what is answered has no form left", not [f for f in anna.page.forms if f["action"].endswith("/answer")])
    token = anna.page.forms[0]["fields"]["token"]
    late = anna.ask("POST", path + "/answer", f"token={token}&say=opened-inquiry&confirmed=yes")
    checks.that("a form that stood open says nothing else", late == 422 and "redan sagt" in anna.text, str(late))
    checks.that("the hub has it as answered", scene.at_hub(signal, "answered")["answer"] == "notOpened")
    anna.get(path)
    anna.post("/correct", say="opened-inquiry")
    checks.that("an answer that was wrong is corrected", anna.post("/correct") == 200 and "rättat, gäller inte" in anna.text,
                anna.text[-600:])

    def stands():
        rows = json.loads(scene.lab.inbox_tool("bvc", "sent", "--json").stdout)["sent"]
        return next((r for r in rows if r["id"] == signal), {})
    checks.that("and at the sender the new answer stands", wait_for("the corrected answer", lambda: stands().get(
        "answer") == "openedInquiry") and stands()["step"] == "answered", str(stands()))
    trace = scene.lab.tool("trace", signal).stdout
    checks.that("trace has every step", all(step in trace for step in ("opened", "registered", "assessed", "answered")), trace[-600:])
    return signal


def phoned_in(scene, anna):
    checks = scene.checks
    scene.report(acute=True)
    path = wait_for("the acute report", lambda: (found := anna.signals()) and "AKUT" in anna.text and found[0])
    signal = path.rsplit("/", 1)[1]
    anna.get(path + "/print")
    checks.that("the form on paper carries the id", signal[:4] + " " + signal[4:8] in anna.text and "Underskrift" in anna.text)
    now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Stockholm")).replace(second=0, microsecond=0)
    status = anna.answer(path, say="registered", case="J-3", way="phone", said_by="Kanarieringare, jouren",
                         said_date=now.strftime("%Y-%m-%d"), said_time=now.strftime("%H:%M"))
    checks.that("what was phoned in is entered", status == 200 and "Kvittensen är sparad" in anna.text, anna.text[:600])
    heard = scene.hears(signal, "registered")
    at = datetime.datetime.fromisoformat(heard["at"].replace("Z", "+00:00"))
    checks.that("the sender hears it with the time when it was said", at == now, f"{heard} {now}")
    checks.that("and not who said it", "Kanarieringare" not in json.dumps(heard))
    shown = scene.lab.inbox_tool(NAME, "show", signal).stdout
    checks.that("the inbox keeps who said it, and who entered it", "Kanarieringare, jouren" in shown and REGISTRAR in shown)
    told = scene.lab.inbox_tool(NAME, "answer", signal, "assessed", "--way", "paper", "--said-by", "Kanarieringare",
                                "--said-at", now.strftime("%Y-%m-%d %H:%M"))
    checks.that("the command line says it by the same way", told.returncode == 0 and scene.at_hub(signal, "assessed"))
    early = scene.lab.inbox_tool(NAME, "answer", signal, "not-opened", "--way", "phone", "--said-by", "x", "--said-at",
                                 "2020-01-01 10:00", check=False)
    checks.that("and refuses what was said before the signal came", early.returncode == 2, early.stderr)


def sent_on(scene, anna):
    """A report of another board's goes on from the page, and one that may not go stays with a word to its sender."""
    checks = scene.checks
    scene.report()
    path = wait_for("the report", lambda: next((p for p in anna.signals() if not scene.told(p.rsplit("/", 1)[1]).get(
        "registered") and anna.get(p) == 200 and [f for f in anna.page.forms if f["action"].endswith("/forward")]), None))
    signal = path.rsplit("/", 1)[1]

    def send(**values):
        anna.get(path)
        anna.post("/forward", **values)
        return anna.post("/forward") if anna.status == 200 else anna.status
    checks.that("a name that is none is refused at its field", send(onward="forwarded", to="Gävle") == 422 and
                "gavle.mottagning" in anna.text)
    checks.that("the report is sent on", send(onward="forwarded", to="gavle.mottagning") == 200 and
                "Kvittensen är sparad" in anna.text, anna.text[-600:])
    checks.that("the hub has it forwarded", scene.at_hub(signal, "forwarded"))
    there = wait_for("the other board", lambda: [s for s in scene.lab.tool_json("signals") if
                                                 s["code"] == "SIG-A1" and s["receiver"] == "gavle.mottagning"])
    checks.that("the other board has the report", len(there) == 1)
    checks.that("the sender hears that it went on", scene.hears(signal, "forwarded"))


def who_may_not(scene, kim, signal):
    web, checks = scene.web, scene.checks
    rolf = web.person(READER)
    rolf.sign_in()
    rolf.get(f"/signals/{signal}")
    checks.that("a reader sees no form", not [f for f in rolf.page.forms if f["action"].endswith("/answer")])
    web.account("disable", OFFICER)
    kim.sign_in()
    checks.that("a disabled account is out, also of a running inbox", kim.get("/") == 401)
    guess = web.person("ingen.alls")
    statuses = [guess.sign_in("fel lösenord här") for _ in range(5)]
    checks.that("who guesses waits", 429 in statuses, str(statuses))
    anna = web.person(REGISTRAR)
    checks.that("so does everybody at that address", anna.sign_in() == 429, str(anna.status))


def on_record(scene, signal):
    checks = scene.checks
    audit = json.loads(scene.lab.inbox_tool(NAME, "audit", "--json").stdout)["rows"]
    actions = {(row["by"], row["action"], row["door"]) for row in audit}
    for expected in [(REGISTRAR, "signedIn", "web"), (REGISTRAR, "signInRefused", "web"), (OFFICER, "signInRefused", "web"),
                     (REGISTRAR, "looked", "web"), (REGISTRAR, "answered", "web"), (REGISTRAR, "printed", "web"),
                     (READER, "looked", "web")]:
        checks.that(f"on record: {expected}", expected in actions)
    checks.that("the command line is on record too", any(row["door"] == "command" for row in audit))
    checks.that("an unknown name is not", not any(row["by"] == "ingen.alls" for row in audit))
    own = scene.lab.inbox_tool(NAME, "audit", signal).stdout
    checks.that("audit of one signal has that one alone", own and all(signal[:8] in line for line in own.splitlines()), own)


def nothing_leaks(scene):
    metrics = http_get(scene.lab.ports["web_http"], "/metrics")
    scene.lab.stop_all()
    skip = (lambda inside: inside.endswith(".ndjson") or inside.startswith(("webtls", "keys")))
    found, searched = search(scene.lab.folder, scene.numbers + ["Kanarie", PASSWORD, "A-2026-17"], metrics, skip)
    scene.checks.that("no file, name or metric has a number, a name, a word or a password", not found and searched > 20,
                      f"{searched} files; {found[:5]}")


def many_at_once(scene):
    """Sixty requests at once: each is answered, the inbox still receives."""
    answers = []

    def click():
        person = scene.web.person(REGISTRAR)
        try:
            answers.append(person.ask("GET", "/sign-in"))
        except OSError:
            answers.append(0)
    threads = [threading.Thread(target=click) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scene.checks.that("sixty at once: answered, or closed by the limit of an address", answers.count(200) >= 10 and
                      set(answers) <= {200, 503, 0}, str({a: answers.count(a) for a in set(answers)}))
    before = len(scene.lab.inbox_rows(NAME))
    scene.report()
    scene.checks.that("the inbox still receives", wait_for("one more", lambda: len(scene.lab.inbox_rows(NAME)) > before))


def body(lab, checks, _arguments):
    scene = Scene(lab, checks)
    accounts(scene)
    lab.start_all()
    anna, kim = who_comes_in(scene)
    signal = the_whole_ladder(scene, anna)
    phoned_in(scene, anna)
    sent_on(scene, anna)
    many_at_once(scene)
    who_may_not(scene, kim, signal)
    on_record(scene, signal)
    nothing_leaks(scene)


if __name__ == "__main__":
    main(body)

"""Reports into a social system: MLLP, the real hub, the real inbox, a stand-in that checks every field.

One report is one intake with its page and one "registered" back to the sender, through SIGKILL of the inbox at any
moment, also between the POST and its answer. What nobody can tell waits for a person and is never doubled in silence.
Neither key nor person stands in any file, line or metric.
"""
import json
import os
import random
import shutil
import tempfile
import time
import uuid

from harness import Child, Client, Messages, impossible_number, main, wait_for
from intake_config import NAME, configure_intake
from lab import http_get, run, write
from leaks import search
from lifecare import Extract

KEY = "hemlig+nyckel/7f3a&91"
AT = "20260302081500+0100"

class Scene:
    def __init__(self, lab, checks, secrets):
        self.lab, self.checks = lab, checks
        self.system = Extract("bollnas", KEY)
        self.intakes = self.system.intakes
        self.keys_file = os.path.join(secrets, "lifecare.keys")
        self.keys(KEY)
        self.config = configure_intake(lab, self.system.port, self.keys_file)
        self.http = lab.ports["intake"]
        self.inbox = lab.inboxes[NAME]
        self.client, self.messages, self.serial, self.numbers = Client(lab.ports["mllp"]), Messages(), 0, []

    def keys(self, key):
        write(self.keys_file, f'domain = "bollnas"\nkey = "{key}"\n', 0o600)

    def report(self, acute=False, number=None):
        """Sends a report and returns the child's number."""
        self.serial += 1
        number = number or impossible_number("20240115", self.serial)
        self.numbers.append(number)
        child = Child("Testsson^Frej", number, "20240115")
        code = self.client.send(self.messages.report(child, AT, acute, f"Kanariefras {number}").encode())
        assert code in ("AA", "CA"), code
        return number

    def of(self, number):
        with self.system.lock:
            return [(i, row) for i, row in self.intakes.rows.items() if row["PersonId"] == number]

    def rows(self):
        return self.lab.inbox_rows(NAME)

    def row_of(self, number):
        """The inbox's row of this child's report, by its page."""
        for row in self.rows():
            if number in self.lab.inbox_tool(NAME, "show", row["id"]).stdout:
                return row
        return None

    def all_done(self, seconds=60):
        def done():
            rows = [r for r in self.rows() if r["code"] == "SIG-A1"]
            return len(rows) == self.serial and all(
                r["intake"] and r["intake"]["state"] in ("done", "by-hand", "left") for r in rows)
        wait_for("all reports to be in the social system", done, seconds)

    def held(self, number, why):
        def is_held():
            row = self.row_of(number)
            return row if row and row["intake"] and row["intake"]["state"] == "held" else None
        row = wait_for(f"the report to wait for a person ({why})", is_held)
        self.checks.that(f"it waits for a person, who reads why: {why}", row["intake"]["why"] == why, str(row["intake"]))
        return row["id"]

    def once(self, rule, numbers):
        found = {n: self.of(n) for n in numbers}
        self.checks.that(rule, all(len(f) == 1 for f in found.values()), str([len(f) for f in found.values()]))
        for intakes in found.values():
            for i, _ in intakes:
                pages = self.intakes.attachments.get(i, [])
                if not pages or any(p != pages[0] for p in pages):
                    self.checks.that("each has its page", False, f"{len(pages)} pages")

    def log(self):
        with open(self.inbox.log_path, encoding="utf-8") as f:
            return f.read()

    def lines(self, name):
        """What this inbox has handed over as NDJSON."""
        with open(self.lab.inboxes[name].out_path, encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def registered(self):
        """Numbers of signals that the sender was told are registered."""
        lines = [line["signal"] for line in self.lines("bvc")]
        notices = [s["body"].get("receipt") or s["body"]["feedback"] for s in lines if s["code"] in ("RECEIPT", "SIG-A3")]
        return [n["about"] for n in notices if n["state"] == "registered"]


def a_wrong_table_is_named_with_its_place(scene):
    units = scene.lab.path("intake/units.csv")
    with open(units, encoding="utf-8") as f:
        text = f.read()
    write(units, text.replace("bollnas.mottagning;10;101;-", "bollnas.mottagning;10;ett;-"))
    done = run([scene.lab.bin("samsignal-inbox"), "--check", scene.config], check=False)
    scene.checks.that("a wrong code table is refused with file and line",
                      done.returncode == 65 and "units.csv:5:" in done.stderr and
                      "organisation_unit_id" in done.stderr, done.stderr[:400])
    write(units, text)


def one_report_one_intake(scene):
    number = scene.report()
    acute = scene.report(acute=True)
    scene.all_done()
    scene.once("a report over MLLP is one intake", [number, acute])
    i, body = scene.of(number)[0]
    scene.checks.that("with the municipality's codes", (body["Type"], body["FromWho"], body["Reason"],
                      body["OrganisationUnitId"], body["OrganisationId"]) ==
                      ("Orosanmälan", "BVC", "Oro för barn", 101, 10), str({k: body[k] for k in body if k != "PersonId"}))
    scene.checks.that("an acute one with its own", scene.of(acute)[0][1]["Reason"] == "Oro för barn, akut")
    page = scene.intakes.attachments[i][0]
    scene.checks.that("the page is the report in Swedish",
                      f"Kanariefras {number}" in page["Content"] and "vad oron gäller" in page["Content"] and
                      page["Title"] == "Orosanmälan" and number not in page["file name"], page["Content"][:300])
    row = scene.row_of(number)
    shown = scene.lab.inbox_tool(NAME, "show", row["id"]).stdout
    scene.checks.that("the inbox shows its number there", str(i) in shown and row["intake"]["case"] == str(i), shown[:400])
    scene.checks.that("the sender hears 'registered'",
                      wait_for("the receipt", lambda: row["id"] in scene.registered()))
    scene.checks.that("what was asked was in order", not scene.system.wrong, str(scene.system.wrong))


def killed_between_post_and_answer(scene):
    numbers = []
    for name, stored in [("Actualisations", True), ("Actualisations", False), ("Attachments", True),
                         ("Attachments", False)]:
        plan = scene.intakes.plan(name, stored=stored, hold=True)
        numbers.append(scene.report())
        wait_for("the POST", plan.reached.is_set)
        scene.inbox.kill()
        plan.released.set()
        scene.inbox.start()
        scene.all_done()
    scene.once("killed between the POST and its answer, stored there or not: one intake each", numbers)


def killed_at_any_moment(scene, chance, kills):
    numbers = []
    scene.intakes.delay = 0.05
    for _ in range(kills):
        numbers += [scene.report() for _ in range(chance.randrange(1, 4))]
        time.sleep(chance.uniform(0.02, 1.2))  # when the blow falls, not a wait for something
        scene.inbox.kill()
        scene.inbox.start()
    scene.intakes.delay = 0.0
    scene.all_done(180)
    scene.once(f"{kills} kills at any moment lose nothing and double nothing", numbers)


def answers_that_leave_doubt(scene):
    numbers = []
    for stored, status in [(True, 500), (False, 500), (True, None), (False, None), (True, 302)]:
        scene.intakes.plan(stored=stored, status=status)
        numbers.append(scene.report())
        scene.all_done()
    scene.once("500, a cut connection, a redirect, stored there or not: one intake each", numbers)


def outages_pass(scene):
    scene.intakes.plan(stored=False, status=429, Retry_After="2")
    number = scene.report()
    refused = wait_for("the refusal", lambda: [at for at, _, s in scene.intakes.posts if s == 429])[0]
    scene.all_done()
    after = min(at for at, _, _ in scene.intakes.posts if at > refused)
    scene.checks.that("429 with Retry-After: 2 is followed by two quiet seconds", after - refused >= 1.9)
    scene.keys("gammal")
    other = scene.report()
    wait_for("the alarm", lambda: "event=intake-failing" in scene.log() and "what=denied" in scene.log())
    scene.keys(KEY)
    scene.all_done()
    scene.once("after a pause and after new keys in the file they are there once", [number, other])
    scene.checks.that("the end of an outage is told", "event=intake-recovered" in scene.log())


def a_person_decides(scene):
    scene.intakes.plan(stored=False, status=422)
    number = scene.report()
    signal = scene.held(number, "refused")
    scene.checks.that("list, status and metric say that one waits",
                      "1 wait for a person" in scene.lab.inbox_tool(NAME, "list").stdout and
                      signal[:8] in scene.lab.inbox_tool(NAME, "status").stdout and
                      "samsignal_intake_held 1" in http_get(scene.http, "/metrics"))
    held = [line for line in scene.log().splitlines() if "event=intake-held" in line]
    scene.checks.that("and one error line", len(held) == 1 and f"signal={uuid.UUID(signal)}" in held[0] and
                      "level=error" in held[0] and "why=refused status=422" in held[0], str(held))
    scene.lab.inbox_tool(NAME, "intake", signal, "again")
    scene.all_done()
    scene.once("'again' writes it once", [number])

    scene.intakes.shows_reference = False
    scene.intakes.plan(stored=True, status=None)
    doubt = scene.report()
    signal = scene.held(doubt, "doubt")
    wrong = scene.lab.inbox_tool(NAME, "intake", signal, "created", "--case", "x/1", check=False)
    scene.checks.that("only a number is taken for its number", wrong.returncode == 2, wrong.stderr)
    scene.lab.inbox_tool(NAME, "intake", signal, "created", "--case", scene.of(doubt)[0][0])
    scene.all_done()
    scene.once("an extract that does not show the reference: a person names it, never a second one", [doubt])
    scene.intakes.shows_reference = True

    reserve = scene.report(number="98240301AA06")
    signal = scene.held(reserve, "no-number")
    scene.lab.inbox_tool(NAME, "answer", signal, "registered", "--case", "H-1")
    scene.all_done()
    row = scene.row_of(reserve)
    scene.checks.that("a child without a personal number is registered by hand, and nothing is posted",
                      row["intake"]["state"] == "by-hand" and not scene.of(reserve), str(row["intake"]))


def withdrawn_after_it_was_written(scene):
    """The sender takes it back with its own inbox; the receiver's people are told, and nothing over there is touched."""
    number = scene.report()
    scene.all_done()
    row = scene.row_of(number)
    receipt = wait_for("a receipt about it", lambda: next((
        line["id"] for line in scene.lines("bvc") if line["signal"]["code"] == "RECEIPT" and
        line["signal"]["body"]["receipt"]["about"] == row["id"] and
        line["signal"]["body"]["receipt"]["state"] == "registered"), None))
    before = scene.of(number), scene.intakes.attachments[scene.of(number)[0][0]], len(scene.intakes.posts)
    wrong = scene.lab.inbox_tool(NAME, "withdraw", row["id"], "--reason", "corrected", check=False)
    scene.checks.that("who received a signal cannot take it back", wrong.returncode == 2, wrong.stderr)
    for _ in range(2):
        scene.lab.inbox_tool("bvc", "withdraw", receipt, "--reason", "corrected")
    signal = scene.held(number, "withdrawn-later")
    told = [line for line in scene.log().splitlines() if "event=intake-held" in line and "withdrawn-later" in line]
    scene.checks.that("one error line, the metric, list and status say that a person must handle it over there",
                      len(told) == 1 and f"signal={uuid.UUID(signal)}" in told[0] and "level=error" in told[0] and
                      "1 wait for a person" in scene.lab.inbox_tool(NAME, "list").stdout and
                      signal[:8] in scene.lab.inbox_tool(NAME, "status").stdout and
                      wait_for("the metric", lambda: "samsignal_intake_withdrawn 1" in http_get(scene.http, "/metrics")))
    lines = wait_for("the line", lambda: [l for l in scene.lines(NAME) if "intake_taken_back" in l])
    scene.checks.that("and so does the line that is handed over", len(lines) == 1 and
                      lines[0]["intake_taken_back"]["case"] == str(scene.of(number)[0][0]), str(lines[0]["intake_taken_back"]))
    scene.inbox.kill()
    scene.inbox.start()
    scene.held(number, "withdrawn-later")
    again = scene.lab.inbox_tool(NAME, "intake", signal, "again", check=False)
    scene.checks.that("it is not written again", again.returncode == 5, again.stderr)
    after = scene.of(number), scene.intakes.attachments[scene.of(number)[0][0]], len(scene.intakes.posts)
    scene.checks.that("nothing over there was changed, removed or asked for", after == before and not scene.system.wrong)
    scene.lab.inbox_tool(NAME, "intake", signal, "leave")
    scene.all_done()
    scene.checks.that("a person's ruling ends the alarm", wait_for(
        "the metric", lambda: "samsignal_intake_withdrawn 0" in http_get(scene.http, "/metrics")))
    found = scene.lab.tool_json("log", "find", "--kind", "event", "--peer", "bvc", "--limit", 100000)
    withdrawn = [e for e in found if e["summary"] == "signal.withdrawn"]
    shown = scene.lab.tool("log", "show", withdrawn[0]["offset"]).stdout if withdrawn else ""
    scene.checks.that("the withdrawal stands in the hub's log as the event it is, once (row 47)",
                      len(withdrawn) == 1 and "signal.withdrawn" in shown, f"{len(withdrawn)}; {shown[:400]}")


def every_sender_was_told(scene):
    ids = {r["id"] for r in scene.rows() if r["code"] == "SIG-A1"}
    wait_for("all receipts", lambda: ids <= set(scene.registered()))
    told = scene.registered()
    scene.checks.that("every report was told 'registered' once", len(told) == len(set(told)) == scene.serial,
                      f"{scene.serial} reports, {len(told)} told")


def nothing_personal_anywhere(scene):
    needles = [KEY, KEY.replace("+", "%2b").replace("/", "%2f").replace("&", "%26"), "hemlig", "Kanariefras",
               "modifiedAfter=", "apifc/v1/A", "Testsson"] + scene.numbers
    metrics = http_get(scene.http, "/metrics")
    # --ndjson hands everything over to the receiver's own program: that file is its, not ours.
    found, files = search(scene.lab.folder, needles, metrics, lambda inside: inside.endswith(".ndjson"))
    scene.checks.that("key, address and person are in no file, log line or metric", not found and files > 10,
                      f"{files} files; {found[:5]}")


def body(lab, checks, arguments):
    secrets = tempfile.mkdtemp(prefix="samsignal-flow-keys-")
    scene = None
    try:
        scene = Scene(lab, checks, secrets)
        a_wrong_table_is_named_with_its_place(scene)
        lab.start_all()
        wait_for("the inbox", lambda: http_get(scene.http, "/readyz"))
        one_report_one_intake(scene)
        killed_between_post_and_answer(scene)
        killed_at_any_moment(scene, random.Random(arguments.seed), arguments.kills)
        answers_that_leave_doubt(scene)
        outages_pass(scene)
        a_person_decides(scene)
        withdrawn_after_it_was_written(scene)
        every_sender_was_told(scene)
        nothing_personal_anywhere(scene)
        code, _ = scene.inbox.stop()
        checks.that("the inbox stops cleanly", code == 0, str(code))
    finally:
        if scene is not None:
            scene.inbox.kill()
            scene.client.close()
            scene.system.close()
        shutil.rmtree(secrets, ignore_errors=True)


main(body, kills=6)

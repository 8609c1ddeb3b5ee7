"""Files of a report into a social system: FHIR, the real hub, the real inbox, a stand-in that checks fields and bytes.

A report with two files is one intake with its page and both files, each once and byte for byte, through SIGKILL of the
inbox between the POST of a file and its note; what nobody can tell waits for a person; a file that never comes is
named at the intake. No name, number or byte of a file is in a log, a metric or a file's name.
"""
import base64
import hashlib
import os
import random
import shutil
import tempfile
import time

from fhir_client import Keys, Sender, allow_large, configure, sample, version
from harness import impossible_number, main, wait_for
from intake_config import NAME, configure_intake
from lab import http_get, write
from leaks import search
from lifecare import Extract

KEY = "hemlig+nyckel/7f3a&91"
LARGE = 7_000_000
LARGEST = 40_000_000
MOST_MIB = 200


class Scene:
    def __init__(self, lab, checks, secrets):
        self.lab, self.checks, self.serial, self.numbers = lab, checks, 0, []
        self.system = Extract("bollnas", KEY)
        self.intakes = self.system.intakes
        keys_file = os.path.join(secrets, "lifecare.keys")
        write(keys_file, f'domain = "bollnas"\nkey = "{KEY}"\n', 0o600)
        self.config = configure_intake(lab, self.system.port, keys_file)
        self.inbox, self.http = lab.inboxes[NAME], lab.ports["intake"]
        keys = Keys(lab.path("tls"))
        configure(lab, keys)
        allow_large(lab)
        self.sender = Sender(lab, keys)

    def report(self, files):
        """Sends a report with [(title, type, content or None)] and returns the child's number."""
        self.serial += 1
        number = impossible_number("20240115", self.serial)
        self.numbers.append(number)
        out = version(sample("communication_report_signed"), 1, id=f"oros{self.serial}")
        out["contained"][0]["identifier"] = [{"system": "http://electronichealth.se/identifier/personnummer",
                                              "value": number}]
        for title, kind, content in files:
            attachment = {"contentType": kind, "title": title}
            if content is not None:
                attachment["data"] = base64.b64encode(content).decode()
            out["payload"].append({"contentAttachment": attachment})
        status, _, answer = self.sender.put(out, seconds=120)
        assert status in (200, 201), f"{status} {answer[:400]}"
        return number

    def intake_of(self, number):
        with self.system.lock:
            found = [i for i, row in self.intakes.rows.items() if row["PersonId"] == number]
        return found[0] if found else None

    def files_of(self, number):
        """What stands at the child's intake beside the report's page."""
        intake = self.intake_of(number)
        with self.system.lock:
            stored = list(self.intakes.attachments.get(intake, []))
        return [one for one in stored if one["file name"].count("-") > 1]

    def row_of(self, number):
        case = str(self.intake_of(number))
        for row in self.lab.inbox_rows(NAME):
            if row["intake"] and row["intake"]["case"] == case:
                return row
        return None

    def in_state(self, number, state, seconds=60):
        def there():
            row = self.row_of(number)
            return row if row and row["intake"]["state"] == state else None
        return wait_for(f"the report to be {state}", there, seconds)

    def show(self, row):
        return self.lab.inbox_tool(NAME, "show", row["id"]).stdout

    def log(self):
        with open(self.inbox.log_path, encoding="utf-8") as f:
            return f.read()

    def are_there(self, rule, number, contents):
        files = self.files_of(number)
        wanted = [hashlib.sha256(content).hexdigest() for content in contents]
        self.checks.that(rule, [one["sha256"] for one in files] == wanted, str([(f["file name"], f["size"]) for f in files]))


def two_files(scene, dice):
    contents = [dice.randbytes(300), dice.randbytes(LARGEST)]
    number = scene.report([("Frejs journal", "application/pdf", contents[0]), ("Frejs röntgen", "image/png", contents[1])])
    row = scene.in_state(number, "done", 120)
    scene.are_there("both files stand at the intake, byte for byte, in the report's order", number, contents)
    files = scene.files_of(number)
    scene.checks.that("with the sender's title and media type, and a name that says nothing of the person",
                      [(f["Title"], f["type"], f["file name"]) for f in files] ==
                      [("Bilaga 1: Frejs journal", "application/pdf", f"samsignal-{row['id']}-1.pdf"),
                       ("Bilaga 2: Frejs röntgen", "image/png", f"samsignal-{row['id']}-2.png")], str(files))
    scene.checks.that("after the report's page", scene.intakes.attachments[scene.intake_of(number)][0]["type"] == "text/html")
    scene.checks.that("show says so, and that they were taken out",
                      scene.show(row).count("is in the social system") == 2 and "taken out (intake)" in scene.show(row))
    scene.checks.that("what was asked was in order", not scene.system.wrong, str(scene.system.wrong))
    with open(f"/proc/{scene.inbox.child.pid}/status", encoding="utf-8") as f:
        most = next(int(line.split()[1]) // 1024 for line in f if line.startswith("VmHWM:"))
    scene.checks.that(f"40 MB need less than {MOST_MIB} MiB of the inbox", most < MOST_MIB, f"{most} MiB")
    return contents


def killed_between_post_and_note(scene, dice):
    for stored in (True, False):
        contents = [dice.randbytes(LARGE), dice.randbytes(40_000)]
        plans = [scene.intakes.plan("Attachments", stored=True, status=200),  # the page
                 scene.intakes.plan("Attachments", stored=stored, status=200, hold=True)]
        number = scene.report([("ett", "application/pdf", contents[0]), ("två", "text/plain", contents[1])])
        wait_for("the POST of the first file", plans[1].reached.is_set, 60)
        scene.inbox.kill()
        plans[1].released.set()
        scene.inbox.start()
        scene.in_state(number, "done")
        scene.are_there(f"killed between the POST and its note, {'stored' if stored else 'not stored'}: each once",
                        number, contents)


def killed_at_any_moment(scene, dice, kills):
    contents = [dice.randbytes(LARGE), dice.randbytes(LARGE)]
    number = scene.report([("ett", "application/pdf", contents[0]), ("två", "application/pdf", contents[1])])
    for _ in range(kills):
        wait_for("the inbox", lambda: http_get(scene.http, "/readyz"))
        time.sleep(dice.uniform(0.02, 1.2))  # when the blow falls, not a wait for something
        scene.inbox.kill()
        scene.inbox.start()
    scene.in_state(number, "done", 120)
    scene.are_there(f"{kills} kills at any moment: each file once", number, contents)


def answers_that_leave_doubt(scene, dice):
    for stored, status in [(True, 500), (False, 500), (True, None)]:
        content = dice.randbytes(5_000)
        scene.intakes.plan("Attachments", stored=True, status=200)
        scene.intakes.plan("Attachments", stored=stored, status=status)
        number = scene.report([("ett", "application/pdf", content)])
        scene.in_state(number, "done")
        scene.are_there(f"{status or 'a cut connection'}, {'stored' if stored else 'not stored'}: there once",
                        number, [content])


def a_person_decides(scene, dice):
    contents = [dice.randbytes(100), dice.randbytes(200)]
    for status in (200, 415):
        scene.intakes.plan("Attachments", stored=status == 200, status=status)
    number = scene.report([("ett", "application/pdf", contents[0]), ("två", "application/pdf", contents[1])])
    row = scene.in_state(number, "held")
    scene.checks.that("a refused file is a person's, and the other one has gone",
                      row["intake"]["why"] == "file" and row["intake"]["files"] == ["refused", "sent"] and
                      row["intake"]["status"] == 415, str(row["intake"]))
    scene.checks.that("show says what", "does not take it (HTTP 415)" in scene.show(row), scene.show(row)[:500])
    scene.lab.inbox_tool(NAME, "intake", row["id"], "again")
    scene.in_state(number, "done")
    scene.are_there("'again' sends that one, and no second intake", number, [contents[1], contents[0]])

    scene.intakes.lists_attachments = False
    scene.intakes.plan("Attachments", stored=True, status=200)
    scene.intakes.plan("Attachments", stored=True, status=500)
    number = scene.report([("ett", "application/pdf", contents[0])])
    row = scene.in_state(number, "held")
    scene.checks.that("a system without the list: nobody can tell, a person is asked and told what to search for",
                      row["intake"]["files"] == ["doubt"] and f"search for samsignal-{row['id']}-1.pdf" in scene.show(row),
                      scene.show(row)[:500])
    scene.lab.inbox_tool(NAME, "intake", row["id"], "created")
    scene.in_state(number, "done")
    scene.are_there("'created' says that it is there: never a second one", number, [contents[0]])
    scene.intakes.lists_attachments = True


def one_that_never_comes(scene, dice):
    """The sender lists a file whose bytes it does not send."""
    content = dice.randbytes(100)
    number = scene.report([("Frejs hemliga", "application/pdf", None), ("två", "application/pdf", content)])
    row = scene.in_state(number, "filing")
    wait_for("the file that is there", lambda: len(scene.files_of(number)) == 1)
    scene.are_there("the file that is there does not wait for the other", number, [content])
    scene.inbox.stop()
    with open(scene.config, encoding="utf-8") as f:
        text = f.read()
    write(scene.config, text.replace("settle_s = 1\n", "settle_s = 1\nfile_wait_h = 0\n"))
    scene.inbox.start()
    scene.in_state(number, "done")
    page = scene.files_of(number)[1]
    scene.checks.that("one that never comes is named at the intake: not sent, fetch it in the inbox",
                      page["file name"] == f"samsignal-{row['id']}-1-inbox.html" and
                      page["Title"] == "Bilaga 1 sändes inte: hämta den i inkorgen" and
                      f"samsignal-{row['id']}" in page["Content"], str(page))
    scene.checks.that("and in the inbox", "not sent to the social system: fetch it here" in scene.show(row) and
                      scene.row_of(number)["intake"]["files"] == ["missing", "sent"])
    scene.checks.that("the log counts it without its name", "event=intake-file-missing" in scene.log())


def nothing_personal(scene, contents):
    needles = [KEY, "hemlig", "Frejs", "röntgen", "apifc/v1/A", contents[0][:16].hex(), "Canaryord"] + scene.numbers
    metrics = http_get(scene.http, "/metrics")
    found, files = search(scene.lab.folder, needles, metrics, lambda inside: inside.endswith(".ndjson"))
    scene.checks.that("no name, number, word or address is in any file, log line or metric", not found and files > 10,
                      f"{files} files; {found[:5]}")
    scene.checks.that("the metrics count files", "samsignal_intake_files_total" in metrics and
                      "samsignal_intake_files_missing_total 1" in metrics)


def body(lab, checks, arguments):
    secrets = tempfile.mkdtemp(prefix="samsignal-flow-keys-")
    scene = None
    try:
        scene = Scene(lab, checks, secrets)
        dice = random.Random(arguments.seed)
        lab.start_all()
        wait_for("the inbox", lambda: http_get(scene.http, "/readyz"))
        contents = two_files(scene, dice)
        killed_between_post_and_note(scene, dice)
        killed_at_any_moment(scene, dice, arguments.kills)
        answers_that_leave_doubt(scene, dice)
        a_person_decides(scene, dice)
        one_that_never_comes(scene, dice)
        nothing_personal(scene, contents)
        code, _ = scene.inbox.stop()
        checks.that("the inbox stops cleanly", code == 0, str(code))
    finally:
        if scene is not None:
            scene.inbox.kill()
            scene.system.close()
        shutil.rmtree(secrets, ignore_errors=True)


if __name__ == "__main__":
    main(body, kills=4)

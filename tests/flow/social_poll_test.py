"""Social services as a source that is asked: a REST extract, the real adapter and the real hub.

Rows become events once; a row that commits late is seen; SIGKILL at any moment loses nothing and doubles
nothing; refusals, nonsense and strange certificates move no cursor; neither key nor person stands in any file, line or metric.
"""
import base64
import json
import os
import random
import shutil
import tempfile
import time
from collections import Counter

from harness import main, wait_for
from lab import REPO, http_get, run, write
from leaks import search
from lifecare import ENDPOINTS, Extract, local

KEY = "hemlig+nyckel/7f3a&91"
LARGE = 3_000_000
PERSONS = ["20210325K069", "98240301AA06", "202512012384", "195009072553"]

POLL = """[poll]
base_url = "http://127.0.0.1:{port}/apifc/v1/Extract"
allow_plain_loopback = true
keys_file = "{keys_file}"
start = "{start}"
every_s = 1
page = 20
overlap_s = 300
timeout_ms = 5000
requests_per_minute = 6000
backoff_min_ms = 100
backoff_max_s = 1
{endpoints}"""


class Scene:
    def __init__(self, lab, checks, secrets):
        self.lab, self.checks = lab, checks
        self.extract = Extract("bollnas", KEY)
        keys_file = os.path.join(secrets, "lifecare.keys")
        write(keys_file, f'domain = "bollnas"\nkey = "{KEY}"\n', 0o600)
        endpoints = "".join(f'[[poll.endpoint]]\nname = "{name}"\nmodified = "ModifiedDate"\n'
                            for name in ["Investigations"] + [e for e in ENDPOINTS if e != "Investigations"])
        self.adapter = lab.add_source(
            "lifecare", "lifecare.bollnas", "2120002361", "Socialnämnden",
            POLL.format(port=self.extract.port, keys_file=keys_file, start=local(86400)[:10], endpoints=endpoints),
            "social/mappings/social-lifecare.toml")
        self.http = lab.ports["lifecare"]
        self.number = 100000

    def start(self):
        self.adapter.start()

    def report(self, seconds_ago=0.0, **more):
        self.number += 1
        row = {"Id": self.number, "Date": local(seconds_ago), "Type": "Orosanmälan", "FromWho": "BVC",
               "Reason": "x", "Status": "Inkommen", "InvestigationId": None, "OrganisationUnitId": 101,
               "PersonId": PERSONS[self.number % 3]}
        row.update(more)
        self.extract.put("Actualisations", row, seconds_ago)
        return self.number

    def events(self):
        found = self.lab.tool_json("log", "find", "--kind", "event", "--peer", "lifecare", "--limit", 1000000)
        assert len({e["event"] for e in found}) == len(found), "an event stands in the log twice"
        return Counter(e["summary"] for e in found)

    def read_to_the_end(self, seconds=60):
        """Waits until every endpoint was read to its end anew, and the outbox is at the hub."""
        begin = time.monotonic()
        # A reading begins at offset 0. The third to begin proves that one has ended that began after now.
        wait_for("every endpoint to be read",
                 lambda: all(sum(1 for at, name, status, offset in self.extract.requests()
                                 if name == endpoint and status == 200 and at > begin and offset == 0) > 2
                             for endpoint in ENDPOINTS), seconds)
        wait_for("the outbox to drain", lambda: ", 0 not yet at the hub" in self.tool("status").stdout, seconds)

    def tool(self, *args):
        return self.lab.adapter_tool(*args, source="lifecare")

    def log(self):
        with open(self.adapter.log_path, encoding="utf-8") as f:
            return f.read()


def rows_become_events_once(scene):
    folder = os.path.join(REPO, "adapters/social/samples/lifecare")
    for endpoint in ENDPOINTS:
        with open(os.path.join(folder, endpoint + ".json"), encoding="utf-8") as f:
            for row in json.load(f):
                scene.extract.put(endpoint, row)
    scene.start()
    scene.read_to_the_end()
    expected = {"social.report.received": 4, "social.protection.assessed": 3, "social.inquiry.decided": 4,
                "social.inquiry.closed": 1, "social.placement.changed": 4, "social.exam.requested": 1,
                "social.aid.dental.decided": 1, "coord.contact.assigned": 1, "coord.sip.changed": 1,
                "coord.tsi.changed": 1, "report.signed": 1, "report.attachment": 2}
    found = scene.events()
    scene.checks.that("the sample rows become their events", found == expected, str(dict(found)))
    for endpoint in ENDPOINTS:  # every row is touched without saying anything new
        for row in list(scene.extract.rows[endpoint].values()):
            scene.extract.put(endpoint, row)
    scene.read_to_the_end()
    scene.checks.that("read again and touched, they become no more", scene.events() == found)
    scene.checks.that("what was asked was in order", not scene.extract.wrong, str(scene.extract.wrong))


def a_late_row_is_seen(scene):
    scene.report()
    scene.read_to_the_end()
    before = scene.events()["social.report.received"]
    scene.report(seconds_ago=120)
    scene.read_to_the_end()
    scene.checks.that("a row that commits two minutes late is seen",
                      scene.events()["social.report.received"] == before + 1)
    late = [line for line in http_get(scene.http, "/metrics").splitlines()
            if line.startswith("samsignal_poll_late_rows_total") and "Actualisations" in line]
    scene.checks.that("and counted", late and float(late[0].split()[-1]) >= 1, str(late))


def a_reports_file_follows_it(scene, chance):
    """A file of 3 MB in a row, which is asked for again and again within the overlap, is told once."""
    before = scene.events()
    with open(os.path.join(REPO, "adapters/social/samples/lifecare/SignedReports.json"), encoding="utf-8") as f:
        row = json.load(f)[0]
    content = base64.b64encode(chance.randbytes(LARGE)).decode()
    row.update(Id=801, Attachments=[{"Title": "Anteckning", "ContentType": "application/pdf", "Content": content}])
    scene.extract.put("SignedReports", row)
    scene.read_to_the_end()
    found = scene.events()
    parts = -(-LARGE // (120 * 1024))
    scene.checks.that("a signed report and its file in parts, each once",
                      found["report.signed"] == before["report.signed"] + 1 and
                      found["report.attachment"] == before["report.attachment"] + parts, str(dict(found)))
    scene.extract.rows["SignedReports"].pop(801)


def killed_at_any_moment(scene, chance, kills):
    before = scene.events()["social.report.received"]
    scene.extract.delay = 0.02
    sent = 0
    for _ in range(kills):
        for _ in range(chance.randrange(1, 60)):
            scene.report()
            sent += 1
        time.sleep(chance.uniform(0.02, 0.6))  # when the blow falls, not a wait for something
        scene.adapter.kill()
        scene.start()
    scene.extract.delay = 0.0
    scene.read_to_the_end(120)
    found = scene.events()["social.report.received"] - before
    scene.checks.that(f"{kills} kills between question and commit lose nothing and double nothing", found == sent,
                      f"{sent} rows, {found} events")


def refusals_and_nonsense(scene):
    before = scene.events()["social.report.received"]
    scene.extract.fault(429, "", Retry_After="2")
    wait_for("the refusal", lambda: any(s == 429 for _, _, s, _ in scene.extract.requests()))
    refused = next(at for at, _, s, _ in scene.extract.requests() if s == 429)
    after = wait_for("the next question", lambda: [at for at, *_ in scene.extract.requests() if at > refused])
    scene.checks.that("429 with Retry-After: 2 is followed by two quiet seconds", after[0] - refused >= 1.9,
                      f"{after[0] - refused:.2f} s")
    for body in ["<html>Logga in</html>", "{\"Message\": \"fel\"}", "[{\"Id\": 1, \"PersonId\": \"20210325K069\""]:
        scene.extract.fault(200, body)
    scene.extract.fault(500, "20210325K069 stack trace")
    scene.extract.fault(302, "", Location="http://127.0.0.1:1/elsewhere")
    scene.report()
    wait_for("all faults to be met", lambda: not scene.extract.faults)
    scene.read_to_the_end()
    scene.checks.that("after nonsense, errors and a redirect the row comes in once",
                      scene.events()["social.report.received"] == before + 1)
    scene.checks.that("nonsense is an alarm with its runbook name, and its end is told",
                      "event=poll-failing" in scene.log() and "event=poll-recovered" in scene.log())


def an_unknown_type_is_put_aside(scene):
    before = scene.events()
    scene.report(Type="Ny typ 2027")
    scene.read_to_the_end()
    listed = scene.tool("quarantine", "list").stdout
    scene.checks.that("a type that no table knows is put aside and says which table",
                      "whose value is not in intake_types" in listed and scene.events() == before, listed[:300])


def tls_is_checked(scene, secrets):
    certificate = os.path.join(secrets, "extract.crt"), os.path.join(secrets, "extract.key")
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-out", certificate[0],
         "-keyout", certificate[1]])
    scene.adapter.stop()
    plain, before = scene.extract, scene.events()["social.report.received"]
    scene.extract = Extract("bollnas", KEY, certificate=certificate)
    plain.close()
    config = scene.lab.path("lifecare.toml")
    with open(config, encoding="utf-8") as f:
        text = f.read().replace(f"http://127.0.0.1:{plain.port}", f"https://localhost:{scene.extract.port}")
    text = text.replace("allow_plain_loopback = true\n", "")
    write(config, text)
    told = scene.log().count("event=poll-failing")
    scene.start()
    wait_for("the alarm", lambda: scene.log().count("event=poll-failing") > told)
    scene.checks.that("a certificate that nobody vouches for gets no question, and an alarm",
                      not scene.extract.requests() and "what=unreachable" in scene.log())
    scene.adapter.stop()
    write(config, text.replace("[[poll.endpoint]]", f'ca_file = "{certificate[0]}"\n[[poll.endpoint]]', 1))
    scene.start()
    scene.report()
    scene.read_to_the_end()
    scene.checks.that("one that ca_file vouches for is asked", scene.events()["social.report.received"] == before + 1)


def nothing_personal_anywhere(scene):
    metrics = http_get(scene.http, "/metrics") + http_get(scene.lab.ports["http"], "/metrics")
    needles = [KEY, KEY.replace("+", "%2b").replace("/", "%2f").replace("&", "%26"),
               "hemlig", "modifiedAfter=", "Extract/", "Logga in"] + PERSONS
    found, files = search(scene.lab.folder, needles, metrics)
    scene.checks.that("key, address and person are in no file, log line or metric", not found and files > 10,
                      f"{files} files; {found[:5]}")


def body(lab, checks, arguments):
    secrets = tempfile.mkdtemp(prefix="samsignal-flow-keys-")
    scene = None
    try:
        scene = Scene(lab, checks, secrets)
        lab.start_hub()
        rows_become_events_once(scene)
        a_late_row_is_seen(scene)
        a_reports_file_follows_it(scene, random.Random(arguments.seed))
        killed_at_any_moment(scene, random.Random(arguments.seed), arguments.kills)
        refusals_and_nonsense(scene)
        an_unknown_type_is_put_aside(scene)
        tls_is_checked(scene, secrets)
        nothing_personal_anywhere(scene)
        code, _ = scene.adapter.stop()
        checks.that("the adapter stops cleanly", code == 0, str(code))
    finally:
        if scene is not None:
            scene.adapter.kill()
            scene.extract.close()
        shutil.rmtree(secrets, ignore_errors=True)


main(body, kills=12)

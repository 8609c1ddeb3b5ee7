"""A record system that pushes FHIR resources over HTTPS, with curl in its place.

Rules: only a client with a known certificate is heard, and it speaks for its own source; an answer of
2xx means that the message is on disk, also over a kill; the same version again is told once; a
transaction is taken whole or not at all; answers of forms go nowhere; nothing personal is in a log or
an answer; a renewed certificate is served without a restart.
"""
import json
import os
import shutil
import subprocess

from harness import main, wait_for
from lab import http_get, write

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../adapters/bvc/samples/fhir")
CHILD, RESERVE = "20210325K069", "98240301AA06"


def sample(name):
    with open(os.path.join(SAMPLES, name + ".json"), encoding="utf-8") as f:
        return json.load(f)


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


class Keys:
    """An authority of one's own, and certificates from it."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        for name in ["ca", "stranger"]:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-keyout", self.at(name + ".key"), "-out", self.at(name + ".pem"), "-subj", f"/CN={name}")
        self.sign("server", "IP:127.0.0.1")
        for name in ["cosmic", "unknown"]:
            self.sign(name, f"DNS:{name}.example")

    def at(self, name):
        return os.path.join(self.folder, name)

    def sign(self, name, san, subject=None):
        write(self.at("ext"), f"subjectAltName={san}")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                self.at(name + ".key"), "-out", self.at("csr"), "-subj", f"/CN={subject or name}")
        openssl("x509", "-req", "-in", self.at("csr"), "-CA", self.at("ca.pem"), "-CAkey", self.at("ca.key"),
                "-CAcreateserial", "-days", "2", "-extfile", self.at("ext"), "-out", self.at("new"))
        os.replace(self.at("new"), self.at(name + ".pem"))

    def fingerprint(self, name):
        out = subprocess.run(["openssl", "x509", "-in", self.at(name + ".pem"), "-noout", "-sha256", "-fingerprint"],
                             check=True, capture_output=True, text=True).stdout
        return out.split("=")[1].strip()


class Sender:
    def __init__(self, lab, keys):
        self.lab, self.keys, self.answers = lab, keys, []

    def ask(self, method, path, body=None, who="cosmic", headers=()):
        """(status, headers, body); status 0: no answer."""
        argv = ["curl", "-sS", "-i", "--max-time", "20", "--cacert", self.keys.at("ca.pem"), "-X", method]
        if who:
            argv += ["--cert", self.keys.at(who + ".pem"), "--key", self.keys.at(who + ".key")]
        if body is not None:
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            argv += ["-H", "Content-Type: application/fhir+json", "-H", "Expect:", "--data-binary", "@-"]
        for header in headers:
            argv += ["-H", header]
        argv.append(f"https://127.0.0.1:{self.lab.ports['mllp']}/fhir{path}")
        done = subprocess.run(argv, input=text.encode() if body is not None else b"", capture_output=True, check=False)
        answer = done.stdout.decode(errors="replace")
        if "\r\n\r\n" not in answer:
            return 0, "", done.stderr.decode(errors="replace")
        head, rest = answer.split("\r\n\r\n", 1)
        self.answers.append(answer)
        return int(head.split(" ")[1]), head, rest

    def put(self, resource, **more):
        return self.ask("PUT", f"/{resource['resourceType']}/{resource['id']}", resource, **more)


def version(resource, number, **changes):
    out = json.loads(json.dumps(resource))
    out["meta"] = {**out.get("meta", {}), "versionId": str(number)}
    out.update(changes)
    return out


def events(lab):
    found = lab.tool_json("log", "find", "--kind", "event", "--peer", "cosmic-bvc", "--limit", 10000, check=False)
    return [e for e in found if "event" in e]


def drained(lab):
    wait_for("the outbox to drain", lambda: ", 0 not yet at the hub" in lab.adapter_tool("status").stdout)


def configure(lab, keys):
    with open(lab.path("adapter.toml"), encoding="utf-8") as f:
        text = f.read()
    begin, end = text.index("[listen]"), text.index("[mapping]")
    section = (f'[fhir]\naddress = "127.0.0.1:{lab.ports["mllp"]}"\ncertificate = "{keys.at("server.pem")}"\n'
               f'key = "{keys.at("server.key")}"\nclient_ca = "{keys.at("ca.pem")}"\nreload_ms = 200\n'
               f'require_client_certificate = false\n\n'
               f'[[fhir.client]]\nname = "cosmic"\nfingerprint = "{keys.fingerprint("cosmic")}"\n\n')
    write(lab.path("adapter.toml"), (text[:begin] + section + text[end:]).replace("bvc-hl7v2.toml", "bvc-fhir.toml"))


def who_is_heard(sender, checks):
    booked = sample("appointment_booked")
    status, _, body = sender.ask("GET", "/metadata", who=None)
    checks.that("anybody may read what is offered", status == 200 and '"CapabilityStatement"' in body, str(status))
    status, _, _ = sender.put(booked, who=None)
    checks.that("without a certificate: 401", status == 401, str(status))
    status, _, _ = sender.put(booked, who="unknown")
    checks.that("with a certificate that nobody listed: 403", status == 403, str(status))
    status, _, error = sender.put(booked, who="stranger")
    checks.that("with a certificate from nowhere: no connection", status == 0, error[:80])
    checks.that("and nothing was told", not events(sender.lab))


def the_story(sender, checks):
    lab = sender.lab
    missed = sample("appointment_noshow")
    status, head, _ = sender.put(missed)
    checks.that("a missed visit is taken", status == 200 and 'W/"3"' in head, head.splitlines()[0])
    status, _, _ = sender.put(missed)
    checks.that("and received again without a second telling", status == 200, str(status))
    status, _, _ = sender.put(version(missed, 3, start="2026-03-02T10:30:00+01:00"))
    checks.that("the same version with other content is a conflict", status == 409, str(status))
    status, _, _ = sender.put(version(missed, 4, status="fulfilled", serviceType=[{"coding": [{"code": "V4"}]}]))
    checks.that("a later version that turned out well is taken", status == 200, str(status))
    status, _, body = sender.ask("POST", "", sample("bundle_transaction"))
    checks.that("a transaction is taken", status == 200 and "transaction-response" in body, body[:200])
    broken = sample("bundle_transaction")
    broken["entry"][1]["resource"]["id"] = "a99"
    broken["entry"][1]["request"]["url"] = "Appointment/a99"
    del broken["entry"][2]["resource"]["class"]
    status, _, body = sender.ask("POST", "", broken)
    checks.that("a transaction with one wrong entry is refused with its place",
                status == 422 and "Bundle.entry[2].resource.class" in body, body[:200])
    status, _, _ = sender.ask("POST", "/QuestionnaireResponse", sample("questionnaire_epds"))
    checks.that("a form is taken", status == 201, str(status))
    status, _, body = sender.ask("POST", "/Communication", sample("communication_not_of_interest"))
    checks.that("what is not of interest is received", status == 200 and "not kept" in body, body[:120])
    drained(lab)
    told = [e["event"] if isinstance(e["event"], str) else str(e["event"]) for e in events(lab)]
    checks.that("the hub has exactly what was told", len(told) == 6, f"{len(told)}: {told}")


def hostile(sender, checks):
    for what, body, wanted in [("100,000 levels", "[" * 100000, 400), ("a name twice", '{"a":1,"a":2}', 400),
                               ("a huge number", '{"a":1e999}', 400), ("not JSON", "MSH|^~\\&|", 400)]:
        status, _, answer = sender.ask("POST", "/Appointment", body)
        checks.that(f"{what} is refused", status == wanted and "OperationOutcome" in answer, f"{status} {answer[:80]}")
    status, _, _ = sender.ask("POST", "/Appointment", "{" + " " * (5 << 20) + "}")
    checks.that("too large is refused", status == 413, str(status))


def over_a_kill(sender, checks, arguments):
    lab = sender.lab
    before = len(events(lab))
    base = sample("encounter_finished")
    accepted = 0
    for number in range(30):
        if number % 10 == 5:
            lab.adapter.kill()
            lab.start_adapter()
        resource = version(base, 1, id=f"k{number}", appointment=[{"reference": f"Appointment/k{number}"}])
        while True:
            status, _, _ = sender.put(resource)
            if status == 200:
                break
        accepted += 1
    drained(lab)
    checks.that("everything answered is told once, over three kills", len(events(lab)) - before == accepted,
                f"{len(events(lab)) - before} of {accepted}")


def a_new_certificate(sender, checks):
    keys = sender.keys
    keys.sign("server", "IP:127.0.0.1", "renewed")
    show = ["openssl", "s_client", "-connect", f"127.0.0.1:{sender.lab.ports['mllp']}"]

    def renewed():
        return b"CN = renewed" in subprocess.run(show, input=b"", capture_output=True, check=False).stdout
    checks.that("a renewed certificate is served without a restart", wait_for("the new certificate", renewed))
    checks.that("and says when it ends", "samsignal_https_certificate_expires_seconds"
                in http_get(sender.lab.ports["adapter_http"], "/metrics"))


def nothing_personal(sender, checks):
    logs = ""
    for name in os.listdir(sender.lab.folder):
        if name.endswith(".log"):
            with open(sender.lab.path(name), encoding="utf-8", errors="replace") as f:
                logs += f.read()
    for word in [CHILD, RESERVE, "199002222397", "Canaryord", "bvc-appointment"]:
        checks.that("no log holds a number, a name or an answer", word not in logs, word)
        checks.that("nor does an answer", not any(word in answer for answer in sender.answers), word)


def body(lab, checks, arguments):
    keys = Keys(lab.path("tls"))
    configure(lab, keys)
    lab.start_hub()
    lab.start_adapter()
    sender = Sender(lab, keys)
    who_is_heard(sender, checks)
    the_story(sender, checks)
    hostile(sender, checks)
    over_a_kill(sender, checks, arguments)
    a_new_certificate(sender, checks)
    nothing_personal(sender, checks)


if __name__ == "__main__":
    if not shutil.which("curl") or not shutil.which("openssl"):
        raise SystemExit("curl and openssl are needed")
    main(body)

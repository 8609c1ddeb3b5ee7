"""A record system that pushes FHIR resources over HTTPS, with curl in its place.

Rules: only a client with a known certificate is heard, and it speaks for its own source; an answer of
2xx means that the message is on disk, also over a kill; the same version again is told once; a
transaction is taken whole or not at all; answers of forms go nowhere; nothing personal is in a log or
an answer; what is refused lies in quarantine and can be mended; a renewed certificate is served without a restart.
"""
import json
import os
import shutil
import subprocess

from fhir_client import CHILD, RESERVE, Keys, Sender, configure, sample, version
from harness import main, wait_for
from lab import http_get, run, write


def events(lab):
    found = lab.tool_json("log", "find", "--kind", "event", "--peer", "cosmic-bvc", "--limit", 10000, check=False)
    return [e for e in found if "event" in e]


def drained(lab):
    wait_for("the outbox to drain", lab.shipped)


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


def refused_and_mended(sender, checks):
    """What was refused lies in quarantine with its reason, hidden, and is told when a person has mended it."""
    lab = sender.lab
    before = len(events(lab))
    good = version(sample("encounter_finished"), 1, id="m1", appointment=[{"reference": "Appointment/m1"}])
    broken = {name: value for name, value in good.items() if name != "class"}
    status, _, _ = sender.put(broken)
    checks.that("a resource that breaks R4 is refused", status == 422, str(status))
    listed = lab.adapter_tool("quarantine", "list", "--why", "refused-required", "--state", "open").stdout
    lines = [line for line in listed.splitlines() if "Encounter.class expected in every Encounter (answered 422)" in line]
    checks.that("and lies in quarantine with its place", any("fhir:cosmic" in line for line in lines), listed)

    def entry(verb, *more):
        number = lines[-1].split()[0]
        return run([lab.bin("samsignal-adapter"), "quarantine", verb, lab.path("adapter.toml"), number, *more]).stdout
    shown = entry("show")
    checks.that("shown without its values", "values hidden" in shown and CHILD not in shown, shown[:200])
    write(lab.path("mended.json"), json.dumps(good))
    entry("resend", "--reason", "class added", "--file", lab.path("mended.json"))
    os.remove(lab.path("mended.json"))
    drained(lab)
    checks.that("mended by a person it is told", len(events(lab)) == before + 1, f"{before} {len(events(lab))}")
    again = version(sample("encounter_finished"), 1, id="m2", appointment=[{"reference": "Appointment/m2"}])
    sender.put({name: value for name, value in again.items() if name != "class"})
    status, _, _ = sender.put(again)
    listed = lab.adapter_tool("quarantine", "list", "--why", "refused-required").stdout.splitlines()
    checks.that("mended by its sender the record closes", status == 200 and "  fixed  " in listed[-1], listed[-1])


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
    refused_and_mended(sender, checks)
    over_a_kill(sender, checks, arguments)
    a_new_certificate(sender, checks)
    nothing_personal(sender, checks)


if __name__ == "__main__":
    if not shutil.which("curl") or not shutil.which("openssl"):
        raise SystemExit("curl and openssl are needed")
    main(body)

"""What the FHIR listener answers, and the samples that the mapping is tried on, before two validators of
other makes. First the validators are tried themselves: each must see the fault the other is blind to."""
import json
import os

import node_client
from fhir_client import SAMPLES, Keys, Sender, configure, sample, version
from harness import main, wait_for
from lab import http_get, json_lines, run, write

BAD_CODE = {"resourceType": "OperationOutcome", "issue": [{"severity": "dreadful", "code": "invalid"}]}
BDL_3 = {"resourceType": "Bundle", "type": "collection", "entry": [
    {"request": {"method": "GET", "url": "Patient/1"}, "resource": {"resourceType": "Basic", "code": {"text": "x"}}}]}


def judge(client, lab, resources):
    """For each resource the faults that the validators find."""
    path = lab.path("resources.ndjson")
    write(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in resources))
    done = run(["node", os.path.join(client, "fhir_check.mjs"), path], timeout=120)
    return [row["faults"] for row in json_lines(done.stdout)]


def conversation(sender):
    """One answer of every kind."""
    booked, transaction = sample("appointment_booked"), sample("bundle_transaction")
    broken = json.loads(json.dumps(transaction))
    broken["entry"][1]["resource"]["id"], broken["entry"][1]["request"]["url"] = "a99", "Appointment/a99"
    del broken["entry"][2]["resource"]["class"]
    batch = json.loads(json.dumps(broken))
    batch["type"] = "batch"
    asked = [
        sender.ask("GET", "/metadata", who=None), sender.put(booked), sender.put(booked),
        sender.put(booked, who=None), sender.put(booked, who="unknown"),
        sender.put(version(booked, 3, start="2026-04-02T10:30:00+02:00")),
        sender.put(version(booked, 3, start="2026-04-03T10:30:00+02:00")),
        sender.ask("POST", "", transaction), sender.ask("POST", "", broken), sender.ask("POST", "", batch),
        sender.ask("POST", "", sample("bundle_message")),
        sender.ask("POST", "/QuestionnaireResponse", sample("questionnaire_epds")),
        sender.ask("POST", "/Communication", sample("communication_not_of_interest")),
        sender.ask("POST", "/Appointment", "{"), sender.ask("POST", "/Appointment", '{"resourceType":"Patient"}'),
        sender.ask("GET", "/Appointment/a1"), sender.ask("DELETE", "/Appointment/a1"),
        sender.ask("POST", "/Nonsense", {"resourceType": "Nonsense"}), sender.ask("GET", "/"),
        sender.ask("POST", "/Appointment", "x" * 20_000_000)]
    return [(status, body) for status, _, body in asked if status]


def body(lab, checks, _arguments):
    client = node_client.install(lab.build)
    faults = judge(client, lab, [BAD_CODE, BDL_3])
    checks.that("the validators see a wrong code and a broken constraint", all(faults), str(faults))
    keys = Keys(lab.path("tls"))
    configure(lab, keys)
    lab.start_hub()
    lab.adapter.start()
    wait_for("the adapter", lambda: "ok" in http_get(lab.ports["adapter_http"], "/readyz"))
    answers = conversation(Sender(lab, keys))
    plain = [(status, text[:80]) for status, text in answers if text.strip() and not text.startswith("{")]
    checks.that("every body is FHIR", not plain, str(plain))
    bodies = [json.loads(text) for _, text in answers if text.startswith("{")]
    kinds = {b["resourceType"] for b in bodies}
    checks.that("answers of each kind came", kinds >= {"CapabilityStatement", "OperationOutcome", "Bundle"}
                and len(bodies) >= 15, f"{len(bodies)} bodies: {sorted(kinds)}, statuses {[s for s, _ in answers]}")
    for number, (resource, faults) in enumerate(zip(bodies, judge(client, lab, bodies))):
        checks.that(f"answer {number}, {resource['resourceType']}, is sound FHIR R4", not faults, str(faults[:3]))
    names = sorted(name for name in os.listdir(SAMPLES) if name.endswith(".json"))
    found = judge(client, lab, [sample(name[:-5]) for name in names])
    bad = {name: faults[:2] for name, faults in zip(names, found) if faults}
    checks.that("the samples are sound FHIR R4", not bad, f"{len(names)} samples; {bad}")


if __name__ == "__main__":
    main(body)

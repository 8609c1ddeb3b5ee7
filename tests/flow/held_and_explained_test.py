"""A report that cannot go: held, called about again, its receiver named by its own sender; every decision explained.
And a signal withdrawn while its receiver is away never reaches it. And events that are only tried out."""
import json
import os

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import REPO, http_get

AT = "20260302101500+0100"
STORY = os.path.join(REPO, "tests/scenarios/report-without-municipality/1-report.hl7")


def shipped(lab):
    wait_for("the outbox to drain", lab.shipped, 60)


def calls(lab):
    return json.loads(lab.inbox_tool("bvc", "held", "--json").stdout)["held"]


def held(lab, checks):
    with open(STORY, encoding="utf-8") as f:
        Client(lab.ports["mllp"]).send(f.read().strip().replace("\n", "\r").encode())
    shipped(lab)
    wait_for("the sender to be called", lambda: len(calls(lab)) == 1)
    row = lab.tool_json("held", "list")[0]
    checks.that("held list names the authority, the reason and the age, and nobody",
                row["authority"] and row["reasons"] == ["gate.municipality.unknown"] and row["calls"] == 1
                and "20210325" not in json.dumps(row), row)
    lab.tick("2026-03-02T12:30:00Z")
    wait_for("the second call", lambda: calls(lab)[0]["calls"] == 2)
    checks.that("nobody answered, so the sender was called again", lab.tool_json("held", "list")[0]["calls"] == 2)
    words = lab.tool("--lang", "sv", "held", "list").stdout
    checks.that("the list speaks Swedish", "Folkbokföringskommun saknas" in words, words)
    return row["signal"]


def named(lab, checks, signal):
    notice = calls(lab)[0]["id"]
    wrong = lab.inbox_tool("bvc", "name", notice, "--receiver", "bollnas.forebyggande", "--by", "Maj Ek")
    checks.that("the inbox takes the word of its own function", wrong.returncode == 0, wrong.stderr)
    wait_for("the answer of the gate", lambda: "gate.receiver.role" in calls(lab)[0]["reasons"])
    checks.that("a receiver that the law forbids gets nothing", lab.inbox_rows("forebyggande") == [])
    foreign = lab.inbox_tool("mottagning", "name", notice, "--receiver", "bollnas.mottagning", "--by", "X", check=False)
    checks.that("a notice that is not here cannot be answered", foreign.returncode == 3, foreign.stderr)
    lab.inbox_tool("bvc", "name", calls(lab)[0]["id"], "--receiver", "bollnas.mottagning", "--by", "Maj Ek")
    wait_for("the report at its receiver", lambda: [r["code"] for r in lab.inbox_rows("mottagning")] == ["SIG-A1"])
    wait_for("nothing to be held any more", lambda: calls(lab) == [])
    checks.that("and for the operator neither", lab.tool_json("held", "list") == [])
    event = next(e for e in lab.tool_json("log", "find", "--kind", "event") if e["summary"] == "signal.receiver.named")
    checks.that("the log shows which key said so", event["peer"] == "bvc", event)
    return signal


def explained(lab, checks, signal):
    lines = lab.tool_json("gate", "explain", signal)
    outcomes = [(d["outcome"], d["receiver"]) for d in lines]
    checks.that("explain gives every decision in order",
                outcomes[0] == ("held", "") and outcomes[-1] == ("deliver", "bollnas.mottagning"), outcomes)
    checks.that("with the event that it was taken on", lines[-1]["causeType"] == "signal.receiver.named", lines[-1])
    checks.that("rule, configuration, ground and evidence",
                lines[-1]["rule"].startswith("TRANSPORT-A1") and lines[-1]["config"]
                and lines[-1]["ground"] == "ground.report" and lines[-1]["evidence"], lines[-1])
    # The child is known with the report: a decision knows what its own input told, and nothing told later.
    checks.that("and what it was made of, for machines",
                lines[-1]["age"] >= 5 and lines[-1]["protection"] == "none" and lines[-1]["consents"] == []
                and lines[-1]["senderParty"]["function"] == "bvc.bollnas" and lines[-1]["senderParty"]["authority"]
                and lines[-1]["receiverParty"]["role"] and lines[0]["receiverParty"]["role"] == "", lines)
    checks.that("the first decision knows nothing of the naming that came later",
                all(f["offset"] <= d["cause"] for d in lines for f in d["facts"])
                and [f["type"] for f in lines[-1]["facts"]][-1] == "signal.receiver.named"
                and "signal.receiver.named" not in [f["type"] for f in lines[0]["facts"]], lines)
    swedish = lab.tool("--lang", "sv", "gate", "explain", signal).stdout
    english = lab.tool("gate", "explain", signal).stdout
    checks.that("in words, Swedish", "hålls kvar" in swedish and "därför att: Folkbokföringskommun saknas" in swedish
                and "Gick vidare som signal" in swedish, swedish)
    checks.that("in words, English", "because: The registered municipality is missing" in english, english)
    checks.that("and what it was made of", " years old, no protection" in english
                and "sender: bvc.bollnas, a child health centre of " in english
                and "receiver: bollnas.mottagning, the reception of social services of " in english
                and " år, inga skyddade uppgifter" in swedish, english)
    checks.that("no content and nobody in it", all(word not in swedish + english for word in
                                                   ["20210325", "ensamt hemma", "Testsson", "Maj Ek"]), english)
    missing = lab.tool("gate", "explain", "00000000-0000-7000-8000-000000000000", check=False)
    checks.that("an unknown signal is exit 3", missing.returncode == 3, missing.stderr)
    checks.that("an id that is none is exit 1", lab.tool("gate", "explain", "x", check=False).returncode == 1)


def withdrawn(lab, checks):
    before = len(lab.inbox_rows("mottagning"))
    lab.inboxes["mottagning"].stop()
    wait_for("the hub to miss it", lambda: "samsignal_delivery_sessions 2" in http_get(lab.ports["http"], "/metrics"))
    lab.settle(60)
    child = Child("Test^Frånvaro", impossible_number("20240301", 61), "20240301")
    Client(lab.ports["mllp"]).send(Messages("W").report(child, AT, False, "tas tillbaka").encode())
    shipped(lab)
    signal = wait_for("the decision", lambda: next(
        (s["signal"] for s in lab.tool_json("signals") if s["code"] == "SIG-A1" and s["outcome"] == "deliver"
         and s["state"] == "stored"), None))
    receipt = wait_for("the receipt", lambda: next(
        (r["id"] for r in reversed(lab.inbox_rows("bvc")) if r["code"] == "RECEIPT"), None))
    done = json.loads(lab.inbox_tool("bvc", "withdraw", receipt, "--reason", "wrong-child", "--json").stdout)
    checks.that("withdraw --json says about what, and that it is new", done == {"v": 1, "id": done["id"], "said_before": False}
                and len(done["id"]) == 32, done)
    wait_for("the withdrawal", lambda: lab.tool_json("gate", "explain", signal)[-1]["outcome"] == "withheld")
    last = lab.tool_json("gate", "explain", signal)[-1]
    checks.that("what waited is filled, and says why", last["withheld"] == "withdrawn", last)
    lab.inboxes["mottagning"].start()
    lab.settle(60)
    rows = lab.inbox_rows("mottagning")
    checks.that("neither it nor a notice about it came to one that was away", len(rows) == before, rows)
    listed = json.loads(lab.inbox_tool("mottagning", "list", "--json").stdout)
    checks.that("its number is shown as withdrawn", any(n["why"] == "withdrawn" for n in listed["numbers"]),
                listed["numbers"])


def simulated(lab, checks):
    header = {"occurredAt": "2026-03-02T09:15:00Z", "recordedAt": "2026-03-02T09:15:00Z", "test": True,
              "source": {"systemId": "sim"},
              "controller": {"orgNr": "232100-0198", "board": "Hälso- och sjukvårdsnämnden"},
              "subject": {"ids": [{"system": "urn:oid:1.2.752.113.11.0.2.1.1.1", "value": "20210325K069"}],
                          "birthDate": "2021-03-25", "protection": "none"}}
    report = {"header": header, "body": {"reportSigned": {
        "signerName": "Maj Ek", "signerRole": "nurse", "signerFunction": "bvc.bollnas",
        "signedAt": "2026-03-02T09:15:00Z", "concern": "x"}}}
    moved = {"header": header, "body": {"personMoved": {"newMunicipality": "2183"}}}
    path = lab.path("events.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        f.write(json.dumps(report) + "\n" + json.dumps(moved) + "\n")
    records = lab.status()["records"]
    told = [(d["event"], d["code"], d["outcome"], d["receiver"]) for d in lab.tool_json("gate", "simulate", path)]
    checks.that("several events act on one memory",
                told == [(1, "SIG-A1", "held", ""), (1, "HOLD", "deliver", "bvc.bollnas"),
                         (2, "SIG-A1", "deliver", "bollnas.mottagning"), (2, "RECEIPT", "deliver", "bvc.bollnas")], told)
    later = lab.tool("--lang", "sv", "gate", "simulate", path, "--until", "2026-03-02T12:00:00Z").stdout
    checks.that("in words, and with time that goes on", "skulle hållas kvar" in later and "Tiden går till" in later, later)
    checks.that("the hub knows nothing of it", lab.status()["records"] == records)
    bad = lab.path("bad.json")
    with open(bad, "w", encoding="utf-8") as f:
        f.write('{"header": {"occuredAt": "2026-03-02"}}')
    wrong = lab.tool("gate", "simulate", bad, check=False)
    checks.that("a mistake in the file is named by its place", wrong.returncode == 1 and "occuredAt" in wrong.stderr, wrong.stderr)
    with open(bad, "w", encoding="utf-8") as f:
        json.dump({"header": {**header, "test": False}, "body": moved["body"]}, f)
    refused = lab.tool("gate", "simulate", bad, check=False)
    checks.that("what the hub would refuse is exit 8", refused.returncode == 8, refused.stdout + refused.stderr)
    checks.that("a file that is not there is exit 3", lab.tool("gate", "simulate", "/no/such", check=False).returncode == 3)


def body(lab, checks, _arguments):
    lab.start_all()
    lab.tick("2026-03-02T11:15:00Z")
    signal = named(lab, checks, held(lab, checks))
    explained(lab, checks, signal)
    withdrawn(lab, checks)
    simulated(lab, checks)
    rebuilt = lab.tool_json("rebuild", "--check")[0]
    checks.that("the log rebuilds to the same state", rebuilt["equal"] is True, rebuilt)


main(body)

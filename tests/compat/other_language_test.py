"""Samsignal's wire from another language: a source and a receiver written in JavaScript from
schemas/README.md, with their own ZeroMQ and Cap'n Proto, against a real hub that is killed in between."""
from concurrent.futures import ThreadPoolExecutor

import node_client
from node_client import NodePeer
from harness import impossible_number, main, wait_for
from lab import RECEIVERS

AT = 1772434800000  # 2026-03-02 07:00 UTC
CHILDREN = [{"system": "1.2.752.129.2.1.3.1", "number": impossible_number("20251201", serial),
             "birthDate": "2025-12-01", "municipality": "2183"} for serial in range(60, 66)]
REGION = {"org": "2321000198", "board": "Hälso- och sjukvårdsnämnden", "unit": "SE2321000198-BVCTEST"}
BOARD = {"org": "2120002361", "board": "Socialnämnden"}
LONG = "Oro för Åsa, Ängla och Örjan. " * 400


def report(number, **more):
    return {"kind": "report", "messageId": f"rapport-{number}", "signerFunction": "bvc.bollnas", "occurredAt": AT,
            "concern": LONG if number == 1 else f"Oro nummer {number}: åäö ÅÄÖ", "acute": number % 5 == 0,
            "child": CHILDREN[number % len(CHILDREN)], **more}


def only(rows, key):
    return [row[key] for row in rows if key in row]


def last_ack(rows):
    return only(rows, "ack")[-1]


def dashed(hex_id):
    return "-".join([hex_id[:8], hex_id[8:12], hex_id[12:16], hex_id[16:20], hex_id[20:]])


def reports_at(lab):
    return {row["signal"]: row for row in lab.tool_json("signals") if row["code"] == "SIG-A1"}


def receiving(lab, checks, source, receiver):
    code, rows = source.publish("send", [report(n) for n in range(1, 11)])
    checks.that("a batch of events made by hand is accepted", code == 0 and last_ack(rows)["acceptedTo"] == 10
                and not last_ack(rows)["refused"], str(last_ack(rows)))
    wait_for("some signals to be shown", lambda: len(receiver.lines("signal")) >= 5)
    lab.hub.kill()
    with ThreadPoolExecutor() as aside:
        sending = aside.submit(source.publish, "send", [report(n) for n in range(11, 21)])
        lab.start_hub()
        code, rows = sending.result()
    checks.that("a source outlives a killed hub", code == 0 and last_ack(rows)["acceptedTo"] == 20, str(rows[-1]))
    wait_for("the rest to be shown", lambda: len(receiver.lines("signal")) >= 20)
    lab.settle(30)
    rows = receiver.lines("signal")
    ids = [row["signal"]["signalId"] for row in rows]
    checks.that("the client greets the new hub and subscribes again", len(receiver.lines("welcome")) >= 2)
    checks.that("every report is shown, each once", {dashed(i) for i in ids} == set(reports_at(lab)) and
                len(ids) == len(set(ids)) == 20, f"{len(ids)} shown")
    again = receiver.lines("duplicate")
    checks.that("what came twice was known by its signal id", len(again) > 0, f"{len(again)} duplicates")
    fields = {row["signal"]["body"]["report"]["concern"] for row in rows}
    checks.that("typed fields arrive whole, by name", fields == {report(n)["concern"] for n in range(1, 21)})
    checks.that("reports in a hurry come in the acute lane",
                all(row["signal"]["acute"] == (row["position"]["lane"] == 1) for row in rows))
    for lane, count in [(0, 16), (1, 4)]:
        numbers = sorted(row["position"]["sequence"] for row in rows if row["position"]["lane"] == lane)
        checks.that(f"the numbers of lane {lane} have no hole", numbers == list(range(1, count + 1)), str(numbers))
    return ids


def answering(lab, checks, ids):
    def all_registered():
        return all(reports_at(lab)[dashed(i)]["state"] == "registered" for i in ids)
    wait_for("the receipts to be folded", all_registered)
    signal = reports_at(lab)[dashed(ids[0])]
    steps = [step["state"] for step in signal["ladder"]]
    checks.that("a receipt from outside is a step on the ladder",
                steps[0] == "stored" and steps[-1] == "registered", str(steps))
    checks.that("trace shows it", "  registered\n" in lab.tool("trace", signal["signal"]).stdout)
    lab.settle(30)
    told = [row for row in lab.tool_json("signals") if row["code"] == "RECEIPT" and "registered" in row["rule"]]
    checks.that("and the sender is told, once for each", len(told) == 20, str(len(told)))


def withdrawing(lab, checks, source, receiver):
    """A withdrawn report that has not left: it never comes, also when history is sent again. Its number
    says why, and who never had it is told of no withdrawal."""
    known = set(reports_at(lab))
    code, _ = receiver.process.stop()
    checks.that("the client ends cleanly", code == 0, str(code))
    source.publish("send", [report(21)])
    wait_for("one more report", lambda: len(set(reports_at(lab)) - known) == 1)
    signal = (set(reports_at(lab)) - known).pop()
    source.publish("send", [{"kind": "withdrawn", "messageId": "rapport-21-tillbaka", "occurredAt": AT,
                             "signalId": signal.replace("-", ""), "reason": "wrong-child", "child": CHILDREN[21 % 6]}])
    wait_for("the withdrawal", lambda: reports_at(lab)[signal]["withdrawn"])
    receiver.configure(ackDelayMs=0, tellSeen=True)
    receiver.process.start()

    def notices():
        return [row["signal"]["body"]["withdrawn"]["signalId"] for row in receiver.lines("signal")
                if "withdrawn" in row["signal"]["body"]]
    wait_for("its number", lambda: [row["withheld"] for row in receiver.lines("withheld")] == ["withdrawn"])
    lab.settle(30)
    ids = [row["signal"]["signalId"] for row in receiver.lines("signal")]
    checks.that("a report withdrawn while it waited never comes, nor any notice about it",
                signal.replace("-", "") not in ids and not notices(), str(notices()))


def standing(lab, checks, receiver):
    shown = len(receiver.lines("signal"))
    receiver.process.kill()
    receiver.process.start()
    lab.tool("replay", "bollnas.mottagning", "--from", "0", "--yes", "--reason", "återläsning")
    wait_for("the replay", lambda: sum(row["replayed"] for row in receiver.lines("duplicate")) >= 20)
    lab.settle(30)
    checks.that("after its own kill and a replay nothing is shown twice", len(receiver.lines("signal")) == shown)
    withheld = [row["withheld"] for row in receiver.lines("withheld")]
    checks.that("a withdrawn signal is not sent by a replay either; each of its numbers says why",
                withheld == ["withdrawn"] * 2, str(withheld))
    # The acknowledgement travels after the words above are printed, and one that is lost is said again.
    def lane():
        return {(row["subscription"], row["lane"]): row for row in lab.status()["lanes"]}["bollnas.mottagning", "normal"]
    wait_for("the hub to have heard the last acknowledgement", lambda: lane()["given"] == lane()["acknowledged"])
    checks.that("a withheld number is acknowledged like any other", lane()["waiting"] == 0, str(lane()))
    checks.that("no number was missing", not receiver.lines("gap"))


def events_kept(lab):
    return len(lab.tool_json("log", "find", "--kind", "event", "--limit", "5000"))


def publishing(lab, checks, source):
    events = events_kept(lab)
    code, again = source.publish("resend")
    checks.that("the same outbox again gets the same answer", code == 0 and last_ack(again)["acceptedTo"] == 22 and
                not last_ack(again)["refused"], str(last_ack(again)))
    checks.that("and is one event each", sum(a["duplicates"] for a in only(again, "ack")) == 22 and
                events_kept(lab) == events, str(only(again, "ack")))
    wrong = [report(30, messageId=""), report(31, type="bvc.visit.missed"), report(32, test=False),
             {"kind": "overdue", "messageId": "härledd", "occurredAt": AT}, report(33, schemaVersion=99),
             report(1, concern="annat innehåll"), report(34)]
    expected = [("missingField", "header.sourceMessageId"), ("badValue", "header.type"),
                ("wrongEnvironment", "header.test"), ("derivedOnly", "header.type"),
                ("schemaUnknown", "header.schemaVersion"), ("conflict", None)]
    _, rows = source.publish("send", wrong)
    refused = {r["sequence"]: (r["code"], r["field"]) for ack in only(rows, "ack") for r in ack["refused"]}
    for number, (code, field) in enumerate(expected, 23):
        got = refused.get(number, ("-", "-"))
        checks.that(f"what is wrong is refused: {code}", got[0] == code and field in (None, got[1]), str(got))
    checks.that("and what comes after it is taken", 29 not in refused and last_ack(rows)["acceptedTo"] == 29)
    _, rows = source.publish("send", [{"kind": "hole"}, report(36, concern="tecknet \a finns inte"), report(37, concern="")])
    refused = [(r["sequence"], r["code"], r["field"]) for ack in only(rows, "ack") for r in ack["refused"]]
    checks.that("a hole is passed over, a text with a control character is not", len(refused) == 1 and
                refused[0][:2] == (31, "malformed") and refused[0][2].startswith("body.reportSigned.") and
                last_ack(rows)["acceptedTo"] == 32, str(refused))
    code, rows = source.publish("send", [
        {"kind": "registered", "messageId": f"inskriven-{n}", "occurredAt": AT, "unit": REGION["unit"], "child": CHILDREN[n % 6]}
        for n in range(700)])
    window = only(rows, "credit")[0]["messages"]
    most = rows[-1]["mostUnanswered"]
    checks.that("more than the window holds is sent as credit allows", code == 0 and 0 < most <= window < 700,
                f"at most {most} unanswered of {window}")
    _, rows = source.publish("heartbeat")
    kinds = [next(iter(row)) for row in rows]
    beat = kinds.index("heartbeat") if "heartbeat" in kinds else len(kinds)
    checks.that("a heartbeat is answered, with the whole truth again",
                kinds[beat:beat + 3] == ["heartbeat", "credit", "ack"], str(kinds))


def turned_away(checks, source, receiver, stranger):
    code, rows = stranger.publish("heartbeat")
    states = only(rows, "source")
    checks.that("an unknown key gets no further than the handshake",
                code == 1 and not only(rows, "welcome") and "connected" not in states, str(rows))
    source.configure(protocol=2)
    code, rows = source.publish("heartbeat")
    checks.that("a source of an unknown protocol is told so", code == 2 and
                only(rows, "refused")[0]["code"] == "schemaUnknown", str(only(rows, "refused")))
    receiver.process.stop()
    receiver.configure(protocol=2)
    receiver.process.start()
    refused = wait_for("the receiver to be refused", lambda: receiver.lines("refused"))
    checks.that("and so is a receiver", refused[0]["refused"]["code"] == "schemaUnknown", str(refused))
    receiver.process.stop()


def body(lab, checks, _arguments):
    client = node_client.install(lab.build)
    source = NodePeer(lab, client, "node-journal", "source", **REGION)
    # Acknowledges late and does not tell what it has seen: the killed hub delivers again.
    receiver = NodePeer(lab, client, "node-mottagning", "subscriber", **BOARD, function="bollnas.mottagning",
                        ackDelayMs=3000, tellSeen=False)
    stranger = NodePeer(lab, client, "node-okand", "source", **REGION, listed=False, patienceMs=2500)
    lab.start_hub()
    lab.inboxes["bvc"].start()
    lab.tick("2026-03-02T07:00:00Z")
    try:
        receiver.process.start()
        ids = receiving(lab, checks, source, receiver)
        answering(lab, checks, ids)
        withdrawing(lab, checks, source, receiver)
        standing(lab, checks, receiver)
        publishing(lab, checks, source)
        turned_away(checks, source, receiver, stranger)
    finally:
        receiver.process.kill()


if __name__ == "__main__":
    main(body, receivers=[r for r in RECEIVERS if r[0] == "bvc"])

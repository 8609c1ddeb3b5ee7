"""A signed report with the child's and a guardian's address goes the whole way: it arrives whole at the reception,
and nobody who looks at the hub's log is told where anybody stays. A changed address is other content."""
import json

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import json_lines

AT = "20260302081500+0100"
PLACES = ["Provgatan 1", "0701740605"]  # in what people.Messages.report tells
CONCERN = "en tydlig oro"


def tells_a_place(text):
    return [p for p in PLACES if p in text or p.encode().hex() in text.lower()]


def looking(lab, checks):
    found = {kind: lab.tool_json("log", "find", "--kind", kind) for kind in ["event", "decision"]}
    records = found["event"] + found["decision"]
    told, words, apart = [], 0, {}
    for record in records:
        for form in [(), ("--json",)]:
            shown = lab.tool(*form, "--role", "privacy-officer", "log", "show", record["offset"], "--reveal", "--reason",
                             "tillsyn 17").stdout
            told += [(record["offset"], place) for place in tells_a_place(shown)]
            words += CONCERN in shown
            apart[record["offset"]] = apart.get(record["offset"], 0) + ("sealed apart and not shown" in shown or '"placesSealedApart":true' in shown.replace(" ", ""))
    checks.that("log show --reveal tells what was written, and no place", not told and words >= 2, f"{told[:3]} {words}")
    both = {kind: [r["offset"] for r in rows if apart[r["offset"]] == 2] for kind, rows in found.items()}
    checks.that("it says of event and decision of the report that places are sealed apart, in text and JSON",
                both["event"] and both["decision"] and set(apart.values()) <= {0, 2}, f"{both} {apart}")
    hidden = lab.tool("log", "show", records[0]["offset"]).stdout
    checks.that("nor without --reveal", not tells_a_place(hidden))


def conflicting(lab, checks, child, messages):
    """The same message id with another address."""
    first = messages.report(child, AT, False, "samma ord")
    other = first.replace("Provgatan 1", "Provgatan 1 B")
    client = Client(lab.ports["mllp"])
    client.send(first.encode())
    wait_for("the outbox to drain", lab.shipped, 60)
    answer = client.send(other.encode())
    checks.that("a changed address under the same message id is not the same message", answer in ("AA", "AE", "AR"))
    status = lab.adapter_tool("quarantine", "list").stdout
    checks.that("and is kept as a conflict", "conflict" in status.lower(), status[:400])


def body(lab, checks, _arguments):
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    messages = Messages("P")
    child = Child("Test^Plats", impossible_number("20240301", 61), "20240301")
    Client(lab.ports["mllp"]).send(messages.report(child, AT, False, CONCERN).encode())
    wait_for("the outbox to drain", lab.shipped, 60)
    lab.settle(60)
    row = lab.inbox_rows("mottagning")[0]
    shown = lab.inbox_tool("mottagning", "show", row["id"]).stdout
    checks.that("the reception has the report whole, with its addresses", CONCERN in shown and tells_a_place(shown) == PLACES, shown)
    looking(lab, checks)
    lab.tool("replay", "bollnas.mottagning", "--from", "0", "--yes", "--reason", "prov")
    lab.settle(60)
    conflicting(lab, checks, child, messages)
    lab.settle(60)
    lab.hub.stop()
    verify = json_lines(lab.tool("--json", "log", "verify").stdout)[0]
    checks.that("the log is sound, and each part sealed apart opens for the check", verify["sound"] and verify["placesOpened"] >= 4,
                json.dumps(verify))
    rebuild = json_lines(lab.tool("--json", "rebuild", "--check", check=False).stdout)[0]
    checks.that("a rebuild composes the same reports", rebuild.get("equal") is True and rebuild["different"] == 0, str(rebuild))


if __name__ == "__main__":
    main(body)

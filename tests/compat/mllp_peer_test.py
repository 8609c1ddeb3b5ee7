"""A record system of another make in front of the real adapter: 50 messages with Å, Ä and Ö on one
connection by an HL7 library of the Node world, and every answer looked at."""
import os

import node_client
from harness import Child, Messages, impossible_number, main, wait_for
from lab import json_lines, run, write

AT = "20260302081500+0100"
COUNT = 50


def body(lab, checks, _arguments):
    client = node_client.install(lab.build)
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    messages = Messages("N")
    child = Child("Ängström^Åsa Örjana", impossible_number("20251201", 70), "20251201")
    texts = [messages.registered(child, AT)]
    concerns = [f"Oro nummer {n}: ÅÄÖ åäö é ß" for n in range(COUNT - 1)]
    texts += [messages.report(child, AT, n % 7 == 0, concern) for n, concern in enumerate(concerns)]
    path = lab.path("messages.hl7")
    write(path, "\n\n".join(text.replace("\r", "\n") for text in texts))
    done = run(["node", os.path.join(client, "mllp_send.mjs"), str(lab.ports["mllp"]), path], check=False)
    lines = json_lines(done.stdout)
    answers = [row for row in lines if "code" in row]
    checks.that("every message is answered", done.returncode == 0 and len(answers) == COUNT,
                f"{len(answers)} answers {done.stderr}")
    checks.that("each answer is AA and names its own message",
                all(a["code"] == "AA" and a["sent"] == a["about"] for a in answers))
    checks.that("in the order sent", [a["sent"] for a in answers] == [f"N{n:05d}" for n in range(1, COUNT + 1)])
    checks.that("on one connection", {"connections": 1} in lines, str(lines[-1:]))
    wait_for("the outbox to drain", lambda: ", 0 not yet at the hub" in lab.adapter_tool("status").stdout, 60)
    lab.settle(60)
    rows = lab.inbox_rows("mottagning")
    checks.that("every report reaches its receiver", len(rows) == COUNT - 1, str(len(rows)))
    shown = [row["signal"] for row in ndjson(lab, "mottagning")]
    checks.that("letter for letter", sorted(s["body"]["report"]["concern"] for s in shown) == sorted(concerns))


def ndjson(lab, name):
    with open(lab.path(f"inbox-{name}.ndjson"), encoding="utf-8") as f:
        return json_lines(f.read())


if __name__ == "__main__":
    main(body)

"""Record systems of other makes in front of the real adapter: 50 messages with Å, Ä and Ö on one
connection by one HL7 library of the Node world, then as many by another, which writes each message anew,
and by Debian's mllp_send. Every answer is looked at."""
import os

import node_client
from harness import CR, FS, VT, Child, Messages, impossible_number, main, wait_for
from lab import json_lines, run, write

AT = "20260302081500+0100"
COUNT = 50
FEW = 10  # of each of the other senders


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
    wait_for("the outbox to drain", lab.shipped, 60)
    lab.settle(60)
    rows = lab.inbox_rows("mottagning")
    checks.that("every report reaches its receiver", len(rows) == COUNT - 1, str(len(rows)))
    simple(lab, checks, client, child)
    debian(lab, checks, child)
    lab.settle(60)
    checks.that("of all three senders", len(lab.inbox_rows("mottagning")) == COUNT - 1 + 2 * FEW,
                str(len(lab.inbox_rows("mottagning"))))
    shown = [row["signal"] for row in ndjson(lab, "mottagning")]
    concerns += [f"Oro {prefix} {n}: ÅÄÖ åäö" for prefix in "SM" for n in range(FEW)]
    checks.that("letter for letter", sorted(s["body"]["report"]["concern"] for s in shown) == sorted(concerns))


def few(prefix, child):
    messages = Messages(prefix)
    return [messages.report(child, AT, False, f"Oro {prefix} {n}: ÅÄÖ åäö") for n in range(FEW)]


def simple(lab, checks, client, child):
    path = lab.path("simple.hl7")
    write(path, "\n\n".join(text.replace("\r", "\n") for text in few("S", child)))
    done = run(["node", os.path.join(client, "mllp_send_simple.mjs"), str(lab.ports["mllp"]), path], check=False)
    answers = json_lines(done.stdout)
    checks.that("simple-hl7: every message is answered AA by its name",
                done.returncode == 0 and len(answers) == FEW
                and all(a["code"] == "AA" and a["sent"] == a["about"] for a in answers),
                f"{len(answers)} answers {done.stderr}")


def debian(lab, checks, child):
    path = lab.path("debian.mllp")
    with open(path, "wb") as f:
        f.write(b"".join(VT + text.encode() + FS + CR for text in few("M", child)))
    done = run(["mllp_send", "--quiet", "-p", str(lab.ports["mllp"]), "-f", path, "127.0.0.1"], check=False)
    named = [f"MSA|AA|M{n:05d}" in done.stdout for n in range(1, FEW + 1)]
    checks.that("mllp_send: every message is answered AA by its name", done.returncode == 0 and all(named),
                done.stderr)


def ndjson(lab, name):
    with open(lab.path(f"inbox-{name}.ndjson"), encoding="utf-8") as f:
        return json_lines(f.read())


if __name__ == "__main__":
    main(body)

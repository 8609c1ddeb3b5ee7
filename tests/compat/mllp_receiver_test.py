"""A receiver of another make (node-hl7-server of the Node world) where we send over MLLP: `samsignal-adapter
probe`, and application acknowledgements that go to an address of their own (enhanced mode)."""
import os
import subprocess

import node_client
from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import json_lines, run, write

AT = "20260302081500+0100"
COUNT = 10


class Receiver:
    def __init__(self, lab):
        self.port, self.path = lab.free_port(), lab.path("receiver.ndjson")
        program = os.path.join(node_client.install(lab.build), "mllp_receive.mjs")
        with open(self.path, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(["node", program, str(self.port)], stdin=subprocess.PIPE, stdout=out)
        wait_for("the receiver", self.rows, 30)

    def rows(self):
        with open(self.path, encoding="utf-8") as f:
            return json_lines(f.read())

    def messages(self):
        return [row for row in self.rows() if "type" in row]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def asking(text):
    """The same message; its sender asks for both acknowledgements (MSH-15, MSH-16)."""
    segments = text.split("\r")
    fields = segments[0].split("|")
    fields += [""] * (16 - len(fields))
    fields[14] = fields[15] = "AL"
    return "\r".join(["|".join(fields)] + segments[1:])


def body(lab, checks, _arguments):
    receiver = Receiver(lab)
    try:
        child = Child("Ängström^Åsa Örjana", impossible_number("20251201", 71), "20251201")
        probing(lab, checks, receiver, Messages("P").registered(child, AT))
        answering(lab, checks, receiver, child)
    finally:
        receiver.close()


def probing(lab, checks, receiver, text):
    path = lab.path("probe.hl7")
    write(path, text)
    told = run([lab.bin("samsignal-adapter"), "probe", f"127.0.0.1:{receiver.port}", path], check=False)
    row = receiver.messages()[-1]
    checks.that("probe sends a frame that a receiver of another make reads, letter for letter", told.returncode == 0 and
                row["control"] in text and row["name"] == ["Ängström", "Åsa Örjana"], told.stdout + told.stderr + str(row))
    checks.that("and reads its answer", "acknowledgement AA" in told.stdout and "MSA-2 is the MSH-10" in told.stdout, told.stdout)
    fields = text.split("|")
    fields[2] = "REFUSE"
    write(path, "|".join(fields))
    told = run([lab.bin("samsignal-adapter"), "probe", f"127.0.0.1:{receiver.port}", path], check=False)
    checks.that("a refusal is told as one", told.returncode == 4 and "AE" in told.stderr, told.stdout + told.stderr)


def answering(lab, checks, receiver, child):
    config = lab.path("adapter.toml")
    with open(config, encoding="utf-8") as f:
        text = f.read()
    write(config, text.replace("[listen]\n", f'[listen]\nack_mode = "enhanced"\napplication_ack = "127.0.0.1:{receiver.port}"\n'))
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    before, messages, client = len(receiver.messages()), Messages("E"), Client(lab.ports["mllp"])
    texts = [asking(messages.report(child, AT, False, f"Oro {n}: ÅÄÖ")) for n in range(COUNT)]
    checks.that("the sender hears CA at once", [client.send(t.encode()) for t in texts] == ["CA"] * COUNT)
    wanted = [("ACK", "AA", t.split("|")[9]) for t in texts]
    told = lambda: list(dict.fromkeys((r["type"], r["code"], r["about"]) for r in receiver.messages()[before:]))
    wait_for("the application acknowledgements", lambda: len(told()) >= COUNT, 60)
    # This receiver answers the second message of a connection with the id of the first: that is no answer to what
    # was sent, so it is sent again on a new connection, with the same id.
    checks.that("each application acknowledgement comes, in order, and names its message", told() == wanted, told())
    rows = receiver.messages()[before:]
    checks.that("one that comes again has the same id", len({r["control"] for r in rows}) == COUNT, rows)
    checks.that("and asks for an accept acknowledgement", all(r["wants"] == ["AL", "NE"] for r in rows), rows)


if __name__ == "__main__":
    main(body)

"""A signed report with a file of 40 MB in an HL7 v2 message (OBX of type ED), from MLLP to the receiver's disk.

Rules: with the limit that README.md names the message is taken and answered AA; one byte more than the limit allows is
refused, and the feed goes on; the file arrives byte for byte, once; nothing of it is in a log.
"""
import base64
import os
import random

from harness import Client, main, wait_for
from report_attachments_test import PARTS, SIZE, nothing_personal, rows

SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fixtures/bvc/mdm_t02_report.hl7")
FRAME_KB = 57_344


def report(number, content):
    with open(SAMPLE, "rb") as f:
        segments = f.read().replace(b"\n", b"\r").strip(b"\r").split(b"\r")
    head = segments[0].split(b"|")
    head[9] = b"BIG%d" % number
    segments[0] = b"|".join(head)
    segments = [s.replace(b"D-4711", b"D-BIG%d" % number) for s in segments]
    segments.append(b"OBX|99|ED|JOURNAL^journalutdrag^LOCAL||^application^pdf^Base64^" + base64.b64encode(content) + b"||||||F")
    return b"\r".join(segments) + b"\r"


def limits(lab):
    path = lab.path("adapter.toml")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert "[listen]\n" in text
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("[listen]\n", f"[listen]\nmax_frame_kb = {FRAME_KB}\n"))


def body(lab, checks, arguments):
    content = random.Random(arguments.seed).randbytes(SIZE)
    limits(lab)
    lab.start_all()
    client = Client(lab.ports["mllp"])
    checks.that("a report with 40 MB is stored and answered so", client.send(report(1, content), 120) == "AA")
    large = report(2, content + b"x" * 8_000_000)
    assert len(large) > FRAME_KB * 1024
    checks.that("one above the limit is not", client.send(large, 120) != "AA")
    with open(SAMPLE, "rb") as f:
        small = f.read().replace(b"\n", b"\r")
    answers = [client.send(small, 30) for _ in range(2)]
    checks.that("and the feed goes on", "AA" in answers, str(answers))
    wait_for("the outbox to drain", lab.shipped, 120)
    lab.settle(180)
    ended = wait_for("the attachment's line", lambda: rows(lab)[1], 60)
    checks.that("its end is told, complete", ended[0]["state"] == "complete" and ended[0]["parts"] == PARTS, str(ended))
    out = lab.path("out.pdf")
    lab.inbox_tool("mottagning", "attachment", ended[0]["id"], "1", "--out", out)
    with open(out, "rb") as f:
        checks.that("the file is the one that was sent, byte for byte", f.read() == content)
    nothing_personal(lab, checks, content)


if __name__ == "__main__":
    main(body)

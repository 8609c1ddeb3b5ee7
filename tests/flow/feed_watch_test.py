"""A feed falls silent, messages go bad, the adapter is killed: one call at each start, one at each end, and
none again. Then the quarantine is worked off in bulk."""
import datetime
import json
import os
import pwd
import socket
import time

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import http_get, json_lines, write

AT = "20260302081500+0100"

RING = """#!/bin/sh
echo "$SAMSIGNAL_ALARM $SAMSIGNAL_STATE $SAMSIGNAL_SOURCE" >> "$1"
"""

WATCH = """
[watch]
hook = ["{ring}", "{rung}"]
outbox_age = "1h"
clock_skew = "20000d"   # the day of the messages is fixed
[[watch.feed]]
interval = "2s"
"""


def rung(lab):
    try:
        with open(lab.path("rung"), encoding="utf-8") as f:
            return f.read().splitlines()
    except FileNotFoundError:
        return []


def status(lab):
    return json_lines(lab.adapter_tool("status", "--json").stdout)[0]


def alarms(lab):
    return sorted(alarm["kind"] for alarm in status(lab)["alarms"])


def log_count(lab, event):
    with open(lab.adapter.log_path, encoding="utf-8", errors="replace") as f:
        return f.read().count(f"event={event} ")


def gauge(lab, kind):
    name = f'samsignal_adapter_alarm{{kind="{kind}",source="cosmic-bvc"}} '
    for line in http_get(lab.ports["adapter_http"], "/metrics").splitlines():
        if line.startswith(name):
            return float(line[len(name):])
    return None


def all_told(lab):
    """The adapter knows that its program has done its work. (Killed before, it would run it again.)"""
    wait_for("the call to be noted", lambda: all(alarm["told"] for alarm in status(lab)["alarms"]))


def awake_for(lab, seconds):
    """The adapter has watched for so long that an alarm would have come again."""
    def long_enough():
        now = status(lab)
        since = datetime.datetime.fromisoformat(now["since"].replace("Z", "+00:00")).timestamp()
        return now["running"] and time.time() - since > seconds
    wait_for(f"the adapter to have run {seconds} s", long_enough)


def a_silent_feed_rings_once(lab, checks, client, message):
    # The hub may take longer to start than the feed may be silent: what rang before its first message is over first.
    wait_for("the call that nothing has come yet", lambda: rung(lab))
    wait_for("the feed to be taken", lambda: client.send(message) == "AA" and "silent end cosmic-bvc" in rung(lab))
    wait_for("the call that the feed is silent", lambda: rung(lab).count("silent start cosmic-bvc") > 1)
    all_told(lab)
    told = log_count(lab, "feed-silent")
    checks.that("the log tells each silence once", told == 2, str(told))
    write(lab.path("rung"), "silent start cosmic-bvc\n")
    checks.that("a silent feed rings", rung(lab) == ["silent start cosmic-bvc"], str(rung(lab)))
    checks.that("status names it", alarms(lab) == ["silent"], str(alarms(lab)))
    checks.that("the metric says it", gauge(lab, "silent") == 1, str(gauge(lab, "silent")))
    for _ in range(2):
        lab.adapter.kill()
        lab.start_adapter()
        awake_for(lab, 4)
    checks.that("killed twice, it rings nobody again", rung(lab) == ["silent start cosmic-bvc"], str(rung(lab)))
    checks.that("and it still goes on", alarms(lab) == ["silent"] and gauge(lab, "silent") == 1)
    checks.that("the log tells it once", log_count(lab, "feed-silent") == told, str(log_count(lab, "feed-silent")))


def bad_messages_ring_too(lab, checks):
    with socket.create_connection(("127.0.0.1", lab.ports["mllp"]), timeout=5) as s:
        s.sendall(b"".join(b"\x0bhello %d\x1c\r" % i for i in range(3)))
        wait_for("the call that many messages are bad", lambda: len(rung(lab)) > 1)
    all_told(lab)
    checks.that("bad messages ring, and break no silence",
                rung(lab)[1:] == ["errors start cosmic-bvc"] and alarms(lab) == ["errors", "silent"], str(rung(lab)))


def the_next_message_ends_the_silence(lab, checks, client, message):
    lab.adapter.kill()
    lab.start_adapter()
    wait_for("the feed to be taken", lambda: client.send(message) == "AA")
    wait_for("the call that the feed is back", lambda: len(rung(lab)) > 2)
    checks.that("the first message after a kill ends the silence, once",
                rung(lab)[2] == "silent end cosmic-bvc" and rung(lab).count("silent end cosmic-bvc") == 1, str(rung(lab)))
    checks.that("the other alarm goes on and rings no more",
                "errors" in alarms(lab) and rung(lab).count("errors start cosmic-bvc") == 1)


def quarantine(lab, *words, check=True):
    return lab.adapter_tool("quarantine", *words, check=check)


def the_quarantine_is_worked_off(lab, checks):
    rows = json_lines(quarantine(lab, "list", "--json", "--state", "open").stdout)
    checks.that("the list names all three", len(rows) == 3 and {row["type"] for row in rows} == {"quarantine"}, str(rows))
    reason = rows[0]["reason"]
    checks.that("what is filtered by is --why; --reason is for the audit alone",
                len(json_lines(quarantine(lab, "list", "--json", "--why", reason).stdout)) == 3 and
                quarantine(lab, "list", "--reason", reason, check=False).returncode == 2)
    preview = quarantine(lab, "discard", "--why", reason, "--json")
    count = json_lines(preview.stdout)[0]
    checks.that("without --yes it is only counted",
                preview.returncode == 0 and count["count"] == 3 and count["by_reason"] == {reason: 3} and
                len(json_lines(quarantine(lab, "list", "--json", "--state", "open").stdout)) == 3, preview.stdout)
    failing = quarantine(lab, "resend", "--all", "--reason", "en till", "--yes", "--stop-after", "2", "--json", check=False)
    summary = json_lines(failing.stdout)[-1]
    checks.that("what fails is told, and it stops where it should",
                failing.returncode == 8 and summary == {"v": 1, "type": "summary", "done": 0, "failed": 2, "not_tried": 1},
                failing.stdout)
    unnamed = quarantine(lab, "discard", "--reason", "x", "--yes", check=False)
    checks.that("all of them is something one has to say", unnamed.returncode == 2, unnamed.stderr)
    unreasoned = quarantine(lab, "discard", "--why", reason, "--yes", check=False)
    checks.that("nothing is done without a reason", unreasoned.returncode == 4, unreasoned.stderr)
    login = pwd.getpwuid(os.getuid()).pw_name
    os.environ["USER"] = "nagon-annan"
    os.environ.pop("SUDO_USER", None)
    done = quarantine(lab, "discard", "--why", reason, "--reason", "skräp", "--yes")
    checks.that("with --yes it is done",
                "3 done, 0 failed" in done.stdout and
                not json_lines(quarantine(lab, "list", "--json", "--state", "open").stdout), done.stdout)
    rows = json_lines(lab.adapter_tool("audit", "--json").stdout)
    checks.that("each entry has its row in the audit",
                [row["action"] for row in rows] == ["resend"] * 2 + ["discard"] * 3 and rows[-1]["reason"] == "skräp",
                json.dumps(rows))
    checks.that("under the login that called, not the name that it gives itself", rows[-1]["operator"] == login,
                json.dumps(rows[-1]))
    lab.adapter.stop()
    rows = json_lines(quarantine(lab, "list", "--json").stdout)
    kept = status(lab)
    checks.that("without a running adapter the same commands read its store",
                len(rows) == 3 and not kept["running"] and kept["sources"][0]["last_message"] is not None, json.dumps(kept))


def up_while_the_hub_lets_it_in(lab, checks):
    def is_up(value):
        return f"samsignal_adapter_up {value}\n" in http_get(lab.ports["adapter_http"], "/metrics")
    checks.that("an adapter without its hub is not up", wait_for("the metric", lambda: is_up(0)))
    lab.start_hub()
    checks.that("and is once the hub has let it in", wait_for("the metric", lambda: is_up(1), 30))


def body(lab, checks, _arguments):
    write(lab.path("ring"), RING, 0o755)
    text = open(lab.path("adapter.toml"), encoding="utf-8").read()
    write(lab.path("adapter.toml"), text + WATCH.format(ring=lab.path("ring"), rung=lab.path("rung")))
    lab.start_adapter()
    up_while_the_hub_lets_it_in(lab, checks)
    messages = Messages("W")
    child = Child("Test^Vakt", impossible_number("20240301", 78), "20240301")
    client = Client(lab.ports["mllp"])
    a_silent_feed_rings_once(lab, checks, client, messages.registered(child, AT).encode())
    bad_messages_ring_too(lab, checks)
    the_next_message_ends_the_silence(lab, checks, client, messages.registered(child, AT).encode())
    the_quarantine_is_worked_off(lab, checks)


main(body)

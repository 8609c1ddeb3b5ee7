"""A key holder with bad intentions, and crowds without a key.

Rules: each wrong thing gets its own clear refusal, is counted in /metrics and logged without personal
data; nothing of it enters the log; the hub neither ends, nor grows without bound, nor stops serving
the good adapter; who a peer is follows from its key alone.
"""
import os
import re
import resource
import socket
import struct
import time
import uuid

import zmq

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import http_get, json_lines, run, write
from rough_peer import HandMade, Peer, data, encode, frame, publish, read_key

AT = "20260302081500+0100"
NUMBER = "20210325K069"  # a published reserve number
NOON = 1772449200000     # 2026-03-02T11:00:00Z


def metric(lab, name, label=""):
    return sum(float(line.rsplit(" ", 1)[1]) for line in http_get(lab.ports["http"], "/metrics").splitlines()
               if line.startswith(name) and label in line)


def event(message, system="rough", at=NOON, start=NOON, schema=1, test="true", type_name="bvc.visit.booked", extra=""):
    text = (f'(header = (eventId = {data(uuid.uuid4().bytes)}, type = "{type_name}", schemaVersion = {schema}, '
            f'occurredAt = {at}, source = (systemId = "{system}", orgNr = "2321000198"), test = {test}, '
            f'controller = (orgNr = "2321000198", board = "Nämnden"), sourceMessageId = "{message}", '
            f'subject = (ids = [(system = "1.2.752.113.11.0.2.1.1.1", value = "{NUMBER}")]){extra}), '
            f'body = (bvcVisitBooked = (appointmentId = "A1", visitCode = "bhv.m8", start = {start})))')
    return encode("event.capnp", "Event", text)


class Scene:
    def __init__(self, lab, checks):
        self.lab, self.checks = lab, checks
        self.secret = read_key(lab.path("keys/rough.curve"))
        self.server = lab.keys["hub"].encode()
        self.messages, self.client = Messages("H"), Client(lab.ports["mllp"])
        self.child = Child("Test^Gott", impossible_number("20240301", 88), "20240301")

    def peer(self, door="ingress", secret=None):
        return Peer(self.lab.ports[door], secret or self.secret, self.server)

    def records(self):
        """Events of this peer in the log."""
        found = self.lab.tool_json("log", "find", "--kind", "event", "--peer", "rough", "--limit", 100000, check=False)
        return sum("offset" in record for record in found)  # none: exit 3 and one line that says so

    def refused(self, rule, answer, code, field=""):
        self.checks.that(rule, "refused" in answer and f"code = {code}" in answer and field in answer, answer[:300])

    def good_adapter_is_served(self, rule):
        began = time.monotonic()
        code = self.client.send(self.messages.registered(self.child, AT).encode())
        wait_for("the good adapter's outbox to drain",
                 lambda: ", 0 not yet at the hub" in self.lab.adapter_tool("status").stdout, 30)
        self.checks.that(rule, code == "AA" and self.lab.hub.running, f"{code}, {time.monotonic() - began:.1f} s")

    def memory_mb(self):
        with open(f"/proc/{self.lab.hub.child.pid}/statm", encoding="ascii") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def words(*values):
    return struct.pack(f"<{len(values)}Q", *values)


def struct_pointer(offset, data_words, pointers):
    return ((offset & 0x3FFFFFFF) << 2) | (data_words << 32) | (pointers << 48)


def list_pointer(offset, kind, count):
    return ((offset & 0x3FFFFFFF) << 2) | 1 | (kind << 32) | (count << 35)


def bombs():
    """Frames by hand: each small, each made to be long, deep or endless to read."""
    deep = words(43 << 32, struct_pointer(0, 1, 2), 9, 0, *[struct_pointer(0, 0, 1)] * 39, 0)
    shared = words(8004 << 32, struct_pointer(0, 1, 2), 9, 0, list_pointer(0, 6, 4000),
                   *[list_pointer(4000 - i - 1, 5, 4000) for i in range(4000)], *[0] * 4000)
    return {
        "four billion segments": b"\xff" * 64,
        "a segment longer than the message": words(0x7FFFFFFF << 32, 0),
        "forty levels deep": deep,
        "half a billion empty structs": words(5 << 32, struct_pointer(0, 1, 1), 3, struct_pointer(0, 0, 1),
                                              list_pointer(0, 7, 0), struct_pointer(0x1FFFFFFF, 0, 0)),
        "a pointer to itself": words(4 << 32, struct_pointer(0, 1, 1), 3, struct_pointer(-1, 0, 1), struct_pointer(-1, 0, 1)),
        "one text pointed at four thousand times": shared,
        "not whole words": b"x" * 1001,
        "empty": b"",
        "text": b"GET / HTTP/1.1\r\n\r\n".ljust(64),
        "all zero": bytes(64),
    }


def frames_that_are_none(scene):
    checks, peer = scene.checks, scene.peer()
    before = metric(scene.lab, "samsignal_signals_rejected_total", '"malformed"')
    sent = 0
    for name, raw in bombs().items():
        scene.refused(f"{name}: malformed", peer.ask(raw, "refused"), "malformed")
        sent += 1
    whole = publish(1, [event("cut")])
    for cut in [8, 16, 24, 40, 128, len(whole) // 2, len(whole) - 8, len(whole) - 1]:
        answer = peer.ask(whole[:cut], "refused|bye")
        checks.that(f"a frame cut off at byte {cut} is refused", "malformed" in answer, answer)
        sent += 1
    counted = metric(scene.lab, "samsignal_signals_rejected_total", '"malformed"') - before
    checks.that("each is counted", counted == sent, f"{counted} of {sent}")
    checks.that("and logged with the peer's name", "frame-refused" in scene.lab.hub.tail(200) and
                "peer=rough" in scene.lab.hub.tail(200))


def frames_too_large(scene):
    peer = scene.peer()
    before = metric(scene.lab, "samsignal_connections_closed_total")
    peer.ask(peer.hello("rough"), "welcome")
    peer.send(bytes(1024 * 1024 + 4096))
    wait_for("the line to be cut", lambda: metric(scene.lab, "samsignal_connections_closed_total") > before)
    peer.connect()
    answer = peer.ask(peer.hello("rough"), "welcome")
    scene.checks.that("a frame over the limit ends its line and nothing else", "welcome" in answer, answer)
    scene.refused("a batch over the limit is refused by name",
                  peer.ask(publish(1, [b"x" * 100000] * 3), "refused"), "tooLarge", "publish")
    peer.connect()
    peer.ask(peer.hello("rough"), "ack")
    scene.refused("an event over the limit is refused by number",
                  peer.ask(publish(1, [b"x" * 131080]), "refused"), "tooLarge")


def a_frame_without_end_from_a_stranger(scene):
    """Before the handshake is over nobody has a key, and nobody may fill the memory."""
    before = scene.memory_mb()
    greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
    with socket.create_connection(("127.0.0.1", scene.lab.ports["ingress"]), timeout=5) as s:
        s.sendall(greeting + b"\x06" + struct.pack(">Q", 1 << 30))
        sent = 0
        try:
            while sent < 200:
                s.sendall(bytes(1000 * 1000))
                sent += 1
        except OSError:
            pass
    scene.checks.that("a frame of 1 GiB before the handshake is cut off", sent < 200, f"after {sent} MB")
    scene.checks.that("and is not kept in memory", scene.memory_mb() - before < 50)


def words_out_of_place(scene):
    checks, peer = scene.checks, scene.peer()
    answer = peer.ask(publish(1, [event("early")]), "bye")
    checks.that("publishing before the greeting is sent away to greet", "bye" in answer, answer)
    scene.refused("a protocol of the future", peer.ask(peer.hello("rough", protocol=99), "refused"), "schemaUnknown", "hello.protocol")
    scene.refused("another system's name", peer.ask(peer.hello("cosmic-bvc"), "refused"), "notAllowed", "hello.systemId")
    scene.refused("a subscriber at the sources' door", peer.ask(peer.hello("rough", role="subscriber"), "refused"), "notAllowed", "hello.role")
    peer.ask(peer.hello("rough"), "ack")
    scene.refused("the hub's own words", peer.ask(frame("(ack = (acceptedTo = 7))"), "refused"), "notAllowed", "frame")
    scene.refused("a number that would run over", peer.ask(
        frame("(publish = (records = [(sequence = 18446744073709551615, voidFrom = 1)]))"), "refused"), "malformed")

    outside = scene.peer("delivery")
    outside.ask(outside.hello("", role="subscriber"), "welcome")
    scene.refused("a source asking for an agency's signals",
                  outside.ask(frame('(subscribe = (subscription = "bollnas.mottagning"))'), "refused"), "notAllowed", "subscription")
    agency = scene.peer("delivery", read_key(scene.lab.path("keys/bvc.curve")))
    agency.ask(agency.hello("", role="subscriber"), "welcome")
    scene.refused("an agency asking for another's signals",
                  agency.ask(frame('(subscribe = (subscription = "bollnas.mottagning"))'), "refused"), "notAllowed", "subscription")
    checks.that("both are counted", metric(scene.lab, "samsignal_delivery_protocol_errors_total") >= 2)
    for each in (peer, outside, agency):
        each.close()


def events_that_may_not_be(scene):
    """Refused by number, in one batch with good ones, which are taken."""
    year9999, year0, end = 253402300799999, -62167219200000, 2**63 - 1
    bad = {
        "year 9999": (event("t1", at=year9999), "badValue", "header.occurredAt"),
        "year 0": (event("t2", at=year0), "missingField", "header.occurredAt"),
        "the end of time": (event("t3", at=end), "badValue", "header.occurredAt"),
        "1970": (event("t4", at=1000), "badValue", "header.occurredAt"),
        "a visit in year 9999": (event("t5", start=year9999), "badValue", "body.bvcVisitBooked.start"),
        "a visit at the end of time": (event("t6", start=end), "badValue", "body.bvcVisitBooked.start"),
        "told in year 9999": (event("t7", extra=f", recordedAt = {year9999}"), "badValue", "header.recordedAt"),
        "a schema of the future": (event("t8", schema=99), "schemaUnknown", "header.schemaVersion"),
        "another system's event": (event("t9", system="cosmic-bvc"), "notAllowed", "header.source.systemId"),
        "a real event at a test hub": (event("t10", test="false"), "wrongEnvironment", "header.test"),
        "a type that is another's": (event("t11", type_name="bvc.visit.missed"), "badValue", "header.type"),
        "what only the hub makes": (event("t12", type_name="expectation.overdue"), "derivedOnly", "header.type"),
        "no event": (os.urandom(256), "malformed", ""),
        "eight bytes, once a hole": (struct.pack("<Q", 1), "malformed", ""),
    }
    before = scene.records()
    peer = scene.peer()
    peer.ask(peer.hello("rough"), "ack")
    batch = [event("good-1")] + [raw for raw, _, _ in bad.values()] + [event("good-2")]
    last = len(batch)
    ack = peer.ask(publish(1, batch), f"acceptedTo = {last},")
    for number, (name, (_, code, field)) in enumerate(bad.items(), 2):
        row = re.search(rf"\(sequence = {number}, code = (\w+)(?:, field = \"([^\"]*)\")?\)", ack)
        scene.checks.that(f"{name}: {code} {field}", row is not None and row.groups("") == (code, field),
                          row.group(0) if row else ack[:400])
    scene.checks.that("the good ones of the batch are taken", scene.records() == before + 2, f"{before} -> {scene.records()}")
    peer.close()


def a_batch_replayed(scene):
    batch = publish(1, [event(f"replay-{i}") for i in range(5)])
    before = scene.records()
    peer = scene.peer()
    peer.ask(peer.hello("rough"), "ack")
    first = peer.ask(batch, "acceptedTo = 5,")
    again = peer.ask(batch, "acceptedTo = 5,")
    scene.checks.that("recorded bytes sent again: word for word the same answer", first == again, f"{first} / {again}")
    peer.connect()
    peer.ask(peer.hello("rough"), "ack")
    anew = peer.ask(batch, "acceptedTo = 5,")
    scene.checks.that("in a new conversation they are recognized", "duplicates = 5" in anew, anew)
    scene.checks.that("and no record more is written", scene.records() == before + 5, f"{before} -> {scene.records()}")
    peer.close()


def a_forged_name(scene):
    """libzmq would believe a User-Id of the peer's own if nobody gave it a better one."""
    forged = HandMade(scene.lab.ports["ingress"], scene.secret, scene.server,
                      [(b"Socket-Type", b"DEALER"), (b"Identity", b""), (b"User-Id", b"cosmic-bvc")])
    hello = Peer.hello(None, "cosmic-bvc")
    scene.refused("a User-Id of the peer's own making is not believed", forged.ask(hello), "notAllowed", "hello.systemId")
    answer = forged.ask(Peer.hello(None, "rough"))
    scene.checks.that("it is who its key says", "welcome" in answer, answer)
    forged.sock.close()


def a_burst(scene):
    before = scene.memory_mb()
    over = metric(scene.lab, "samsignal_ingress_over_rate_total")
    log_before = os.path.getsize(scene.lab.hub.log_path)
    peer = scene.peer()
    peer.ask(peer.hello("rough"), "ack")
    raw = publish(1, [event("burst")])
    for _ in range(10000):
        peer.send(b"garbage!" * 8)
        peer.send(raw)
        peer.send(frame_heartbeat)
    for _ in range(300):
        peer.send(bytes(1000 * 1000))
    scene.good_adapter_is_served("in a flood of 30,000 frames and 300 MB the good adapter is served")
    wait_for("the flood to be over its rate", lambda: metric(scene.lab, "samsignal_ingress_over_rate_total") > over)
    grown = scene.memory_mb() - before
    scene.checks.that("the hub does not grow with it", grown < 300, f"{grown:.0f} MB more")
    lines = os.path.getsize(scene.lab.hub.log_path) - log_before
    scene.checks.that("nor does its log", lines < 100000, f"{lines} bytes")
    peer.close()
    other = scene.peer()
    wait_for("the debt to be paid", lambda: "welcome" in other.ask(other.hello("rough"), "welcome", 1.0), 30)
    scene.checks.that("who has calmed down is served again", True)
    other.close()


def silent_connections(scene):
    """A thousand that connect and say nothing, against a soft limit of 1,024 descriptors."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    pid, crowd = scene.lab.hub.child.pid, []

    def descriptors():
        return len(os.listdir(f"/proc/{pid}/fd"))

    before = descriptors()
    for i in range(1100):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", scene.lab.ports["ingress" if i % 2 else "delivery"]))
        crowd.append(s)
        if i % 50 == 49:
            time.sleep(0.02)
    most = wait_for("the crowd to be let in", lambda: descriptors() if descriptors() > before + 1000 else 0, 10)
    scene.good_adapter_is_served(f"with {most - before} silent connections the good adapter is served")
    newcomer = scene.peer()
    answer = newcomer.ask(newcomer.hello("rough"), "welcome", 10)
    scene.checks.that("and a newcomer with a key is let in", "welcome" in answer, answer)
    newcomer.close()
    wait_for("the silent ones to be thrown out", lambda: descriptors() < before + 100, 20)
    scene.checks.that("who does not greet within 5 s is out", True)
    for s in crowd:
        s.close()


def rough_peer_with(lab, *keys):
    """peers.toml with the rough peer's block last, holding these public keys."""
    with open(lab.path("peers.toml"), encoding="utf-8") as f:
        others = f.read().split('\n[[peer]]\nname = "rough"')[0]
    rows = "".join(f'[[peer.keys]]\nkey = "{key}"\n' for key in keys)
    write(lab.path("peers.toml"), others + '\n[[peer]]\nname = "rough"\nrole = "source"\nsystems = ["rough"]\n'
          f'controllers = ["2321000198"]\n{rows}')
    lab.tool("reload")


def a_stolen_key_taken_away(scene):
    """Of two keys of one holder: the name goes on, and the door keeper is asked at connect only."""
    lab, own = scene.lab, zmq.curve_public(scene.secret).decode()
    made = run([lab.bin("samsignal"), "--json", "keys", "new", "stolen", "--dir", lab.path("keys")])
    rough_peer_with(lab, own, json_lines(made.stdout)[0]["public"])
    thief = scene.peer(secret=read_key(lab.path("keys/stolen.curve")))
    answer = thief.ask(thief.hello("rough"), "ack")
    scene.checks.that("while its key is listed the thief is in conversation", "ack" in answer, answer)
    before = metric(lab, "samsignal_handshake_failures_total", '"unknown-key"')
    rough_peer_with(lab, own)
    wait_for("the thief to be thrown off the line and kept out",
             lambda: metric(lab, "samsignal_handshake_failures_total", '"unknown-key"') > before, 20)
    count = scene.records()
    try:
        thief.socket.send(publish(1, [event("stolen")]), zmq.NOBLOCK)
    except zmq.Again:
        pass  # refused for good: there is no line to wait for
    good = scene.peer()
    good.ask(good.hello("rough"), "ack")
    answer = good.ask(publish(1, [event("own")]), "acceptedTo = 1,")
    scene.checks.that("the holder's other key is served", "acceptedTo = 1," in answer, answer)
    scene.checks.that("and nothing of the thief's is taken", scene.records() == count + 1)
    scene.good_adapter_is_served("all the others are back")
    thief.close()
    good.close()


def nothing_personal(scene):
    with open(scene.lab.hub.log_path, encoding="utf-8") as f:
        text = f.read()
    text += http_get(scene.lab.ports["http"], "/metrics")
    found = [word for word in [NUMBER, "20240301", "Gott", "Provgatan"] if word in text]
    scene.checks.that("no personal data in log and metrics", not found, str(found))
    errors = [line for line in text.splitlines() if "level=error" in line]
    scene.checks.that("none of it is an error of the hub's own", not errors, str(errors[:2]))
    verified = scene.lab.tool("log", "verify", check=False)
    scene.checks.that("the log verifies", verified.returncode == 0, verified.stderr[-200:])


frame_heartbeat = frame("(heartbeat = void)")


def body(lab, checks, _arguments):
    made = run([lab.bin("samsignal"), "--json", "keys", "new", "rough", "--dir", lab.path("keys")])
    with open(lab.path("peers.toml"), "a", encoding="utf-8") as f:
        f.write(f'\n[[peer]]\nname = "rough"\nrole = "source"\nkey = "{json_lines(made.stdout)[0]["public"]}"\nsystems = ["rough"]\ncontrollers = ["2321000198"]\n')
    text = open(lab.path("hub.toml"), encoding="utf-8").read()
    write(lab.path("hub.toml"), text + "\n[limits]\nmessages_per_second = 2000\nbytes_per_second = 8388608\n")
    lab.hub.argv = ["prlimit", "--nofile=1024:", *lab.hub.argv]
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    scene = Scene(lab, checks)
    frames_that_are_none(scene)
    frames_too_large(scene)
    a_frame_without_end_from_a_stranger(scene)
    words_out_of_place(scene)
    events_that_may_not_be(scene)
    a_batch_replayed(scene)
    a_forged_name(scene)
    scene.good_adapter_is_served("after all this the good adapter is served")
    a_burst(scene)
    silent_connections(scene)
    a_stolen_key_taken_away(scene)
    nothing_personal(scene)
    checks.that("the hub has not been restarted", lab.hub.running and lab.hub.starts == 1)


main(body)

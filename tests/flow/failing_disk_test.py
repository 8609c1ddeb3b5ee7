"""A disk that fails under running processes (tests/support/failing_disk.cc).

Rules: a sync that fails ends the process with 75 and nothing was answered on its strength; after a
restart everything acknowledged is there once. A disk that is low takes no input and goes on
delivering and auditing; a disk that is full waits, and goes on by itself when there is room.
"""
import os
import socket
import threading

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import http_get, write
from rough_peer import Peer, read_key

AT = "20260302081500+0100"


class Disk:
    """The flags of one process."""

    def __init__(self, lab, process, name):
        self.folder = lab.path("disk-" + name)
        os.makedirs(self.folder)
        shim = os.path.join(lab.build, "tests/support/libsam_failing_disk.so")
        process.env = {**os.environ, "LD_PRELOAD": shim, "SAM_FAILING_DISK": self.folder}

    def fail(self, what, text=""):
        write(os.path.join(self.folder, what), str(text))

    def mend(self):
        for name in os.listdir(self.folder):
            os.remove(os.path.join(self.folder, name))


class ServiceManager:
    """Hears what a daemon tells by sd_notify, at once: who tells waits while ten words are unread."""

    def __init__(self, path):
        self.path, self.words = path, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while (word := self.socket.recv(4096)) != b"END":
            self.words.append(word)

    def end(self):
        """All that was told."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(b"END", self.path)
        self.thread.join()
        self.socket.close()
        return self.words


class Day:
    """What was answered, and what must therefore be there."""

    def __init__(self, lab, checks):
        self.lab, self.checks = lab, checks
        self.messages, self.client = Messages("S"), Client(lab.ports["mllp"])
        self.answered = 0

    def report(self):
        serial = self.messages.count + 1
        child = Child(f"Test^Disk{serial}", impossible_number("20240301", serial), "20240301")
        return self.messages.report(child, AT, False, f"nummer {serial}").encode()

    def send(self, raw=None):
        code = self.client.send(raw or self.report())
        self.answered += code == "AA"
        return code

    def drained(self):
        wait_for("the outbox to drain", lambda: ", 0 not yet at the hub" in self.lab.adapter_tool("status").stdout, 60)

    def find(self, kind):
        found = self.lab.tool_json("log", "find", "--kind", kind, "--limit", 100000, check=False)
        return [record for record in found if "offset" in record]  # none: exit 3 and one line that says so

    def events(self):
        return [e for e in self.find("event") if e["summary"] == "report.signed"]

    def balance(self, rule):
        """Answered = in the log = shown by the receiver, once each."""
        self.drained()
        self.lab.settle(60)
        events = self.events()
        reports = [r["id"] for r in self.lab.inbox_rows("mottagning") if r["code"] == "SIG-A1"]
        self.checks.that(rule, len(events) == self.answered == len(reports) == len(set(reports)),
                         f"{self.answered} answered, {len(events)} in the log, {len(reports)} shown")
        verified = self.lab.tool("log", "verify", check=False)
        self.checks.that("the log verifies", verified.returncode == 0, verified.stdout[-200:] + verified.stderr[-200:])


def level(lab):
    """What the hub acts by: 0 normal, 1 low, 2 reserve gone."""
    return metric(lab, "samsignal_disk_level")


def metric(lab, name):
    lines = http_get(lab.ports["http"], "/metrics").splitlines()
    return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def ends_with_75(checks, process, what):
    wait_for(f"{process.name} to give up", lambda: not process.running)
    code = process.child.wait()
    checks.that(f"{what}: {process.name} exits 75", code == 75, f"exit {code}: {process.tail(3)}")


def a_sync_of_the_hub_fails(lab, checks, day, disk):
    for where in ["hub/log", "hub/vault", "hub/high-water"]:
        disk.fail("sync", where)
        codes = [day.send() for _ in range(5)]
        ends_with_75(checks, lab.hub, f"a sync of {where} fails")
        codes += [day.send() for _ in range(5)]
        checks.that("the adapter goes on answering from its own outbox", codes == ["AA"] * 10, str(codes))
        disk.mend()
        lab.start_hub()
        day.balance(f"after a failed sync of {where} all that was answered arrives once")


def a_sync_of_the_adapter_fails(lab, checks, day, disk):
    disk.fail("sync", "adapter/store")
    raw = day.report()
    code = day.send(raw)
    checks.that("a message whose sync failed is not answered", code is None, str(code))
    ends_with_75(checks, lab.adapter, "a sync of the outbox fails")
    disk.mend()
    lab.start_adapter()
    day.client.close()
    checks.that("after a restart the message is taken", day.send(raw) == "AA")
    day.balance("and arrives once, whatever the disk had kept of it")


def a_sync_of_the_inbox_fails(lab, checks, day, disk):
    before = len(lab.inbox_rows("mottagning"))
    disk.fail("sync", "inbox-mottagning")
    day.send()
    ends_with_75(checks, lab.inboxes["mottagning"], "a sync of the inbox fails")
    waiting = sum(lane["waiting"] for lane in lab.status()["lanes"])
    checks.that("what it could not keep is not confirmed", waiting > 0, f"{waiting} waiting")
    disk.mend()
    lab.inboxes["mottagning"].start()
    day.balance("after a restart it is shown once")
    checks.that("one row more", len(lab.inbox_rows("mottagning")) == before + 1)


def a_low_disk_delivers_and_audits(lab, checks, day, disk):
    box = lab.inboxes["mottagning"]
    box.stop()
    day.send()
    day.drained()
    wait_for("a signal to wait in the mailbox", lambda: sum(lane["waiting"] for lane in lab.status()["lanes"]))
    rows = len(day.events())
    disk.fail("free", 30)  # below low_water_mb 64, above reserve_mb 16
    wait_for("the hub to see that its disk is low", lambda: level(lab) == 1)
    checks.that("status says so", lab.status()["disk"] == "low")
    checks.that("on a low disk the source is still answered", day.send() == "AA")
    box.start()
    wait_for("the waiting signal to be confirmed", lambda: sum(lane["waiting"] for lane in lab.status()["lanes"]) == 0)
    checks.that("a signal in the mailbox is delivered and confirmed from the reserve", lab.status()["disk"] == "low")
    audits = len(day.find("audit"))
    offset = day.events()[-1]["offset"]
    shown = lab.tool("--role", "privacy-officer", "log", "show", offset, "--reveal", "--reason", "tillsyn 9", check=False)
    checks.that("a look at a payload is still shown and audited", shown.returncode == 0 and
                len(day.find("audit")) == audits + 1, shown.stderr[-200:])
    checks.that("no input was taken meanwhile", len(day.events()) == rows)
    disk.fail("free", 8)  # below the reserve too
    wait_for("the hub to see that the reserve is gone", lambda: level(lab) == 2)
    refused = lab.tool("--role", "privacy-officer", "log", "show", offset, "--reveal", "--reason", "tillsyn 9",
                       check=False, timeout=60)
    checks.that("without a reserve nothing is revealed, for it could not be audited",
                refused.returncode != 0 and "2024-03-01" not in refused.stdout, f"exit {refused.returncode}")
    disk.mend()
    wait_for("the hub to see the room", lambda: level(lab) == 0)
    day.balance("with room again what waited comes in once, without a restart")


def a_full_disk_waits(lab, checks, day, disk):
    starts = lab.hub.starts
    taken = metric(lab, "samsignal_signals_accepted_total")
    disk.fail("free", 0)
    wait_for("the hub to see it", lambda: level(lab) == 2)
    disk.fail("write", "/hub/")
    codes = [day.send() for _ in range(20)]
    checks.that("with the hub's disk full the source is still answered", codes == ["AA"] * 20, str(codes))
    checks.that("the hub stays up", lab.hub.running and "ok" in http_get(lab.ports["http"], "/healthz"))
    looked = lab.tool("log", "find", "--kind", "event", check=False)
    checks.that("a tool that would need room for its copy of the log is told so", looked.returncode == 6 and
                "free" in looked.stderr and lab.hub.running, f"exit {looked.returncode}: {looked.stderr[-200:]}")
    checks.that("and takes nothing meanwhile", metric(lab, "samsignal_signals_accepted_total") == taken)
    disk.mend()
    day.balance("with room again all that was answered arrives once")
    checks.that("without a restart", lab.hub.running and lab.hub.starts == starts)


def a_disk_full_without_warning(lab, checks, day, disk):
    """Writes fail while the file system says that there is room, as with a quota."""
    disk.fail("write", "/hub/log/")
    codes = [day.send() for _ in range(20)]
    checks.that("a write that finds no room: the source is still answered", codes == ["AA"] * 20, str(codes))
    # Debian's RocksDB may abort on a log file that it could write by half only: then the service
    # manager starts the hub again, as after any crash.
    wait_for("the hub to say so", lambda: "event=no-space" in lab.hub.tail(50) or not lab.hub.running)
    disk.mend()

    def drained_with_a_service_manager():
        # It may end a moment after it said so, too.
        if not lab.hub.running:
            print(f"        the hub ended with {lab.hub.child.wait()}")
            lab.start_hub()
        return ", 0 not yet at the hub" in lab.adapter_tool("status").stdout
    wait_for("the outbox to drain", drained_with_a_service_manager, 90)
    day.balance("with room again all that was answered arrives once")


def a_start_waits_for_its_configuration(lab, checks, disk):
    """It cannot be written: nobody is served by the old one, and the service manager is told that all turns."""
    lab.hub.stop()
    with open(os.path.join(lab.config_folder, "agreements.toml"), encoding="utf-8") as f:
        write(lab.path("agreements.toml"), f.read() + "\n# another version\n")
    with open(lab.path("hub.toml"), encoding="utf-8") as f:
        text = f.read()
    write(lab.path("hub.toml"), text.replace(f"{lab.config_folder}/agreements.toml", "agreements.toml"))
    manager = ServiceManager(lab.path("notify"))
    lab.hub.env["NOTIFY_SOCKET"] = manager.path
    disk.fail("free", 12)  # below reserve_mb 16
    lab.hub.start()
    inbox = Peer(lab.ports["delivery"], read_key(lab.path("keys/mottagning.curve")), lab.keys["hub"].encode())
    inbox.send(inbox.hello("", role="subscriber"))
    code = lab.hub.child.wait(timeout=90)
    checks.that("a start whose configuration cannot be written ends with 75", code == 75 and
                "the configuration was not taken" in lab.hub.tail(8), f"exit {code}: {lab.hub.tail(8)}")
    heard = inbox.hear(0.1)
    checks.that("and no subscriber was served meanwhile", not heard, str(heard))
    signs = manager.end().count(b"WATCHDOG=1")
    checks.that("the watchdog was told all the time that every stage turns", signs >= 10, f"{signs} signs")
    del lab.hub.env["NOTIFY_SOCKET"]
    inbox.close()
    disk.mend()
    lab.start_hub()


def body(lab, checks, _arguments):
    hub = Disk(lab, lab.hub, "hub")
    adapter = Disk(lab, lab.adapter, "adapter")
    inbox = Disk(lab, lab.inboxes["mottagning"], "inbox")
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    day = Day(lab, checks)
    day.send()
    day.balance("on a sound disk")
    a_sync_of_the_hub_fails(lab, checks, day, hub)
    a_sync_of_the_adapter_fails(lab, checks, day, adapter)
    a_sync_of_the_inbox_fails(lab, checks, day, inbox)
    a_low_disk_delivers_and_audits(lab, checks, day, hub)
    a_full_disk_waits(lab, checks, day, hub)
    a_disk_full_without_warning(lab, checks, day, hub)
    a_start_waits_for_its_configuration(lab, checks, hub)
    day.balance("and all goes on when it could be written")


main(body)

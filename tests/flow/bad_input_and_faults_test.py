"""Bad input and faults, with real processes: a clear refusal each, the feed goes on, nothing is lost."""
import re
import socket
import time

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import Process, http_get, run, write

AT = "20260302081500+0100"


def metric(lab, name):
    total = 0.0
    for line in http_get(lab.ports["http"], "/metrics").splitlines():
        if line.startswith(name):
            total += float(line.rsplit(" ", 1)[1])
    return total


def a_stranger_gets_nowhere(lab, checks):
    text = open(lab.path("adapter.toml"), encoding="utf-8").read()
    text = text.replace("keys/cosmic-bvc", "keys/stranger").replace("adapter/store", "adapter/stranger")
    text = text.replace("run/adapter.sock", "run/stranger.sock")
    text = re.sub(r'address = "127.0.0.1:\d+"', 'address = "127.0.0.1:0"', text)
    text = re.sub(r'\[http\]\nendpoint = "[^"]+"\n', "", text)
    write(lab.path("stranger.toml"), text)
    stranger = Process("stranger", [lab.bin("samsignal-adapter"), "run", lab.path("stranger.toml")], lab.folder)
    before = metric(lab, "samsignal_handshake_failures_total")
    stranger.start()
    wait_for("the stranger to be refused", lambda: metric(lab, "samsignal_handshake_failures_total") > before)
    checks.that("an unknown key gets nowhere and is counted", True)
    stranger.kill()


def junk_on_the_mllp_port(lab, checks, messages, child):
    for junk in [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\x0b\x1c\r", b"\x0bhello\x1c\r", b"SSH-2.0-x\r\n", b"\x00" * 5000]:
        with socket.create_connection(("127.0.0.1", lab.ports["mllp"]), timeout=5) as s:
            s.sendall(junk)
            s.settimeout(0.2)
            try:
                s.recv(4096)
            except OSError:
                pass
    code = Client(lab.ports["mllp"]).send(messages.registered(child, AT).encode())
    checks.that("junk on the MLLP port stops no feed", code == "AA", str(code))


def a_broken_directory_is_refused_and_the_old_one_stays(lab, checks):
    before = lab.status()["configuration"]
    path = lab.path("config/directory.toml")
    good = open(path, encoding="utf-8").read()
    write(path, good + '\n[[function]]\nid = "bollnas.ny"\nrole = "social.recepcion"\nauthority = "bollnas.socialnamnd"\n')
    checked = run([lab.bin("samsignald"), "--check", lab.path("hub.toml")], check=False)
    checks.that("--check names file, line and column and hints at the nearest name",
                checked.returncode == 65 and re.search(r"directory\.toml:\d+:\d+", checked.stderr) is not None and
                "social.reception" in checked.stderr, checked.stderr[:200])
    lab.tool("reload", check=False)
    wait_for("the refusal in the log", lambda: "reload-refused" in lab.hub.tail(50))
    checks.that("a running hub keeps its old version", lab.status()["configuration"] == before)
    write(path, good.replace("BVC Bollnäs (demo)", "BVC Bollnäs (nytt namn)"))
    lab.tool("reload")
    wait_for("the new version", lambda: lab.status()["configuration"] != before)
    checks.that("a sound file is taken without a restart", lab.hub.running)


def a_broken_mapping_is_refused(lab, checks):
    folder = lab.path("mappings")
    run(["cp", "-r", __file__.rsplit("/", 3)[0] + "/adapters/bvc/mappings", folder])
    path = folder + "/bvc-hl7v2.toml"
    text = open(path, encoding="utf-8").read().replace('"visitCode" =', '"visitCod" =', 1)
    write(path, text)
    config = open(lab.path("adapter.toml"), encoding="utf-8").read()
    config = re.sub(r'file = "[^"]+bvc-hl7v2.toml"', f'file = "{path}"', config)
    write(lab.path("broken.toml"), config)
    checked = run([lab.bin("samsignal-adapter"), "--check", lab.path("broken.toml")], check=False)
    checks.that("an unknown target field is refused with its place and the nearest name",
                checked.returncode == 65 and re.search(r"bvc-hl7v2\.toml:\d+:\d+", checked.stderr) is not None and
                "visitCode" in checked.stderr, checked.stderr[:200])


def low_disk_refuses_input_and_loses_nothing(lab, checks, messages, child):
    free_mb = int(run(["df", "--output=avail", "-m", lab.folder]).stdout.split()[-1])
    text = open(lab.path("hub.toml"), encoding="utf-8").read()
    lab.hub.stop()
    write(lab.path("hub.toml"), re.sub(r"low_water_mb = \d+", f"low_water_mb = {min(free_mb + 5000, 9999999)}", text))
    lab.start_hub()
    before = lab.status()["records"]
    checks.that("status says that the disk is low", lab.status()["disk"] == "low", lab.status()["disk"])
    code = Client(lab.ports["mllp"]).send(messages.registered(child, AT).encode())
    time.sleep(2)
    waiting = ", 0 not yet at the hub" not in lab.adapter_tool("status").stdout
    found = lab.tool("log", "find", "--kind", "event", "--limit", 100000).stdout.count("bvc.child.registered")
    checks.that("below the low-water mark the source is still answered and its outbox waits", code == "AA" and waiting)
    lab.hub.stop()
    write(lab.path("hub.toml"), text)
    lab.start_hub()
    wait_for("the outbox to drain", lab.shipped, 60)
    after = lab.tool("log", "find", "--kind", "event", "--limit", 100000).stdout.count("bvc.child.registered")
    checks.that("when there is room again, what waited comes in once", after == found + 1, f"{before}: {found} -> {after}")


def hub_down_for_a_while(lab, checks, messages, child):
    lab.hub.kill()
    client = Client(lab.ports["mllp"])
    codes = [client.send(messages.registered(child, AT).encode()) for _ in range(200)]
    checks.that("with the hub down the adapter goes on answering from its own disk", codes.count("AA") == 200)
    lab.start_hub()
    wait_for("the outbox to drain", lab.shipped, 60)


def clean_stops(lab, checks):
    lab.settle()
    records = lab.status()["records"]
    for process in lab.processes():
        code, took = process.stop()
        checks.that(f"{process.name} stops cleanly within 5 s", code == 0 and took < 5, f"exit {code}, {took:.1f} s")
    lab.start_hub()
    checks.that("a clean stop loses nothing", lab.status()["records"] >= records)


def body(lab, checks, _arguments):
    run(["cp", "-r", lab.config_folder, lab.path("config")])
    text = open(lab.path("hub.toml"), encoding="utf-8").read().replace(lab.config_folder, "config")
    write(lab.path("hub.toml"), text)
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    messages = Messages("F")
    child = Child("Test^Fel", impossible_number("20240301", 77), "20240301")
    a_stranger_gets_nowhere(lab, checks)
    junk_on_the_mllp_port(lab, checks, messages, child)
    a_broken_directory_is_refused_and_the_old_one_stays(lab, checks)
    a_broken_mapping_is_refused(lab, checks)
    low_disk_refuses_input_and_loses_nothing(lab, checks, messages, child)
    hub_down_for_a_while(lab, checks, messages, child)
    clean_stops(lab, checks)


main(body)

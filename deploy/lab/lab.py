"""A whole installation in one folder, on loopback: hub, adapter and inboxes as real processes.

Used by deploy/demo and by tests/flow. Nothing here knows what the product does inside: it makes keys,
writes configuration, starts and kills processes, and asks the same commands an operator would ask.
"""
import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request


class LabError(Exception):
    pass


# Below the range from which the system gives ports to connections, so that nobody else gets one of ours.
PORTS = range(20000, 32000)
ports_held = []


def free_ports(count):
    """Ports that are this process's until it ends, also while nothing listens there: labs run beside each other."""
    folder = os.path.join(tempfile.gettempdir(), f"samsignal-ports-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    out = []
    for port in random.sample(PORTS, len(PORTS)):
        if len(out) == count:
            break
        lock = open(os.path.join(folder, str(port)), "w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        ports_held.append(lock)
        out.append(port)
    return out


def wait_for(what, check, seconds=30.0):
    """Polls `check` until it returns something true; says what it waited for when it gives up."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            value = check()
            if value:
                return value
        except (OSError, ValueError, LabError, KeyError) as error:
            last = error
        time.sleep(0.05)
    raise LabError(f"waited {seconds:.0f} s for {what}" + (f"; last: {last}" if last else ""))


class Process:
    """One daemon with its log file. kill() is SIGKILL: what is not on disk is gone."""

    def __init__(self, name, argv, folder, out=None):
        self.name, self.argv, self.folder = name, argv, folder
        self.log_path = os.path.join(folder, f"{name}.log")
        self.out_path = out
        self.child = None
        self.env = None  # as this program's own
        self.starts = 0

    def start(self):
        assert not self.running, f"{self.name} runs already: nobody would stop the first one"
        log = open(self.log_path, "ab")
        out = open(self.out_path, "ab") if self.out_path else log
        self.child = subprocess.Popen(self.argv, stdout=out, stderr=log, stdin=subprocess.DEVNULL,
                                      cwd=self.folder, env=self.env, start_new_session=True)
        log.close()
        if self.out_path:
            out.close()
        self.starts += 1

    @property
    def running(self):
        return self.child is not None and self.child.poll() is None

    def kill(self):
        if self.running:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait()

    def stop(self, seconds=10.0):
        """A clean stop; returns (exit code, seconds it took)."""
        if not self.running:
            return (self.child.returncode if self.child else None), 0.0
        began = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        try:
            code = self.child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LabError(f"{self.name} did not stop within {seconds:.0f} s; log: {self.log_path}")
        return code, time.monotonic() - began

    def tail(self, lines=20):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as f:
                return "".join(f.readlines()[-lines:])
        except OSError:
            return ""


def run(argv, check=True, timeout=60, **kwargs):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, **kwargs)
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(map(str, argv))}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def http_get(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
        return reply.read().decode()


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

HUB_TOML = """# Made by deploy/lab: a hub on loopback, in a test environment.
environment = "test"
data_dir = "hub"
ingress_endpoint = "tcp://127.0.0.1:{ingress}"
delivery_endpoint = "tcp://127.0.0.1:{delivery}"
admin_socket = "run/hub.sock"
http_endpoint = "127.0.0.1:{http}"
trim = "{trim}"
heartbeat_ms = 1000

[files]
directory = "{config}/directory.toml"
agreements = "{config}/agreements.toml"
programmes = "{config}/programmes.toml"
rules = "{config}/rules.toml"
{retention}peers = "peers.toml"

[keys]
curve_secret = "keys/hub.curve"
kek = "keys/hub.kek"
checkpoint_signing = "keys/hub.checkpoint"

[disk]
low_water_mb = {low_water_mb}
reserve_mb = {reserve_mb}

[redelivery]
first_ms = 500
max_ms = 5000
attempts = 20

[checkpoint]
every_records = 200
every_seconds = 1
"""

ADAPTER_TOML = """# Made by deploy/lab: BVC over HL7 v2.
[source]
system_id = "cosmic-bvc"
org_nr = "2321000198"
board = "Hälso- och sjukvårdsnämnden"
unit_hsa_id = "SE2321000198-BVCTEST"
zone = "Europe/Stockholm"
environment = "test"

[listen]
address = "127.0.0.1:{mllp}"

[mapping]
file = "{mappings}/bvc-hl7v2.toml"

[store]
path = "adapter/store"
key_file = "keys/cosmic-bvc.kek"
low_disk_mb = 16

[hub]
endpoint = "tcp://127.0.0.1:{ingress}"
public_key = "{hub_key}"
key_file = "keys/cosmic-bvc.curve"

[admin]
socket = "run/adapter.sock"

[http]
endpoint = "127.0.0.1:{adapter_http}"
"""

SOURCE_TOML = """# Made by deploy/lab: one more source.
[source]
system_id = "{system}"
org_nr = "{org}"
board = "{board}"
zone = "Europe/Stockholm"
environment = "test"

{section}
[mapping]
file = "{repo}/adapters/{mapping}"

[store]
path = "adapter/{name}"
key_file = "keys/{name}.kek"
low_disk_mb = 16

[hub]
endpoint = "tcp://127.0.0.1:{ingress}"
public_key = "{hub_key}"
key_file = "keys/{name}.curve"

[admin]
socket = "run/{name}.sock"

[http]
endpoint = "127.0.0.1:{http}"
"""

INBOX_TOML = """# Made by deploy/lab: the inbox of {function}.
system_id = "{peer}"
function = "{function}"
store = "inbox-{peer}"
admin_socket = "run/{peer}.sock"
lang = "{lang}"

[controller]
org_nr = "{org}"
board = "{board}"

[hub]
delivery = "tcp://127.0.0.1:{delivery}"
ingress = "tcp://127.0.0.1:{ingress}"
public_key = "{hub_key}"

[keys]
curve = "keys/{peer}.curve"
kek = "keys/{peer}.kek"
"""

# name of the peer, function, organisation, board, HSA id of the unit
RECEIVERS = [
    ("forebyggande", "bollnas.forebyggande", "2120002361", "Socialnämnden", ""),
    ("mottagning", "bollnas.mottagning", "2120002361", "Socialnämnden", ""),
    ("bvc", "bvc.bollnas", "2321000198", "Hälso- och sjukvårdsnämnden", "SE2321000198-BVCTEST"),
]


class Lab:
    """Keys, configuration and processes of one installation below `folder`."""

    def __init__(self, folder, build, receivers=RECEIVERS, trim="accepted", lang="en",
                 low_water_mb=64, reserve_mb=16, config=None):
        self.folder, self.build, self.receivers = folder, build, receivers
        self.config_folder = config or os.path.join(REPO, "deploy/config/demo")
        ports = free_ports(5)
        self.ports = dict(zip(["ingress", "delivery", "http", "mllp", "adapter_http"], ports))
        for name in ["keys", "run", "adapter"]:
            os.makedirs(os.path.join(folder, name), mode=0o700, exist_ok=True)
        keys = {}
        for name in ["hub", "cosmic-bvc", "stranger"] + [r[0] for r in receivers]:
            argv = [self.bin("samsignal"), "--json", "keys", "new", name, "--dir",
                    os.path.join(folder, "keys")] + (["--hub"] if name == "hub" else [])
            keys[name] = json_lines(run(argv).stdout)[0]["public"]
        self.keys = keys
        self._write_config(keys, trim, lang, low_water_mb, reserve_mb)
        self.hub = Process("samsignald", [self.bin("samsignald"), self.path("hub.toml")], folder)
        self.adapter = Process("samsignal-adapter",
                               [self.bin("samsignal-adapter"), "run", self.path("adapter.toml")], folder)
        self.sources = {}  # beside the one of BVC: add_source
        self.inboxes = {}
        for name, *_ in receivers:
            self.inboxes[name] = Process(
                f"inbox-{name}", [self.bin("samsignal-inbox"), "run", self.path(f"inbox-{name}.toml"),
                                  "--ndjson"], folder, out=self.path(f"inbox-{name}.ndjson"))

    @staticmethod
    def free_port():
        return free_ports(1)[0]

    def bin(self, name):
        where = {"samsignal": "broker/admin", "samsignald": "broker", "samsignal-adapter": "adapters/program",
                 "samsignal-inbox": "adapters/inbox"}[name]
        return os.path.join(self.build, where, name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _write_config(self, keys, trim, lang, low_water_mb, reserve_mb):
        peers = [f'[[peer]]\nname = "cosmic-bvc"\nrole = "source"\nkey = "{keys["cosmic-bvc"]}"\n'
                 'systems = ["cosmic-bvc"]\ncontrollers = ["2321000198"]\n']
        for name, function, org, board, unit in self.receivers:
            peers.append(f'[[peer]]\nname = "{name}"\nrole = "subscriber"\nkey = "{keys[name]}"\n'
                         f'functions = ["{function}"]\nsystems = ["{name}"]\n')
            write(self.path(f"inbox-{name}.toml"), INBOX_TOML.format(
                peer=name, function=function, org=org, board=board, lang=lang,
                hub_key=keys["hub"], **self.ports))
        write(self.path("peers.toml"), "\n".join(peers))
        write(self.path("hub.toml"), HUB_TOML.format(
            config=self.config_folder, retention=self._retention(), trim=trim, low_water_mb=low_water_mb, reserve_mb=reserve_mb,
            **self.ports))
        write(self.path("adapter.toml"), ADAPTER_TOML.format(
            mappings=os.path.join(REPO, "adapters/bvc/mappings"), hub_key=keys["hub"], **self.ports))

    def _retention(self):
        path = os.path.join(self.config_folder, "retention.toml")
        return f'retention = "{path}"\n' if os.path.exists(path) else ""

    def add_source(self, name, system, org, board, section, mapping):
        """An adapter beside the one of BVC: its key, its place in peers.toml, NAME.toml. `section` says
        where it reads. Before the hub starts, or with a reload after it."""
        made = run([self.bin("samsignal"), "--json", "keys", "new", name, "--dir", self.path("keys")])
        self.keys[name] = json_lines(made.stdout)[0]["public"]
        with open(self.path("peers.toml"), "a", encoding="utf-8") as peers:
            peers.write(f'\n[[peer]]\nname = "{name}"\nrole = "source"\nkey = "{self.keys[name]}"\n'
                        f'systems = ["{system}"]\ncontrollers = ["{org}"]\n')
        self.ports[name] = free_ports(1)[0]
        write(self.path(f"{name}.toml"), SOURCE_TOML.format(
            name=name, system=system, org=org, board=board, section=section, mapping=mapping, repo=REPO,
            ingress=self.ports["ingress"], hub_key=self.keys["hub"], http=self.ports[name]))
        self.sources[name] = Process(name, [self.bin("samsignal-adapter"), "run", self.path(f"{name}.toml")],
                                     self.folder)
        return self.sources[name]

    # --- processes -----------------------------------------------------------------------------
    def processes(self):
        return [self.hub, self.adapter, *self.sources.values(), *self.inboxes.values()]

    def start_hub(self):
        self.hub.start()
        self.wait_ready()

    def start_all(self):
        self.start_hub()
        self.start_adapter()
        for name in self.sources:
            self.start_source(name)
        for inbox in self.inboxes.values():
            inbox.start()

    def start_adapter(self):
        self.adapter.start()
        wait_for("the adapter's MLLP port", self.adapter_listens)

    def start_source(self, name):
        source = self.sources[name]
        source.start()

        def ready():
            if not source.running:
                raise LabError(f"{name} ended:\n" + source.tail())
            return "ok" in http_get(self.ports[name], "/readyz")
        wait_for(f"the adapter {name}", ready)

    def adapter_listens(self):
        if not self.adapter.running:
            raise LabError("samsignal-adapter ended:\n" + self.adapter.tail())
        with socket.create_connection(("127.0.0.1", self.ports["mllp"]), timeout=1):
            return True

    def wait_ready(self):
        def ready():
            if not self.hub.running:
                raise LabError("samsignald ended:\n" + self.hub.tail())
            return "ok" in http_get(self.ports["http"], "/readyz")
        wait_for("the hub to be ready", ready)

    def stop_all(self):
        codes = {}
        for process in reversed(self.processes()):
            if process.child is not None:
                codes[process.name], _ = process.stop()
        return codes

    def kill_all(self):
        for process in self.processes():
            process.kill()

    # --- commands ------------------------------------------------------------------------------
    def tool(self, *args, check=True, timeout=120):
        return run([self.bin("samsignal"), "--config", self.path("hub.toml"), *map(str, args)],
                   check=check, timeout=timeout)

    def tool_json(self, *args, check=True):
        return json_lines(self.tool("--json", *args, check=check).stdout)

    def inbox_tool(self, name, *args, check=True):
        return run([self.bin("samsignal-inbox"), *map(str, args), "--config",
                    self.path(f"inbox-{name}.toml")], check=check)

    def inbox_rows(self, name):
        rows, start = [], 1
        while start:
            page = json.loads(self.inbox_tool(name, "list", "--json", "--from", start).stdout)
            rows += page["signals"]
            start = page["next"]
        return rows

    def adapter_tool(self, *args, check=True, source="adapter"):
        return run([self.bin("samsignal-adapter"), *args, self.path(f"{source}.toml")], check=check)

    def shipped(self, source="adapter"):
        """Whether everything that this adapter took stands in the hub's log."""
        return ", 0 not yet at the hub" in self.adapter_tool("status", source=source).stdout

    def status(self):
        return self.tool_json("status")[0]

    def settle(self, seconds=30.0):
        """Waits until the hub has folded its log and every number is acknowledged that has an inbox here."""
        here = {function for _, function, *_ in self.receivers}

        def quiet():
            status = self.status()
            waiting = {lane["subscription"]: lane["waiting"] for lane in status["lanes"]
                       if lane["waiting"] and lane["subscription"] in here}
            if status["dispatched"] == status["records"] and not waiting:
                return status
            raise LabError(f"dispatched {status['dispatched']} of {status['records']}, waiting {waiting}")
        return wait_for("the hub to settle", quiet, seconds)

    def tick(self, time_text):
        self.tool("clock", "set", time_text)

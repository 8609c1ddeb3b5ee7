"""The Node client as a peer of a lab: its packages installed once per build folder, its own CURVE key,
its entry in peers.toml, and its programs as processes."""
import hashlib
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../flow"))
from harness import LabError  # noqa: E402
from lab import REPO, Process, json_lines, run, write  # noqa: E402

PACKAGE_FILES = ["package.json", "package-lock.json", ".npmrc"]


def install(build):
    """The folder with the client and its packages; fetches only when the lock file has changed."""
    source, folder = os.path.join(HERE, "node"), os.path.join(build, "compat-node")
    for tool in ["node", "npm", "capnp"]:
        if shutil.which(tool) is None:
            raise LabError(f"{tool} is missing: run deploy/install-packages build test")
    os.makedirs(folder, exist_ok=True)
    for name in PACKAGE_FILES + [n for n in os.listdir(source) if n.endswith(".mjs")]:
        shutil.copy(os.path.join(source, name), folder)
    with open(os.path.join(source, "package-lock.json"), "rb") as lock:
        wanted = hashlib.sha256(lock.read()).hexdigest()
    stamp = os.path.join(folder, "installed")
    if not os.path.exists(stamp) or open(stamp, encoding="ascii").read() != wanted:
        # No package's install script is run: what is used comes built.
        run(["npm", "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"], cwd=folder, timeout=300)
        write(stamp, wanted)
    return folder


class Browser:
    """Debian's chromium, driven by one of the client's programs."""

    def __init__(self, lab):
        self.lab, self.client = lab, install(lab.build)
        self.chromium = shutil.which("chromium")
        if self.chromium is None:
            raise LabError("chromium is missing: run deploy/install-packages test")

    def look(self, program, checks, config):
        """What PROGRAM.mjs found. Pictures go to the folder SAMSIGNAL_SHOTS, if there is one."""
        path = self.lab.path(f"{program}.json")
        shots = os.environ.get("SAMSIGNAL_SHOTS", "")
        write(path, json.dumps({**config, "chromium": self.chromium, "shots": shots}), 0o600)
        done = subprocess.run(["node", os.path.join(self.client, f"{program}.mjs"), path], capture_output=True, text=True,
                              timeout=300, check=False)
        rows = json_lines(done.stdout)
        checks.that("the browser came to its end", any("done" in r for r in rows), done.stderr[-800:] + str(rows[-2:]))
        return rows


class NodePeer:
    """One party outside: a folder for what it keeps, a key pair that it made itself, a configuration."""

    def __init__(self, lab, folder, name, role, org, board, unit="", function="", listed=True, **options):
        self.lab, self.client, self.name = lab, folder, name
        self.folder = lab.path(name)
        os.makedirs(self.folder, mode=0o700)
        keys = json.loads(run(["node", self.program("publish"), "-", "keys"]).stdout)
        self.config = {
            "schemas": os.path.join(REPO, "schemas"), "folder": self.folder, "keys": keys,
            "ingress": f"tcp://127.0.0.1:{lab.ports['ingress']}",
            "delivery": f"tcp://127.0.0.1:{lab.ports['delivery']}", "hubKey": lab.keys["hub"],
            "function": function,
            "source": {"systemId": name, "orgNr": org, "board": board, "unitHsaId": unit}}
        self.config_path = self.configure(**options)
        self.process = Process(name, ["node", self.program("subscriber"), self.config_path],
                               lab.folder, out=lab.path(f"{name}.ndjson"))
        if listed:
            functions = f'functions = ["{function}"]\n' if function else ""
            with open(lab.path("peers.toml"), "a", encoding="utf-8") as peers:
                peers.write(f'\n[[peer]]\nname = "{name}"\nrole = "{role}"\nkey = "{keys["public"]}"\n'
                            f'systems = ["{name}"]\ncontrollers = ["{org}"]\n{functions}')

    def program(self, name):
        return os.path.join(self.client, f"{name}.mjs")

    def configure(self, **options):
        self.config.update(options)
        path = os.path.join(self.folder, "config.json")
        write(path, json.dumps(self.config), 0o600)
        return path

    def publish(self, command, facts=None):
        """One run of the source; (exit code, lines it printed)."""
        argv = ["node", self.program("publish"), self.config_path, command]
        if facts is not None:
            argv.append(os.path.join(self.folder, "facts.json"))
            write(argv[-1], json.dumps(facts), 0o600)
        done = run(argv, check=False)
        if done.stderr:
            raise LabError(f"{self.name} {command}:\n{done.stderr}")
        return done.returncode, json_lines(done.stdout)

    def lines(self, key):
        """What the subscriber has printed of one kind, whole lines only."""
        if not os.path.exists(self.process.out_path):
            return []
        with open(self.process.out_path, encoding="utf-8") as f:
            return [row for row in map(json.loads, f.read().split("\n")[:-1]) if key in row]

"""A first installation, as OPERATING.md tells it: what is installed, whose the keys are, what the checks say.

Rules: every file that a unit, an alert or the papers name is installed; README's example and the shipped ones are
true; `keys new` leaves a folder's mode and owner alone; doctor and --check say what is missing, and to a user
who may not look that it may not.
"""
import argparse
import os
import re
import shutil
import sys
import tempfile

from harness import Checks
from lab import REPO, json_lines, run, write

SERVICE, STRANGER = 65534, 65533  # users of no account: root gives them files and runs tools as them
UNITS = "usr/lib/systemd/system"
HUB_FILES = ["hub.toml", "directory.toml", "agreements.toml", "programmes.toml", "rules.toml", "retention.toml", "peers.toml"]


class Rules(Checks):
    """With the details of what fails only: they are whole answers here."""

    def that(self, rule, holds, detail=""):
        super().that(rule, holds, "" if holds else detail)


class Machine:
    """A root folder with what `cmake --install` puts below /usr."""

    def __init__(self, folder, build):
        self.root = folder
        os.chmod(folder, 0o755)
        run(["cmake", "--install", build, "--prefix", self.path("/usr")], timeout=120)

    def path(self, absolute):
        return self.root + absolute

    def here(self, text):
        """Absolute paths of an example, below this root."""
        return re.sub(r'"(/(?:etc|var|usr|run)/)', lambda m: '"' + self.root + m.group(1), text)

    def read(self, absolute):
        with open(self.path(absolute), encoding="utf-8") as f:
            return f.read()

    def tool(self, name, *args, user=None):
        argv = [self.path(f"/usr/bin/{name}"), *args]
        more = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        return run(argv, check=False, cwd="/", **more)


def example_of_the_readme():
    with open(os.path.join(REPO, "README.md"), encoding="utf-8") as f:
        return re.search(r"^## Connect a first source.*?^```toml\n(.*?)^```", f.read(), re.M | re.S).group(1)


def all_that_is_named_is_there(machine, checks):
    texts = {name: machine.read(f"/{UNITS}/{name}") for name in sorted(os.listdir(machine.path(f"/{UNITS}")))}
    checks.that("the units are installed", len(texts) == 5, sorted(texts))
    texts["alerts"] = machine.read("/usr/share/samsignal/deploy/prometheus/samsignal-alerts.yml")
    texts["OPERATING.md"] = machine.read("/usr/share/doc/samsignal/OPERATING.md")
    texts["README.md"] = example_of_the_readme()
    for name, text in texts.items():
        named = set(re.findall(r"/usr/(?:bin|lib|share)/[\w./-]*samsignal[\w./-]*\w", text))
        missing = sorted(path for path in named if not os.path.exists(machine.path(path)))
        checks.that(f"{name}: every file of ours that it names is installed", not missing, missing)
    folders = [line.split()[1:5:3] for line in machine.read("/usr/lib/tmpfiles.d/samsignal.conf").splitlines() if line.startswith("d ")]
    wanted = {"/etc/samsignal", "/etc/samsignal/secrets", "/etc/samsignal/adapters", "/etc/samsignal/inboxes", "/var/lib/samsignal",
              "/var/backups/samsignal"}
    checks.that("folders that people fill are made", {folder for folder, _ in folders} == wanted, str(folders))
    users = set(re.findall(r"^User=(\w+)$", "\n".join(texts.values()), re.M))
    made = re.findall(r"^u (\w+) ", machine.read("/usr/lib/sysusers.d/samsignal.conf"), re.M)
    checks.that("the user of the units is made", users == set(made), f"{users} {made}")


def shipped_examples_are_true(machine, checks):
    demo = "/usr/share/samsignal/deploy/config/demo"
    for name in sorted(n for n in os.listdir(machine.path(demo)) if n.startswith("adapter-")):
        done = machine.tool("samsignal-adapter", "map", "check", machine.path(f"{demo}/{name}"))
        checks.that(f"{name}: its mapping is found where it is installed", done.returncode == 0, done.stdout[-300:] + done.stderr[-300:])


def keys_belong_to_whom_the_folder_belongs(machine, checks):
    secrets = machine.path("/etc/samsignal/secrets")
    os.makedirs(secrets)
    os.chmod(secrets, 0o710)
    if os.getuid() == 0:
        os.chown(secrets, SERVICE, SERVICE)
    made = machine.tool("samsignal", "--json", "keys", "new", "hub", "--hub", "--dir", secrets)
    checks.that("keys new leaves the mode of a folder that is there", os.stat(secrets).st_mode & 0o777 == 0o710, made.stderr)
    owners = {os.stat(os.path.join(secrets, name)).st_uid for name in os.listdir(secrets)}
    checks.that("keys that root makes belong to the folder's owner", owners == {os.stat(secrets).st_uid}, str(owners))
    deep = machine.path("/etc/other/secrets")
    machine.tool("samsignal", "keys", "new", "x", "--dir", deep)
    checks.that("a folder that keys new makes is closed", os.stat(deep).st_mode & 0o777 == 0o700)
    for role, words in [("source", "controllers ="), ("subscriber", "functions ="), ("operator", 'may = "viewer"')]:
        shown = machine.tool("samsignal", "keys", "new", f"a-{role}", "--role", role, "--dir", deep).stdout
        checks.that(f"the entry for a {role} is one", f'role = "{role}"' in shown and words in shown, shown)
    return json_lines(made.stdout)[0]


def hub_of_the_examples(machine):
    """As OPERATING.md: the files are copied, the hub has no keys yet."""
    for name in HUB_FILES:
        write(machine.path(f"/etc/samsignal/{name}"), machine.here(machine.read(f"/usr/share/samsignal/deploy/config/{name}")))
    return machine.path("/etc/samsignal/hub.toml")


def what_is_missing_is_said(machine, checks):
    os.makedirs(machine.path("/etc/samsignal"))
    hub = hub_of_the_examples(machine)
    doctor = machine.tool("samsignal", "--config", hub, "doctor")
    checks.that("doctor at a first installation: make keys, not restore them", doctor.returncode == 1 and
                "samsignal keys new hub --hub" in doctor.stdout and "restore" not in doctor.stdout, doctor.stdout)
    checked = machine.tool("samsignald", "--check", hub)
    checks.that("samsignald --check wants the keys", checked.returncode == 65 and checked.stderr.count("no such") == 3, checked.stderr)
    return hub


def doctor_as_others(machine, checks, hub, key):
    checks.that("samsignald --check is content", machine.tool("samsignald", "--check", hub).returncode == 0)
    doctor = machine.tool("samsignal", "--config", hub, "doctor").stdout
    checks.that("doctor shows the fingerprint that keys new showed", key["fingerprint"] in doctor, doctor)
    data = machine.path("/var/lib/samsignal")
    os.makedirs(os.path.join(data, "vault"), mode=0o700)
    os.unlink(machine.path("/etc/samsignal/secrets/hub.kek"))
    lost = machine.tool("samsignal", "--config", hub, "doctor").stdout
    checks.that("a KEK that is gone beside a store is to be restored", "restore it from where it is kept safe" in lost and "keys new hub" not in lost, lost)
    if os.getuid() != 0:
        return
    machine.tool("samsignal", "keys", "new", "hub2", "--dir", machine.path("/etc/samsignal/secrets"))
    os.rename(machine.path("/etc/samsignal/secrets/hub2.kek"), machine.path("/etc/samsignal/secrets/hub.kek"))
    os.chmod(data, 0o700)
    os.chown(data, SERVICE, SERVICE)
    own = machine.tool("samsignal", "--config", hub, "doctor", user=SERVICE)
    checks.that("the service's user reads the keys that root made", own.returncode == 8 and "FAIL" not in own.stdout, own.stdout + own.stderr)
    stranger = machine.tool("samsignal", "--config", hub, "doctor", user=STRANGER)
    checks.that("to somebody else doctor says that the keys are shut, not missing",
                stranger.returncode == 1 and stranger.stdout.count("Permission denied") == 4 and "sudo -u samsignal" in stranger.stdout and
                "chown -R samsignal:" in stranger.stdout and "restore" not in stranger.stdout, stranger.stdout + stranger.stderr)


def first_source(machine, checks, hub_key):
    text = example_of_the_readme()
    store, socket = "/var/lib/samsignal-adapter-bvc/store", ".door/socket"
    state = re.search(r"^StateDirectory=(\S+)$", machine.read(f"/{UNITS}/samsignal-adapter@.service"), re.M).group(1).replace("%i", "bvc")
    checks.that("README's store, and the door beside it, lie where the unit may write",
                f'path = "{store}"' in text and (store + socket).startswith(f"/var/lib/{state}/"), state)
    os.makedirs(machine.path("/etc/samsignal/adapters"))
    config = machine.path("/etc/samsignal/adapters/bvc.toml")
    write(config, machine.here(text))
    refused = machine.tool("samsignal-adapter", "--check", config)
    checks.that("samsignal-adapter --check refuses the example's words for a key, and keys that are missing", refused.returncode == 65 and
                "public_key is no key" in refused.stderr and refused.stderr.count("no such") == 2, refused.stderr)
    machine.tool("samsignal", "keys", "new", "cosmic-bvc", "--dir", machine.path("/etc/samsignal/secrets"))
    write(config, machine.here(re.sub(r'public_key = ".*?"', f'public_key = "{hub_key}"', text)))
    good = machine.tool("samsignal-adapter", "--check", config)
    checks.that("README's example is true once it has its keys", good.returncode == 0, good.stdout + good.stderr)
    made = machine.tool("samsignal-adapter", "keys", "new", machine.path("/etc/deep/er"))
    checks.that("samsignal-adapter keys new tells the fingerprint", re.search(r"fingerprint: ([0-9a-f]{4} ){8}", made.stdout) is not None, made.stdout + made.stderr)


def first_inbox(machine, checks, hub_key):
    os.makedirs(machine.path("/etc/samsignal/inboxes"))
    config = machine.path("/etc/samsignal/inboxes/bollnas.toml")
    text = machine.here(machine.read("/usr/share/samsignal/deploy/config/inbox.toml")).replace("/etc/samsignal/secrets", "/etc/samsignal/inbox-secrets")
    write(config, text)
    made = machine.tool("samsignal-inbox", "keys", "new", "--config", config)
    checks.that("samsignal-inbox keys new makes its folder and tells the fingerprint", made.returncode == 0 and "Fingerprint" in made.stderr, made.stderr)
    refused = machine.tool("samsignal-inbox", "--check", config)
    checks.that("samsignal-inbox --check refuses the example's words for a key", refused.returncode == 65 and "public_key is no key" in refused.stderr, refused.stderr)
    write(config, re.sub(r'public_key = ".*?"', f'public_key = "{hub_key}"', text))
    good = machine.tool("samsignal-inbox", "--check", config)
    checks.that("and is content with a key", good.returncode == 0, good.stderr)
    shown = machine.tool("samsignal-inbox", "--help").stdout
    checks.that("its help names the file that is read, and the unit's", "/etc/samsignal/inbox.toml" in shown and "/etc/samsignal/inboxes/NAME.toml" in shown, shown)
    with open(os.path.join(REPO, "adapters/inbox/README.md"), encoding="utf-8") as f:
        readme = re.search(r"^```toml\n(.*?)^```", f.read(), re.M | re.S).group(1)
    write(config, machine.here(readme))
    parsed = machine.tool("samsignal-inbox", "--check", config)
    checks.that("the README's example is read, all but its key", parsed.returncode == 65 and "public_key is no key" in parsed.stderr and
                "inbox.toml:" not in parsed.stderr and "bollnas.toml:" not in parsed.stderr, parsed.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    build = os.path.abspath(parser.parse_args().build)
    checks = Rules()
    folder = tempfile.mkdtemp(prefix="samsignal-install-")
    try:
        machine = Machine(folder, build)
        all_that_is_named_is_there(machine, checks)
        shipped_examples_are_true(machine, checks)
        hub = what_is_missing_is_said(machine, checks)
        key = keys_belong_to_whom_the_folder_belongs(machine, checks)
        doctor_as_others(machine, checks, hub, key)
        first_source(machine, checks, key["public"])
        first_inbox(machine, checks, key["public"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


main()

"""Files of an SFTP server, with a real sshd: each is told once, over killed servers, silent servers and killed adapters;
a server that is not the one we know gets nothing; a file goes from the server only when the hub has what it told."""
import json
import os
import random
import re
import sys

from dental_file_test import COLUMNS, FILES, row, table
from watched_folder import receipt, start_adapter, told
from harness import main, wait_for
from lab import REPO, http_get, write

sys.path.insert(0, os.path.join(REPO, "tests/support"))
from sftp_server import Gate, Sshd, new_key  # noqa: E402

SFTP = """
[files.sftp]
host = "127.0.0.1"
port = {port}
user = "{user}"
key_file = "pull.key"
known_hosts = "known_hosts"
folder = "{folder}"
poll_s = 1
timeout_s = 2
backoff_min_ms = 200
backoff_max_s = 1
{more}
"""


class Scene:
    def __init__(self, lab, checks):
        self.lab, self.checks = lab, checks
        self.sshd = Sshd(lab.path("sshd"))
        self.sshd.allow(new_key(lab.path("pull.key")))
        self.gate = Gate(self.sshd.port)
        self.remote = lab.path("remote")
        os.makedirs(self.remote)
        os.makedirs(lab.path("in"))
        self.base = open(lab.path("adapter.toml"), encoding="utf-8").read()
        self.configure('after = "delete"')
        self.know(self.sshd.host_key)

    def configure(self, more, max_file_mb=8):
        columns = ", ".join(f'"{c}"' for c in COLUMNS.split(";"))
        files = FILES.format(columns=columns).replace("group_rows", f"max_file_mb = {max_file_mb}\ngroup_rows")
        files += SFTP.format(port=self.gate.port, user=self.sshd.user, folder=self.remote, more=more)
        text = re.sub(r'\[listen\]\naddress = "[^"]+"\n', lambda _: files, self.base)
        text = text.replace("adapters/bvc/mappings/bvc-hl7v2.toml", "adapters/dental/mappings/dental-csv.toml")
        write(self.lab.path("adapter.toml"), text)

    def know(self, key):
        write(self.lab.path("known_hosts"), f"[127.0.0.1]:{self.gate.port} {key}\n" if key else "")

    def restart(self):
        self.lab.adapter.kill()
        start_adapter(self.lab)

    def put(self, name, data, companion=True):
        """With a companion a file is fetched at the first look; without, it is looked at twice."""
        data = data if isinstance(data, bytes) else data.encode()
        with open(os.path.join(self.remote, name + ".part"), "wb") as f:
            f.write(data)
        os.rename(os.path.join(self.remote, name + ".part"), os.path.join(self.remote, name))
        if companion:
            write(os.path.join(self.remote, name + ".sem"), "")

    def there(self, name):
        return os.path.lexists(os.path.join(self.remote, name))

    def rounds(self, count=2):
        """Waits until so many conversations have begun from now on: all but the last are over."""
        begin = self.gate.connections
        wait_for("rounds", lambda: self.gate.connections >= begin + count)

    def log(self):
        with open(self.lab.adapter.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def since(self, mark):
        return self.log()[mark:]

    def metric(self, name):
        text = http_get(self.lab.ports["adapter_http"], "/metrics")
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def strangers_get_nothing(scene, checks):
    scene.know(None)
    scene.put("ftv_forst.csv", table([row(n) for n in range(5000, 5005)]), companion=False)
    start_adapter(scene.lab)
    line = wait_for("the refusal", lambda: re.search(r".*sftp-host-key.*", scene.log()))[0]
    fingerprint = re.search(r"SHA256:[A-Za-z0-9+/]{43}", line)
    checks.that("a server that nobody made known is refused, with its fingerprint and what to do",
                "host-key-unknown" in line and fingerprint is not None and "ssh-keyscan" in line, line)
    checks.that("nothing was fetched from it", not os.listdir(scene.lab.path("in")))
    scene.know(new_key(scene.lab.path("other")))
    mark = len(scene.log())
    scene.restart()
    line = wait_for("the refusal", lambda: re.search(r".*sftp-host-key.*", scene.since(mark)))[0]
    checks.that("a server with another key than before is refused as changed",
                "host-key-changed" in line and "SHA256:" in line, line)
    checks.that("it is told once, not with each try", scene.rounds() is None and
                scene.since(mark).count("sftp-host-key") == 1)
    scene.know(scene.sshd.host_key)
    wait_for("the file", lambda: told(scene.lab) == 5)
    checks.that("with the right key in known_hosts it goes on without a restart", "sftp-recovered" in scene.log())
    wait_for("the file to be deleted", lambda: not scene.there("ftv_forst.csv"))


def server_key_changes(scene, checks):
    mark = len(scene.log())
    scene.sshd.kill()
    scene.sshd.change_host_key()
    scene.sshd.start()
    scene.put("ftv_byte.csv", table([row(n, "UB") for n in range(6000, 6004)]))
    wait_for("the refusal", lambda: "host-key-changed" in scene.since(mark))
    before = told(scene.lab)
    scene.know(scene.sshd.host_key)
    wait_for("the file", lambda: told(scene.lab) == before + 4)
    checks.that("a key that changes while we run is refused until it is made known", True)


def wrong_user_key(scene, checks):
    mark = len(scene.log())
    new_key(scene.lab.path("pull.key"))
    line = wait_for("the refusal", lambda: re.search(r".*sftp-failing.*", scene.since(mark)))[0]
    checks.that("a key that the server does not take is told at once", "what=denied" in line, line)
    os.chmod(scene.lab.path("pull.key"), 0o644)
    wait_for("the next trouble", lambda: "what=key" in scene.since(mark))
    checks.that("another trouble than the one that was told is told anew", "what=key" in scene.since(mark))
    scene.lab.adapter.kill()
    scene.lab.adapter.start()
    wait_for("the adapter to end", lambda: not scene.lab.adapter.running)
    checks.that("a private key that others may read is refused at the start", "chmod 600" in scene.lab.adapter.tail())
    os.chmod(scene.lab.path("pull.key"), 0o600)
    with open(scene.lab.path("pull.key.pub"), encoding="utf-8") as f:
        scene.sshd.allow(f.read())
    start_adapter(scene.lab)
    wait_for("a look", lambda: scene.metric("samsignal_sftp_last_look_seconds") > 0)


def old_algorithms(scene, checks):
    """None of these is offered by us, so that none can be agreed on."""
    for more in ["Ciphers aes128-cbc\n", "MACs hmac-sha1\nCiphers aes128-ctr\n", "KexAlgorithms diffie-hellman-group14-sha1\n"]:
        mark = len(scene.log())
        scene.sshd.kill()
        scene.sshd.start(more)
        line = wait_for("the refusal", lambda: re.search(r".*sftp-failing.*", scene.since(mark)), 60)[0]
        checks.that(f"a server with only {more.split()[1]} is refused", "what=unreachable" in line, line)
        scene.sshd.kill()
        scene.sshd.start()
        wait_for("it to recover", lambda: "sftp-recovered" in scene.since(mark))


def broken_downloads(scene, checks):
    before = told(scene.lab)
    big = table([row(n) for n in range(2000)])  # about 130 KiB
    scene.gate.hold_after = 100_000
    held = scene.gate.held
    scene.put("ftv_tyst.csv", big)
    wait_for("a download that stands still", lambda: scene.gate.held > held)
    wait_for("the silent server to be given up", lambda: scene.gate.held > held + 1, 60)
    checks.that("a server that falls silent is given up and tried again", "sftp-again" in scene.log())
    checks.that("half a file is no file", not os.path.exists(scene.lab.path("in/ftv_tyst.csv")))
    scene.sshd.kill()  # the second try stands still since a moment ago
    scene.gate.cut()
    scene.gate.hold_after = None
    scene.sshd.start()
    end = receipt(scene.lab, "done/ftv_tyst.csv.ok", seconds=120)
    checks.that("a server killed in the middle of a download: the file comes whole, once",
                end["rows"] == 2000 and end["duplicates"] == 0 and told(scene.lab) == before + 2000)
    wait_for("it to be deleted", lambda: not scene.there("ftv_tyst.csv"))
    scene.gate.hold_after = 100_000
    held = scene.gate.held
    scene.put("ftv_dod.csv", big.replace("US", "BUS"))
    wait_for("a download under way", lambda: scene.gate.held > held, 60)
    scene.lab.adapter.kill()
    scene.gate.hold_after = None
    before = told_offline(scene)
    start_adapter(scene.lab)
    end = receipt(scene.lab, "done/ftv_dod.csv.ok", seconds=120)
    checks.that("an adapter killed in the middle of a download: the file comes whole, once",
                end["rows"] == 2000 and end["duplicates"] == 0 and told(scene.lab) == before + end["events"],
                str(end["events"]))
    checks.that("and nothing of the first try is left",
                not [n for n in os.listdir(scene.lab.path("in")) if n not in ("done", "failed")],
                str(os.listdir(scene.lab.path("in"))))


def told_offline(scene):
    found = scene.lab.tool("log", "find", "--kind", "event", "--limit", 100000)
    return found.stdout.count("dental.visit.missed")


def killed_at_any_moment(scene, checks, rng):
    before, kills, files = told(scene.lab), 12, 24
    for n in range(files):
        scene.put(f"ftv_natt{n:02}.csv", table([row(n * 50 + i, reason=f"x{n}") for i in range(40)]))
        if n % 2 == 1:  # some are looked at, some under way, some to be settled
            wait_for("a chance", lambda: rng.random() < 0.08)
            scene.restart()
    wait_for("the server's folder to be empty",
             lambda: not [n for n in os.listdir(scene.remote) if n.startswith("ftv_natt")], 120)
    checks.that("an adapter killed at any moment loses nothing and tells nothing twice",
                told(scene.lab) == before + files * 40, f"{kills} kills, {told(scene.lab) - before} told")


def only_when_the_hub_has_it(scene, checks):
    before = told(scene.lab)
    scene.lab.hub.kill()
    scene.put("ftv_vanta.csv", table([row(n, reason="vanta") for n in range(30)]))
    receipt(scene.lab, "done/ftv_vanta.csv.ok")
    scene.rounds()
    checks.that("worked through here, but the hub has it not: the server keeps it", scene.there("ftv_vanta.csv"))
    scene.configure('after = "delete"\nreceipts = true\nreceipt_folder = "kvitton"')
    os.makedirs(os.path.join(scene.remote, "kvitton"))
    mine, away = scene.lab.path("in/done/ftv_vanta.csv.ok"), scene.lab.path("in/done/away")
    os.rename(mine, away)
    os.symlink(away, mine)  # nothing that we follow
    scene.restart()
    scene.rounds(2)
    checks.that("also over a kill, and it is not fetched again", scene.there("ftv_vanta.csv") and
                not os.path.exists(scene.lab.path("in/ftv_vanta.csv")))
    mark = len(scene.log())
    scene.lab.start_hub()
    wait_for("the trouble", lambda: "cannot open a receipt" in scene.since(mark), 60)
    scene.rounds(1)  # and that conversation is over
    checks.that("a receipt that cannot be read here holds its file there", scene.there("ftv_vanta.csv") and
                not scene.there("kvitton/ftv_vanta.csv.ok"))
    os.rename(away, mine)
    wait_for("the file to go", lambda: not scene.there("ftv_vanta.csv"), 60)
    checks.that("when the hub has it, it is deleted there", told(scene.lab) == before + 30 and
                scene.there("kvitton/ftv_vanta.csv.ok"))


def hostile_names(scene, checks):
    before = told(scene.lab)
    rows = table([row(1)])
    os.symlink("/etc/passwd", os.path.join(scene.remote, "ftv_lank.csv"))
    os.mkdir(os.path.join(scene.remote, "ftv_mapp.csv"))
    for name in [b"ftv_\nrad.csv", b"ftv_\x1b[2J.csv", b"ftv_\xff.csv", b"ftv_..\\..\\x.csv",
                 b"ftv_" + b"x" * 220 + b".csv"]:
        with open(os.path.join(scene.remote.encode(), name), "wb") as f:
            f.write(rows.encode())
    with open(os.path.join(scene.remote, "ftv_stor.csv"), "wb") as f:
        f.truncate(9 << 20)
    scene.put("annat.csv", rows, companion=False)
    scene.put("ftv_K069.csv", table([row(7, reason="ren")]), companion=False)
    receipt(scene.lab, "done/ftv_K069.csv.ok")
    wait_for("the line of the large one", lambda: "sftp-file-refused" in scene.log())
    wait_for("the plain one to go", lambda: not scene.there("ftv_K069.csv"))  # the others had their chance before
    checks.that("links, folders and odd names are not touched, and counted",
                scene.metric("samsignal_sftp_odd_names") == 7 and "sftp-odd-names" in scene.log() and
                len(os.listdir(scene.remote)) == 9, str(os.listdir(scene.remote)))
    checks.that("what lies beside them is told", told(scene.lab) == before + 1)
    for name in os.listdir(os.fsencode(scene.remote)):
        path = os.path.join(scene.remote.encode(), name)
        os.rmdir(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)


def receipts_and_moves(scene, checks):
    scene.configure('after = "move"\nreceipts = true\nreceipt_folder = "kvitton"')
    write(os.path.join(scene.remote, "done"), "a file where a folder should be")
    mark = len(scene.log())
    scene.restart()
    scene.put("ftv_natt.csv", table([row(n, reason="natt") for n in range(2)]))
    wait_for("the trouble", lambda: "sftp-after-failed" in scene.since(mark))
    checks.that("a companion goes before its file, so that it never vouches for the next of that name",
                scene.there("ftv_natt.csv") and not scene.there("ftv_natt.csv.sem"))
    os.unlink(os.path.join(scene.remote, "done"))
    wait_for("it to be moved", lambda: scene.there("done/ftv_natt.csv"))
    scene.put("ftv_bra.csv", table([row(n, reason="bra") for n in range(3)]))
    scene.put("ftv_kapad.csv", table([row(n, reason="kapad") for n in range(9)])[:-30])
    wait_for("the good one", lambda: scene.there("done/ftv_bra.csv") and not scene.there("ftv_bra.csv"))
    wait_for("the bad one", lambda: scene.there("failed/ftv_kapad.csv"))
    with open(os.path.join(scene.remote, "kvitton/ftv_bra.csv.ok"), encoding="utf-8") as f:
        good = json.load(f)
    with open(os.path.join(scene.remote, "kvitton/ftv_kapad.csv.err"), encoding="utf-8") as f:
        bad = json.load(f)
    checks.that("receipts come to the server", good["outcome"] == "done" and good["events"] == 3 and
                bad["outcome"] == "truncated", str(bad))
    scene.put("ftv_bra.csv", table([row(n, reason="igen") for n in range(2)]))
    wait_for("the next of that name", lambda: len(os.listdir(os.path.join(scene.remote, "done"))) == 3)
    checks.that("a name that comes again replaces nothing there", True)


def left_and_renamed(scene, checks):
    scene.configure('after = "leave"')
    scene.restart()
    before = told(scene.lab)
    scene.put("ftv_kvar.csv", table([row(n, reason="kvar") for n in range(6)]))
    receipt(scene.lab, "done/ftv_kvar.csv.ok")
    scene.rounds()
    scene.restart()
    scene.rounds()  # whole by its companion: the first look would fetch it
    checks.that("a file that is left there is told once, over a kill too", told(scene.lab) == before + 6 and
                scene.there("ftv_kvar.csv") and not os.path.exists(scene.lab.path("in/ftv_kvar.csv")))
    scene.put("ftv_kvar.csv", table([row(n, reason="nytt") for n in range(8)]))
    wait_for("the new content", lambda: told(scene.lab) == before + 14)
    checks.that("the same name with other content is another file", True)
    scene.configure('after = "rename"')
    scene.restart()
    scene.put("ftv_byt.csv", table([row(n, reason="byt") for n in range(2)]))
    wait_for("the new name", lambda: scene.there("ftv_byt.csv.taken") and not scene.there("ftv_byt.csv"))
    checks.that("after = rename marks it as taken", True)
    os.unlink(os.path.join(scene.remote, "ftv_byt.csv.taken"))


def body(lab, checks, arguments):
    rng = random.Random(arguments.seed)
    scene = Scene(lab, checks)
    try:
        scene.sshd.start()
        lab.start_hub()
        strangers_get_nothing(scene, checks)
        server_key_changes(scene, checks)
        wrong_user_key(scene, checks)
        old_algorithms(scene, checks)
        broken_downloads(scene, checks)
        killed_at_any_moment(scene, checks, rng)
        hostile_names(scene, checks)
        only_when_the_hub_has_it(scene, checks)
        receipts_and_moves(scene, checks)
        left_and_renamed(scene, checks)
        checks.that("no log line holds a name", not re.search(r"ftv_|K069|annat\.csv", scene.log()))
    finally:
        scene.sshd.kill()


if __name__ == "__main__":
    main(body, receivers=[])

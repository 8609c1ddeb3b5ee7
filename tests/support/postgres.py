"""A PostgreSQL of its own for one test: a fresh cluster in a temporary folder, on a free loopback port.

The programs are those of the machine or, when the server is not installed, of build/tools (deploy/install-packages
unpacks them there). Without them the test fails. PostgreSQL refuses to run as root, so root becomes nobody.
"""
import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time

from lab import REPO, LabError, free_ports, wait_for

OWNER, PASSWORD = "owner", "owner-of-the-test"


def find_programs(home):
    unpacked = os.path.join(REPO, "build/tools")
    for prefix in ["/", unpacked]:
        for folder in sorted(glob.glob(os.path.join(prefix, "usr/lib/postgresql/*/bin")), reverse=True):
            if not all(os.path.exists(os.path.join(folder, p)) for p in ["initdb", "postgres", "psql"]):
                continue
            if prefix == "/":
                return folder
            # The repository may lie where nobody may not go; PostgreSQL finds its files from its own place.
            for part in ["lib", "share"]:
                shutil.copytree(os.path.join(unpacked, "usr", part, "postgresql"),
                                os.path.join(home, "usr", part, "postgresql"), symlinks=True)
            return os.path.join(home, "usr", os.path.relpath(folder, os.path.join(unpacked, "usr")))
    raise LabError("PostgreSQL is missing: run deploy/install-packages test")


def odbc_driver():
    """PostgreSQL's driver for ODBC, for wide characters."""
    for prefix in ["/", os.path.join(REPO, "build/tools")]:
        for path in glob.glob(os.path.join(prefix, "usr/lib/*/odbc/psqlodbcw.so")):
            return path
    raise LabError("the ODBC driver of PostgreSQL is missing: run deploy/install-packages test")


class Postgres:
    """start, stop, kill; sql() as the owner; session() for a transaction that stays open."""

    def __init__(self, epoch=0):
        self.home = tempfile.mkdtemp(prefix="samsignal-postgres-")
        os.chmod(self.home, 0o755)
        self.bin = find_programs(self.home)
        self.data, self.port, self.child = os.path.join(self.home, "data"), free_ports(1)[0], None
        os.mkdir(self.data, 0o700)
        self.as_nobody = []
        if os.geteuid() == 0:
            self.as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            shutil.chown(self.data, "nobody", "nogroup")
        secret = os.path.join(self.home, "secret")
        with open(secret, "w", encoding="utf-8") as f:
            f.write(PASSWORD + "\n")
        self._run("initdb", "-D", self.data, "-U", OWNER, "--pwfile", secret, "--auth", "scram-sha-256",
                  "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        if epoch:
            self._run("pg_resetwal", "-D", self.data, "-e", str(epoch))

    def _run(self, program, *args):
        done = subprocess.run(self.as_nobody + [os.path.join(self.bin, program), *args], cwd="/",
                              capture_output=True, text=True, timeout=120, env=self._env())
        if done.returncode != 0:
            raise LabError(f"{program}: {done.stdout}{done.stderr}")

    def _env(self):
        return {"PATH": self.bin + ":/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGPASSWORD": PASSWORD}

    def start(self):
        with open(os.path.join(self.home, "server.log"), "ab") as log:
            self.child = subprocess.Popen(
                self.as_nobody + [os.path.join(self.bin, "postgres"), "-D", self.data, "-p", str(self.port),
                                  "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                                  "-c", "fsync=off", "-c", "max_prepared_transactions=4"],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", env=self._env())
        wait_for("PostgreSQL", self._ready, 60)

    def _ready(self):
        if self.child.poll() is not None:
            with open(os.path.join(self.home, "server.log"), encoding="utf-8", errors="replace") as f:
                raise LabError("PostgreSQL ended: " + f.read()[-2000:])
        return self.sql("SELECT 1", check=False) == "1"

    def stop(self):
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)  # "fast": sessions are ended
            self.child.wait(timeout=60)

    def close(self):
        if self.child is not None and self.child.poll() is None:
            self.child.send_signal(signal.SIGQUIT)
            self.child.wait(timeout=60)
        shutil.rmtree(self.home, ignore_errors=True)

    def _psql(self):
        return [os.path.join(self.bin, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
                "-p", str(self.port), "-U", OWNER, "postgres"]

    def sql(self, text, check=True):
        done = subprocess.run(self._psql(), input=text, capture_output=True, text=True, timeout=60, env=self._env())
        if done.returncode != 0 and check:
            raise LabError(f"psql: {done.stderr}")
        return done.stdout.strip()

    def session(self):
        return Session(self._psql(), self._env())


class Session:
    """One connection; what it began stays open until it says otherwise."""

    def __init__(self, argv, env):
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.number = 0

    def sql(self, text):
        self.number += 1
        mark = f"done-{self.number}"
        self.child.stdin.write(f"{text}\n\\echo {mark}\n")
        self.child.stdin.flush()
        deadline = time.monotonic() + 60
        for line in self.child.stdout:
            if line.strip() == mark:
                return
            if time.monotonic() > deadline:
                break
        raise LabError("psql: the session ended")

    def close(self):
        self.child.stdin.close()
        self.child.wait(timeout=30)
        self.child.stdout.close()

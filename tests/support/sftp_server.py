"""A real OpenSSH server on loopback with its own configuration and keys, and a gate before it that can let bytes through
slowly, not at all, or to another server: faults happen at a known byte, not at a lucky moment."""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time

from lab import REPO, LabError, free_ports, run, wait_for, write

CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {host_key}
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
ForceCommand internal-sftp
PidFile none
LogLevel ERROR
"""


def sshd_path():
    for path in ["/usr/sbin/sshd", os.path.join(REPO, "build/tools/usr/sbin/sshd")]:
        if os.access(path, os.X_OK):
            return path
    raise LabError("no sshd: deploy/install-packages test")


def new_key(path, kind="ed25519"):
    for old in [path, path + ".pub"]:
        if os.path.exists(old):
            os.unlink(old)
    run([shutil.which("ssh-keygen") or "ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test", "-f", path])
    with open(path + ".pub", encoding="utf-8") as f:
        return " ".join(f.read().split()[:2])


def below(pid):
    """All processes that descend from this one."""
    parents = {}
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as f:
                parents[int(name)] = int(f.read().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue
    found, more = [], [pid]
    while more:
        one = more.pop()
        children = [child for child, parent in parents.items() if parent == one]
        found += children
        more += children
    return found


class Sshd:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder)
        self.host_key = new_key(os.path.join(folder, "host"))
        self.port = free_ports(1)[0]
        self.child = None
        self.user = pwd.getpwuid(os.getuid()).pw_name

    def allow(self, public):
        write(os.path.join(self.folder, "authorized"), public + "\n", 0o600)

    def start(self, more=""):
        config = os.path.join(self.folder, "config")
        write(config, CONFIG.format(port=self.port, host_key=os.path.join(self.folder, "host"),
                                    authorized=os.path.join(self.folder, "authorized")) + more)
        argv = [sshd_path(), "-D", "-e", "-f", config]
        if os.getuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
            argv = self.with_user(argv)
        log = open(os.path.join(self.folder, "sshd.log"), "ab")
        self.child = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        wait_for("sshd", lambda: socket.create_connection(("127.0.0.1", self.port), timeout=1).close() is None)

    def with_user(self, argv):
        """Where sshd is only unpacked, the user it gives its rights up to is missing: it gets one of its own."""
        try:
            pwd.getpwnam("sshd")
            return argv
        except KeyError:
            passwd = os.path.join(self.folder, "passwd")
            with open("/etc/passwd", encoding="utf-8") as f:
                write(passwd, f.read() + "sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin\n")
            return ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/passwd && exec "$@"', passwd] + argv

    def change_host_key(self):
        self.host_key = new_key(os.path.join(self.folder, "host"))

    def kill(self):
        if self.child is None:
            return
        for pid in below(self.child.pid) + [self.child.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.child.wait()
        self.child = None


class Gate:
    """Stands before the server. `hold_after`: so many bytes of the server pass in one connection, then none."""

    def __init__(self, target):
        self.target, self.hold_after = target, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections, self.held, self.pairs = 0, 0, []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            self.pairs.append((client, server))
            threading.Thread(target=self.pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, True), daemon=True).start()

    def pump(self, source, sink, downstream):
        passed, held = 0, False
        try:
            while True:
                data = source.recv(16384)
                if not data:
                    break
                passed += len(data)
                while downstream and self.hold_after is not None and passed > self.hold_after:
                    if not held:
                        held = True
                        self.held += 1
                    if sink.fileno() < 0:
                        return
                    time.sleep(0.01)
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for client, server in self.pairs:
            for one in (client, server):
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()
        self.pairs = []

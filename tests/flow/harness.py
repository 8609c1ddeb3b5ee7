"""What the flow tests share: a lab in a private folder, a plain MLLP client, and checks that count."""
import argparse
import os
import shutil
import socket
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/lab"))
from lab import Lab, LabError, wait_for  # noqa: E402,F401
from people import Child, Messages, impossible_number  # noqa: E402,F401

VT, FS, CR = b"\x0b", b"\x1c", b"\r"


class Client:
    """A sender that keeps its connection and resends what was not answered, as real ones do."""

    def __init__(self, port, context=None):
        self.port, self.sock, self.buffer = port, None, b""
        self.context = context  # of TLS, when it is spoken
        self.answer = b""  # the last one, whole

    def send(self, raw, timeout=10.0):
        """One message, one answer; the MSA code, or None when none came (send it again)."""
        self.answer = b""
        try:
            if self.sock is None:
                self.sock = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
                if self.context:
                    self.sock = self.context.wrap_socket(self.sock, server_hostname="127.0.0.1")
                self.buffer = b""
            self.sock.settimeout(timeout)
            self.sock.sendall(VT + raw + FS + CR)
            while FS + CR not in self.buffer:
                data = self.sock.recv(65536)
                if not data:
                    raise OSError("closed")
                self.buffer += data
            frame, self.buffer = self.buffer.split(FS + CR, 1)
            self.answer = frame
            segments = frame.lstrip(VT).split(b"\r")
            msa = next(s for s in segments if s.startswith(b"MSA|")).split(b"|")
            control = raw.split(b"\r")[0].split(b"|")[9]
            assert msa[2] == control, f"answer to {msa[2]!r} instead of {control!r}"
            return msa[1].decode()
        except OSError:
            self.close()
            return None

    def close(self):
        if self.sock is not None:
            self.sock.close()
        self.sock = None


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, 0

    def that(self, rule, holds, detail=""):
        if holds:
            self.passed += 1
            print(f"  ok    {rule}" + (f"  ({detail})" if detail else ""))
        else:
            self.failed += 1
            print(f"  FAIL  {rule}  ({detail})")


def main(body, **options):
    """Runs body(lab, checks, arguments) in a fresh lab and always cleans up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--kills", type=int, default=options.pop("kills", 50))
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    folder = tempfile.mkdtemp(prefix="samsignal-flow-")
    checks = Checks()
    lab = None
    try:
        lab = Lab(folder, os.path.abspath(arguments.build), **options)
        body(lab, checks, arguments)
    except Exception:  # a test that breaks off must still clean up and fail
        traceback.print_exc()
        checks.failed += 1
        if lab is not None:
            for name in sorted(os.listdir(folder)):
                if name.endswith(".log"):
                    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as f:
                        print(f"--- last lines of {name}\n" + "".join(f.readlines()[-12:]))
    finally:
        if lab is not None:
            lab.kill_all()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)

"""The adapter's TLS port before clients of other makes: node-hl7-client with a client certificate,
OpenSSL's s_client with a raw frame, Debian's mllp_send in plain, and the adapter's own probe. The
server's certificate is replaced while a conversation goes on."""
import os
import subprocess

import node_client
from harness import CR, FS, VT, Child, Messages, impossible_number, main, wait_for
from lab import http_get, json_lines, run, write

AT = "20260302081500+0100"


class Authority:
    """Certificates by the openssl command."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, mode=0o700)
        self.ca = self.path("ca.pem")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-subj", "/CN=Lab CA", "-days", "2", "-keyout", self.path("ca.key"), "-out", self.ca)

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def _openssl(*args):
        run(["openssl", *args])

    def issue(self, name, names, days=2):
        """(certificate, key); put in place whole, the certificate last."""
        write(self.path(f"{name}.ext"), f"subjectAltName={names}\n")
        new_key, request, new_pem = self.path("new.key"), self.path("new.csr"), self.path("new.pem")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-subj", f"/CN={name}", "-keyout", new_key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.path("ca.key"),
                      "-CAcreateserial", "-days", str(days), "-extfile", self.path(f"{name}.ext"), "-out", new_pem)
        os.chmod(new_key, 0o600)
        os.rename(new_key, self.path(f"{name}.key"))
        os.rename(new_pem, self.path(f"{name}.pem"))
        return self.path(f"{name}.pem"), self.path(f"{name}.key")


class RawTls:
    """openssl s_client as a pipe for frames."""

    def __init__(self, port, ca, files=()):
        argv = ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{port}", "-CAfile", ca,
                "-verify_return_error", "-servername", "localhost"]
        if files:
            argv += ["-cert", files[0], "-key", files[1]]
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)

    def send(self, text):
        """The answer's MSA segment; None when the connection ended without one."""
        try:
            self.child.stdin.write(VT + text.encode() + FS + CR)
            self.child.stdin.flush()
        except OSError:
            return None
        answer = b""
        while FS + CR not in answer:
            more = os.read(self.child.stdout.fileno(), 65536)
            if not more:
                return None
            answer += more
        return next(s for s in answer.split(b"\r") if s.startswith(b"MSA|")).decode()

    def close(self):
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.kill()
        self.child.wait()


def configure(lab, authority):
    """The lab's adapter, with TLS; COSMIC speaks over its own certificate only."""
    certificate, key = authority.issue("adapter", "DNS:localhost,IP:127.0.0.1")
    path = lab.path("adapter.toml")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text = text.replace("[mapping]", f"""[listen.tls]
certificate = "{certificate}"
key = "{key}"
client_ca = "{authority.ca}"

[[sender]]
application = "COSMIC"
certificate = "cosmic.example"

[mapping]""")
    write(path, text)


def body(lab, checks, _arguments):
    client = node_client.install(lab.build)
    authority = Authority(lab.path("pki"))
    configure(lab, authority)
    cosmic = authority.issue("cosmic", "DNS:cosmic.example")
    other = authority.issue("other", "DNS:other.example")
    lab.start_all()
    port = lab.ports["mllp"]
    messages = Messages("T")
    child = Child("Ängström^Åsa Örjana", impossible_number("20251201", 70), "20251201")
    path = lab.path("messages.hl7")
    texts = [messages.report(child, AT, False, f"Oro {n}: ÅÄÖ") for n in range(10)]
    write(path, "\n\n".join(text.replace("\r", "\n") for text in texts))

    def node(*files):
        return run(["node", os.path.join(client, "mllp_send.mjs"), str(port), path, authority.ca, *files],
                   check=False)

    done = node(*cosmic)
    answers = [row for row in json_lines(done.stdout) if "code" in row]
    checks.that("node-hl7-client over TLS: every message is answered AA by its name",
                done.returncode == 0 and len(answers) == 10
                and all(a["code"] == "AA" and a["sent"] == a["about"] for a in answers), done.stderr)
    answers = [row for row in json_lines(node(*other).stdout) if "code" in row]
    checks.that("over another's certificate COSMIC is unknown",
                len(answers) == 10 and all(a["code"] == "AR" for a in answers), str(answers[:1]))
    checks.that("without a certificate nothing is taken", node().returncode != 0)

    first = RawTls(port, authority.ca, cosmic)
    checks.that("s_client: a raw frame is answered", first.send(texts[0]) == "MSA|AA|T00001")
    nobody = RawTls(port, authority.ca)
    checks.that("s_client without a certificate gets no answer", nobody.send(texts[0]) is None)
    nobody.close()

    frames = lab.path("plain.mllp")
    with open(frames, "wb") as f:
        f.write(VT + texts[0].encode() + FS + CR)
    try:
        plain = run(["mllp_send", "--quiet", "-p", str(port), "-f", frames, "127.0.0.1"], check=False, timeout=20)
        refused = plain.returncode != 0 or "AA" not in plain.stdout
    except subprocess.TimeoutExpired:  # it asks a closed connection again and again
        refused = True
    checks.that("a plain sender on the TLS port gets no answer", refused)
    checks.that("and is told from others in the log",
                "plain_on_a_tls_port" in open(lab.adapter.log_path, encoding="utf-8").read())

    sample = lab.path("one.hl7")
    write(sample, texts[1].replace("\r", "\n"))
    probe = run([lab.bin("samsignal-adapter"), "probe", f"127.0.0.1:{port}", sample, "--ca", authority.ca,
                 "--cert", cosmic[0], "--key", cosmic[1]], check=False)
    checks.that("the probe tells the handshake", probe.returncode == 0 and "TLSv1.3" in probe.stdout,
                probe.stdout + probe.stderr)

    authority.issue("adapter", "DNS:localhost,IP:127.0.0.1", days=300)
    wait_for("the new certificate", lambda: "certificate-reloaded" in
             open(lab.adapter.log_path, encoding="utf-8").read(), 30)
    checks.that("a new certificate drops nobody", first.send(texts[2]) == "MSA|AA|T00003")
    first.close()
    shown = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", authority.ca, "-cert", cosmic[0],
         "-key", cosmic[1]], input="", capture_output=True, text=True, check=False, timeout=20).stdout
    seen = run(["openssl", "x509", "-noout", "-serial"], input=shown).stdout
    on_disk = run(["openssl", "x509", "-noout", "-serial", "-in", authority.path("adapter.pem")]).stdout
    checks.that("and newcomers see it", seen == on_disk, seen)
    metrics = http_get(lab.ports["adapter_http"], "/metrics")
    days = [line for line in metrics.splitlines() if line.startswith("samsignal_adapter_certificate_days{")]
    checks.that("the metric tells its days", len(days) == 1 and days[0].endswith(" 299"), str(days))
    wait_for("the outbox to drain", lab.shipped, 60)
    lab.settle(60)
    checks.that("ten reports arrived, each once", len(lab.inbox_rows("mottagning")) == 10)


if __name__ == "__main__":
    main(body)

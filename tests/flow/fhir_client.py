"""What the tests of the FHIR source share: certificates, a client (curl), the samples, the configuration."""
import json
import os
import subprocess

import harness  # noqa: F401  knows where the lab is
from lab import write

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../adapters/bvc/samples/fhir")
CHILD, RESERVE = "20210325K069", "98240301AA06"


def sample(name):
    with open(os.path.join(SAMPLES, name + ".json"), encoding="utf-8") as f:
        return json.load(f)


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


class Keys:
    """An authority of one's own, and certificates from it."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        for name in ["ca", "stranger"]:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-keyout", self.at(name + ".key"), "-out", self.at(name + ".pem"), "-subj", f"/CN={name}")
        self.sign("server", "IP:127.0.0.1")
        for name in ["cosmic", "unknown"]:
            self.sign(name, f"DNS:{name}.example")

    def at(self, name):
        return os.path.join(self.folder, name)

    def sign(self, name, san, subject=None):
        write(self.at("ext"), f"subjectAltName={san}")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                self.at(name + ".key"), "-out", self.at("csr"), "-subj", f"/CN={subject or name}")
        openssl("x509", "-req", "-in", self.at("csr"), "-CA", self.at("ca.pem"), "-CAkey", self.at("ca.key"),
                "-CAcreateserial", "-days", "2", "-extfile", self.at("ext"), "-out", self.at("new"))
        os.replace(self.at("new"), self.at(name + ".pem"))

    def fingerprint(self, name):
        out = subprocess.run(["openssl", "x509", "-in", self.at(name + ".pem"), "-noout", "-sha256", "-fingerprint"],
                             check=True, capture_output=True, text=True).stdout
        return out.split("=")[1].strip()


class Sender:
    def __init__(self, lab, keys):
        self.lab, self.keys, self.answers = lab, keys, []
        self.port = lab.ports["mllp"]

    def ask(self, method, path, body=None, who="cosmic", headers=(), seconds=20):
        """(status, headers, body); status 0: no answer."""
        argv = ["curl", "-sS", "-i", "--max-time", str(seconds), "--cacert", self.keys.at("ca.pem"), "-X", method]
        if who:
            argv += ["--cert", self.keys.at(who + ".pem"), "--key", self.keys.at(who + ".key")]
        if body is not None:
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            argv += ["-H", "Content-Type: application/fhir+json", "--data-binary", "@-"]
        for header in headers:
            argv += ["-H", header]
        argv.append(f"https://127.0.0.1:{self.port}/fhir{path}")
        done = subprocess.run(argv, input=text.encode() if body is not None else b"", capture_output=True, check=False)
        answer = done.stdout.decode(errors="replace")
        while answer.startswith("HTTP/1.1 100 "):  # told to go on with a large body
            answer = answer.partition("\r\n\r\n")[2]
        if "\r\n\r\n" not in answer:
            return 0, "", done.stderr.decode(errors="replace")
        head, rest = answer.split("\r\n\r\n", 1)
        self.answers.append(answer)
        return int(head.split(" ")[1]), head, rest

    def put(self, resource, **more):
        return self.ask("PUT", f"/{resource['resourceType']}/{resource['id']}", resource, **more)


def version(resource, number, **changes):
    out = json.loads(json.dumps(resource))
    out["meta"] = {**out.get("meta", {}), "versionId": str(number)}
    out.update(changes)
    return out


def configure(lab, keys):
    with open(lab.path("adapter.toml"), encoding="utf-8") as f:
        text = f.read()
    begin, end = text.index("[listen]"), text.index("[mapping]")
    section = (f'[fhir]\naddress = "127.0.0.1:{lab.ports["mllp"]}"\ncertificate = "{keys.at("server.pem")}"\n'
               f'key = "{keys.at("server.key")}"\nclient_ca = "{keys.at("ca.pem")}"\nreload_ms = 200\n'
               f'require_client_certificate = false\n\n'
               f'[[fhir.client]]\nname = "cosmic"\nfingerprint = "{keys.fingerprint("cosmic")}"\n\n')
    write(lab.path("adapter.toml"), (text[:begin] + section + text[end:]).replace("bvc-hl7v2.toml", "bvc-fhir.toml"))


def allow_large(lab):
    """Reports with files of 40 MB, after configure."""
    with open(lab.path("adapter.toml"), encoding="utf-8") as f:
        text = f.read()
    more = "[fhir]\nmax_body_kb = 57344\nrequest_ms = 120000\nanswer_ms = 120000\n"
    write(lab.path("adapter.toml"), text.replace("[fhir]\n", more))

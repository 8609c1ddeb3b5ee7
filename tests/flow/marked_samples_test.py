"""Each shipped mapping is told of marked people by its samples, one value after the other a mark; then every byte is searched.

HL7 v2 over MLLP, over TLS with acknowledgements to another address, and by files; FHIR over HTTPS; CSV and XML files with
reports whose attachments lie beside them. The rules are those of marked_people_test.py.
"""
import concurrent.futures
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import threading

import marked_samples as samples
from fhir_client import Keys
from harness import CR, FS, VT, Client, main
from lab import REPO
from marked_feeds import DENTAL_BOARD, drop, receipted
from marked_look import all_ships, no_metric, operators_look, stop_and_search
from marked_ways import SAMPLES, walked
from marks import ADULT, NUMBER, SIBLING, around, marked, own_words

SOCIAL_BOARD = ("2120002361", "Socialnämnden")
TLS = """[source_more]
[listen.tls]
certificate = "{server}.pem"
key = "{server}.key"
client_ca = "{ca}"
[listen.application_ack_tls]
ca = "{ca}"
server_name = "127.0.0.1"
"""

# Where a resource now lies, in which version, and to which message this is the answer: the sender's own words.
ECHOED = re.compile(rb"""('ETag', '[^']*'|'Location', '[^']*'|"(etag|location|identifier|eventUri)":"(\\.|[^"\\])*")""")


def section(config, way, lab, **values):
    """[way] of the demo's own configuration, with these values in place of its own."""
    with open(f"{REPO}/deploy/config/demo/{config}", encoding="utf-8") as f:
        text = re.search(rf"^(\[{way}\]\n.*?)^\[mapping\]$", f.read(), re.S | re.M)[1]
    head, _, more = text.partition("\n[")
    for key, value in values.items():
        head = re.sub(rf"^{key} = .*$\n?", "", head, flags=re.M).rstrip("\n") + f"\n{key} = {json.dumps(value)}\n"
    return (head + (f"\n[{more}" if more else "")).replace("../../../adapters/", f"{REPO}/adapters/")


class Acknowledged:
    """Where application acknowledgements go, over TLS: there late, then takes them, some with a refusal that quotes."""

    def __init__(self, keys):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(keys.at("server.pem"), keys.at("server.key"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.got = self.listener.getsockname()[1], []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        turn = 0
        while True:
            try:
                raw, _ = self.listener.accept()
                turn += 1
                if turn <= 2:
                    raw.close()  # nobody is there yet
                    continue
                with self.context.wrap_socket(raw, server_side=True) as sock:
                    self.take(sock)
            except OSError:
                if self.listener.fileno() < 0:
                    return

    def take(self, sock):
        data = b""
        while True:
            more = sock.recv(65536)
            if not more:
                return
            data += more
            while FS + CR in data:
                frame, data = data.split(FS + CR, 1)
                self.got.append(frame)
                control = frame.split(CR)[0].split(b"|")[9]
                code = b"AR" if len(self.got) % 7 == 0 else b"CA"
                sock.sendall(VT + b"MSH|^~\\&|X|Y|Z|W|20260302||ACK|1|T|2.5.1\rMSA|" + code + b"|" + control +
                             f"|Kanariefras {NUMBER}\r".encode() + FS + CR)

    def close(self):
        self.listener.close()


class Feeds:
    def __init__(self, lab):
        self.lab, self.keys = lab, Keys(lab.path("tls"))
        self.acknowledged = Acknowledged(self.keys)
        self.answers, self.statuses, self.files = [], set(), {}
        tls = TLS.format(server=self.keys.at("server"), ca=self.keys.at("ca.pem")).replace("[source_more]\n", "")
        self.listen("adt", "pu-adt.gavleborg", "adapter-person-adt.toml", "person/mappings/person-adt.toml", tls,
                    ack_mode="enhanced", application_ack=f"127.0.0.1:{self.acknowledged.port}")
        self.listen("siu", "t4-siu.ftv", "adapter-dental-hl7.toml", "dental/mappings/dental-hl7v2.toml")
        self.fhir("cosmicfhir", "cosmic.fhir", DENTAL_BOARD, "adapter-fhir.toml", "bvc/mappings/bvc-fhir.toml")
        self.fhir("ftvfhir", "t4-fhir.ftv", DENTAL_BOARD, "adapter-dental-fhir.toml", "dental/mappings/dental-fhir.toml")
        self.fhir("ifofhir", "ifo-fhir.bollnas", SOCIAL_BOARD, "adapter-social-fhir.toml", "social/mappings/social-fhir.toml")
        self.folder("person", "pu.gavleborg", DENTAL_BOARD, "adapter-person.toml", "person/mappings/person-csv.toml",
                    samples.csv_file("adapters/person/samples/csv/*.csv", "radid"))
        self.folder("ifo", "ifo-export.bollnas", SOCIAL_BOARD, "adapter-social-csv.toml", "social/mappings/social-csv.toml",
                    samples.csv_file("adapters/social/samples/csv/*.csv"))
        # Of a child that no register moves to where the lab has no reception: its reports come with their files.
        self.folder("ftv", "t4.ftv", DENTAL_BOARD, "adapter-dental.toml", "dental/mappings/dental-csv.toml",
                    samples.csv_file("tests/fixtures/dental*/*.csv").replace(f"{NUMBER};", f"{SIBLING};"))
        self.folder("ftvxml", "t4-xml.ftv", DENTAL_BOARD, "adapter-dental-xml.toml", "dental/mappings/dental-xml.toml",
                    samples.xml_file("adapters/dental/samples/xml/*.xml").replace(
                        "</anmalan>", f'<bilaga fil="{NUMBER}_Kanariesson_utdrag.txt" titel="Kanariesson" typ="TXT"/></anmalan>', 2)
                    .replace(f"<personnummer>{NUMBER}", f"<personnummer>{SIBLING}"))
        self.folder("bvcfiles", "cosmic.files", DENTAL_BOARD, "adapter-dental.toml", "bvc/mappings/bvc-hl7v2.toml",
                    samples.hl7_batch("tests/fixtures/bvc/*.hl7"))

        for name in lab.sources:  # the log that says the most
            with open(lab.path(f"{name}.toml"), "a", encoding="utf-8") as f:
                f.write('\n[log]\nlevel = "debug"\n')

    def listen(self, name, system, config, mapping, more="", **values):
        port = self.lab.ports[f"{name} mllp"] = self.lab.free_port()
        self.lab.add_source(name, system, *DENTAL_BOARD, section(
            config, "listen", self.lab, address=f"127.0.0.1:{port}", **values) + more, mapping)

    def fhir(self, name, system, board, config, mapping):
        port = self.lab.ports[f"{name} fhir"] = self.lab.free_port()
        text = section(config, "fhir", self.lab, address=f"127.0.0.1:{port}", certificate=self.keys.at("server.pem"),
                       key=self.keys.at("server.key"), client_ca=self.keys.at("ca.pem"))
        text = re.sub(r'"DNS:[^"]*"', '"DNS:cosmic.example"', text)
        self.lab.add_source(name, system, *board, text, mapping)

    def folder(self, name, system, board, config, mapping, text):
        where, end = self.lab.path(f"{name}-in"), mapping.split("-")[-1].split(".")[0].replace("hl7v2", "hl7")
        os.makedirs(where)
        for one in ["utdrag.txt", "bild.png"]:
            shutil.copy(f"{REPO}/tests/fixtures/dental_reports/an3_{one}", f"{where}/{NUMBER}_Kanariesson_{one}")
        with open(f"{where}/{NUMBER}_Kanariesson_utdrag.txt", "a", encoding="utf-8") as f:
            f.write(f"Kanariefras {NUMBER} {ADULT}\n" * 8_000)  # several parts
        body = section(config, "files", self.lab, folder=where, patterns=[f"*.{end}"], stable_s=1, rescan_s=1, max_bad_percent=100)
        if end == "hl7":
            body = body.partition("\n[")[0] + "\n"
        self.lab.add_source(name, system, *board, body, mapping)
        self.files[name] = (where, f"natt_{NUMBER}_Kanariesson.{end}", text)

    def tell_mllp(self, name, pattern, context=None, asks=False):
        client = Client(self.lab.ports[f"{name} mllp"], context)
        for text in samples.hl7(pattern):
            if asks:
                text = text.replace("|AL|NE|", "|AL|AL|", 1)
            try:
                client.send(text.encode(), 20)
            except (AssertionError, StopIteration, IndexError):
                pass  # the number of the message is the mark, or there is none
            self.answers.append(client.answer)
        client.close()

    def tell_fhir(self, name, pattern, context):
        connection = http.client.HTTPSConnection("127.0.0.1", self.lab.ports[f"{name} fhir"], context=context, timeout=20)
        for one in samples.fhir(pattern):
            method, path = ("POST", "") if one["resourceType"] == "Bundle" else \
                ("PUT", f"/{one['resourceType']}/{one['id']}") if "id" in one else ("POST", f"/{one['resourceType']}")
            connection.request(method, f"/fhir{path}", json.dumps(one, ensure_ascii=False).encode(),
                               {"Content-Type": "application/fhir+json"})
            answer = connection.getresponse()
            said = answer.read() + str(answer.getheaders()).encode()
            self.statuses.add(answer.status)
            self.answers.append(ECHOED.sub(b"", said))
        connection.close()

    def tell(self):
        for where, name, text in self.files.values():
            drop(where, name, text.encode())
        context = ssl.create_default_context(cafile=self.keys.at("ca.pem"))
        context.load_cert_chain(self.keys.at("cosmic.pem"), self.keys.at("cosmic.key"))
        beside_each_other([
            lambda: self.tell_mllp("adt", "adapters/person/samples/hl7/*.hl7", context, asks=True),
            lambda: self.tell_mllp("siu", "adapters/dental/samples/hl7/*.hl7"),
            lambda: self.tell_fhir("cosmicfhir", "adapters/bvc/samples/fhir/*.json", context),
            lambda: self.tell_fhir("ftvfhir", "adapters/dental/samples/fhir/*.json", context),
            lambda: self.tell_fhir("ifofhir", "adapters/social/samples/fhir/*.json", context)])
        for where, name, _ in self.files.values():
            receipted(where, [name])


def beside_each_other(calls):
    """Several at once, since they wait more than they work; what they return, in order."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def with_files(lab):
    """How many files of reports have come whole."""
    with open(lab.inboxes["mottagning"].log_path, encoding="utf-8") as f:
        return f.read().count("event=attachment-complete")


def body(lab, checks, _arguments):
    feeds = Feeds(lab)
    try:
        all_samples(lab, checks, feeds)
    finally:
        feeds.acknowledged.close()


def all_samples(lab, checks, feeds):
    lab.start_hub()
    lab.tick("2026-03-10T19:00:00Z")
    for source in lab.sources:
        lab.start_source(source)
    for inbox in lab.inboxes.values():
        inbox.start()
    feeds.tell()
    checks.that("FHIR: taken and refused ones were among them", {200, 202, 400, 422} <= feeds.statuses, str(feeds.statuses))
    said = [around(own_words(a)) for a in feeds.answers if marked(own_words(a))]
    checks.that("no answer holds a mark of its own", not said and len(feeds.answers) > 2_000, f"{len(said)} do: {said[:5]}")
    aside = dict(zip(lab.sources, beside_each_other(
        [lambda one=source: operators_look(lab, checks, one) for source in lab.sources])))
    checks.that("each adapter had put some aside", all(aside.values()), str(aside))
    got = feeds.acknowledged.got
    checks.that("acknowledgements went to the other address, without a mark of their own", len(got) > 100 and
                not any(marked(own_words(one)) for one in got), f"{len(got)}; {[around(own_words(g)) for g in got if marked(own_words(g))][:3]}")
    no_metric(lab, checks)
    for process in lab.sources.values():
        process.kill()
    for source in lab.sources:
        lab.start_source(source)
    all_ships(lab, lab.sources)
    events = {source: json.loads(lab.adapter_tool("status", "--json", source=source).stdout)["outbox"]["written"]
              for source in lab.sources}
    checks.that("each had told the hub of them", all(events.values()), str(events))
    checks.that("reports came with their files", with_files(lab) >= 2, str(with_files(lab)))
    walked(lab, checks, SAMPLES)
    page = f"ftvxml-in/{NUMBER}_Kanariesson_utdrag.txt"
    checks.that("a file that a taken row named lies sealed", not os.path.exists(lab.path(page)) and
                os.path.exists(lab.path(page.replace("-in/", "-in/done/") + ".sealed")), str(os.listdir(lab.path("ftvxml-in"))))
    stop_and_search(lab, checks, tuple(f"{name}-in/" for name in feeds.files))


if __name__ == "__main__":
    main(body)

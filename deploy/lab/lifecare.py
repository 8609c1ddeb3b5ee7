"""A stand-in for a social services system, for tests only: its extract, and its intakes (lifecare_intake.py).

Answers GET /apifc/v1/Extract/<endpoint>?modifiedAfter&offset&limit[&q]&domain&key with the rows changed at
or after that local time, in order of change, a page at a time. Checks what it is asked. Can be slow, refuse,
answer nonsense, cap its pages, and show a row late, as after a long transaction.
"""
import datetime
import http.server
import json
import re
import ssl
import threading
import time
import urllib.parse
import zoneinfo

from lifecare_intake import Intakes

# SignedReports: no list of Lifecare's own, but one of the same form from a municipality's platform for forms.
ENDPOINTS = ("Actualisations", "Investigations", "Decisions", "Executions", "Services", "SignedReports")
STOCKHOLM = zoneinfo.ZoneInfo("Europe/Stockholm")


def local(seconds_ago=0.0):
    """The wall clock of Stockholm, as the extract writes times."""
    at = datetime.datetime.now(STOCKHOLM) - datetime.timedelta(seconds=seconds_ago)
    return at.strftime("%Y-%m-%dT%H:%M:%S")


class Extract:
    def __init__(self, domain, key, max_page=1000, certificate=None):
        self.domain, self.key, self.max_page = domain, key, max_page
        self.lock = threading.Lock()
        self.rows = {name: {} for name in ENDPOINTS}
        self.asked = []   # (time, endpoint, status, offset)
        self.faults = []  # (status, headers, body): the next answers, whatever is asked
        self.wrong = []   # what was asked wrongly, without the values
        self.delay = 0.0
        self.intakes = Intakes(self)
        extract = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                extract.answer(self)

            def do_POST(self):
                extract.intakes.answer(self)

            def handle(self):
                try:
                    super().handle()
                except (ConnectionError, ssl.SSLError):
                    pass  # the adapter was killed, or refused our certificate

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:  # (certificate file, key file): https; handshakes in the request's thread
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    now = staticmethod(local)

    def put(self, endpoint, row, seconds_ago=0.0):
        """Adds or changes a row; seconds_ago: its time of change lies so far back."""
        row = dict(row, ModifiedDate=local(seconds_ago))
        with self.lock:
            self.rows[endpoint][row["Id"]] = row

    def fault(self, status, body="", **headers):
        with self.lock:
            self.faults.append((status, headers, body))

    def requests(self):
        with self.lock:
            return list(self.asked)

    def answer(self, handler):
        time.sleep(self.delay)
        url = urllib.parse.urlsplit(handler.path)
        name = url.path.rsplit("/", 1)[-1]
        with self.lock:
            if self.faults:
                status, headers, body = self.faults.pop(0)
            else:
                status, headers, body = self.look_up(url, name)
            offset = int(urllib.parse.parse_qs(url.query).get("offset", ["0"])[0])
            self.asked.append((time.monotonic(), name, status, offset))
        data = body.encode()
        try:
            handler.send_response(status)
            for header, value in headers.items():
                handler.send_header(header.replace("_", "-"), value)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)
        except OSError:
            pass  # the adapter was killed

    def look_up(self, url, name):
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True, strict_parsing=True)
        unknown = set(query) - {"modifiedAfter", "offset", "limit", "q", "domain", "key"}
        if unknown or any(len(values) != 1 for values in query.values()):
            self.wrong.append(f"parameters {sorted(unknown)}")
            return 400, {}, "[]"
        query = {key: values[0] for key, values in query.items()}
        if query.get("domain") != self.domain or query.get("key") != self.key:
            return 403, {}, '{"Message": "not allowed"}'
        if name == "Attachments":
            return self.intakes.list(url, query)
        if not url.path.startswith("/apifc/v1/Extract/") or name not in self.rows:
            return 404, {}, '{"Message": "no such resource"}'
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", query.get("modifiedAfter", "")):
            self.wrong.append("modifiedAfter")
            return 400, {}, '{"Message": "modifiedAfter"}'
        offset, limit = int(query["offset"]), int(query["limit"])
        rows = sorted((row for row in self.rows[name].values() if row["ModifiedDate"] >= query["modifiedAfter"]),
                      key=lambda row: (row["ModifiedDate"], str(row["Id"])))
        return 200, {}, json.dumps(rows[offset:offset + min(limit, self.max_page)], ensure_ascii=False)

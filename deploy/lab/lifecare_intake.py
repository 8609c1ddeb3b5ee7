"""Intakes of the stand-in: POST /apifc/v1/Actualisations -> int id, POST .../{id}/Attachments, multipart, and GET of
the same: a list of {Id, Title, FileName}.

Checks field names, their types, the keys in the query and nothing else in it. What it takes also stands in the
extract. Plans say what happens to the next POSTs: see Plan.
"""
import email.parser
import email.policy
import hashlib
import json
import re
import threading
import time
import urllib.parse

FIELDS = {"PersonId": str, "Date": str, "Type": str, "FromWho": str, "Reason": str, "OrganisationId": int,
          "OrganisationUnitId": int, "CaseworkerId": int, "Specifies": str, "ServiceId": int, "InvestigationId": int,
          "WorkingStatus": str}
REQUIRED = ("PersonId", "Date", "Type", "FromWho", "OrganisationUnitId")
PARTS = {"InsertDocumentType", "InsertDocumentSenderType", "Title", "SenderName", "Content"}


class Plan:
    """What happens to one POST: whether it is stored, and the answer. `status` None: the connection ends without
    an answer. `hold`: it waits there until released, with the POST stored already if it is to be."""

    def __init__(self, stored=True, status=None, hold=False, **headers):
        self.stored, self.status, self.headers = stored, status, headers
        self.reached, self.released = threading.Event(), threading.Event()
        if not hold:
            self.released.set()


class Intakes:
    def __init__(self, system):
        self.system = system
        self.rows, self.attachments = {}, {}  # id -> body; id -> list of the parts of each
        self.plans = {"Actualisations": [], "Attachments": []}
        self.posts = []                       # (time, name, status)
        self.shows_reference = True           # the extract has the field Specifies
        self.lists_attachments = True         # GET Attachments is there
        self.delay = 0.0
        self.next_id = 770000

    def plan(self, name="Actualisations", **what):
        plan = Plan(**what)
        with self.system.lock:
            self.plans[name].append(plan)
        return plan

    def answer(self, handler):
        time.sleep(self.delay)
        url = urllib.parse.urlsplit(handler.path)
        size = int(handler.headers.get("Content-Length", "0"))
        data = handler.rfile.read(size)
        if len(data) < size:  # whoever sent it was killed: a body that is not whole is no request
            handler.close_connection = True
            return
        name = url.path.rsplit("/", 1)[-1]
        with self.system.lock:
            plans = self.plans.get(name, [])
            plan = plans.pop(0) if plans else None
            status, body, store = self.judge(url, handler.headers.get("Content-Type", ""), data)
            if store and (plan is None or plan.stored):
                body = store()
        if plan is not None:
            plan.reached.set()
            plan.released.wait(60)
            status, body = (plan.status, "") if plan.status != 200 else (status, body)
        with self.system.lock:
            self.posts.append((time.monotonic(), name, status))
        self.send(handler, status, body, plan.headers if plan else {})

    @staticmethod
    def send(handler, status, body, headers):
        handler.close_connection = True
        if status is None:
            return
        try:
            handler.send_response(status)
            for header, value in headers.items():
                handler.send_header(header.replace("_", "-"), value)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body.encode())
        except OSError:
            pass  # the inbox was killed

    # --- what is asked -----------------------------------------------------------------------------
    def judge(self, url, kind, data):
        """(status, body, what to do to store it)"""
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        if set(query) != {"domain", "key"}:
            return self.wrong(f"parameters {sorted(query)}")
        if query["domain"] != [self.system.domain] or query["key"] != [self.system.key]:
            return 403, '{"Message": "not allowed"}', None
        if url.path == "/apifc/v1/Actualisations":
            return self.judge_intake(kind, data)
        match = re.fullmatch(r"/apifc/v1/Actualisations/(\d+)/Attachments", url.path)
        if not match or int(match[1]) not in self.rows:
            return 404, '{"Message": "no such resource"}', None
        return self.judge_attachment(int(match[1]), kind, data)

    def judge_intake(self, kind, data):
        if not kind.startswith("application/json"):
            return self.wrong("content type of an intake")
        body = json.loads(data)
        unknown = set(body) - set(FIELDS)
        if unknown or any(name not in body for name in REQUIRED):
            return self.wrong(f"fields {sorted(unknown)}, missing {sorted(set(REQUIRED) - set(body))}")
        for name, value in body.items():
            if type(value) is not FIELDS[name]:
                return self.wrong(f"type of {name}")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", body["Date"]) or not re.fullmatch(r"\d{12}", body["PersonId"]):
            return self.wrong("Date or PersonId")

        def store():
            self.next_id += 1
            self.rows[self.next_id] = body
            shown = {name: body.get(name) for name in
                     ("Date", "Type", "FromWho", "Reason", "OrganisationUnitId", "PersonId")}
            if self.shows_reference:
                shown["Specifies"] = body.get("Specifies")
            row = dict(shown, Id=self.next_id, Status="Inkommen", InvestigationId=None)
            row["ModifiedDate"] = self.system.now()
            self.system.rows["Actualisations"][self.next_id] = row
            return str(self.next_id)
        return 200, "", store

    def judge_attachment(self, number, kind, data):
        if not kind.startswith("multipart/form-data"):
            return self.wrong("content type of an attachment")
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            b"Content-Type: " + kind.encode() + b"\r\n\r\n" + data)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        if set(parts) - PARTS or not {"Title", "Content"} <= set(parts):
            return self.wrong(f"parts {sorted(set(parts) ^ PARTS)}")
        if not re.fullmatch(r"[\x21-\x7e]+", parts["Content"].get_filename() or ""):
            return self.wrong("Content without a file name")

        def store():
            stored = {name: part.get_payload(decode=True).decode() for name, part in parts.items() if name != "Content"}
            content, stored["type"] = parts["Content"].get_payload(decode=True), parts["Content"].get_content_type()
            stored["Content"] = content.decode() if stored["type"] == "text/html" else None  # a page to read
            stored["size"], stored["sha256"] = len(content), hashlib.sha256(content).hexdigest()
            stored["file name"] = parts["Content"].get_filename()
            self.attachments.setdefault(number, []).append(stored)
            return "true"
        return 200, "", store

    def list(self, url, query):
        """(status, headers, body) of GET .../{id}/Attachments."""
        match = re.fullmatch(r"/apifc/v1/Actualisations/(\d+)/Attachments", url.path)
        if not match or not self.lists_attachments or int(match[1]) not in self.rows:
            return 404, {}, '{"Message": "no such resource"}'
        if set(query) != {"domain", "key"}:
            return self.wrong(f"parameters {sorted(query)}")[0], {}, "[]"
        rows = [{"Id": i, "Title": stored["Title"], "FileName": stored["file name"]}
                for i, stored in enumerate(self.attachments.get(int(match[1]), []), 1)]
        return 200, {}, json.dumps(rows, ensure_ascii=False)

    def wrong(self, what):
        self.system.wrong.append(what)
        return 400, '{"Message": "wrong"}', None

"""Feeds that tell of marked people on every path, for marked_people_test.py: XML, SFTP, SQL, and intakes going out."""
import os
import sys

import dental_xml_test as xml
from harness import wait_for
from intake_config import NAME, configure_intake
from lab import REPO, http_get, write
from lifecare import Extract
from marks import NUMBER
from sftp_pull_test import SFTP

sys.path.insert(0, os.path.join(REPO, "tests/support"))
from postgres import OWNER, PASSWORD, Postgres, odbc_driver  # noqa: E402
from sftp_server import Gate, Sshd, new_key  # noqa: E402

DENTAL_BOARD = ("2321000198", "Hälso- och sjukvårdsnämnden")
DENTAL = """[files]
folder = "dental-in"
patterns = ["*.csv"]
stable_s = 1
rescan_s = 1

[files.csv]
required_columns = ["personnr", "fodelsedatum", "klinik_hsaid", "handelse", "datum", "tid", "besokstyp",
                    "nr_i_rad", "orsak", "kommun"]
trigger_column = "handelse"
person_columns = ["personnr"]
"""
COLUMNS = "personnr;fodelsedatum;klinik_hsaid;handelse;datum;tid;besokstyp;nr_i_rad;orsak;kommun"


def dental_files():
    """Name -> text: rows that are told and put aside, a head of other columns, an open quote, a last row cut off."""
    row = f"{NUMBER};2026-01-17;SE2321000198-FTVTEST;UB;2026-03-02;09:30;US;2;;2121"
    bad = [row.replace(NUMBER, "Kanariesson Märtagull"), row.replace(";UB;", ";Kanariefras;"),
           row.replace("2026-03-02", NUMBER), row + ";Kanariefras"]
    good = [row.replace("09:30", f"09:{n:02}") for n in range(60)]
    return {f"natt_{NUMBER}_Kanariesson.csv": "\r\n".join([COLUMNS] + good + bad) + "\r\n",
            "huvud_Kanariesson.csv": f"personnr;Kanariesson;{NUMBER}\r\n{row}\r\n",
            "citat_Kanariesson.csv": "\r\n".join([COLUMNS, f'"{NUMBER};Kanariesson', *good]) + "\r\n",
            "kapad_Kanariesson.csv": "\r\n".join([COLUMNS, *good])[:-5]}


def receipted(folder, names, seconds=60):
    for name in names:
        wait_for("a receipt", lambda: any(os.path.exists(os.path.join(folder, end))
                                          for end in [f"done/{name}.ok", f"failed/{name}.err"]), seconds)


def drop(folder, name, data):
    path = os.path.join(folder, name)
    with open(path + ".part", "wb") as f:
        f.write(data)
    os.rename(path + ".part", path)


class Xml:
    def __init__(self, lab):
        self.lab, self.folder = lab, lab.path("xml-in")
        os.makedirs(self.folder)
        section = xml.FILES.format(repo=REPO).replace('folder = "in"', 'folder = "xml-in"')
        lab.add_source("xml", "t4.xml", *DENTAL_BOARD, section, "dental/mappings/dental-xml.toml")

    def paths(self, checks):
        good = [xml.record(n, NUMBER) for n in range(30)]
        one = good[0]
        bad = [xml.record(40, "Kanariesson Märtagull"), xml.record(41, NUMBER, day="Kanariefras"),
               xml.record(42, NUMBER).replace('typ="UB"', 'typ="Kanariefras"'),
               xml.record(43, NUMBER).replace("<besok", "<Kanariesson/><besok"),
               xml.record(44, NUMBER, prefix="Kanariesson"), one, one.replace("02-01", "02-03")]
        whole = xml.document(good + bad)
        entity = f'<!DOCTYPE leverans [<!ENTITY e "{NUMBER} Kanariefras">]>\n'
        files = {f"ftv_{NUMBER}_Kanariesson.xml": whole, "ftv_igen_Kanariesson.xml": whole,
                 "ftv_kapad_Kanariesson.xml": whole[:-40], "ftv_entitet.xml": xml.document([one], before=entity),
                 "ftv_annat.xml": whole.replace("dental-journal:1", "Kanariesson"),
                 "ftv_tagg.xml": whole.replace("</datum>", f"</Kanariesson{NUMBER}>", 1),
                 "ftv_falsk.xml": xml.document(good, encoding="UTF-8").encode("latin-1") + b"\xff\xfe"}
        for name, data in files.items():
            drop(self.folder, name, data if isinstance(data, bytes) else data.encode())
        receipted(self.folder, files)
        ends = {os.path.splitext(name)[1] for name in os.listdir(os.path.join(self.folder, "failed"))}
        checks.that("XML: whole files and refused ones were among them",
                    ".err" in ends and os.path.exists(os.path.join(self.folder, f"done/ftv_{NUMBER}_Kanariesson.xml.ok")),
                    str(ends))

    def close(self):
        pass


class Sftp:
    """The server's own folders lie below sftp-server: what stands there is the sender's."""

    def __init__(self, lab):
        self.lab, self.folder = lab, lab.path("sftp-in")
        self.remote = lab.path("sftp-server/out")
        os.makedirs(self.folder)
        os.makedirs(self.remote)
        self.sshd = Sshd(lab.path("sftp-server/sshd"))
        self.sshd.allow(new_key(lab.path("pull.key")))
        self.gate = Gate(self.sshd.port)
        self.know(self.sshd.host_key)
        section = DENTAL.replace("dental-in", "sftp-in") + SFTP.format(
            port=self.gate.port, user=self.sshd.user, folder=self.remote, more='after = "delete"')
        lab.add_source("sftp", "t4.sftp", *DENTAL_BOARD, section, "dental/mappings/dental-csv.toml")

    def know(self, key):
        write(self.lab.path("known_hosts"), f"[127.0.0.1]:{self.gate.port} {key}\n")

    def log(self):
        with open(self.lab.sources["sftp"].log_path, encoding="utf-8") as f:
            return f.read()

    def paths(self, checks):
        # Nobody answers yet; then somebody else does; then the server, which is killed in the middle of a file.
        wait_for("the alarm", lambda: "sftp-failing" in self.log())
        for name, text in dental_files().items():
            drop(self.remote, name, text.encode())
        drop(self.remote, f"igen_{NUMBER}.csv", dental_files()[f"natt_{NUMBER}_Kanariesson.csv"].encode())
        drop(self.remote, f"Kanariesson {NUMBER}\n.csv", b"x")
        os.symlink("/etc/passwd", os.path.join(self.remote, f"lank_{NUMBER}_Kanariesson.csv"))
        other = self.sshd.host_key
        self.sshd.change_host_key()
        self.sshd.start()
        begun = self.gate.connections
        wait_for("a server that is not ours", lambda: self.gate.connections >= begun + 2)
        self.know(self.sshd.host_key)
        self.gate.hold_after = 4_000
        wait_for("a server that falls silent", lambda: self.gate.held > 0)
        self.sshd.kill()
        self.gate.hold_after = None
        self.sshd.start()
        names = [*dental_files(), f"igen_{NUMBER}.csv"]
        receipted(self.folder, names, 90)
        wait_for("the files to go from the server", lambda: not any(
            os.path.exists(os.path.join(self.remote, name)) for name in names if "natt" in name), 60)
        checks.that("SFTP: a strange server, a silent one and one that came back were among them",
                    other != self.sshd.host_key and "sftp-recovered" in self.log())

    def close(self):
        self.sshd.kill()


SQL_TABLE = """
[[sql.table]]
name = "{name}"
table = "samsignal.{view}"
id = "Id"
cursor = "{cursor}"
cursor_column = "changed"
columns = [{columns}]
"""
SCHEMA = """
CREATE SCHEMA samsignal;
CREATE TABLE ifo (id int PRIMARY KEY, personnr text, inkom text, typ text, andrad timestamp NOT NULL
  DEFAULT (now() AT TIME ZONE 'UTC'));
CREATE FUNCTION samsignal.says(t text) RETURNS text LANGUAGE plpgsql VOLATILE AS
  $$BEGIN RAISE WARNING 'person %', t; RETURN t; END$$;
CREATE FUNCTION samsignal.fails(t text) RETURNS text LANGUAGE plpgsql VOLATILE AS
  $$BEGIN RAISE EXCEPTION 'Kanariefras %', t; END$$;
CREATE VIEW samsignal.reports AS SELECT id AS "Id", samsignal.says(personnr) AS "PersonId", inkom AS "ReceivedAt",
  typ AS "Type", CAST(NULL AS text) AS "ProtectionAssessedAt", i.xmin AS changed FROM ifo i;
CREATE VIEW samsignal.reports_by_time AS SELECT id AS "Id", samsignal.says(personnr) AS "PersonId",
  inkom AS "ReceivedAt", typ AS "Type", CAST(NULL AS text) AS "ProtectionAssessedAt", andrad AS changed FROM ifo;
CREATE VIEW samsignal.broken AS SELECT id AS "Id", samsignal.fails(personnr) AS "PersonId", andrad AS changed,
  i.xmin AS number FROM ifo i;
"""


class Sql:
    """One database, asked by libpq and over ODBC."""

    def __init__(self, lab):
        self.lab, self.server = lab, Postgres()
        self.server.start()
        self.server.sql(SCHEMA)
        self.login("kanarienyckel")
        self.add("sql", "", "snapshot", "reports")
        self.add("odbc", 'backend = "odbc"\ntimes = "utc"\n', "overlap", "reports_by_time")

    def add(self, name, more, cursor, view):
        columns = '"PersonId", "ReceivedAt", "Type", "ProtectionAssessedAt"'
        section = (f'[sql]\n{more}connection_file = "{name}.connection"\nfirst_load = "live"\nevery_s = 1\n'
                   'backoff_min_ms = 50\nbackoff_max_s = 1\n')
        section += SQL_TABLE.format(name="Reports", view=view, cursor=cursor, columns=columns)
        broken = SQL_TABLE.format(name="Inquiries", view="broken", cursor=cursor, columns='"PersonId"')
        section += broken if cursor == "overlap" else broken.replace('"changed"', '"number"')
        self.lab.add_source(name, f"ifo.{name}", "2120002361", "Socialnämnden", section + "\n",
                            "social/mappings/social-sql.toml")

    def login(self, secret):
        where = self.server.port
        write(self.lab.path("sql.connection"), f'host = "127.0.0.1"\nport = "{where}"\ndbname = "postgres"\n'
              f'user = "{OWNER}"\npassword = "{secret}"\n', 0o600)
        write(self.lab.path("odbc.connection"), f'Driver = "{odbc_driver()}"\nServername = "127.0.0.1"\n'
              f'Port = "{where}"\nDatabase = "postgres"\nUID = "{OWNER}"\nPWD = "{secret}"\n', 0o600)

    def asked(self, name, table, outcome):
        return sum(float(line.split()[-1]) for line in http_get(self.lab.ports[name], "/metrics").splitlines()
                   if line.startswith("samsignal_sql_questions_total") and f'"{table}"' in line and
                   f'"{outcome}"' in line)

    def log(self, name):
        with open(self.lab.sources[name].log_path, encoding="utf-8") as f:
            return f.read()

    def paths(self, checks):
        for name in ["sql", "odbc"]:
            wait_for("a login that is not accepted", lambda n=name: "sql-failing" in self.log(n))
        rows = [(NUMBER, "2026-03-02 08:15:00", "Orosanmälan"), (NUMBER, "Kanariefras", "Orosanmälan"),
                (NUMBER, "2026-03-02 08:15:00", "Kanariefras"), ("Kanariesson", "2026-03-02", "Orosanmälan"),
                ("Kanariegatan 9 Kanarieby", NUMBER, "0701740633")]
        for number, row in enumerate(rows * 3):
            self.server.sql("INSERT INTO ifo VALUES ({}, '{}', '{}', '{}')".format(number, *row))
        self.login(PASSWORD)
        for name in ["sql", "odbc"]:
            wait_for("rows", lambda n=name: self.asked(n, "Reports", "ok") >= 2)
            wait_for("a view that fails", lambda n=name: self.asked(n, "Inquiries", "unexpected") >= 1)
        self.server.stop()
        self.server.start()
        self.server.sql("UPDATE ifo SET typ = 'Kanariefras', andrad = now() AT TIME ZONE 'UTC' WHERE id = 0")
        for name in ["sql", "odbc"]:
            begun = self.asked(name, "Reports", "ok")
            wait_for("rows", lambda n=name, b=begun: self.asked(n, "Reports", "ok") >= b + 2)
        checks.that("SQL: refused logins, failing views and a restarted server were among them",
                    all("sql-recovered" in self.log(name) for name in ["sql", "odbc"]))

    def close(self):
        self.server.close()


class Intake:
    """The way out: reports that are written to the social system, which answers with what it was told."""

    def __init__(self, lab):
        self.lab = lab
        self.system = Extract("bollnas", "kanarienyckel")
        write(lab.path("intake.keys"), 'domain = "bollnas"\nkey = "kanarienyckel"\n', 0o600)
        configure_intake(lab, self.system.port, lab.path("intake.keys"))
        # Lost answers, refusals that quote the request, an outage, an attachment that is not taken.
        where = f"http://127.0.0.1/{NUMBER}?name=Kanariesson"
        self.system.intakes.plan(stored=True, status=None)
        self.system.intakes.plan(stored=False, status=503, Location=where)
        self.system.intakes.plan(stored=False, status=422, X_Reason=f"Kanariefras {NUMBER}")
        self.system.intakes.plan("Attachments", stored=False, status=500, Location=where)
        self.system.fault(500, f"Kanariefras {NUMBER}")

    def paths(self, checks):
        inbox = self.lab.inboxes[NAME]

        def log():
            with open(inbox.log_path, encoding="utf-8") as f:
                return f.read()
        wait_for("an answer that left a doubt", lambda: "intake-in-doubt" in log(), 60)
        wait_for("one that waits for a person", lambda: "intake-held" in log(), 60)
        with self.system.lock:
            written = [row["PersonId"] for row in self.system.intakes.rows.values()]
        checks.that("intakes: a report of the marked child was written", NUMBER in written, f"{len(written)} intakes")
        shown = self.lab.inbox_tool(NAME, "status").stdout
        checks.that("intakes: status says that one waits for a person, and not who", NUMBER not in shown, shown[:300])

    def close(self):
        self.system.close()

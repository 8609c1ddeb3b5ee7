"""Every way in and every command, against the test of marked people that walks it.

What the product has is read out of the product: its sections, formats and mappings, the subcommands that --help lists. A
way that is new there and forgotten here fails marked_ways_test.py; one that stands here and is not walked fails its test.
"""
import glob
import os
import re
import tomllib

import harness  # noqa: F401  knows where the lab is
from lab import REPO, run, write

PEOPLE, SAMPLES, DESK = "marked_people_test", "marked_samples_test", "marked_desk_test"

# Tables of an adapter's configuration by which messages come in.
SECTIONS = {
    "listen": PEOPLE, "listen.tls": SAMPLES, "listen.application_ack_tls": SAMPLES,
    "files": PEOPLE, "files.csv": PEOPLE, "files.xml": PEOPLE, "files.sftp": PEOPLE,
    "fhir": PEOPLE, "fhir.client": PEOPLE, "poll": PEOPLE, "poll.endpoint": PEOPLE, "sql": PEOPLE, "sql.table": PEOPLE,
}
# Of an inbox: what it writes to, and where people come in.
INBOX_SECTIONS = {"intake": PEOPLE, "web": DESK, "untouched": DESK, "retention": DESK}

# Each shipped mapping by each connector that can carry it, and is shipped with it.
MAPPINGS = {
    "bvc/mappings/bvc-hl7v2.toml": {"listen": PEOPLE, "files": SAMPLES},
    "bvc/mappings/bvc-fhir.toml": {"fhir": PEOPLE},
    "dental/mappings/dental-csv.toml": {"files": PEOPLE},
    "dental/mappings/dental-xml.toml": {"files": PEOPLE},
    "dental/mappings/dental-hl7v2.toml": {"listen": SAMPLES},
    "dental/mappings/dental-fhir.toml": {"fhir": SAMPLES},
    "person/mappings/person-csv.toml": {"files": SAMPLES},
    "person/mappings/person-adt.toml": {"listen": SAMPLES},
    "social/mappings/social-csv.toml": {"files": SAMPLES},
    "social/mappings/social-fhir.toml": {"fhir": SAMPLES},
    "social/mappings/social-lifecare.toml": {"poll": PEOPLE},
    "social/mappings/social-sql.toml": {"sql": PEOPLE},
}
FORMATS = {"hl7v2": ["listen", "files"], "csv": ["files"], "xml": ["files"], "fhir": ["fhir"], "rest-json": ["poll", "sql"]}

ADAPTER = {
    "run": SAMPLES, "keys new": DESK, "test": DESK, "probe": DESK, "status": DESK, "audit": DESK, "erase": DESK,
    "quarantine list": DESK, "quarantine show": DESK, "quarantine resend": DESK, "quarantine discard": DESK,
    "map check": DESK, "map explain": DESK, "map coverage": DESK, "file list": DESK, "file show": DESK,
}
INBOX = {name: DESK for name in [
    "run", "keys new", "list", "show", "answer", "intake", "attachment", "status", "checkpoint", "audit", "decide", "held",
    "sent", "name", "withdraw", "erase", "retention", "account add", "account list", "account disable"]}

# Of adapter.toml, beside the way in.
COMMON = {"source", "sender", "store", "mapping", "hub", "admin", "http", "log", "watch", "watch.feed"}
OF_INBOX = {"controller", "hub", "keys"}


def source(folder):
    return "\n".join(open(path, encoding="utf-8").read() for path in sorted(glob.glob(f"{REPO}/adapters/{folder}/*.cc")))


def connectors(build, folder):
    """The sections by which messages may come in, as the program lists them when there is none."""
    write(os.path.join(folder, "none.toml"), '[source]\nsystem_id = "x"\n')
    told = run([f"{build}/adapters/program/samsignal-adapter", "--check", os.path.join(folder, "none.toml")], check=False)
    listed = re.search(r"how messages come in[^\n]*?one of (\[[^\n]*\])", told.stdout + told.stderr)
    return re.findall(r"\[(\w+)\]", listed[1]) if listed else []


def sections(build, folder):
    """Those, and the tables below them, which stand in the code that reads them."""
    out = set()
    for connector, folders in {"listen": ["mllp"], "files": ["files", "csv", "xml", "sftp"], "fhir": ["fhir"], "poll": ["rest"],
                               "sql": ["sql"]}.items():
        below = {name for one in folders for name in re.findall(r'\b(?:Sub|List)\("(\w+)"\)', source(one))}
        out |= {connector} | {f"{connector}.{name}" for name in below}
    return out | set(connectors(build, folder))


def inbox_sections():
    return set(re.findall(r'root\.Sub\("(\w+)"\)', source("inbox"))) - OF_INBOX


def common_sections():
    text = source("kit")
    return set(re.findall(r'root\.(?:Sub|List)\("(\w+)"\)', "".join(
        open(f"{REPO}/adapters/kit/{name}.cc", encoding="utf-8").read() for name in ["adapter_config", "watch_config"]))) | {
            f"watch.{name}" for name in re.findall(r'watch->List\("(\w+)"\)', text)}


def mappings():
    """Path below adapters/ -> format, of all that is shipped."""
    out = {}
    for path in glob.glob(f"{REPO}/adapters/*/mappings/*.toml"):
        with open(path, "rb") as f:
            out[os.path.relpath(path, f"{REPO}/adapters")] = tomllib.load(f)["mapping"]["format"]
    return out


def formats():
    """Format -> the connectors that say they carry it."""
    out = {}
    listed = re.findall(r"formats\.push_back\((\w+)::", source("program"))
    for folder in listed:
        out[re.search(r'FormatKind kind;\s*kind\.name = "([\w-]+)"', source(folder))[1]] = []
    for path in glob.glob(f"{REPO}/adapters/*/*.cc"):
        text = open(path, encoding="utf-8").read()
        for section, carried in re.findall(r'kind\.section = "(\w+)";\s*kind\.formats = \{([^}]*)\}', text):
            for name in re.findall(r'"([\w-]+)"', carried):
                out.setdefault(name, []).append(section)
    return out


def commands(program, *before):
    """What --help lists, down to the last word."""
    text = run([program, *before, "--help"]).stdout
    listed = re.findall(r"^  ([a-z-]+) ", text.split("\nSubcommands:\n")[1], re.M) if "\nSubcommands:\n" in text else []
    out = set()
    for name in listed:
        out |= commands(program, *before, name)
    return out or {" ".join(before)}


# --- what a test walked --------------------------------------------------------------------------
def configured(lab):
    """(sections, {mapping: connectors}) of the lab's adapters and inboxes that were started."""
    used, mapped = set(), {}
    for process in [lab.adapter, *lab.sources.values(), *lab.inboxes.values()]:
        if not process.starts:
            continue
        with open(next(word for word in process.argv if word.endswith(".toml")), "rb") as f:
            config = tomllib.load(f)
        used |= set(config)
        for name, table in config.items():
            for one in table if isinstance(table, list) else [table]:
                used |= {f"{name}.{key}" for key, value in (one.items() if isinstance(one, dict) else [])
                         if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict))}
        if "mapping" in config:
            path = os.path.realpath(config["mapping"]["file"])
            mapped.setdefault(os.path.relpath(path, os.path.realpath(f"{REPO}/adapters")), set()).update(
                set(config) & {way.split(".")[0] for way in SECTIONS})
    return used, mapped


def walked(lab, checks, test, ran=()):
    """Each way that the tables give to this test was walked: configured and started, or run as a command."""
    used, mapped = configured(lab)
    missing = [way for way, by in {**SECTIONS, **INBOX_SECTIONS}.items() if by == test and way not in used]
    missing += [(mapping, way) for mapping, ways in MAPPINGS.items() for way, by in ways.items()
                if by == test and way not in mapped.get(mapping, set())]
    missing += [("samsignal-adapter", words) for words, by in ADAPTER.items()
                if by == test and words != "run" and ("samsignal-adapter", words) not in ran]
    missing += [("samsignal-inbox", words) for words, by in INBOX.items()
                if by == test and words != "run" and ("samsignal-inbox", words) not in ran]
    checks.that(f"every way of {test} in marked_ways.py was walked", not missing, str(missing))

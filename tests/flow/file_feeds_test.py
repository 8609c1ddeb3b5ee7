"""The person feed's and the social services' files, as shipped, with real processes: every row of the samples is told, the
hub takes every event, what is broken goes aside, and no log line says anything of a person."""
import os
import re

from harness import main, wait_for
from lab import REPO, write
from watched_folder import drop, receipt, start_adapter, use_folder

# Mapping, demo configuration, its sample, the events of it by type; and the broken one with its rows.
FEEDS = [
    ("person/mappings/person-csv.toml", "adapter-person.toml", "person/samples/csv/avisering_20260302.csv",
     {"person.protection.changed": 4, "person.moved": 3, "person.id.linked": 2, "person.deceased": 1},
     "person/samples/csv/avisering_broken_20260303.csv", 8),
    ("social/mappings/social-csv.toml", "adapter-social-csv.toml", "social/samples/csv/soc_dygn_20260302.csv",
     {"social.report.received": 1, "social.protection.assessed": 1, "social.inquiry.decided": 3,
      "social.inquiry.closed": 1, "social.placement.changed": 4, "social.exam.requested": 1,
      "social.aid.dental.decided": 1, "coord.sip.changed": 1, "coord.tsi.changed": 1, "coord.contact.assigned": 4},
     "social/samples/csv/soc_broken_20260303.csv", 5),
]


def configure(lab, original, mapping, config):
    demo = open(f"{REPO}/deploy/config/demo/{config}", encoding="utf-8").read()
    files = re.search(r"\n(\[files\]\n.*?)\n\[mapping\]\n", demo, re.S)[1]
    files = re.sub(r'folder = "[^"]+"', 'folder = "in"\nstable_s = 1\nrescan_s = 1', files)
    write(lab.path("adapter.toml"), original)
    use_folder(lab, files + "\n", mapping)


def drop_sample(lab, sample):
    name = os.path.basename(sample)
    drop(lab, name, open(f"{REPO}/adapters/{sample}", "rb").read())
    return receipt(lab, f"done/{name}.ok", f"failed/{name}.err")


def in_log(lab):
    wait_for("the outbox to drain", lambda: ", 0 not yet at the hub" in lab.adapter_tool("status").stdout, 60)
    return lab.tool("log", "find", "--kind", "event", "--limit", 10000).stdout


def one_feed(lab, checks, original, feed):
    mapping, config, sample, types, broken, rows = feed
    configure(lab, original, mapping, config)
    start_adapter(lab)
    done = drop_sample(lab, sample)
    checks.that(f"{mapping}: every row is taken and receipted", done["outcome"] == "done" and
                done["put_aside"] == 0 and done["events"] == sum(types.values()), str(done))
    log = in_log(lab)
    counts = {name: len(re.findall(re.escape(name) + r"\b", log)) for name in types}
    checks.that(f"{mapping}: the hub has taken every event", counts == types, str(counts))
    bad = drop_sample(lab, broken)
    checks.that(f"{mapping}: broken rows go aside and tell nothing",
                bad["put_aside"] == rows and bad["events"] == 0, str(bad))
    lab.adapter.stop()


def body(lab, checks, _):
    original = open(lab.path("adapter.toml"), encoding="utf-8").read()
    lab.start_hub()
    lab.tick("2026-06-30T19:00:00Z")
    for feed in FEEDS:
        one_feed(lab, checks, original, feed)
    for process in (lab.adapter, lab.hub):
        text = open(process.log_path, encoding="utf-8", errors="replace").read()
        checks.that(f"no log line of {process.name} holds a number or a case",
                    not re.search(r"K069|AA06|202512012384|A-1001|U-77", text))


main(body, receivers=[])

"""Each alert rule is sound, fires when it should, has a row in the runbook and asks for metrics we have."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
RULES = os.path.join(REPO, "deploy/prometheus/samsignal-alerts.yml")
TESTS = os.path.join(HERE, "samsignal_alerts_test.yml")
failed = 0


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def that(rule, holds, detail=""):
    global failed
    failed += 0 if holds else 1
    print(f"  {'ok  ' if holds else 'FAIL'}  {rule}" + (f"  ({detail})" if detail and not holds else ""))


def promtool(build):
    for path in [shutil.which("promtool"),
                 os.path.join(os.path.dirname(os.path.abspath(build)), "tools/usr/bin/promtool")]:
        if path and os.path.exists(path):
            return path
    sys.exit("promtool is missing: deploy/install-packages test")


def our_metrics():
    """Names as the programs give them, with what the exposition adds to a histogram's."""
    names = set()
    for top in ["broker", "adapters"]:
        for folder, _, files in os.walk(os.path.join(REPO, top)):
            for file in files:
                if file.endswith((".cc", ".h")):
                    names.update(re.findall(r'"(samsignal_[a-z_]+)"', read(os.path.join(folder, file))))
    return names | {name + end for name in names for end in ["_bucket", "_sum", "_count"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    tool = promtool(parser.parse_args().build)
    rules, tests = read(RULES), read(TESTS)
    runbook = read(os.path.join(REPO, "deploy/OPERATING.md"))
    alerts = re.findall(r"^ *- alert: (\w+)$", rules, re.M)
    that("there are rules", len(alerts) > 0)
    that("no alert stands twice", len(set(alerts)) == len(alerts))
    tested = re.findall(r"^  - name: (\w+)$", tests, re.M)
    that("one test for each alert, in the same order", tested == alerts, sorted(set(tested) ^ set(alerts)))
    for block in re.split(r"^ *- alert: ", rules, flags=re.M)[1:]:
        name = block.split("\n")[0]
        that(f"{name} says how urgent it is, what is wrong and where to read on",
             re.search(r"severity: (page|ticket)", block) and "summary:" in block and "runbook_url:" in block)
        that(f"{name} has its row in the runbook", f"| `{name}` |" in runbook)
    unknown = set(re.findall(r"samsignal_[a-z_]+", re.sub(r"#.*", "", rules))) - our_metrics()
    that("rules ask only for metrics that we have", not unknown, sorted(unknown))
    alarming = {name for name in our_metrics() if re.search(r"failing|silent|expire|_ends_|held|alarm$|withdrawn$", name)
                and not name.endswith(("_bucket", "_sum", "_count", "_total"))}
    that("there are metrics that are alarms by their names", len(alarming) >= 8, sorted(alarming))
    mute = alarming - set(re.findall(r"samsignal_[a-z_]+", re.sub(r"#.*", "", rules)))
    that("each metric that is an alarm by its name has a rule", not mute, sorted(mute))
    unmeant = set(re.findall(r"^\| `(Samsignal\w+)` \|", runbook, re.M)) - set(alerts)
    that("the runbook has no row of an alert that is gone", not unmeant, sorted(unmeant))
    with tempfile.TemporaryDirectory() as folder:
        for path in [RULES, TESTS]:
            shutil.copy(path, folder)
        for argv in [["check", "rules", "samsignal-alerts.yml"], ["test", "rules", os.path.basename(TESTS)]]:
            done = subprocess.run([tool, *argv], cwd=folder, capture_output=True, text=True, timeout=280)
            that("promtool " + " ".join(argv), done.returncode == 0, done.stdout + done.stderr)
    sys.exit(1 if failed else 0)


main()

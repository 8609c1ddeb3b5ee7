"""Runs every scenario of this folder through the real programs and compares what each receiver got with what
the story says. `--page FOLDER` also writes the stories as pages for people. See README.md for the format."""
import argparse
import concurrent.futures
import glob
import os
import re
import shutil
import sys
import tempfile
import tomllib
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../deploy/lab"))
sys.path.insert(0, os.path.join(HERE, "../flow"))
import page  # noqa: E402
from scene import Scene  # noqa: E402

# The activities of the regional papers and the edge cases that a story, or else a named test, has to hold: words of
# the first column of README.md's tables. What is taken out there is missed here.
MUST_BE_TOLD = """
Home visit newborn, 8 months, extra by need | Rinkeby model | Södra Hälsingland variant | Bollnäs pilot | Joint home visits
BarnSäkert at 6-8 weeks and on | talk with social services | home visit with social services | referral; written information
Dental routine: signal to social services | Dental routine: signal to health care | Involve dental care for the youngest
Edsbyn pilot | Exams of placed children | TSI, SIP | Named contact | Follow-up and statistics | Mobile dental care
permanent mobile teams | Gotland's three levels | Gotland: one organisation | Extended programme offered | Flow "Psykisk hälsa"
Statutory report, answered | the time of its inquiry | Patterns P1 to P10
Missed, later corrected to completed; the receiver offline | The clinic cancelled, coded as a no-show
The same no-show told twice, by two messages; by S26 and by file | Twins mixed up | Reserve number becomes a personal number
New identity together with a protection | A number of ten digits, and its century | The leading zero of 0980 lost
Windows-1252 å ä ö in a file | The hour that comes twice | Born on 29 February | A due date on a public holiday
The child moves between report and receipt; the wrong board forwards | Two boards in one municipality (Gotland)
A guardian with protection, the child without | Siblings: one report each | The sender's private clinic loses its contract
Consent: one of two, withdrawn while queued | A replay of what is disposed of | An operator opens a payload
A subscriber's key is revoked | A report with a PDF of 40 MB | A large first load prompts nobody | A source's clock is wrong
A schema newer than the subscriber
"""
AT_ONCE = 3  # each is a handful of processes that mostly wait


def load(folder):
    with open(os.path.join(folder, "scenario.toml"), "rb") as f:
        scenario = tomllib.load(f)
    scenario["name"] = os.path.basename(folder)
    scenario["folder"] = folder
    return scenario


def play(scenario, build):
    """(findings, what happened); no findings: as the story says."""
    folder = tempfile.mkdtemp(prefix="samsignal-scenario-")
    scene = None
    try:
        scene = Scene(scenario, folder, build)
        scene.run()
        return scene.compare(), scene.told()
    except Exception:  # a scenario that breaks off fails, and the others go on
        logs = scene.tails() if scene else ""
        return [traceback.format_exc() + logs], None
    finally:
        if scene:
            scene.end()
        shutil.rmtree(folder, ignore_errors=True)


def listed():
    """The README's tables name every story, and no other: what is missing from either."""
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as f:
        tables = f.read().split("## Which activity, which story")[1]
    named = {n for n in re.findall(r"`([^`]+)`", tables) if "/" not in n}
    there = {os.path.basename(os.path.dirname(p)) for p in glob.glob(os.path.join(HERE, "*", "scenario.toml"))}
    rows = [line.strip("| ").split(" | ", 1) for line in tables.splitlines() if line.startswith("|") and "`" in line]
    told = [what for what, *stories in rows if stories]
    wanted = [w.strip() for line in MUST_BE_TOLD.strip().splitlines() for w in line.split(" | ")]
    untold = [f"no row of README.md's tables tells: {w}" for w in wanted if not any(w in what for what in told)]
    gone = [n for n in re.findall(r"`(tests/[^`]+)`", tables) if not os.path.exists(os.path.join(HERE, "../..", n))]
    return ([f"{n} stands in README.md and is not there" for n in sorted(named - there) + gone] +
            [f"{n} is in no table of README.md" for n in sorted(there - named)] + untold)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="folders of this one; all when none is named")
    parser.add_argument("--build", required=True)
    parser.add_argument("--page", help="write index.html here")
    arguments = parser.parse_args()
    folders = [os.path.dirname(p) for p in sorted(glob.glob(os.path.join(HERE, "*", "scenario.toml")))]
    if arguments.names:
        folders = [f for f in folders if os.path.basename(f) in arguments.names]
    scenarios = [load(folder) for folder in folders]
    build = os.path.abspath(arguments.build)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda scenario: play(scenario, build), scenarios))
    failed = 0
    for finding in [] if arguments.names else listed():
        print(f"  FAIL  {finding}")
        failed += 1
    for scenario, (findings, _) in zip(scenarios, results):
        print(f"  {'FAIL' if findings else 'ok  '}  {scenario['name']}: {scenario['title']['en']}")
        for finding in findings:
            print("        " + finding.replace("\n", "\n        "))
        failed += bool(findings)
    if arguments.page:
        os.makedirs(arguments.page, exist_ok=True)
        page.write(os.path.join(arguments.page, "index.html"),
                   [(scenario, told) for scenario, (_, told) in zip(scenarios, results) if told])
    print(f"{max(0, len(scenarios) - failed)} passed, {failed} failed")
    sys.exit(1 if failed or not scenarios else 0)


if __name__ == "__main__":
    main()

"""The pages that are files, in Debian's chromium: the statistics in both languages and the page of stories. axe finds nothing
on them, they are no wider than a screen of 320 px, and they ask nobody for anything."""
import os
import subprocess
import sys

import node_client
from harness import LabError, main
from lab import REPO
from statistics_and_access_test import fill

STORIES = ["repeated-misses", "both-sides-of-one-region", "wrong-board-forwards"]


def pages_of(lab):
    fill(lab)
    lab.tick("2026-04-02T07:00:00Z")
    files = {}
    for lang in ("sv", "en"):
        files[f"statistics-{lang}"] = lab.path(f"statistics-{lang}.html")
        lab.tool("--lang", lang, "statistics", "--period", "2026-Q1", "--format", "html", "-o", files[f"statistics-{lang}"])
    told = subprocess.run([sys.executable, "-B", os.path.join(REPO, "tests/scenarios/scenarios_test.py"), "--build", lab.build,
                           "--page", lab.path("stories"), *STORIES], capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise LabError(told.stdout[-800:] + told.stderr[-800:])
    return {**files, "stories": lab.path("stories/index.html")}


def body(lab, checks, _arguments):
    browser = node_client.Browser(lab)
    files = pages_of(lab)
    rows = browser.look("files", checks, {"files": files})
    pages = [r for r in rows if "page" in r]
    checks.that("every page was looked at, twice", len(pages) == 2 * len(files), str([r["page"] for r in pages]))
    for row in pages:
        checks.that(f"axe finds nothing on {row['page']}", not row["violations"] and row["rules"] > 10,
                    f"{row['rules']} rules; {row['violations']}")
        if row["page"].endswith("-narrow"):
            checks.that(f"{row['page']} is no wider than its screen", row["wide"] <= 0, str(row["wide"]))
    checks.that("no page complains or asks for anything", not [r for r in rows if "console" in r],
                str([r for r in rows if "console" in r][:3]))


if __name__ == "__main__":
    main(body)

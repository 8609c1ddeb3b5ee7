"""The tests of marked people know every way into the product, and their search can fail.

Rules: every section, format, shipped mapping and subcommand stands in marked_ways.py beside the test that walks it; a mark in a
packed store, also in a version that was overwritten, in a file, in a file's or folder's name, and in other encodings is found.
"""
import base64
import os
import shutil

import marked_ways as ways
from harness import main
from lab import REPO, run, write
from marked_search import Search
from marks import NUMBER, marked


def same(checks, what, product, table):
    product, table = set(product), set(table)
    checks.that(f"{what} of the product are those of marked_ways.py", product == table and len(product) > 1,
                f"not in the table: {sorted(product - table)}; not in the product: {sorted(table - product)}")


def tables(lab, checks):
    build = lab.build
    same(checks, "connectors", ways.connectors(build, lab.folder), {way for way in ways.SECTIONS if "." not in way})
    same(checks, "sections", ways.sections(build, lab.folder), ways.SECTIONS)
    same(checks, "other sections", ways.common_sections(), ways.COMMON)
    same(checks, "inbox sections", ways.inbox_sections(), ways.INBOX_SECTIONS)
    same(checks, "mappings", ways.mappings(), ways.MAPPINGS)
    same(checks, "formats and their connectors", {(name, way) for name, to in ways.formats().items() for way in to},
         {(name, way) for name, to in ways.FORMATS.items() for way in to})
    by = {(form, way) for mapping, form in ways.mappings().items() for way in ways.MAPPINGS.get(mapping, {})}
    same(checks, "formats walked", by, {(name, way) for name, to in ways.FORMATS.items() for way in to})
    same(checks, "commands of the adapter", ways.commands(lab.bin("samsignal-adapter")), ways.ADAPTER)
    same(checks, "commands of the inbox", ways.commands(lab.bin("samsignal-inbox")), ways.INBOX)
    tests = {test for table in [ways.SECTIONS, ways.INBOX_SECTIONS, ways.ADAPTER, ways.INBOX, *ways.MAPPINGS.values()]
             for test in table.values()}
    checks.that("and the tests it names are there", all(os.path.exists(f"{REPO}/tests/flow/{test}.py") for test in tests),
                str(sorted(tests)))


def found_by(lab, make):
    """What the search finds in a folder that `make` has filled."""
    folder = lab.path("planted")
    os.makedirs(folder)
    make(folder)
    look = Search(folder, lab.build)
    shutil.rmtree(folder)
    return look


def the_search_can_fail(lab, checks):
    tool = os.path.join(lab.build, "tests/support/sam_store_rows")
    clean = found_by(lab, lambda folder: run([tool, "--plant", f"{folder}/store", "nobody at all"]))
    checks.that("a store without a mark is clean, and was read", not clean.found and clean.rows > 2_000, clean.told())
    packed = found_by(lab, lambda folder: run([tool, "--plant", f"{folder}/store", f"child {NUMBER} Kanariesson"]))
    checks.that("a mark in a packed store is found, and only in its rows, though it was overwritten",
                [where for where, _ in packed.found] == ["rows of store"], packed.told())
    broken = lab.path("broken")
    run([tool, "--plant", broken, "x"])
    for name in os.listdir(broken):
        if name.endswith(".sst"):
            write(os.path.join(broken, name), "no table")
    try:
        Search(broken, lab.build)
        refused = False
    except OSError:
        refused = True
    checks.that("a store that cannot be read is no clean one", refused)
    for what, make in {
            "a file's name": lambda folder: write(f"{folder}/natt_{NUMBER[2:]}.csv", ""),
            "a folder's name": lambda folder: os.makedirs(f"{folder}/Kanariesson/empty"),
            "a file": lambda folder: write(f"{folder}/x.log", f"bad row {NUMBER[:8]}-{NUMBER[8:]}"),
            "a file in a folder": lambda folder: (os.makedirs(f"{folder}/a/b"), write(f"{folder}/a/b/c", "kanariefras"))}.items():
        checks.that(f"a mark in {what} is found", found_by(lab, make).found)
    name = "Märtagull"
    for form in [name.upper().encode(), name.encode("latin-1"), name.encode("utf-16-le"), b"x" + name.encode().hex().encode(),
                 b'{"n":"M\\u00e4rtagull"}', b"/a?n=M%C3%A4rtagull",
                 *(base64.b64encode(b"x" * n + name.encode() + b" and more") for n in range(3))]:
        checks.that(f"a mark is found as {form[:40]}", marked(b"\0before" + form + b"behind\n") is not None)


def body(lab, checks, _arguments):
    tables(lab, checks)
    the_search_can_fail(lab, checks)


if __name__ == "__main__":
    main(body, receivers=[])

"""The shipped samples, told of marked people: whole, and again and again with one value after the other made a mark, so
that each field of each format is once what nobody expects there."""
import csv
import glob
import io
import itertools
import json
import os
import re

import harness  # noqa: F401  knows where the lab is
from lab import REPO
from marks import ADULT, NUMBER

# Of the samples: numbers, names and words, with the marks in their place.
PEOPLE = [("1.2.752.113.11.0.2.1.1.1", "1.2.752.129.2.1.3.1"), ("1.2.752.74.9.1", "1.2.752.129.2.1.3.1"),
          ("20210325K069", NUMBER), ("202512012384", NUMBER), ("98240301AA06", ADULT), ("196109732393", ADULT),
          ("196101182803", ADULT), ("200001252386", ADULT), ("2021-03-25", "2026-01-17"), ("20210325", "20260117"),
          ("Testsson", "Kanariesson"), ("Barn", "Märtagull"), ("Provgatan 1", "Kanariegatan 9"), ("Canaryord", "Kanariefras"),
          ("0701740605", "0701740633"), ("Maj", "Märtagull"), ("an3_", f"{NUMBER}_Kanariesson_"),
          ("Journalutdrag", "Kanariesson"), ("2121", "2183")]  # the municipality that the lab has a reception for


class Marks:
    """One mark after the other, and numbers that no two messages share."""

    def __init__(self, prefix):
        self.prefix, self.count = prefix, 0
        self.values = itertools.cycle([NUMBER, "Kanariesson Märtagull", "Kanariefras", "0701740633", NUMBER[2:8] + "-" + NUMBER[8:]])

    def value(self):
        return next(self.values)

    def name(self):
        self.count += 1
        return f"{self.prefix}{self.count:05d}"


def of_marked(text):
    for old, new in PEOPLE:
        text = text.replace(old, new)
    return text


def samples(pattern):
    """Texts of the files below the repository that fit, of marked people."""
    out = []
    for path in sorted(glob.glob(os.path.join(REPO, pattern))):
        with open(path, "rb") as f:
            data = f.read()
        out.append(of_marked(data.decode("utf-8", "replace")))
    assert out, f"no sample fits {pattern}"
    return out


def hl7(pattern):
    """Messages: each sample, and each with one field a mark."""
    marks = Marks("W")
    for text in samples(pattern):
        segments = re.split(r"[\r\n]+", text.strip())
        yield numbered(segments, marks.name())
        for at, segment in enumerate(segments):
            fields = segment.split("|")
            for number in range(2 if fields[0] == "MSH" else 1, len(fields)):
                if fields[number]:
                    changed = "|".join(fields[:number] + [marks.value()] + fields[number + 1:])
                    with_one = segments[:at] + [changed] + segments[at + 1:]
                    yield numbered(with_one, marks.name()) if (at, number) != (0, 9) else "\r".join(with_one)


def numbered(segments, name):
    head = segments[0].split("|")
    head[9:10] = [name]
    return "\r".join(["|".join(head), *segments[1:]])


def hl7_batch(pattern):
    """The same as one file."""
    return "\r".join([*hl7(pattern), ""])


def csv_file(pattern, id_column=None):
    """The rows of each sample as one file with the columns of all: each row, and each with one value a mark."""
    marks, rows = Marks("W"), []
    for text in samples(pattern):
        rows += csv.DictReader(io.StringIO(text, newline=""), delimiter=";", restval="")
    heads = list(dict.fromkeys(name for row in rows for name in row if name))
    out = io.StringIO(newline="")
    sheet = csv.writer(out, delimiter=";")
    sheet.writerow(heads)
    for number, row in enumerate(rows):
        for changed in [None, *(name for name in heads if number == 0 or row.get(name))]:
            sheet.writerow(marks.value() if name == changed else marks.name() if name == id_column and row.get(name)
                           else row.get(name, "") for name in heads)
    return out.getvalue()


def leaves(value, path=()):
    """Paths of all that is a text in JSON."""
    if isinstance(value, str):
        yield path
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []:
        yield from leaves(below, (*path, key))


def fhir(pattern):
    """Resources and bundles: each sample, and each with one text a mark."""
    marks = Marks("w")
    for text in samples(pattern):
        whole = json.loads(text)
        for path in [None, *leaves(whole)]:
            if path == ("resourceType",):
                continue  # where it is sent
            one = json.loads(text)
            if "id" in one:
                one["id"] = marks.name()
            place = one
            for key in (path or ())[:-1]:
                place = place[key]
            if path and path != ("id",):
                place[path[-1]] = marks.value()
            yield one


def rest(pattern):
    """(endpoint, row): each row of the samples, and each with one value a mark."""
    marks, count = Marks("w"), itertools.count(70_001)
    for path in sorted(glob.glob(os.path.join(REPO, pattern))):
        with open(path, encoding="utf-8") as f:
            rows = json.loads(of_marked(f.read()))
        for row in rows:
            for key in [None, *row]:
                one = {**row, "Id": next(count)}
                yield re.split("[.-]", os.path.basename(path))[0], {**one, key: marks.value()} if key else one


def xml_file(pattern):
    """The records of each sample as one file: each record, and each with one value a mark."""
    marks, out = Marks("W"), []
    texts = [text for text in samples(pattern) if "<handelse" in text]  # not the one in UTF-16
    head = texts[0][:texts[0].index("<handelse")]
    for text in texts:
        for record in re.findall(r"<handelse.*?</handelse>", text, re.S):
            record = re.sub(r'id="[^"]*"', 'id="NAME"', record, count=1)
            for value in [None, *re.finditer(r'(?<==")[^"]*(?=")|(?<=>)[^<>]*\S[^<>]*(?=<)', record)]:
                one = record if value is None else record[:value.start()] + marks.value() + record[value.end():]
                out.append(one.replace("NAME", marks.name(), 1))
    return head + "\n".join(out) + "\n</leverans>\n"

"""Paths of a signal's fields in words: the schemas' own Swedish terms, out of the glossary that a test keeps true
(schemas/README.md), and the field's name in English. A path without a term is an error: nobody reads a page of paths."""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))


def tables():
    """{struct: {field: (type, Swedish)}}"""
    out, struct = {}, None
    with open(os.path.join(HERE, "../../schemas/README.md"), encoding="utf-8") as f:
        for line in f:
            head = re.match(r"#### ([\w.]+)", line)
            if head:
                struct = out.setdefault(head.group(1), {})
            row = re.match(r"\| (\w+) \| ([\w.()]+) \| S\d \| (.*?) \|", line)
            if row and struct is not None:
                struct.setdefault(row.group(1), (row.group(2), row.group(3)))
    return out


STRUCTS = tables()


def term(path):
    """(Swedish, English) of a field such as body.overdue.visitCode. KeyError: the schema has no such field."""
    parts = path.split(".")
    struct, words = "Signal", []
    if parts[0] == "body":
        struct, parts = "Signal.body", parts[1:]
    for part in parts:
        kind, swedish = STRUCTS[struct][part]
        words.append((swedish, re.sub(r"([A-Z])", lambda m: " " + m.group(1).lower(), part)))
        inner = re.fullmatch(r"List\(([\w.]+)\)", kind)
        struct = inner.group(1) if inner else kind
    # Whose body it is stands beside; of what is deeper the last word is enough where it names a thing by itself.
    own = words[1:] if path.startswith(("body.", "subject.")) and len(words) > 1 else words
    return ": ".join(sv for sv, _ in own[-2:]), ": ".join(en for _, en in own[-2:])


def listed(paths):
    """The same of many: each term once, in order."""
    told = sorted({term(path) for path in paths})
    return ", ".join(sv for sv, _ in told), ", ".join(en for _, en in told)

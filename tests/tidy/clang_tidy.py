#!/usr/bin/env python3
"""clang-tidy over every file, a room at a time: tests/tidy/clang_tidy.py BUILD [--jobs N] [--only PART]

BUILD is a configured tree of the preset "tidy", which joins the files of a room as the release does.
The headers of a room are the dear part: read once for eight files, the whole takes a third of the time.
CMake joins by #include, and the analyzer walks no function that was included; so the text itself is
joined here, and a finding's line is told by its own file's name and number again.
What was clean is not read again until a file that it includes has changed (BUILD/joined/clean).
Exit: 0 nothing found, 1 findings (printed once each), 2 the tree is not there."""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FINDING = re.compile(r'^(?P<file>[^:\n]+):(?P<line>\d+):(?P<rest>\d+: (?:error|warning|note): .*)$')


def parts_of(source):
    """The files that one entry compiles: those that CMake joined, or the one file."""
    if '/Unity/unity_' not in str(source):
        return [source]
    return [pathlib.Path(p) for p in re.findall(r'#include "([^"]+)"', source.read_text())]


def join(parts, target):
    """Writes the texts into one file; returns for each of its lines (file, line)."""
    origin, text = [], []
    for part in parts:
        lines = part.read_text().splitlines()
        origin += [(part, number) for number in range(1, len(lines) + 1)]
        text += lines
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text('\n'.join(text) + '\n')
    return origin


@functools.lru_cache(maxsize=None)
def text_of(path):
    return path.read_bytes() if path.is_file() else b""


def fingerprint(parts, build, flags):
    """Of all that clang-tidy reads of ours: the files, what they include, the flags and the checks."""
    found, left = set(), list(parts)
    while left:
        path = left.pop()
        if path in found:
            continue
        found.add(path)
        for name in re.findall(rb'^\s*#\s*include "([^"]+)"', text_of(path), re.M):
            left += [p for p in (ROOT / name.decode(), build / name.decode(), build / "generated" / name.decode(),
                                 path.parent / name.decode()) if p.is_file()]
    digest = hashlib.sha256("\0".join(flags).encode() + text_of(ROOT / ".clang-tidy"))
    for path in sorted(found):
        digest.update(str(path).encode() + b"\0" + text_of(path) + b"\0")
    return digest.hexdigest()


def told(output, joined, origin):
    """The findings, by the names and lines of the files that people edit."""
    for line in output.splitlines():
        match = FINDING.match(line)
        if not match:
            continue
        file, number = match['file'], int(match['line'])
        if file == str(joined):
            file, number = origin[number - 1]
        yield f"{os.path.relpath(file, ROOT)}:{number}:{match['rest']}"


def check(entry, place, index):
    """(files, findings, failed) of one entry."""
    parts = parts_of(pathlib.Path(entry['file']))
    joined = place / f'{index}_{parts[0].stem}.cc'
    origin = join(parts, joined)
    flags = shlex.split(entry['command'])[1:]
    flags = flags[:flags.index('-o')]
    clean = place / 'clean' / fingerprint(parts, place.parent, flags)
    if clean.is_file():
        return len(parts), [], 0
    run = subprocess.run(
        ['clang-tidy-14', f'--config-file={ROOT}/.clang-tidy', '--quiet', str(joined), '--', *flags,
         '-iquote', str(parts[0].parent)],
        cwd=entry['directory'], capture_output=True, text=True, check=False)
    findings = list(told(run.stdout, joined, origin))
    if run.returncode and not findings:
        findings = [f'{parts[0]}: clang-tidy ended with {run.returncode}: {run.stderr[-400:]}']
    if run.returncode == 0:
        clean.parent.mkdir(exist_ok=True)
        clean.touch()
    return len(parts), findings, run.returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--only', default='', help='only entries with this in their path')
    args = parser.parse_args()
    database = args.build / 'compile_commands.json'
    if not database.is_file():
        print(f'{database} is not there: deploy/build tidy sam_schemas makes it')
        return 2
    entries = [e for e in json.loads(database.read_text())
               if 'sam_schemas' not in e['file'] and args.only in e['file']]
    files, bad, seen = 0, 0, set()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        jobs = [pool.submit(check, entry, (args.build / 'joined').resolve(), index)
                for index, entry in enumerate(entries)]
        for job in concurrent.futures.as_completed(jobs):
            count, findings, code = job.result()
            files += count
            bad += code != 0
            for finding in findings:
                if finding not in seen:
                    seen.add(finding)
                    print(finding, flush=True)
    print(f'{files} files in {len(entries)} joined texts, {bad} with findings')
    return 1 if bad or not files else 0


if __name__ == '__main__':
    sys.exit(main())

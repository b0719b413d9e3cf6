#!/usr/bin/env python3
"""Holds the style rules that a machine can check over server/, tests/ and scripts/: tests/tidy/style.py [TOP]

Prints file:line: rule: what to do, and ends with 1 when there is anything to do."""
import os
import sys

sys.dont_write_bytecode = True

from rooms import check_links, read_links
from rules import CPP_RULES, TEXT_RULES
from source import Source


def check(source, links):
    """(path, line, rule, what to do) of everything that is wrong in one file."""
    rules = CPP_RULES if source.is_cpp else TEXT_RULES
    for name, rule in rules.items():
        if name == 'unfinished' and source.path.startswith('tests/tidy/'):
            continue  # the rule's own words
        for number, advice in rule(source, links):
            yield source.path, number, name, advice


def files(top):
    for folder in ('server', 'tests', 'scripts'):
        for where, folders, found in os.walk(os.path.join(top, folder)):
            folders[:] = sorted(name for name in folders if name not in ('corpus', '__pycache__'))
            for name in sorted(found):
                path = os.path.relpath(os.path.join(where, name), top)
                if name.endswith(('.h', '.cpp', '.py', '.sh', 'CMakeLists.txt')) or folder == 'scripts':
                    yield path


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..', '..')
    with open(os.path.join(top, 'CMakeLists.txt'), encoding='utf-8') as file:
        cmake = file.read()
    problems = list(check_links('CMakeLists.txt', cmake))
    links = read_links(cmake)
    count = 0
    for path in files(top):
        with open(os.path.join(top, path), encoding='utf-8', errors='surrogateescape', newline='') as file:
            problems += check(Source(path, file.read()), links)
        count += 1
    for path, number, rule, advice in problems:
        print(f'{path}:{number}: {rule}: {advice}')
    print(f'{count} files, {len(problems)} problems')
    return 1 if problems or count == 0 else 0


if __name__ == '__main__':
    sys.exit(main())

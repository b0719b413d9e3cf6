#!/usr/bin/env python3
"""Compiles every header of server/ by itself, with the flags of its room: headers.py TOP BUILD [HEADER...]

What compiled is remembered in BUILD/headers.json until the header, or anything that it includes, changes."""
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile


def flags_by_room(build):
    """{room: (compiler, flags)} from the compile commands; '' has those of any room."""
    with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as file:
        commands = json.load(file)
    found = {}
    for entry in commands:
        words = shlex.split(entry['command'])
        while 'ccache' in words[0]:
            words.pop(0)
        kept, at = [words[0]], 1
        while at < len(words):
            if words[at] in ('-o', '-c', '-MF', '-MT', '-MQ'):
                at += 1 if words[at] == '-c' else 2
                continue
            if re.match(r'-(I|D|U|std=|W|f(?!sanitize))', words[at]):
                kept.append(words[at])
            elif words[at] in ('-isystem', '-include'):
                kept += words[at:at + 2]
                at += 1
            at += 1
        match = re.search(r'/server/(\w+)/', entry['file'])
        if match:
            found.setdefault(match.group(1), kept)
            found.setdefault('', kept)
    return found


def dependencies(make_rule):
    return shlex.split(make_rule.replace('\\\n', ' ').split(':', 1)[1])


def stamp(paths):
    return {path: os.stat(path).st_mtime_ns for path in paths}


def is_fresh(remembered, flags):
    try:
        return remembered['flags'] == flags and remembered['files'] == stamp(remembered['files'])
    except (OSError, KeyError, TypeError):
        return False


def compile_alone(header, flags):
    """(what the compiler said, or '', the files it read)"""
    with tempfile.TemporaryDirectory() as folder:
        rule, source = os.path.join(folder, 'deps'), os.path.join(folder, 'alone.cpp')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(f'#include "{header}"\n#include "{header}"\n')
        done = subprocess.run([*flags, '-fsyntax-only', '-MD', '-MF', rule, source], capture_output=True,
                              text=True, timeout=120, check=False)
        if done.returncode != 0:
            return done.stderr, []
        with open(rule, encoding='utf-8') as file:
            return '', [path for path in dependencies(file.read()) if not path.startswith(folder)]


def main():
    top, build = (os.path.abspath(path) for path in sys.argv[1:3])
    headers = sys.argv[3:] or sorted(
        os.path.join(where, name)
        for where, _, names in os.walk(os.path.join(top, 'server')) for name in names if name.endswith('.h'))
    memory_path = os.path.join(build, 'headers.json')
    try:
        with open(memory_path, encoding='utf-8') as file:
            memory = json.load(file)
    except (OSError, ValueError):
        memory = {}
    flags = flags_by_room(build)

    def flags_of(header):
        match = re.search(r'/server/(\w+)/', header)
        return flags.get(match.group(1) if match else '', flags[''])

    stale = [header for header in headers if not is_fresh(memory.get(header), flags_of(header))]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(lambda header: compile_alone(header, flags_of(header)), stale)
        for header, (said, files) in zip(stale, results):
            if said:
                failed += 1
                print(f'{os.path.relpath(header, top)}:1: compiles-alone: include what it uses:\n{said}')
            else:
                memory[header] = {'flags': flags_of(header), 'files': stamp(files)}
    with open(memory_path, 'w', encoding='utf-8') as file:
        json.dump({header: memory[header] for header in headers if header in memory}, file)
    print(f'{len(headers)} headers, {len(stale)} compiled, {failed} do not compile alone')
    return 1 if failed or not headers else 0


if __name__ == '__main__':
    sys.exit(main())

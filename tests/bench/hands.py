#!/usr/bin/env python3
"""How long the hands take in the middle of a fan-out to 850,000: freeze, thaw, recall, trace.

From giving the command (a process of its own) to the last copy that the sink took, and for the trace to its
last line. Times depend on the machine."""
import argparse
import subprocess
import time

from ground import BREAKWATER, Folder, Post, wait_for
from storm_latency import House


def command(house, *words):
    began = time.monotonic()
    words = [BREAKWATER, '-c', house.config, *words]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return time.monotonic() - began, done.stdout


def last_growth(house, seconds):
    """Seconds from now until the record of the sink grew for the last time, watched that long."""
    began, size, last = time.monotonic(), house.record_size(), 0.0
    while time.monotonic() - began < seconds:
        now = house.record_size()
        if now != size:
            size, last = now, time.monotonic() - began
        time.sleep(0.005)
    return last


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--members', type=int, default=850_000)
    parser.add_argument('--latency-ms', type=int, default=20)
    options = parser.parse_args()
    with Folder() as folder:
        house = House(folder, options.members, options.latency_ms)
        Post(house.port, ['all@lists.example'])
        wait_for('the first copies', lambda: house.record_size() > 0, 20)
        time.sleep(0.5)
        for words in (('list', 'freeze', 'all@lists.example'), ('list', 'thaw', 'all@lists.example')):
            took, said = command(house, *words, '--reason', 'measured')
            if words[1] == 'freeze':
                last = last_growth(house, 2)
                print(f'freeze   answered after {took:.2f} s; the last copy {took + last:.2f} s after it')
            else:
                print(f'thaw     answered after {took:.2f} s')
            print('         ' + said.strip())
        size = house.record_size()
        wait_for('it to go on', lambda: house.record_size() > size, 20)
        _, listed = command(house, 'posting', 'ls', '--json')
        posting = listed.split('"posting":"', 1)[1].split('"', 1)[0]
        took, said = command(house, 'posting', 'recall', posting, '--reason', 'measured')
        last = last_growth(house, 2)
        print(f'recall   answered after {took:.2f} s; the last copy {took + last:.2f} s after it')
        print('         ' + said.strip())
        took, rows = command(house, 'posting', 'trace', posting, '--csv')
        delivered = sum(',delivered,' in row for row in rows.splitlines())
        print(f'trace    {len(rows.splitlines()) - 1} rows in {took:.2f} s, {delivered} of them delivered')
        counts = house.end()
        print(f'the sink took {counts["recipients"]}')
        return 0 if delivered == counts['recipients'] else 1


if __name__ == '__main__':
    raise SystemExit(main())

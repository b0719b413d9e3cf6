#!/usr/bin/env python3
"""The experiment of Postfix's SCHEDULER_README with the real server: the next one admits five connections at
once and answers 421 to the others. How many recipients are deferred, how many connections refused?

    BREAKWATER=build/release/breakwater tests/bench/limiter.py [--members N] [--admits K] [--recipients R]

The document's three rules for Postfix defer 16.5, 24.5 and 49.7 % of the mail. Its latency was a second a
recipient, 2,000 recipients, two a delivery; here it is 20 ms a delivery, so that it takes seconds.
"""
import argparse
import json
import re
import sys
import time

import breakwater as breakwater_server
from ground import Folder, Post, Sink


def events(path, name):
    with open(path, encoding='utf-8') as log:
        for line in log:
            if re.search(rf'\b{name}\b', line):
                yield line


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument('--members', type=int, default=40_000)
    words.add_argument('--admits', type=int, default=5)
    words.add_argument('--recipients', type=int, default=10, help='of one transaction')
    words.add_argument('--latency-ms', type=int, default=20)
    words.add_argument('--connections', type=int, default=20, help="the route's, at most")
    words.add_argument('--individual', action='store_true')
    given = words.parse_args()
    breakwater_server.CONFIG += f'recipients = {given.recipients}\nconnections = {given.connections}\n'
    with Folder() as folder:
        sink = Sink(given.members, '--max-sessions', str(given.admits), '--latency-ms', str(given.latency_ms))
        server = breakwater_server.Breakwater(folder, sink.port, given.members,
                                              'individual' if given.individual else 'batch')
        try:
            post = Post(server.port, ['list@lists.example'])
            counts = sink.counts(600)
            seconds = counts['last_us'] / 1e6 - post.at
            time.sleep(0.5)
        finally:
            server.end()
        log = f'{folder}/breakwater/log'
        left = re.compile(r'\bleft[=: "]+(\d+)')
        deferred = sum(int(left.search(line).group(1)) for line in events(log, 'deferred'))
        refused = sum(1 for _ in events(log, 'refused'))
    opened = counts['connections'] + counts['turned_away']
    print(json.dumps({
        'members': given.members, 'admits': given.admits, 'delivered': counts['recipients'],
        'percent_deferred': round(100 * deferred / given.members, 2), 'connections': opened,
        'refused_connections': counts['turned_away'], 'refused_slices': refused,
        'transactions': counts['transactions'], 'seconds': round(seconds, 2),
        'connections_in_use': round(counts['transactions'] * given.latency_ms / 1000 / seconds, 2)}))
    return 0 if counts['recipients'] == given.members else 1


if __name__ == '__main__':
    sys.exit(main())

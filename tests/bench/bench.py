#!/usr/bin/env python3
"""Breakwater beside Postfix, mlmmj and Mailman 3: the same sink, the same message, in the same run.

- accept: durable messages accepted per second at 1, 10 and 50 connections (2 KiB). Postfix throws them away
  (discard). Breakwater once has nobody to send them to, and once does its whole work for them: a list of one
  member, whose copies go to the sink. mlmmj and Mailman stand behind an MTA, which is what accepts.
- copies: one message to a list, from its 250 to the last copy at the sink, in batches of 100 and with one
  recipient a transaction; CPU time, and the peak of memory, all processes together, shared pages once.
- cost: Breakwater alone, with more members, more domains, a larger message, nested lists, a slower sink.
Prints the tables as markdown; writes results.json and chart.svg. Figures depend on the machine and on what
else it does; their ratios less so."""
import argparse
import json
import os
import signal
import sys
import time

from breakwater import Breakwater
from chart import chart
from machine import machine
from mailman import Mailman
from measure import accepting, demo, fan_out
from mlmmj import Mlmmj
from postfix import Postfix
from report import tables, write_into_docs

KINDS = {kind.NAME.split()[0].lower(): kind for kind in (Breakwater, Postfix, Mlmmj, Mailman)}
# (server, way, members, runs, the sink acknowledges at once): what each can do within a minute or two.
COPIES = [(Breakwater, 'batch', 100_000, 3, False), (Breakwater, 'individual', 100_000, 3, False),
          (Breakwater, 'chunking', 100_000, 3, False),
          (Postfix, 'batch', 100_000, 3, False), (Postfix, 'individual', 100_000, 1, False),
          (Mlmmj, 'batch', 100_000, 3, True), (Mlmmj, 'individual', 100_000, 1, True),
          (Mlmmj, 'batch', 10_000, 1, False), (Mlmmj, 'individual', 500, 1, False),
          (Mailman, 'batch', 10_000, 3, False), (Mailman, 'individual', 1000, 1, False)]
FULL_COPIES = [(Breakwater, way, 850_000, 1, False) for way in ('batch', 'individual', 'chunking')] + [
    (Postfix, 'batch', 850_000, 1, False), (Mlmmj, 'batch', 850_000, 1, True),
    (Mailman, 'batch', 100_000, 1, False)]
QUICK_COPIES = [(Breakwater, 'batch', 5000, 1, False), (Breakwater, 'individual', 5000, 1, False),
                (Breakwater, 'chunking', 5000, 1, False),
                (Postfix, 'batch', 5000, 1, False), (Postfix, 'individual', 2000, 1, False),
                (Mlmmj, 'batch', 5000, 1, True), (Mlmmj, 'individual', 5000, 1, True),
                (Mlmmj, 'batch', 500, 1, False), (Mlmmj, 'individual', 50, 1, False),
                (Mailman, 'batch', 500, 1, False), (Mailman, 'individual', 50, 1, False)]
ALL_WAYS = ('batch', 'individual', 'chunking')
# (what, options of the demo, ways, runs)
COST = [('10,000 members', ['--members', '10000'], ALL_WAYS, 3),
        ('100,000 members', ['--members', '100000'], ALL_WAYS, 3),
        ('850,000 members', ['--members', '850000'], ('batch',), 3),
        ('850,000 members', ['--members', '850000'], ('individual', 'chunking'), 1),
        ('3,000,000 members', ['--members', '3000000'], ('batch',), 1),
        ('1 domain', ['--members', '100000', '--domains', '1'], ('batch', 'individual'), 3),
        ('1,000 domains', ['--members', '100000', '--domains', '1000'], ('batch', 'individual'), 3),
        ('50 KiB', ['--members', '100000', '--size', '51200'], ALL_WAYS, 3),
        ('10 nested lists of 100,000', ['--members', '550000', '--nested', '10'], ('batch', 'individual'), 1),
        ('a sink that takes 20 ms', ['--members', '100000', '--sink-latency-ms', '20'], ('batch',), 1),
        ('a sink that takes 20 ms', ['--members', '10000', '--sink-latency-ms', '20'],
         ('individual', 'chunking'), 1)]
FULL_COST = [('3,000,000 members', ['--members', '3000000'], ('individual', 'chunking'), 1)]
QUICK_COST = [('1,000 members', ['--members', '1000'], ALL_WAYS, 1),
              ('10 nested lists', ['--members', '1100', '--nested', '10'], ('batch',), 1),
              ('a sink that takes 20 ms', ['--members', '1000', '--sink-latency-ms', '20'], ('batch',), 1)]


def log(text):
    print(text, file=sys.stderr, flush=True)


def chosen(arguments):
    """The servers to measure: what is asked for and can be started here."""
    wanted = arguments.only or list(KINDS)
    found = []
    for name in wanted:
        kind = KINDS[name]
        if kind is not Breakwater and os.geteuid() != 0:
            log(f'{kind.NAME} is left out: only root can start it (sudo scripts/bench)')
        elif not os.path.exists(kind.NEEDS):
            log(f'{kind.NAME} is left out: {kind.NEEDS} is not there (scripts/install bench)')
        else:
            found.append(kind)
    return found


def run(arguments, results):
    kinds, quick = chosen(arguments), arguments.quick
    messages, runs = (500, 1) if quick else (3000, 3)
    if 'accept' in arguments.part:
        for kind, members in ((Breakwater, 0), (Breakwater, 1), (Postfix, 0)):
            if kind in kinds:
                name = f'{kind.NAME}, one member' if members else kind.NAME
                log(f'accepting: {name} ...')
                results['accept'][name] = accepting(kind, members, messages, runs)
    if 'copies' in arguments.part:
        plan = QUICK_COPIES if quick else COPIES + FULL_COPIES * arguments.full
        for kind, way, members, times, quick_ack in plan:
            if kind in kinds:
                log(f'copies: {kind.NAME}, {way}, {members:,} members ...')
                results['copies'].append(fan_out(kind, way, members, times, quick_ack))
    if 'cost' in arguments.part and Breakwater in kinds:
        for what, words, ways, times in QUICK_COST if quick else COST + FULL_COST * arguments.full:
            for way in ways:
                log(f'cost: {what}, {way} ...')
                results['cost'].append({'what': what, **demo(way, words, times)})


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--quick', action='store_true', help='a small run: a few thousand members')
    parser.add_argument('--full', action='store_true',
                        help='the peers with 850,000 members too (Mailman: 100,000), 3,000,000 one by one')
    parser.add_argument('--only', choices=list(KINDS), action='append', help='this server; may be repeated')
    parser.add_argument('--part', choices=['accept', 'copies', 'cost'], action='append', help='this part')
    parser.add_argument('--results', metavar='FOLDER',
                        help='where results.json and chart.svg are put: bench, or build/bench for a run that'
                        ' is not complete')
    parser.add_argument('--write', action='store_true',
                        help='put the tables into README.md and docs/performance.md')
    parser.add_argument('--again', action='store_true', help='measure nothing: the results that are there')
    arguments = parser.parse_args()
    partial = arguments.quick or arguments.only or arguments.part
    if arguments.write and partial:
        parser.error('--write is for a complete run: without --quick, --only and --part')
    arguments.results = arguments.results or ('build/bench' if partial else 'bench')
    arguments.part = arguments.part or ['accept', 'copies', 'cost']
    return arguments


def measured(arguments):
    about, began = machine(), time.monotonic()
    if about['load_before'] > 0.3:
        log(f'this machine has other work (load {about["load_before"]}): expect worse figures than it can do')
    results = {'machine': about, 'quick': arguments.quick, 'accept': {}, 'copies': [], 'cost': []}
    run(arguments, results)
    about['minutes'] = round((time.monotonic() - began) / 60, 1)
    return results


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))   # so that what was started is ended
    arguments = options()
    path = f'{arguments.results}/results.json'
    if arguments.again:
        with open(path, encoding='utf-8') as file:
            results = json.load(file)
    else:
        results = measured(arguments)
        os.makedirs(arguments.results, exist_ok=True)
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(results, file, indent=1)
            file.write('\n')
    print(tables(results))
    with open(f'{arguments.results}/chart.svg', 'w', encoding='utf-8') as file:
        file.write(chart(results))
    log(f'{path} and chart.svg beside it are written')
    if arguments.write:
        write_into_docs(results)
    return 0


if __name__ == '__main__':
    sys.exit(main())

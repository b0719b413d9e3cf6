#!/usr/bin/env python3
"""Breakwater beside Postfix, measured in the same run, on the same sink, by the same client.

- Durable messages accepted per second at 1, 10 and 50 connections (2 KiB). Postfix throws them away
  (discard). Breakwater once has nobody to send them to, and once does its whole work for them: a list of one
  member, whose copies go to the sink.
- Copies a second of one message to a list: from its 250 to the last copy at the sink. In batches of 100
  (Postfix: an :include: alias), and one recipient a transaction (Postfix: XVERP).
- The peak of memory in that time, all processes together, shared pages once; and CPU time.
Figures depend on the machine and on what else it does; their ratios less so. Results also go to
bench/results.json."""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

from breakwater import Breakwater
from ground import Folder, Memory, Post, Sink, blast, cpu_s, member, resident_peak
from postfix import Postfix


def accepting(kind, members, arguments, results):
    """Messages a second at each number of connections, the median of the repeats. Postfix discards them."""
    part = 'whole' if members else 'accept'
    with Folder() as folder:
        sink = Sink()
        server = None
        try:
            if kind is Postfix:
                server = kind(folder, sink.port, discard=True)
            else:
                server = kind(folder, sink.port, members)
            blast(server.port, 10, 200, 'list@lists.example')   # its processes are there
            for connections in (1, 10, 50):
                rates, before = [], cpu_s(server.pid)
                messages = arguments.messages if kind is Postfix else arguments.messages * 3
                messages = messages // 3 if connections == 1 else messages
                for _ in range(arguments.repeats):
                    report = blast(server.port, connections, messages, 'list@lists.example')
                    rates.append(report['messages_per_second'])
                    time.sleep(0.5)
                cpu = (cpu_s(server.pid) - before) / messages / arguments.repeats
                results[f'{part}_{connections}'] = {
                    'per_s': statistics.median(rates), 'all': rates, 'cpu_ms': cpu * 1e3,
                    'p50_ms': report['p50_ms'], 'p99_ms': report['p99_ms']}
        finally:
            if server:
                server.end()
            sink.end()


def fan_out(kind, individual, arguments, results):
    """Copies a second of one post to all members."""
    count = arguments.members
    with Folder() as folder:
        sink = Sink(until=count)
        server = memory = None
        try:
            if kind is Postfix:
                server = Postfix(folder, sink.port, 0 if individual else count)
            else:
                server = Breakwater(folder, sink.port, count, 'individual' if individual else 'batch')
            memory, before = Memory(server.pid), cpu_s(server.pid)
            if kind is Postfix and individual:
                post = Post(server.port, [member(n) for n in range(count)], ' XVERP=+=')
            else:
                post = Post(server.port, ['list@lists.example'])
            counts = sink.counts(arguments.patience)
            seconds = counts['last_us'] / 1e6 - post.at
            if counts['recipients'] < count:
                print(f'  cut off: {counts["recipients"]} of {count}', flush=True)
            done = max(1, counts['recipients'])
            results['individual' if individual else 'batch'] = {
                'copies': counts['recipients'], 'seconds': seconds,
                'per_s': counts['recipients'] / max(seconds, 1e-6),
                'first_s': counts['first_us'] / 1e6 - post.at, 'posting_s': post.seconds,
                'transactions': counts['transactions'], 'cpu_us': (cpu_s(server.pid) - before) / done * 1e6,
                'peak_mib': memory.end(), 'hwm_mib': resident_peak(server.pid)}
        finally:
            if memory:
                memory.ended.set()
            if server:
                server.end()
            sink.end()


def machine():
    with open('/proc/cpuinfo', encoding='utf-8') as info:
        models = [line.split(':')[1].strip() for line in info if line.startswith('model name')]
    with open('/etc/os-release', encoding='utf-8') as release:
        system = next(line.split('"')[1] for line in release if line.startswith('PRETTY_NAME'))
    version = subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'postfix'], capture_output=True,
                             text=True, check=False).stdout
    return {'cpus': os.cpu_count(), 'model': (models or ['unknown'])[0], 'system': system,
            'kernel': platform.release(), 'postfix': version,
            'date': time.strftime('%Y-%m-%d %H:%M'), 'load_before': os.getloadavg()[0]}


ROWS = [('accept_1', 'per_s', 'messages/s accepted, 1 connection'),
        ('accept_10', 'per_s', 'messages/s accepted, 10 connections'),
        ('accept_50', 'per_s', 'messages/s accepted, 50 connections'),
        ('accept_50', 'cpu_ms', 'CPU ms a message, 50 connections'),
        ('whole_1', 'per_s', '... and delivered on to one member, 1'),
        ('whole_10', 'per_s', '... and delivered on to one member, 10'),
        ('whole_50', 'per_s', '... and delivered on to one member, 50'),
        ('whole_50', 'cpu_ms', 'CPU ms a message, 50 connections'),
        ('batch', 'per_s', 'copies/s, batches of 100'),
        ('batch', 'cpu_us', 'CPU us a copy, batches of 100'),
        ('batch', 'peak_mib', 'peak memory MiB, batches of 100'),
        ('individual', 'per_s', 'copies/s, one recipient a transaction'),
        ('individual', 'cpu_us', 'CPU us a copy, one recipient a transaction'),
        ('individual', 'peak_mib', 'peak memory MiB, one recipient a transaction')]


def shown(value):
    if value is None:
        return '-'
    return f'{value:,.0f}' if value >= 100 else f'{value:.1f}' if value >= 1 else f'{value:.3f}'


def table(results):
    lines = [f'| {"":48} | {"Breakwater":>11} | {"Postfix":>9} | {"ratio":>7} |',
             f'|{"-" * 50}|{"-" * 12}:|{"-" * 10}:|{"-" * 8}:|']
    for name, key, text in ROWS:
        ours = results['Breakwater'].get(name, {}).get(key)
        theirs = results['Postfix'].get(name.replace('whole', 'accept'), {}).get(key)
        ratio = shown(ours / theirs) if ours and theirs else '-'
        lines.append(f'| {text:48} | {shown(ours):>11} | {shown(theirs):>9} | {ratio:>7} |')
    return '\n'.join(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--quick', action='store_true', help='a small run: 5,000 members, few messages')
    options.add_argument('--members', type=int)
    options.add_argument('--messages', type=int, help='a repeat; Breakwater gets three times as many')
    options.add_argument('--repeats', type=int)
    options.add_argument('--patience', type=float, default=100, help='seconds for one fan-out; then cut off')
    options.add_argument('--only', choices=['Breakwater', 'Postfix'])
    options.add_argument('--part', choices=['accept', 'batch', 'individual'])
    options.add_argument('--results', default='bench/results.json')
    arguments = options.parse_args()
    arguments.members = arguments.members or (5000 if arguments.quick else 100_000)
    arguments.messages = arguments.messages or (500 if arguments.quick else 3000)
    arguments.repeats = arguments.repeats or (1 if arguments.quick else 3)
    kinds = [Breakwater, Postfix]
    if os.geteuid() != 0 or not os.path.exists('/usr/sbin/postfix'):
        print('Postfix is left out: it has to be installed, and started by root (sudo scripts/bench)')
        kinds = [Breakwater]
    kinds = [kind for kind in kinds if arguments.only in (None, kind.NAME)]
    about = machine()
    print(f'{about["cpus"]} CPUs ({about["model"]}), {about["system"]}, loopback, {about["date"]}; '
          f'load before: {about["load_before"]:.1f}', flush=True)
    results = {'machine': about, 'members': arguments.members, 'Breakwater': {}, 'Postfix': {}}
    for kind in kinds:
        mine = results[kind.NAME]
        if arguments.part in (None, 'accept'):
            for members in (0, 1) if kind is Breakwater else (0,):
                print(f'{kind.NAME}: accepting{", and delivering" if members else ""} ...', flush=True)
                accepting(kind, members, arguments, mine)
        for individual in (False, True):
            if arguments.part in (None, 'individual' if individual else 'batch'):
                print(f'{kind.NAME}: one message to {arguments.members:,}, '
                      f'{"one recipient a transaction" if individual else "in batches"} ...', flush=True)
                fan_out(kind, individual, arguments, mine)
    about['load_after'] = os.getloadavg()[0]
    print(table(results))
    os.makedirs(os.path.dirname(arguments.results) or '.', exist_ok=True)
    with open(arguments.results, 'w', encoding='utf-8') as file:
        json.dump(results, file, indent=1)
    return 0


if __name__ == '__main__':
    sys.exit(main())

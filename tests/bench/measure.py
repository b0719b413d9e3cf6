"""One server on one sink: what it accepts, and one message through it to all members of a list."""
import json
import statistics
import subprocess
import time

from breakwater import Breakwater
from ground import BREAKWATER, Folder, Memory, Sink, blast, cpu_s

ACCEPTED_CONNECTIONS = (1, 10, 50)


def accepting(kind, members, messages, runs):
    """{connections: messages a second, the median of the runs}. Postfix discards what it has taken;
    Breakwater has `members` to send it to. It gets three times as many messages, to measure for as long."""
    found = {}
    with Folder() as folder:
        sink = Sink()
        server = None
        try:
            discards = {} if kind is Breakwater else {'discard': True}
            server = kind(folder, sink.port, members, **discards)
            blast(server.port, 10, 200, 'list@lists.example')   # its processes are there
            for connections in ACCEPTED_CONNECTIONS:
                many = messages * (3 if kind is Breakwater else 1) // (3 if connections == 1 else 1)
                rates, before = [], cpu_s(server.pid)
                for _ in range(runs):
                    report = blast(server.port, connections, many, 'list@lists.example')
                    rates.append(report['messages_per_second'])
                    time.sleep(0.5)
                found[str(connections)] = {
                    'per_s': statistics.median(rates), 'all_per_s': rates, 'runs': runs,
                    'cpu_ms': (cpu_s(server.pid) - before) / many / runs * 1e3,
                    'p50_ms': report['p50_ms'], 'p99_ms': report['p99_ms']}
        finally:
            if server:
                server.end()
            sink.end()
    return found


def one_fan_out(kind, way, members, sink_options, patience_s):
    with Folder() as folder:
        sink = Sink(members, *sink_options)
        server = memory = None
        try:
            server = kind(folder, sink.port, members, way)
            memory, before = Memory(server.pid), cpu_s(server.pid)
            post = server.post()
            counts = sink.counts(patience_s)
            copies = counts['recipients']
            if copies == 0:
                raise RuntimeError(f'{kind.NAME}: no copy of a message to {members:,} in {patience_s} s')
            return {'copies': copies, 'seconds': counts['last_us'] / 1e6 - post.at,
                    'posting_s': post.seconds, 'first_s': max(0, counts['first_us'] / 1e6 - post.at),
                    'transactions': counts['transactions'],
                    'cpu_us': (cpu_s(server.pid) - before) / max(1, copies) * 1e6, 'peak_mib': memory.end()}
        finally:
            if memory:
                memory.ended.set()
            if server:
                server.end()
            sink.end()


def median_of(runs):
    """The runs' medians, key by key, and every run's seconds."""
    found = {key: statistics.median(run[key] for run in runs) if runs[0][key] is not None else None
             for key in runs[0]}
    return {**found, 'runs': len(runs), 'all_seconds': [run['seconds'] for run in runs]}


def fan_out(kind, way, members, runs, quick_ack=False, patience_s=300):
    """One post to all members: from its 250 to the last copy at the sink. Ways: 'batch' (up to 100 recipients
    a transaction), 'individual' (one), 'chunking' (one, and the sink offers CHUNKING)."""
    options = ['--chunking'] * (way == 'chunking') + ['--quick-ack'] * quick_ack
    found = []
    while len(found) < runs:
        found.append(one_fan_out(kind, way, members, options, patience_s))
        if found[-1]['copies'] < members:
            break   # cut off: more of the same would tell no more
    row = {'server': kind.NAME, 'way': way, 'members': members, 'quick_ack': quick_ack, **median_of(found)}
    row['per_s'] = row['copies'] / max(row['seconds'], 1e-6)
    return row


def demo(way, options, runs):
    """The same by `breakwater demo`, which anybody can repeat with one command."""
    words = [BREAKWATER, 'demo', '--once', '--json', *options]
    words += ['--individual'] * (way != 'batch') + ['--chunking'] * (way == 'chunking')
    found = []
    for _ in range(runs):
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode != 0:
            raise RuntimeError(f'{" ".join(words)}: {done.stdout}{done.stderr}')
        said = json.loads(done.stdout.splitlines()[-1])
        members = said['members']
        found.append({'members': members, 'seconds': said['seconds'], 'posting_s': said['posting_seconds'],
                      'first_s': said['first_copy_seconds'], 'us': said['seconds'] / members * 1e6,
                      'cpu_us': said['cpu_seconds'] / members * 1e6, 'peak_mib': said['peak_rss_mb']})
    return {'way': way, 'command': ' '.join(['breakwater', *words[1:]]), **median_of(found)}

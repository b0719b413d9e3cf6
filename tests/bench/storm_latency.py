#!/usr/bin/env python3
"""Ordinary mail while a storm is being fanned out, by real SMTP.

A list of 12 gets a message every 50 ms, first alone, then while 81 postings to a list of 100,000 are handed
over to the same next server, which takes 20 ms a transaction. The storm's list has its guard off, so that all
81 go out: what is measured is the bulkhead alone. Printed: p50 and p99 of ordinary mail from sending to
arrival, idle and in the storm, and whether every message that got a 250 has arrived once at everybody. Times
depend on the machine; the ratio less so."""
import argparse
import json
import os
import signal
import subprocess
import threading
import time

from breakwater import CONFIG
from ground import BREAKWATER, Folder, Post, free_port, listens, member, wait_for, write

LIST = '''domain = "lists.example"
owners = ["owner@bench.example"]
post = "anyone"
[guard]
confirm_above = 0
moderator_above = 0
large_reply = "distribute"
breaker = false
sender_deliveries_per_hour = 1000000000
list_deliveries_per_hour = 1000000000
'''
EVERY_S = 0.05


class House:
    """Server and sink; the sink writes down each recipient with its time."""

    def __init__(self, folder, members, latency_ms):
        self.port, sink_port = free_port(), free_port()
        self.record = f'{folder}/taken'
        words = [BREAKWATER, 'sink', '--port', str(sink_port), '--latency-ms', str(latency_ms)]
        self.sink = subprocess.Popen([*words, '--record', self.record, '--record-full'],
                                     stdout=subprocess.PIPE, text=True)
        self.sink.stdout.readline()
        text = CONFIG.format(port=self.port, sink=sink_port, log='warning')
        self.config = config = write(f'{folder}/breakwater.toml', text)
        for name in ('all', 'team'):
            write(f'{folder}/lists/{name}.toml', LIST)
        people = [member(n) for n in range(members)]
        for name, who in (('all', people), ('team', [f'team{n}@site{n}.example' for n in range(12)])):
            rows = write(f'{folder}/{name}.csv', '\n'.join(['address', *who]) + '\n')
            words = [BREAKWATER, '-c', config, 'member', 'import', name, rows]
            subprocess.run(words, check=True, capture_output=True)
        self.server = subprocess.Popen([BREAKWATER, '-c', config, 'serve'], stderr=subprocess.DEVNULL)
        wait_for('the server', lambda: listens(self.port), 20)

    def end(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(60)
        self.sink.send_signal(signal.SIGTERM)
        out, _ = self.sink.communicate(timeout=60)
        return json.loads(out.splitlines()[-1])

    def record_size(self):
        return os.path.getsize(self.record) if os.path.exists(self.record) else 0

    def arrivals(self):
        """Arrivals of ordinary mail: {sender: [time in us]}; each message has a sender of its own."""
        found = {}
        with open(self.record, encoding='utf-8') as file:
            for line in file:
                if ' team' in line or '\tteam' in line:
                    at, _, recipient = line.split()
                    found.setdefault(recipient, []).append(int(at))
        return found


class Ordinary(threading.Thread):
    """One message after the other to the list of 12."""

    def __init__(self, port):
        super().__init__()
        self.port, self.sent, self.over = port, [], threading.Event()

    def run(self):
        while not self.over.wait(EVERY_S):
            self.sent.append(time.time_ns() // 1000)
            Post(self.port, ['team@lists.example'])


def latencies(house, sent, after, before):
    """Milliseconds until the last of the 12 has it, of what was sent between these times."""
    last = [max(times) for times in zip(*(sorted(times) for times in house.arrivals().values()))]
    return sorted((there - at) / 1000 for at, there in zip(sent, last) if after <= at < before)


def show(name, found):
    def at(share):
        return found[min(len(found) - 1, int(len(found) * share))]
    print(f'{name:12} {len(found):5} messages   p50 {at(0.5):8.1f} ms   p99 {at(0.99):8.1f} ms')
    return at(0.99)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--members', type=int, default=100_000)
    parser.add_argument('--postings', type=int, default=81)
    parser.add_argument('--latency-ms', type=int, default=20)
    parser.add_argument('--idle-s', type=float, default=20)
    options = parser.parse_args()
    with Folder() as folder:
        house = House(folder, options.members, options.latency_ms)
        ordinary = Ordinary(house.port)
        ordinary.start()
        time.sleep(options.idle_s)
        begin = time.time_ns() // 1000
        for _ in range(options.postings):
            Post(house.port, ['all@lists.example'])
        wanted = options.members * options.postings

        def all_there():
            words = ['grep', '-c', 'member', house.record]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            return int(done.stdout or 0) >= wanted
        end_by = time.time() + 900
        while not all_there() and time.time() < end_by:
            time.sleep(2)
        end = time.time_ns() // 1000
        ordinary.over.set()
        ordinary.join()
        time.sleep(2)
        counts = house.end()
        idle = show('idle', latencies(house, ordinary.sent, 0, begin))
        storm_p99 = show('in the storm', latencies(house, ordinary.sent, begin, end))
        expected = wanted + 12 * len(ordinary.sent)
        print(f'p99 {storm_p99 / idle:.2f} times idle; {options.postings} postings to {options.members} in '
              f'{(end - begin) / 1e6:.0f} s; {counts["recipients"]} of {expected} copies arrived')
        return 0 if counts['recipients'] == expected else 1


if __name__ == '__main__':
    raise SystemExit(main())

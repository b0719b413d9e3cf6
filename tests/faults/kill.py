#!/usr/bin/env python3
"""kill -9 of the real server at random moments, again and again on one data directory; then the account.

Posters post to three lists all the while; one sink takes all, another one refuses for now and drops
connections, so that expansion, delivery and retries go on at the same time. What is shown at the end
stands in account.py."""
import argparse
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time

from account import Account
from host import Host
from house import UNLIMITED, Failed, Poster, Server, Sink, check, wait_for

CONNECTIONS, SLICE = 3, 50   # of each of the two routes; recipients of a slice
CONFIG = '''
hostname = "lists.test"
postmaster = ["postmaster@calm.test"]
data_dir = "data"
threads = 2
[delivery]
slice_recipients = {slice}
connect = "2s"
reply = "5s"
idle = "1s"
[retry]
waits = ["100ms", "200ms"]
give_up_after = "1d"
[[listener]]
kind = "mx"
address = "127.0.0.1:{{port}}"
[[route]]
name = "calm"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = {calm}
tls = "none"
connections = {connections}
recipients = 20
[[route]]
name = "rough"
kind = "smarthost"
domains = ["rough.test"]
host = "127.0.0.1"
port = {rough}
tls = "none"
connections = {connections}
recipients = 20
'''
LIST = '''domain = "lists.test"
description = "A list"
owners = ["owner@calm.test"]
post = "members"
delivery = "{delivery}"
''' + UNLIMITED
# Some are unknown to the sink for good ("gone"): these bounce, and must not be delivered.
MEMBERS = {
    'all': ['ann@calm.test'] + [f'a{n}@{"rough" if n % 3 == 0 else "calm"}.test' for n in range(199)],
    'team': ['ann@calm.test', 'bob@rough.test', 'gone1@calm.test', 'gone2@rough.test', 'carl@calm.test'],
    'each': ['ann@calm.test'] + [f'e{n}@{"rough" if n % 2 == 0 else "calm"}.test' for n in range(19)],
}
LISTS = {name: LIST.format(delivery='individual' if name == 'each' else 'batch') for name in MEMBERS}


def choose(dice):
    """Whom the next message is from and to."""
    kind = dice.choices(['all', 'team', 'each', 'two', 'stranger', 'unknown'], [30, 25, 20, 10, 10, 5])[0]
    if kind == 'two':
        return 'ann@calm.test', ['team', 'each']
    if kind == 'stranger':
        return 'eve@calm.test', [dice.choice(['all', 'team'])]
    return 'ann@calm.test', ['nobody' if kind == 'unknown' else kind]


class Run:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.dice = random.Random(arguments.seed)
        self.calm = Sink(folder, 'calm', '--permfail-match', 'gone')
        # The calm one by DATA, the rough one by BDAT, several in flight.
        self.rough = Sink(folder, 'rough', '--chunking', '--permfail-match', 'gone', '--tempfail-every', '7',
                          '--data-tempfail-every', '5', '--drop-every', '6')
        config = CONFIG.format(calm=self.calm.port, rough=self.rough.port, port='{port}',
                               connections=CONNECTIONS, slice=SLICE).replace('{{port}}', '{port}')
        self.server = Server(folder, config, LISTS, MEMBERS)
        self.allowed = threading.Semaphore(0)
        self.posters = [Poster(n, arguments.seed, self.server, self.allowed, choose) for n in range(3)]
        self.kills, self.ready, self.stops = [], [], 0
        self.host = Host(folder, os.path.join(folder, 'data')) if arguments.power else None
        self.unsynced = [0, 0]   # writes and names: kept by power cuts, there

    def one_round(self):
        """One start; one kill, or now and then an orderly stop."""
        for _ in range(self.dice.randint(2, 9)):
            self.allowed.release()
        if self.host:
            self.host.record()
            self.server.env = self.host.env
        self.server.start()
        how = self.dice.choices(['busy', 'starting', 'stopping', 'stop'], [75, 10, 10, 5])[0]
        if how == 'starting':
            time.sleep(self.dice.random() * 0.08)
            self.killed()
            return
        self.ready.append(self.server.wait_ready(60))
        time.sleep(self.dice.random() ** 2 * 0.45)
        if how == 'stop':
            self.server.stop()
            self.stops += 1
            return
        if how == 'stopping':
            self.server.process.terminate()
            time.sleep(self.dice.random() * 0.05)
        self.killed()

    def killed(self):
        """Only what the kill itself ended counts as one."""
        running = self.server.process.poll() is None
        self.server.kill()
        if running:
            self.kills.append(int(time.time() * 1e6))
        if self.host:
            self.unsynced = [sum(both) for both in zip(self.unsynced, self.host.cut_power(self.dice))]

    def go(self):
        for poster in self.posters:
            poster.start()
        while len(self.kills) < self.arguments.kills:
            self.one_round()
        posted = [message for poster in self.posters for message in poster.end()]
        # The queue drains, with sinks that behave.
        counts = [self.rough.end()]
        self.rough = Sink(self.folder, 'rough', '--permfail-match', 'gone', port=self.rough.port)
        self.server.env = {}
        self.server.start()
        self.ready.append(self.server.wait_ready(60))
        wait_for('the queue to drain', lambda: self.server.waiting() == 0, self.arguments.drain_s, 0.1)
        account = Account(self.server, posted, MEMBERS, self.kills)
        account.read_traces(self.dice, self.arguments.traces)
        self.server.stop()
        counts += [self.rough.end(), self.calm.end()]
        account.read_deliveries([self.rough.record, self.calm.record])
        self.report(account, counts)

    def report(self, account, counts):
        count = account.count()
        ready, busy = sorted(self.ready), account.busy_kills()
        print(f'{len(self.kills)} kills, {self.stops} orderly stops; ready again after '
              f'{ready[len(ready) // 2]:.3f} s, at most {ready[-1]:.3f} s')
        if self.host:
            print(f'each with a power cut: of {self.unsynced[1]} writes not synced {self.unsynced[0]} were kept')
        print(f'{count["accepted"]} messages got a 250, {count["refused"]} were refused, '
              f'{count["unanswered"]} were cut off before an answer; {busy} kills fell into deliveries')
        print(f'{count["owed"]} copies owed: {count["delivered"]} delivered, {count["bounced"]} bounced, '
              f'{count["missing"]} missing')
        print(f'refused for now by the sink: {sum(c["refused_temporarily"] for c in counts)}, '
              f'connections it dropped: {sum(c["dropped"] for c in counts)}')
        bound = 2 * CONNECTIONS * SLICE   # one slice a connection; its outcome is reported when it ends
        print(f'duplicates: {count["duplicates"]}, {count["worst_kill"]} at one kill; {bound} can be in hand '
              f'at each, {bound * len(self.kills)} at all; the first copy was taken at most '
              f'{account.oldest_us / 1000:.0f} ms before its kill')
        account.prove(bound)
        check(count['unanswered'] > 0 and busy > 0, 'no kill hit anything: this run shows nothing')
        check(ready[-1] <= self.arguments.ready_within, f'ready only after {ready[-1]:.3f} s')
        with sqlite3.connect(f'file:{self.folder}/data/breakwater.db?mode=ro', uri=True) as database:
            said = database.execute('PRAGMA integrity_check').fetchone()[0]
        check(said == 'ok', f'integrity_check: {said}')
        print('every promise was kept; the database is sound')

    def end(self):
        for process in [self.server.process, self.calm.process, self.rough.process]:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument('--kills', type=int, default=100)
    options.add_argument('--power', action='store_true', help='each kill is a power cut (host.py)')
    options.add_argument('--seed', type=int, default=None)
    options.add_argument('--traces', type=int, default=60, help='traces held against the sinks')
    options.add_argument('--drain-s', type=float, default=240)
    options.add_argument('--ready-within', type=float, default=60, help='seconds; generous')
    options.add_argument('--keep', action='store_true', help='keep the folder')
    arguments = options.parse_args()
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(10 ** 9)
    print(f'seed {arguments.seed}', flush=True)
    folder = tempfile.mkdtemp(prefix='bw-kill-')
    run = Run(arguments, folder)
    try:
        run.go()
    except Failed as failed:
        print(f'FAILED (seed {arguments.seed}): {failed}\nkept: {folder}')
        arguments.keep = True
        return 1
    finally:
        run.end()
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())

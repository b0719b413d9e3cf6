#!/usr/bin/env python3
"""The n-th write, sync or open of the data directory fails, for n = 1, 2, ... until a run is untouched; or
the power goes at it.

Each run starts the server, posts until it hears 250, waits until all is delivered, and stops it; the server
may put mail off, end and be started again, but not lose what it took, and not be lost itself. Then the
account. At the end: what the kernel dropped after a failed sync is never believed (--lost-pages only: just
that)."""
import concurrent.futures
import errno
import itertools
import os
import random
import re
import shutil
import signal
import sys
import threading
import time

from account import Account
from host import OPENS, POWER_CUT, SYNCS, WRITES, Host
from house import UNLIMITED, Posted, Server, Sink, check, main, one_route, post, wait_for

CONFIG = one_route('''
[delivery]
slice_recipients = 10
[retry]
waits = ["100ms"]
[timeouts]
drain = "1s"
''')
LIST = 'domain = "lists.test"\ndescription = "d"\nowners = ["o@calm.test"]\npost = "anyone"\n' + UNLIMITED
MEMBERS = {'all': [f'm{n}@calm.test' for n in range(30)] + ['gone@calm.test']}
# What fails, with what, and how many calls in a row.
FAULTS = [(SYNCS, errno.EIO, 1), (SYNCS, errno.ENOSPC, 1), (WRITES, errno.EIO, 1), (WRITES, errno.ENOSPC, 1),
          (WRITES, errno.ENOSPC, 12), (OPENS, errno.EIO, 1), (OPENS, errno.ENOSPC, 1),
          (OPENS, errno.EMFILE, 1), (WRITES | SYNCS, POWER_CUT, 1)]
NAMES = {WRITES: 'write', SYNCS: 'sync', OPENS: 'open', WRITES | SYNCS: 'write or sync'}


class Site:
    """A server on a host that fails; `supervise` starts it again where it ends, as a service manager does."""

    def __init__(self, folder, name, sink, dice):
        self.dice = dice
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        self.server = Server(self.folder, CONFIG.format(sink=sink.port), {'all': LIST}, MEMBERS)
        self.data = os.path.join(self.folder, 'data')
        self.host = Host(self.folder, self.data)
        self.posted, self.starts, self.before_start = [], [], lambda: None
        shutil.copytree(self.data, self.data + '.new')

    def start(self):
        self.before_start()
        self.server.env = self.host.env
        self.server.start()
        self.server.env = {}   # a person's commands do not fail
        self.starts.append(int(time.time() * 1e6))

    def supervise(self):
        if self.server.log_text().rstrip().rpartition('\n')[2].find('"event":"stopped"') >= 0:
            self.server.process.send_signal(signal.SIGHUP)   # while it begins anew: it ends nobody
        status = self.server.process.poll()
        if status == -signal.SIGKILL:   # a power cut
            self.host.cut_power(self.dice)
            self.host.record()
            self.start()
        elif status is not None:
            check(status == 1, f'it ended with {status}: {self.server.log_end()}')
            check(len(self.starts) < 20, f'it does not come up: {self.server.log_end()}')
            self.start()

    def post_until_taken(self, name):
        """With the same Message-ID, as a sender's server does."""
        def taken():
            self.supervise()
            self.posted.append(post(self.server.port, Posted(name, 'a@calm.test', ['all'])))
            check(self.posted[-1].outcome != 'refused', f'{name} was refused for good')
            return self.posted[-1].outcome == 'accepted'
        wait_for(f'{name} to be taken', taken, 30, 0.05)

    def settled(self):
        self.supervise()
        try:
            return self.server.waiting() == 0
        except Exception:   # the server that it asked has just ended
            return False

    def restarts(self):
        """When the server began anew, of itself or started again."""
        with open(self.server.log, encoding='utf-8') as log:
            return self.starts[1:] + [when(line) for line in log if '"event":"disk_failed"' in line]

    def account(self, sink):
        account = Account(self.server, self.posted, MEMBERS, self.restarts())
        account.read([sink.record])
        mine = set(account.postings)
        account.taken = {key: times for key, times in account.taken.items() if key[0] in mine}
        return account.prove(2 * len(MEMBERS['all']))


def when(line):
    """The time of a line of the log, in us."""
    text = line.partition('"time":"')[2][:23]
    seconds = time.mktime(time.strptime(text[:19], '%Y-%m-%dT%H:%M:%S')) - time.timezone
    return int(seconds * 1e6) + int(text[20:23]) * 1000


def one_run(site, sink, fault, number, dice):
    """Whether anything failed."""
    kinds, error, count = fault
    shutil.rmtree(site.data)
    shutil.copytree(site.data + '.new', site.data)
    site.posted, site.starts = [], []
    open(site.server.log, 'w', encoding='utf-8').close()
    site.host.fail(kinds, number, count, error)
    if error == POWER_CUT:
        site.host.record()
    site.start()
    name = f'{kinds}.{error}.{count}.{number}'
    site.post_until_taken(name + '.a')
    site.post_until_taken(name + '.b')
    wait_for('all to be settled', site.settled, 30, 0.05)
    site.supervise()
    site.server.process.terminate()
    status = site.server.process.wait(60)
    check(status in (0, 1, -signal.SIGTERM, -signal.SIGKILL),
          f'it ended with {status}: {site.server.log_end()}')
    if status == -signal.SIGKILL:
        site.host.cut_power(dice)
    failed = site.host.failed
    site.host.heal()
    site.account(sink)
    return failed > 0


def said(error):
    return 'power cut' if error == POWER_CUT else os.strerror(error)


class Sweep:
    """All faults, spread over a few sites that work at the same time."""

    def __init__(self, folder, arguments):
        self.folder, self.arguments = folder, arguments
        self.sink = Sink(folder, 'calm', '--permfail-match', 'gone')
        self.lock, self.runs = threading.Lock(), {}

    def go(self):
        if not self.arguments.lost_pages:
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                for done in [pool.submit(self.one_fault, fault) for fault in FAULTS]:
                    done.result()
            for (kinds, error, count), runs in sorted(self.runs.items()):
                print(f'{NAMES[kinds]}: {said(error)}, {count} in a row: {runs} runs')
            print(f'{sum(self.runs.values())} faults, each survived; lost: 0')
        numbers = range(1, 100, self.arguments.every)
        failed = sum(itertools.takewhile(bool, (self.lost_pages(number) for number in numbers)))
        check(failed >= 4 // self.arguments.every, f'only {failed} syncs: this shows nothing')
        print(f'{failed} failed syncs whose pages the kernel dropped, each before a power cut; lost: 0')

    def lost_pages(self, number):
        """The n-th sync fails, the server begins anew, takes more mail, and the power goes. Whether it
        failed."""
        dice = random.Random(f'{self.arguments.seed}/{number}')
        site = Site(self.folder, f'lost-{number}', self.sink, dice)
        site.host.record()
        site.host.fail(SYNCS, number, 1, errno.EIO)
        site.host.env['LISTEN_FDS'] = '0'   # it then ends, so that what it did can be read before it goes on
        site.before_start = lambda: site.starts and site.host.go_on()
        site.start()
        for name in 'abc':
            site.post_until_taken(f'lost.{number}.{name}')
        failed = site.host.failed
        site.server.kill()
        site.host.cut_power(dice)
        site.starts.append(int(time.time() * 1e6))
        site.server.start()
        site.server.wait_ready(30)
        wait_for('all to be settled', site.settled, 30, 0.05)
        site.account(self.sink)
        site.server.stop()
        return failed

    def one_fault(self, fault):
        """Every n-th, or with --every k one of k, beginning at random."""
        kinds, error, count = fault
        dice = random.Random(f'{self.arguments.seed}/{fault}')
        site = Site(self.folder, f'{kinds}-{error}-{count}', self.sink, dice)
        step, runs, heard = self.arguments.every, 0, set()
        for number in itertools.count(1 + dice.randrange(step), step):
            try:
                if not one_run(site, self.sink, fault, number, dice):
                    break
            except Exception as failed:
                what = f'{NAMES[kinds]} number {number}, {count} in a row, {said(error)}'
                raise type(failed)(f'{what}: {failed}\n{site.server.log_end()}') from failed
            runs += 1
            heard |= {message.outcome for message in site.posted}
            heard |= set(re.findall('disk_failed|cannot start', site.server.log_text()))
        if kinds == SYNCS and step == 1:   # final: sessions hear 451, and the log says why it began anew
            check(heard >= {'put off', 'disk_failed', 'cannot start'},
                  f'at failed syncs there was only {heard}')
        check(runs >= 4 // step, f'only {runs} runs of {fault}: this shows nothing')
        with self.lock:
            self.runs[fault] = runs


if __name__ == '__main__':
    sys.exit(main(__doc__, lambda *given: Sweep(*given).go(),
                  ('--every', {'type': int, 'default': 1, 'help': 'try one call of so many'}),
                  ('--lost-pages', {'action': 'store_true'})))

#!/usr/bin/env python3
"""A database that an earlier release wrote, for every level of migrations, opened by today's server: its
mail is delivered or still held. Then the same with a power cut at the n-th write or sync while it migrates,
for every n. A database of a newer level is refused, and so is a second server on one directory.

data/old/NNNN.sql has the rows that came with a level, in the columns of that level."""
import glob
import os
import random
import re
import shutil
import sqlite3
import sys
import time

from account import Account
from host import POWER_CUT, SYNCS, WRITES, Host
from house import (UNLIMITED, Dialogue, Posted, Server, Sink, check, main, one_route, post, transmit,
                   wait_for)

MIGRATIONS = '''PRAGMA journal_mode=WAL;
CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
  applied INTEGER NOT NULL) STRICT'''
HERE = os.path.dirname(os.path.abspath(__file__))
CONFIG = one_route('''
[retry]
waits = ["100ms"]
''')
LIST = 'domain = "lists.test"\ndescription = "d"\nowners = ["ann@calm.test"]\npost = "anyone"\n' + UNLIMITED
LIST += 'held_for = "0s"\n'   # what has been held since then would have ended
READERS = ['s1@calm.test', 's2@calm.test']   # of digests, from level 14 on
TOKEN = 'abcdefghijklmnopqrstuvwxyz'
MEMBERS = {name: [f'm{n}@calm.test' for n in (1, 2, 3)] for name in ('tech', 'quiet')}


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def checksum(text):
    """FNV-1a of 64 bits, as server/store/migrations.cpp has it."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2 ** 64
    return f'{value:016x}'


def levels():
    """(name, SQL) of the migrations, in order."""
    paths = sorted(glob.glob(os.path.join(HERE, '../../migrations/*.sql')))
    return [(os.path.basename(path)[:-len('.sql')], read(path)) for path in paths]


class House:
    def __init__(self, folder, arguments):
        self.folder, self.arguments = folder, arguments
        self.dice = random.Random(arguments.seed)
        self.sink = Sink(folder, 'calm')
        config = CONFIG.format(sink=self.sink.port)
        self.server = Server(folder, config, {name: LIST for name in MEMBERS}, {})
        self.data = os.path.join(folder, 'data')
        self.host = Host(folder, self.data)

    def write_old(self, level):
        """A data directory as a server of that level left it; the queued and held messages in it."""
        shutil.rmtree(self.data, ignore_errors=True)
        os.mkdir(self.data, 0o700)
        database = sqlite3.connect(os.path.join(self.data, 'breakwater.db'))
        database.executescript(MIGRATIONS)
        for number, (name, text) in enumerate(levels()[:level], 1):
            database.executescript(text)
            database.execute('INSERT INTO migration VALUES (?, ?, ?, 0)', (number, name, checksum(text)))
            rows = os.path.join(HERE, 'data/old', name[:4] + '.sql')
            database.executescript(read(rows) if os.path.exists(rows) else '')
            database.commit()
        open_rows = database.execute('SELECT message_id, list_address FROM posting WHERE state IN (0, 3)')
        posted = [Posted(name.strip('<>'), 'ann@calm.test', [where.split('@')[0]])
                  for name, where in open_rows]
        database.close()
        for one in posted:
            one.outcome, one.promised = 'accepted', one.lists
        return posted

    def account(self, posted, cuts):
        account = Account(self.server, posted, MEMBERS, cuts, others=READERS)
        account.read([self.sink.record], since=self.began)   # every run has the same postings
        return account.prove(3)

    def one_level(self, level, cut_at=None):
        """How many calls of the disk it took. cut_at: the one at which the power goes."""
        posted, cuts = self.write_old(level), []
        self.began = int(time.time() * 1e6)
        self.host.count(WRITES | SYNCS)
        if cut_at:
            self.host.fail(WRITES | SYNCS, cut_at, 1, POWER_CUT)
        self.host.record()
        self.server.env = self.host.env
        self.server.start()
        self.server.env = {}
        if cut_at:
            check(self.server.process.wait(60) == -9, self.server.log_end())
            cuts = [int(time.time() * 1e6)]
            self.host.heal()
            self.host.cut_power(self.dice)
            self.server.start()
        self.server.wait_ready(60)
        calls = self.host.calls
        wait_for('the queue to drain', lambda: self.waiting() == 0, 60)
        held = self.account(posted, cuts)
        check(held['queued'] == 3 * (level >= 2), f'{held}: what is frozen waits, and nothing else')
        if level >= 2:
            self.server.cli('list', 'thaw', 'quiet')
            self.server.cli('hold', 'release', '--list', 'tech', '--all', '--reason', 'upgraded')
            wait_for('what was held to be delivered',
                     lambda: not self.held() and self.server.waiting() == 0, 60)
        if level >= 10:
            self.moderation()
        if level >= 14:
            self.memberships()
        end = self.account(posted, cuts)
        check(end['delivered'] == end['owed'] == 3 * len(posted), f'{end} of {len(posted)} postings')
        self.server.stop()
        return calls

    def moderation(self):
        """What people had said about members and messages holds."""
        requests = {row['address']: row['state'] for row in self.server.rows('member', 'requests', 'tech')
                    if 'address' in row}
        check(requests == {'c1@calm.test': 'to approve', 'd1@calm.test': 'banned'}, requests)
        moderated = [row['address'] for row in self.server.rows('member', 'ls', 'tech')
                     if row.get('moderated') == 'yes']
        check(moderated == ['m2@calm.test'], moderated)
        bounced = self.server.cli('member', 'show', 'm2@calm.test')
        check('no such user' in bounced, bounced)
        one = post(self.server.port, Posted('emergency@test', 'm1@calm.test', ['quiet']))
        wait_for('a message to be held', lambda: self.held(), 60)
        self.server.cli('hold', 'discard', self.held()[0]['posting'], '--reason', f'it was {one.outcome}')

    def memberships(self):
        """The digest went out once to each, the sync is given up, and the order can be confirmed."""
        def digests():
            with open(self.sink.record, encoding='utf-8') as lines:
                taken = [line.rstrip('\n').split('\t') for line in lines]
            return sorted(to for at, _, to in taken if to in READERS and int(at) >= self.began)
        wait_for('the digest', lambda: len(digests()) >= 2, 60)
        check(digests() == READERS, digests())
        with sqlite3.connect(f'file:{self.data}/breakwater.db?mode=ro', uri=True, timeout=20) as database:
            unfinished, reason = database.execute(
                'SELECT (SELECT count(*) FROM sync_run), reason FROM last_sync WHERE list_id = 1').fetchone()
        database.close()
        check(not unfinished and 'cannot be finished; the next one plans the rest anew' in reason, reason)
        answer = Posted('answer@test', 'ann@calm.test', [f'tech-confirm+{TOKEN}'])
        with Dialogue(self.server.port) as client:
            client.say('EHLO calm.test')
            transmit(client, answer, 'confirm')
        check(answer.outcome == 'accepted', answer.outcome)
        rows = {row['address']: row for row in self.server.rows('member', 'ls', 'tech') if 'address' in row}
        check(rows['o1@calm.test']['kept'] == 'manual' and rows['s1@calm.test']['kept'] == 'synced', rows)
        check([rows[one]['delivery'] for one in READERS] == ['digest', 'digest-plain'], rows)

    def waiting(self):
        return sum(row['remaining'] for row in self.server.rows('queue', 'ls')
                   if 'posting' in row and row['list'] != 'quiet@lists.test')

    def held(self):
        return [row for row in self.server.rows('hold', 'ls') if 'posting' in row]

    def refused(self, what):
        """A server that must not start says why."""
        os.truncate(self.server.log, 0)
        running, self.server.process = self.server.process, None
        self.server.start()
        status = self.server.process.wait(60)
        self.server.process = running
        said = self.server.log_end()
        check(status == 1 and re.search(what, said), f'ended with {status}: {said}')
        print(f'refused: {said.strip().splitlines()[-1]}')

    def go(self):
        top = len(levels())
        for level in range(1, top + 1):
            calls = self.one_level(level)
            print(f'level {level} of {top}: its mail is delivered, what was held could be released')
            if level == 1:
                first = 1 + self.dice.randrange(self.arguments.every)
                cuts = range(first, calls + 1, self.arguments.every)
                for number in cuts:
                    self.one_level(1, number)
                print(f'{len(cuts)} power cuts while it migrates and resumes; lost: 0')
        self.server.start()
        self.server.wait_ready(60)
        self.refused(f'in use by process {self.server.process.pid}')
        self.server.stop()
        with sqlite3.connect(os.path.join(self.data, 'breakwater.db')) as database:
            database.execute("INSERT INTO migration VALUES (?, 'from_the_future', '', 0)", (top + 1,))
        database.close()
        self.refused('newer than this program')


if __name__ == '__main__':
    sys.exit(main(__doc__, lambda *given: House(*given).go(),
                  ('--every', {'type': int, 'default': 1, 'help': 'cut at one call of so many'})))

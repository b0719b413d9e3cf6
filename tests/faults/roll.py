"""The roll of members after a fault: whom the sources name, less exclusions and who was removed by hand, and
whom people added by hand; in whole, never the half of a sync."""
import os
import sqlite3
import threading

from house import CHECKED, check
from mailbags import NEWS, VISITORS

ROWS = '''SELECT address.mailbox, member.synced, member.mode, member.digest, member.form FROM member
JOIN address ON address.id = member.address_id WHERE member.role = 0 AND member.list_id =
(SELECT list.id FROM list JOIN address ON address.id = list.address_id WHERE address.key = ?)'''
LEFT = '''SELECT key FROM sync_left WHERE list_id =
(SELECT list.id FROM list JOIN address ON address.id = list.address_id WHERE address.key = ?)'''
CAMPUS = 'campus@lists.test'


class Roll:
    """`people`: how many the large list's source chooses from. Its synced members are then those of one of
    `possible`: of the last sync that is known to be carried out, or of one that was begun since."""

    def __init__(self, server, dice, people):
        self.server, self.dice = server, dice
        self.universe = [f'u{number:06}@campus.test' for number in range(people)]
        self.touchable = self.universe[::97]
        self.source, self.possible = set(self.universe[::2]), []
        self.states, self.unsure, self.lock = {}, set(), threading.Lock()   # by hand: 'manual', 'left'
        self.applied = self.confirmed = self.by_hand = 0

    def ask(self, sql, *values):
        return self.rows(sql, *values)[0][0]

    def rows(self, sql, *values):
        name = os.path.join(self.server.folder, 'data', 'breakwater.db')
        database = sqlite3.connect(f'file:{name}?mode=ro', uri=True, timeout=20)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def unfinished(self):
        return self.ask('SELECT count(*) FROM sync_run')

    def deliveries(self):
        """How the members of news get mail: {address: delivery}."""
        names = {(0, 0): 'none', (0, 1): 'none', (1, 0): 'digest', (1, 1): 'digest-plain'}
        return {mailbox: 'each' if mode == 0 else names[digest, form]
                for mailbox, _, mode, digest, form in self.rows(ROWS, 'news@lists.test')}

    def manual(self):
        return {mailbox for mailbox, synced, *_ in self.rows(ROWS, CAMPUS) if not synced}

    def put(self, name, addresses):
        """Under another name, then renamed, as docs/sources.md asks for."""
        path = os.path.join(self.server.folder, name + '.csv')
        with open(path + '.new', 'w', encoding='utf-8') as file:
            file.write('address\n' + ''.join(f'{one}\n' for one in addresses))
        os.replace(path + '.new', path)

    def digests(self):
        return self.ask('SELECT count(*) FROM posting WHERE kind = 4')

    def change_sources(self, much=False):
        """By a few, or by so many that a person is asked and the sync takes several steps."""
        if much or self.dice.random() < 0.3:
            self.source = set(self.dice.sample(self.universe, len(self.universe) // 2))
        else:
            self.source ^= set(self.dice.sample(self.universe, 300))
        without = set(self.dice.sample(self.universe, 50))
        self.put('campus', sorted(self.source))
        self.put('campus-not', sorted(without))
        self.put('news', NEWS[1:] + self.dice.sample(VISITORS, 5))
        self.wanted = self.source - without

    def begin(self):
        self.possible = [self.wanted]

    def sync(self, cli, name):
        """Until it is in step: what is held is confirmed. Whether it is."""
        if name == 'campus':
            self.possible.append(self.wanted)
        status, said = cli('list', 'sync', name)
        for _ in range(2):
            if status != 1 or 'held, nothing is changed' not in said:
                break
            status, said = cli('list', 'sync', name, '--confirm', 'the term begins')
            self.confirmed += status == 0
        if status == 0 and name == 'campus':
            self.possible = [self.wanted]
        self.applied += status == 0
        return status == 0

    def some_by_hand(self, cli):
        """Additions and removals of whom the sources name, or not."""
        return [lambda one=one: self.change(cli, one)
                for one in self.dice.sample(self.touchable, self.dice.randint(1, 4))]

    def change(self, cli, address):
        verb, state = self.dice.choice([('add', 'manual'), ('add', 'manual'), ('rm', 'left')])
        self.unsure.add(address)
        status, _ = cli('member', verb, 'campus', address)
        if status == 0:
            self.states[address] = state
            self.unsure.discard(address)
            self.by_hand += 1

    def prove(self):
        rows = self.rows(ROWS, CAMPUS)
        manual = {mailbox for mailbox, synced, *_ in rows if not synced}
        synced = {mailbox for mailbox, synced, *_ in rows if synced}
        left = {key for key, in self.rows(LEFT, CAMPUS)}
        for address in self.unsure:   # no answer came: either is good, and is what holds from now on
            self.states.pop(address, None)
            if address in manual or address in left:
                self.states[address] = 'manual' if address in manual else 'left'
        self.unsure.clear()
        for address, state in self.states.items():
            check((address in manual) == (state == 'manual'), f'{address} is to be {state}, and is not')
            check(address not in synced, f'{address} is {state}, and yet a synced member')
        followed = [wanted - self.states.keys() for wanted in self.possible]
        found = synced - self.states.keys()
        check(found in followed, self.halves(found, followed))
        self.possible = [self.possible[followed.index(found)]]
        CHECKED.append(len(rows) + len(self.states))

    @staticmethod
    def halves(found, followed):
        told = [f'{len(wanted - found)} are missing and {len(found - wanted)} too many, as '
                f'{sorted(wanted ^ found)[:3]}' for wanted in followed]
        return f'{len(found)} synced members are those of no sync: ' + '; or '.join(told)

#!/usr/bin/env python3
"""Members who come and go while the server is killed: syncs with sources that change, held ones that a person
confirms, orders of owners by mail, additions and removals by hand, digests and pauses.

Each round begins on what the fault before it has left: kill -9 or now and then an orderly stop, with --power
a power cut, with --failing writes, syncs and opens that fail. What is shown after each fault and at the end
stands in roll.py and mailbags.py."""
import errno
import os
import random
import subprocess
import sys
import threading
import time

from account import Account
from errors import when
from host import OPENS, SYNCS, WRITES, Host
from house import BREAKWATER, UNLIMITED, Poster, Server, Sink, check, main, one_route, wait_for, write
from mailbags import EACH, NEWS, READERS, SET, Mailbags
from orders import OWNERS, Orders
from roll import Roll

CONNECTIONS, SLICE = 3, 50
CONFIG = one_route(f'''
threads = 2
[delivery]
slice_recipients = {SLICE}
connect = "2s"
reply = "5s"
idle = "1s"
[retry]
waits = ["100ms", "200ms"]
give_up_after = "1d"
[timeouts]
drain = "1s"
''') + f'connections = {CONNECTIONS}\nrecipients = 20\n'
DIGEST = '[digest]\ndaily = "never"\nmessages = 3\nenabled = {enabled}\n'
SOURCES = '[[{kind}]]\nkind = "csv"\nfile = "{folder}/{name}.csv"\n'
# What fails, with what, and how many calls in a row (--failing).
FAULTS = [(SYNCS, errno.EIO, 1), (SYNCS, errno.ENOSPC, 1), (WRITES, errno.EIO, 1), (WRITES, errno.ENOSPC, 1),
          (WRITES, errno.ENOSPC, 12), (WRITES, errno.ENOSPC, 100), (OPENS, errno.EIO, 1),
          (OPENS, errno.EMFILE, 2)]


def list_file(folder, name, sections=''):
    """Synced from NAME.csv, less NAME-not.csv."""
    owners = ', '.join(f'"{owner}"' for owner in OWNERS)
    return (f'domain = "lists.test"\ndescription = "d"\nowners = [{owners}]\npost = "members"\n{UNLIMITED}'
            f'drift_percent = 0\n{sections}' + SOURCES.format(kind='source', folder=folder, name=name) +
            SOURCES.format(kind='exclude', folder=folder, name=name + '-not'))


class Hand(threading.Thread):
    """A person who does one thing after another until something is in the way."""

    def __init__(self, *acts):
        super().__init__(daemon=True)
        self.acts, self.trouble = acts, None
        self.start()

    def run(self):
        try:
            for act in self.acts:
                act()
        except OSError:   # the server went away
            pass
        except Exception as trouble:   # shown by who joins
            self.trouble = trouble

    def end(self):
        self.join(120)
        check(not self.is_alive(), 'a person still waits for the server')
        if self.trouble:
            raise self.trouble


class Run:
    def __init__(self, folder, arguments):
        self.folder, self.arguments = folder, arguments
        self.dice = random.Random(arguments.seed)
        self.store = os.path.join(folder, 'mails')
        self.sink = Sink(folder, 'calm', '--store', self.store)
        for name in ('campus', 'news'):   # the lists are there before their sources are
            write(os.path.join(folder, name + '-not.csv'), 'address\nnobody@else.test\n')
        self.lists = {'campus': list_file(folder, 'campus'),
                      'news': list_file(folder, 'news', DIGEST.format(enabled='true'))}
        self.server = Server(folder, CONFIG.format(sink=self.sink.port), self.lists, {})
        self.data = os.path.join(folder, 'data')
        self.roll = Roll(self.server, self.dice, arguments.people)
        self.orders = Orders(self.server, self.store)
        self.mailbags = Mailbags(self.server, self.store)
        self.allowed = threading.Semaphore(0)
        self.posters = [Poster(n, arguments.seed, self.server, self.allowed, lambda _: (NEWS[0], ['news']))
                        for n in range(2)]
        self.cuts, self.faults, self.stops, self.resumed, self.hands = [], 0, 0, 0, []
        self.host = Host(folder, self.data) if arguments.power or arguments.failing else None
        self.calls, self.armed, self.how = {}, None, ''   # calls: about how many a round makes, of each sort

    def cli(self, *words):
        """(exit status, what it says) of a command that the fault may fall upon."""
        env = os.environ | ({} if self.arguments.failing else self.server.env)   # a person's do not fail
        done = subprocess.run([BREAKWATER, '-c', self.server.config, *words], capture_output=True,
                              text=True, timeout=120, check=False, env=env)
        return done.returncode, done.stdout + done.stderr

    def begin(self):
        """The first members, and how they get their mail."""
        self.roll.change_sources()
        for name in ('campus', 'news'):
            self.server.cli('list', 'sync', name)
        self.roll.begin()
        self.server.cli('member', 'add', 'campus', self.orders.present)
        self.server.cli('member', 'add', 'news', NEWS[0])
        for address, delivery in SET.items():
            self.server.cli('member', 'set', 'news', address, '--delivery', delivery)
        self.mailbags.settle(self.roll.deliveries())

    def one_round(self):
        before, self.how = self.how, self.dice.choices(
            ['busy', 'applying', 'digest', 'starting', 'stopping', 'stop'], [30, 25, 15, 15, 10, 5])[0]
        if before == 'applying' and self.dice.random() < 0.5:
            self.how = 'starting'   # within what has then to be finished
        how = self.how
        self.roll.change_sources(much=how == 'applying')
        if self.host:
            self.server.env = self.host.env
        if self.arguments.power:
            self.host.record()
        if how == 'starting':
            self.arm()
            self.server.start()
            time.sleep(self.dice.random() * 0.4)
            self.end_round()
            return
        self.server.start()
        self.server.wait_ready(60)
        self.look()
        digests = self.roll.digests()
        if how != 'applying':
            self.arm()
        self.let_people_act()
        if how == 'applying':
            self.until(lambda: self.roll.unfinished() or not self.hands[0].is_alive(), 30)
            self.arm()
        elif how == 'digest':
            self.until(lambda: self.roll.digests() > digests, 3)
        time.sleep(self.dice.random() * (0.9 if how == 'busy' else self.dice.choice([0, 0.2])))
        if how == 'stopping':
            self.server.process.terminate()
            time.sleep(self.dice.random() * 0.1)
        self.end_round(stops=how == 'stop')

    def until(self, test, seconds):
        """The moment for which this round is, where it comes."""
        end = time.monotonic() + seconds
        while not test() and time.monotonic() < end and self.server.process.poll() is None:
            time.sleep(0.002)

    def arm(self):
        if self.arguments.failing:
            kinds, error, count = self.dice.choice(FAULTS)
            self.armed = kinds, self.how
            self.host.fail(kinds, self.dice.randint(1, max(4, self.calls.get(self.armed, 40))), count, error)

    def let_people_act(self):
        for _ in range(self.dice.randint(2, 6)):
            self.allowed.release()
        syncs = [lambda name=name: self.roll.sync(self.cli, name) for name in ('campus', 'news')]
        changes = self.roll.some_by_hand(self.cli) + self.mailbags.some_changes(self.dice, self.cli)
        self.hands = [Hand(*syncs), Hand(*changes), Hand(self.orders.go_on)]

    def end_round(self, stops=False):
        """The fault, and what people and files come to by it. Only what the kill itself ended counts."""
        if self.arguments.failing:
            failed, most = self.host.failed > 0, self.calls.get(self.armed, 0)
            self.calls[self.armed] = max(self.host.calls, most * failed)
            self.faults += failed
            self.host.heal()
        running = self.server.process.poll() is None
        if stops and running and not self.arguments.failing:
            self.server.stop()
            self.stops += 1
        else:
            self.server.kill()
            self.cuts.append(int(time.time() * 1e6))
            self.faults += running and not self.arguments.failing
        for hand in self.hands:
            hand.end()
        self.hands = []
        if self.arguments.power and not stops:
            self.host.cut_power(self.dice)

    def look(self):
        """After each start: nothing is there by halves."""
        unfinished = self.roll.unfinished()
        self.resumed += unfinished > 0
        wait_for('broken-off syncs to be finished', lambda: self.roll.unfinished() == 0, 60)
        self.roll.prove()
        self.orders.prove(self.roll.manual())
        self.mailbags.settle(self.roll.deliveries())

    def shows_something(self):
        return self.resumed and self.roll.confirmed and self.roll.by_hand and self.orders.done

    def finish(self):
        """All that people wanted, and what waits for a digest goes out."""
        self.server.env = {}
        self.server.start()
        self.server.wait_ready(60)
        self.look()
        for name in ('campus', 'news'):
            wait_for(f'{name} to be in step', lambda name=name: self.roll.sync(self.cli, name), 60)
        self.orders.finish()
        self.look()
        write(os.path.join(self.folder, 'lists/news.toml'),
              list_file(self.folder, 'news', DIGEST.format(enabled='false')))
        self.server.cli('reload')
        wait_for('the last digest', lambda: self.roll.ask('SELECT count(*) FROM digest_waiting') == 0, 60)
        wait_for('the queue to drain', lambda: self.server.waiting() == 0, 240, 0.1)
        self.sink.end()

    def go(self):
        self.begin()
        for poster in self.posters:
            poster.start()
        while self.faults < self.arguments.kills or not self.shows_something():
            check(self.faults < 3 * self.arguments.kills + 20, 'no sync was broken off, or nobody acted')
            self.one_round()
        posted = [message for poster in self.posters for message in poster.end()]
        self.finish()
        with open(self.server.log, encoding='utf-8') as log:
            self.cuts += [when(line) for line in log if '"event":"disk_failed"' in line]
        account = Account(self.server, posted, {'news': EACH}, self.cuts, others=READERS)
        account.read([self.sink.record], self.dice, self.arguments.traces)
        count = account.prove(2 * CONNECTIONS * SLICE)
        self.server.stop()
        check(count['held'] == 0, f'{count["held"]} copies are held, and nothing is to hold them')
        self.report(count, posted, self.server.log_text().count('"event":"sync_resumed"'))

    def report(self, count, posted, resumed):
        power, failing = self.arguments.power, self.arguments.failing
        kind = 'power cuts' if power else 'failed rounds' if failing else 'kills'
        print(f'{self.faults} {kind}, {self.stops} orderly stops; '
              f'messages that got a 250: {count["accepted"]}')
        print(f'syncs carried out: {self.roll.applied}, confirmed: {self.roll.confirmed}, finished after a '
              f'start: {resumed}; done by hand: {self.roll.by_hand}, by mail: {self.orders.done}')
        print(self.mailbags.prove(posted))
        print(f'copies owed: {count["owed"]}; delivered: {count["delivered"]}, lost: {count["missing"]}; '
              f'duplicates: {count["duplicates"]}, {count["worst_cut"]} at one fault')


if __name__ == '__main__':
    sys.exit(main(__doc__, lambda *given: Run(*given).go(), ('--kills', {'type': int, 'default': 40}),
                  ('--power', {'action': 'store_true', 'help': 'each kill is a power cut (host.py)'}),
                  ('--failing', {'action': 'store_true', 'help': 'writes, syncs and opens fail first'}),
                  ('--people', {'type': int, 'default': 24000, 'help': 'whom the large source chooses from'}),
                  ('--traces', {'type': int, 'default': 10, 'help': 'traces held against the sinks'})))

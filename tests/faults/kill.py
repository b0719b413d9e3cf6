#!/usr/bin/env python3
"""kill -9 of the real server at random moments, again and again on one data directory; then the account.

Posters post to four lists all the while; one sink takes all, another one refuses for now and drops
connections, so that expansion, delivery and retries go on at the same time. Bounces come in, and a person
freezes, thaws, recalls and releases. With --power each kill is a power cut. What is shown at the end stands
in account.py."""
import os
import random
import sys
import threading
import time

from account import Account, posting_of
from host import Host
from house import UNLIMITED, Dialogue, Poster, Server, Sink, check, main, wait_for

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
    'frozen': ['ann@calm.test'] + [f'f{n}@{"rough" if n % 2 == 0 else "calm"}.test' for n in range(120)],
}
LISTS = {name: LIST.format(delivery='individual' if name == 'each' else 'batch') for name in MEMBERS}


def choose(dice):
    """Whom the next message is from and to."""
    kind = dice.choices(['all', 'team', 'each', 'frozen', 'two', 'stranger', 'unknown'],
                        [25, 20, 20, 20, 10, 10, 5])[0]
    if kind == 'two':
        return 'ann@calm.test', ['team', 'each']
    if kind == 'stranger':
        return 'eve@calm.test', [dice.choice(['all', 'team'])]
    return 'ann@calm.test', ['nobody' if kind == 'unknown' else kind]


REPORT = """From: MAILER-DAEMON@calm.test
To: list@lists.test
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; calm.test

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--b--
.
""".replace('\n', '\r\n')


class Reporter(threading.Thread):
    """Says of copies that were taken that they could not be delivered after all."""

    def __init__(self, port, copies):
        super().__init__(daemon=True)
        self.port, self.copies, self.reported = port, copies, set()

    def run(self):
        try:
            with Dialogue(self.port) as client:
                client.say('EHLO calm.test')
                for reverse_path, recipient in self.copies:
                    for line in ('MAIL FROM:<>', f'RCPT TO:<{reverse_path}>', 'DATA'):
                        client.say(line)
                    client.socket.sendall(REPORT.format(recipient=recipient).encode())
                    code, said = client.reply()
                    if code == 250:
                        self.reported.add((posting_of(reverse_path), recipient))
        except OSError:
            pass


class Run:
    def __init__(self, folder, arguments):
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
        self.by_hand, self.commands, self.reporters = set(), [], []
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
        if self.dice.random() < 0.5:
            self.person()
        if self.dice.random() < 0.5:
            self.bounces()
        time.sleep(self.dice.random() ** 2 * 0.45)
        if how == 'stop':
            self.server.stop()
            self.stops += 1
            self.finish_commands()
            return
        if how == 'stopping':
            self.server.process.terminate()
            time.sleep(self.dice.random() * 0.05)
        self.killed()

    def person(self):
        """A command that is under way when the kill comes, or just done."""
        words = self.dice.choice([('list', 'freeze', 'frozen', '--reason', 'a storm'),
                                  ('list', 'thaw', 'frozen'), ('queue', 'retry', '--all'),
                                  ('hold', 'release', '--list', 'frozen', '--all', '--reason', 'it is over'),
                                  ('posting', 'recall')])
        if words[1] == 'recall':
            pending = [row['posting'] for row in self.server.rows('posting', 'ls', '--list', 'frozen')
                       if row.get('state') == 'pending']
            if not pending:
                return
            words = (*words, pending[0], '--reason', 'a mistake')
            self.by_hand.add(pending[0])
        self.commands.append(self.server.cli_later(*words))

    def finish_commands(self):
        for command in self.commands:
            command.wait(60)
        self.commands.clear()

    def bounces(self):
        """Reports about copies of the last seconds."""
        with open(self.calm.record, encoding='utf-8') as lines:
            copies = [line.rstrip('\n').split('\t')[1:] for line in lines.readlines()[-200:]]
        copies = [copy for copy in copies if copy[0].startswith('each-bounces+')]
        if copies:
            copies = self.dice.sample(copies, min(len(copies), 8))
            self.reporters.append(Reporter(self.server.port, copies))
            self.reporters[-1].start()

    def killed(self):
        """Only what the kill itself ended counts as one."""
        running = self.server.process.poll() is None
        self.server.kill()
        if running:
            self.kills.append(int(time.time() * 1e6))
        self.finish_commands()
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
        self.server.cli('list', 'freeze', 'frozen', '--reason', 'so that it can be thawed')
        self.server.cli('list', 'thaw', 'frozen')
        self.server.cli('hold', 'release', '--list', 'frozen', '--all', '--reason', 'the end')
        wait_for('the queue to drain', lambda: self.server.waiting() == 0, self.arguments.drain_s, 0.1)
        counts += [self.rough.end(), self.calm.end()]
        account = Account(self.server, posted, MEMBERS, self.kills, self.by_hand)
        account.read([self.rough.record, self.calm.record], self.dice, self.arguments.traces)
        self.server.stop()
        self.report(account, counts)

    def report(self, account, counts):
        bound = 2 * CONNECTIONS * SLICE   # one slice a connection; its outcome is reported when it ends
        count = account.prove(bound)
        ready, busy = sorted(self.ready), account.busy_cuts()
        print(f'{len(self.kills)} kills, {self.stops} orderly stops; ready again after '
              f'{ready[len(ready) // 2]:.3f} s, at most {ready[-1]:.3f} s')
        if self.host:
            print(f'each with a power cut: of {self.unsynced[1]} writes that were not synced '
                  f'{self.unsynced[0]} were kept')
        print(f'messages that got a 250: {count["accepted"]}, refused: {count["refused"]}, '
              f'cut off before an answer: {count["unanswered"]}; {busy} kills fell into deliveries')
        print(f'copies owed: {count["owed"]}; delivered: {count["delivered"]}, bounced: {count["bounced"]}, '
              f'recalled: {count["dropped"]}, held: {count["held"]}, lost: {count["missing"]}')
        print(f'refused for now by the sinks: {sum(c["refused_temporarily"] for c in counts)}, '
              f'connections they dropped: {sum(c["dropped"] for c in counts)}')
        print(f'duplicates: {count["duplicates"]}, {count["worst_cut"]} at one kill; {bound} can be in hand '
              f'at each; the first copy was taken at most {account.oldest_us / 1000:.0f} ms before its kill')
        self.prove_bounces(account)
        check(count['unanswered'] > 0 and busy > 0, 'no kill hit anything: this run shows nothing')
        check(ready[-1] <= self.arguments.ready_within, f'ready only after {ready[-1]:.3f} s')

    def prove_bounces(self, account):
        reported = set()
        for reporter in self.reporters:
            reporter.join(60)
            reported |= reporter.reported
        forgotten = reported - account.bounces
        check(not forgotten,
              f'{len(forgotten)} bounces got a 250 and have no record: {sorted(forgotten)[:5]}')
        print(f'bounces that came in and got a 250: {len(reported)}, each with its record')


if __name__ == '__main__':
    sys.exit(main(__doc__, lambda *given: Run(*given).go(), ('--kills', {'type': int, 'default': 100}),
                  ('--power', {'action': 'store_true', 'help': 'each kill is a power cut (host.py)'}),
                  ('--traces', {'type': int, 'default': 60, 'help': 'traces held against the sinks'}),
                  ('--drain-s', {'type': float, 'default': 240}),
                  ('--ready-within', {'type': float, 'default': 60, 'help': 'seconds; generous'})))

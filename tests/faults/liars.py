#!/usr/bin/env python3
"""Next servers that hang, drop, refuse and lie, each in its own way and on a route of its own, all at once.

One message goes to ten recipients behind each. Nobody may be counted as delivered to who was not; nobody
bounces for what may pass; and once the next servers behave, everybody gets it, once."""
import collections
import socket
import struct
import sys
import threading
import time

from account import posting_of
from house import CHECKED, UNLIMITED, Dialogue, Server, Sink, check, free_port, main, wait_for

EACH = 10
VERBS = ['connect', 'ehlo', 'mail', 'rcpt', 'data', 'dot', 'quit']
HANGS = {f'hang-{verb}': ['--hang-at', verb] for verb in VERBS}
# They offer CHUNKING, and have one recipient a transaction: several are in flight when it goes wrong.
CHUNKING = {
    'chunk-drop': ['--drop-every', '4'],
    'chunk-full': ['--data-tempfail-every', '3'],
    'chunk-grey': ['--tempfail-every', '3'],
    'chunk-hang': ['--hang-at', 'dot'],
    'chunk-slow': ['--latency-ms', '100'],
}
SINKS = HANGS | {name: ['--chunking', *options] for name, options in CHUNKING.items()} | {
    'chunk-unknown': ['--refuse-chunks', '502'],   # it offers CHUNKING, and knows only DATA
    'drop': ['--drop-every', '1'],
    'full': ['--data-tempfail-every', '1'],
    'grey': ['--tempfail-every', '2'],
    'narrow': ['--max-rcpt', '3'],
    'slow': ['--latency-ms', '300'],
}
# What a liar says: the greeting, then an answer for each line that it is sent; behind a '.', for all lines
# up to the dot. None: it closes; RESET: it resets the connection, after the other side has had time to read.
RESET = 'reset'
EHLO = '250-liar\r\n250 PIPELINING\r\n'
TAKES_CHUNKS = ['220 hi\r\n', '250-liar\r\n250-PIPELINING\r\n250 CHUNKING\r\n'] + ['250 ok\r\n'] * (EACH + 1)
LIARS = {
    'mute': [None],
    'garbage': ['\x00\xff\xfe' * 300 + '\r\n'],
    'endless-line': ['220 ' + 'x' * 3_000_000],
    'endless-reply': ['220-more\r\n' * 300_000],
    'refused': ['554 5.7.1 no service\r\n'],
    'going': ['421 4.3.2 going down\r\n', None],
    'early-all': ['220 hi\r\n' + EHLO + '250 ok\r\n' * (EACH + 1) + '354 go\r\n250 taken\r\n', None],
    'codes': ['220 hi\r\n', EHLO, '199 what\r\n'],
    'no-code': ['220 hi\r\n', EHLO, 'ok\r\n'],
    'data-250': ['220 hi\r\n', EHLO] + ['250 ok\r\n'] * (EACH + 2),
    'cut-in-354': ['220 hi\r\n', EHLO] + ['250 ok\r\n'] * (EACH + 1) + ['35', None],
    'bdat-421': TAKES_CHUNKS + ['421 4.3.2 going down\r\n', None],
    'bdat-cut': TAKES_CHUNKS + ['25', None],
    'rcpt-421': ['220 hi\r\n', EHLO] + ['250 ok\r\n'] * 4 + ['421 4.3.2 going down\r\n', None],
    'data-421': ['220 hi\r\n', EHLO] + ['250 ok\r\n'] * (EACH + 1) + ['421 4.3.2 going down\r\n', None],
    'dot-421': ['220 hi\r\n', EHLO] + ['250 ok\r\n'] * (EACH + 1) + ['354 go\r\n', '.421 bye\r\n', None],
    'dot-reset': ['220 hi\r\n', EHLO] + ['250 ok\r\n'] * (EACH + 1) + ['354 go\r\n', '.', RESET],
    'taken-reset': ['220 hi\r\n', EHLO] + ['250 ok\r\n'] * (EACH + 1) + ['354 go\r\n', '.250 ok\r\n', RESET],
    'cut-in-250': ['220 hi\r\n', EHLO] + ['250 ok\r\n'] * (EACH + 1) + ['354 go\r\n', '25', None],
}
# Behind these, some or all have it before the next servers are changed.
MAY_HAVE_IT = {'taken-reset', 'hang-quit', 'grey', 'narrow', 'slow', 'chunk-drop', 'chunk-full', 'chunk-grey',
               'chunk-slow', 'chunk-unknown'}

CONFIG = '''
hostname = "lists.test"
postmaster = ["postmaster@slow.test"]
data_dir = "data"
[delivery]
connect = "1s"
reply = "1s"
[retry]
waits = ["10m"]
[[listener]]
kind = "mx"
address = "127.0.0.1:{port}"
'''
ROUTE = '''
[[route]]
name = "{name}"
kind = "smarthost"
domains = ["{domain}"]
host = "127.0.0.1"
port = {port}
tls = "none"
'''
LIST = 'domain = "lists.test"\ndescription = "d"\nowners = ["o@slow.test"]\npost = "anyone"\n' + UNLIMITED


class Liar(threading.Thread):
    """Takes connections on a port and says its lines, whatever it hears."""

    def __init__(self, lines):
        super().__init__(daemon=True)
        self.lines, self.ended = lines, threading.Event()
        self.port = free_port()   # where a good sink will listen later
        self.listener = socket.create_server(('127.0.0.1', self.port))
        self.listener.settimeout(0.05)
        self.start()

    def run(self):
        while not self.ended.is_set():
            try:
                peer, _ = self.listener.accept()
            except OSError:
                continue
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()
        self.listener.close()

    def talk(self, peer):
        with peer:
            peer.settimeout(20)
            heard = peer.makefile('rb')
            try:
                for number, line in enumerate(self.lines):
                    if line == RESET:
                        time.sleep(0.3)
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                        return
                    if number > 0 and not heard.readline() or line is None:
                        return
                    if line.startswith('.'):
                        while heard.readline() not in (b'.\r\n', b''):
                            pass
                    peer.sendall(line.removeprefix('.').encode('latin-1'))
                while heard.readline():   # and not a word more
                    pass
            except OSError:
                pass

    def end(self):
        self.ended.set()
        self.join()


def domain(name):
    return name + '.test'


class Run:
    def __init__(self, folder):
        self.folder, self.server = folder, None
        self.bad = {name: Sink(folder, 'bad-' + name, *options) for name, options in SINKS.items()}
        self.bad |= {name: Liar(lines) for name, lines in LIARS.items()}
        self.good = {}
        routes = ''.join(ROUTE.format(name=name, domain=domain(name), port=one.port) +
                         ('recipients = 1\n' if name in CHUNKING else '')
                         for name, one in self.bad.items())
        routes += ROUTE.format(name='nobody', domain='*', port=free_port())
        self.members = [f'm{n}@{domain(name)}' for name in self.bad for n in range(EACH)]
        self.server = Server(folder, CONFIG.replace('{port}', '{port}') + routes.replace('{', '{{'),
                             {'all': LIST}, {'all': self.members})

    def go(self):
        server = self.server
        server.start()
        server.wait_ready(60)
        with Dialogue(server.port) as client:
            for line in ('EHLO a', 'MAIL FROM:<a@slow.test>', 'RCPT TO:<all@lists.test>', 'DATA'):
                client.say(line)
            code, text = client.say('From: a@slow.test\r\nMessage-ID: <1@test>\r\n\r\nhello\r\n.')
            check(code == 250, text)
        posting = server.rows('posting', 'ls')[0]['posting']
        # Every route has had its try; nobody was given up.
        wait_for('a try of every slice', lambda: all(row['attempts'] > 0 for row in self.queue()), 180, 0.1)
        states = self.states(posting)
        for name in self.bad:
            mine = {one: states[one] for one in self.members if one.endswith('@' + domain(name))}
            if name == 'refused':
                continue   # 554 to the connection: whether that is for good is the sender's choice
            allowed = {'deferred', 'queued'} | ({'delivered'} if name in MAY_HAVE_IT else set())
            check(set(mine.values()) <= allowed, f'behind {name}: {mine}')
        first = collections.Counter(states.values())
        self.behave()
        server.cli('queue', 'retry', '--all')
        wait_for('the queue to drain', lambda: not self.queue(), 180, 0.1)
        states = self.states(posting)
        server.stop()
        self.prove(posting, states)
        CHECKED.append(len(self.members))
        print(f'{len(self.bad)} bad servers, {len(self.members)} recipients: at first {dict(first)}, then '
              f'{dict(collections.Counter(states.values()))}; the sinks have each who is delivered, once')

    def queue(self):
        return [row for row in self.server.rows('queue', 'ls') if 'posting' in row]

    def states(self, posting):
        return {row['recipient']: row['state'] for row in self.server.rows('posting', 'trace', posting)
                if 'recipient' in row}

    def behave(self):
        """A good sink in the place of each."""
        for name, one in self.bad.items():
            one.end()
            self.good[name] = Sink(self.folder, 'good-' + name, port=one.port)

    def prove(self, posting, states):
        taken = collections.Counter()
        for name, one in self.good.items():
            one.end()
            for record in [one.record] + ([self.bad[name].record] if name in SINKS else []):
                with open(record, encoding='utf-8') as lines:
                    for line in lines:
                        _, sender, recipient = line.rstrip('\n').split('\t')
                        check(posting_of(sender) == posting, f'a strange posting: {line}')
                        taken[recipient] += 1
        for one in self.members:
            behind = one.split('@')[1]
            if states[one] == 'failed':
                check(behind == domain('refused') and not taken[one], f'{one} bounced')
            else:
                check(states[one] == 'delivered', f'{one}: {states[one]}')
                few = 0 if behind == domain('taken-reset') else 1   # its 250 counts, and is in no record
                check(few <= taken[one] <= 1, f'{one} was delivered to {taken[one]} times')


if __name__ == '__main__':
    sys.exit(main(__doc__, lambda folder, _: Run(folder).go()))

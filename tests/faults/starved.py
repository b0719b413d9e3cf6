#!/usr/bin/env python3
"""No descriptors left, and clients that never finish, at each verb and in the TLS handshake: others are
served, soon, no processor is burnt, and what got a 250 is not lost."""
import itertools
import os
import resource
import socket
import ssl
import subprocess
import sys
import threading
import time

from account import Account
from house import UNLIMITED, Dialogue, Posted, Server, Sink, check, free_port, main, post, transmit, wait_for

DESCRIPTORS, CLIENTS = 64, 200
CONFIG = '''
hostname = "lists.test"
postmaster = ["postmaster@calm.test"]
data_dir = "data"
[limits]
connections = 10000
connections_per_address = 10000
[timeouts]
command = "{patience}s"
data_block = "{patience}s"
handshake = "{patience}s"
[retry]
waits = ["100ms"]
[[listener]]
kind = "mx"
address = "127.0.0.1:{{port}}"
certificate = "{folder}/pem"
key = "{folder}/key"
[[listener]]
kind = "submission"
address = "127.0.0.1:{tls}"
tls_wrapped = true
certificate = "{folder}/pem"
key = "{folder}/key"
[[route]]
name = "calm"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = {sink}
tls = "none"
'''
LIST = 'domain = "lists.test"\ndescription = "d"\nowners = ["o@calm.test"]\npost = "anyone"\n' + UNLIMITED
MEMBERS = {'all': [f'm{n}@calm.test' for n in range(5)]}
TO_RCPT = b'EHLO a\r\nMAIL FROM:<a@calm.test>\r\nRCPT'
TO_DATA = TO_RCPT + b' TO:<all@lists.test>\r\nDATA\r\n'
# What a client sends before it falls silent, or goes on drop by drop.
STEPS = [b'', b'EHL', b'HELO', b'EHLO a\r\nMAIL FR', TO_RCPT, TO_RCPT + b' TO:<all@lists.test>\r\nDAT',
         TO_DATA, TO_DATA + b'From: a@calm.test\r\n\r\nhel', TO_DATA + b'\r\nhello\r\n.', b'EHLO a\r\nRSE',
         b'NOO', b'VRFY a', b'QUI', b'EHLO a\r\nSTARTT', b'EHLO a\r\nSTARTTLS\r\n']


def client_hello():
    """The first flight of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname='lists.test')
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def processor_s(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        fields = file.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


class Siege:
    def __init__(self, folder, arguments):
        self.folder, self.arguments = folder, arguments
        words = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
                 '-nodes', '-subj', '/CN=lists.test', '-keyout', f'{folder}/key', '-out', f'{folder}/pem']
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
        self.sink, self.tls = Sink(folder, 'calm'), free_port()
        config = CONFIG.format(folder=folder, tls=self.tls, sink=self.sink.port, port='{port}',
                               patience=arguments.patience).replace('{{port}}', '{port}')
        self.server = Server(folder, config, {'all': LIST}, MEMBERS)
        self.posted, self.numbers = [], itertools.count()

    def message(self):
        self.posted.append(Posted(f'{next(self.numbers)}@test', 'a@calm.test', ['all']))
        return self.posted[-1]

    def post(self):
        return post(self.server.port, self.message()).outcome == 'accepted'

    def no_descriptors(self):
        """200 clients where the process may have 64 descriptors."""
        server = self.server
        before = Dialogue(server.port)
        before.say('EHLO a')
        pid = server.process.pid
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
        logged, clients = os.path.getsize(server.log), []
        for _ in range(CLIENTS):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(('127.0.0.1', server.port))
            clients.append(client)
        time.sleep(0.5)
        spent = processor_s(pid)
        time.sleep(1)
        spent = processor_s(pid) - spent
        check(server.process.poll() is None, f'it ended: {server.log_end()}')
        check(spent < 0.5, f'{spent:.2f} s of processor time in a second of waiting')
        message = self.message()   # a session that was there goes on
        transmit(before, message)
        check(message.outcome in ('accepted', 'put off'), message.outcome)
        taken = message.outcome
        for client in clients:
            client.close()
        wait_for('a post after the clients left', self.post, 60, 0.1)
        before.close()
        grown = os.path.getsize(server.log) - logged
        check(grown < 400_000, f'{grown} bytes were logged about it')
        print(f'{CLIENTS} clients with {DESCRIPTORS} descriptors: {spent:.2f} s of processor time a second, '
              f'a post of a session that was open: {taken}; the next ones are served')

    def never_finish(self):
        """Clients that stay at each step for good; those beside them are served."""
        began, slow, hello = time.monotonic(), [], client_hello()
        steps = [(self.server.port, step) for step in STEPS]
        steps += [(self.tls, part) for part in (b'', hello[:5], hello[:-1], hello)]
        for number in range(self.arguments.clients):
            port, step = steps[number % len(steps)]
            source = (f'127.0.0.{2 + number % 50}', 0)
            client = socket.create_connection(('127.0.0.1', port), 60, source)
            client.sendall(step)
            slow.append(client)
        connected = time.monotonic() - began
        waits = self.posts_beside()
        drips = self.drip(slow, began)
        wait_for('the slow clients to be sent away', lambda: self.server.rows('status')[-1]['sessions'] == 0,
                 self.arguments.patience + 60, 0.1)
        for client in slow:
            client.close()
        check(self.post(), 'a post after the slow clients was not taken')
        p99 = waits[int(len(waits) * 0.99) - 1]
        print(f'{len(slow)} clients that never finish, at {len(steps)} steps (connected within '
              f'{connected:.1f} s), {drips} drips: all sent away; {len(waits)} posts beside them: '
              f'p99 {p99:.3f} s')
        check(p99 < self.arguments.within, f'p99 of a post beside them: {p99:.2f} s')

    def posts_beside(self):
        """How long each of some posts took, sorted."""
        waits = []

        def some():
            for _ in range(50):
                before = time.monotonic()
                check(self.post(), 'a post beside slow clients was not taken')
                waits.append(time.monotonic() - before)
        threads = [threading.Thread(target=some) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        check(len(waits) == 200, f'{len(waits)} of 200 posts beside slow clients were taken')
        return sorted(waits)

    def drip(self, slow, began):
        """Drops of bytes hold a line open no longer than its deadline."""
        drips = 0
        while time.monotonic() - began < self.arguments.patience + 2:
            for client in slow[::7]:
                try:
                    client.sendall(b'N')
                    drips += 1
                except OSError:
                    pass
            time.sleep(0.2)
        return drips

    def go(self):
        self.server.start()
        self.server.wait_ready(60)
        self.no_descriptors()
        self.server.stop()
        self.server.start()
        self.server.wait_ready(60)
        self.never_finish()
        wait_for('the queue to drain', lambda: self.server.waiting() == 0, 120, 0.1)
        account = Account(self.server, self.posted, MEMBERS)
        account.read([self.sink.record])
        counted = account.prove(0)
        check(counted['delivered'] == counted['owed'], counted)
        print(f'copies owed: {counted["owed"]}, each delivered; lost: 0')
        self.server.stop()


if __name__ == '__main__':
    sys.exit(main(__doc__, lambda *given: Siege(*given).go(),
                  ('--clients', {'type': int, 'default': 400, 'help': 'that never finish'}),
                  ('--patience', {'type': int, 'default': 5, 'help': 'of the server, seconds'}),
                  ('--within', {'type': float, 'default': 5, 'help': 'p99 of the others, seconds'})))

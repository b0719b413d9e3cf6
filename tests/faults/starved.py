#!/usr/bin/env python3
"""No descriptors left, and clients that never finish: others are served, and what got a 250 is not lost."""
import argparse
import os
import resource
import shutil
import socket
import sys
import tempfile
import time

from house import UNLIMITED, Dialogue, Failed, Server, Sink, check, wait_for

DESCRIPTORS, CLIENTS = 64, 200
CONFIG = '''
hostname = "lists.test"
postmaster = ["postmaster@calm.test"]
data_dir = "data"
[limits]
connections_per_address = 1000
[timeouts]
command = "5s"
data_block = "5s"
[retry]
waits = ["100ms"]
[[listener]]
kind = "mx"
address = "127.0.0.1:{{port}}"
[[route]]
name = "calm"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = {sink}
tls = "none"
'''
LIST = 'domain = "lists.test"\ndescription = "d"\nowners = ["o@calm.test"]\npost = "anyone"\n' + UNLIMITED
MEMBERS = [f'm{n}@calm.test' for n in range(5)]


def post(port, name, seconds=60):
    """The code of the last answer."""
    with Dialogue(port, seconds) as client:
        for line in ('EHLO a', 'MAIL FROM:<a@calm.test>', 'RCPT TO:<all@lists.test>', 'DATA'):
            code, _ = client.say(line)
            if code >= 400:
                return code
        return client.say(f'From: a@calm.test\r\nMessage-ID: <{name}@test>\r\n\r\nhello\r\n.')[0]


def try_post(port, name):
    try:
        return post(port, name, 2)
    except OSError:
        return 0


def no_descriptors(server):
    """200 clients where the process may have 64 descriptors. How many posts got a 250."""
    server.start()
    server.wait_ready(60)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    log_before = os.path.getsize(server.log)
    clients, accepted = [], 0
    for number in range(CLIENTS):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(('127.0.0.1', server.port))
        clients.append(client)
    time.sleep(1)
    check(server.process.poll() is None, f'it ended: {server.log_end()}')
    accepted += try_post(server.port, 'starved') == 250
    for client in clients:
        client.close()
    # The hungry time is over at once.
    wait_for('a post after the clients left', lambda: try_post(server.port, 'fed') == 250, 60, 0.1)
    grown = os.path.getsize(server.log) - log_before
    check(grown < 400_000, f'{grown} bytes were logged about it')
    return accepted + 1


def never_finish(server):
    """Thirty clients stay at each step for good; one beside them is served. How many posts got a 250."""
    to_rcpt = b'EHLO a\r\nMAIL FROM:<a@calm.test>\r\nRCPT'
    to_data = to_rcpt + b' TO:<all@lists.test>\r\nDATA\r\n'
    steps = [b'', b'EHL', b'EHLO a\r\nMAIL FR', to_rcpt, to_data, to_data + b'From: a@calm.test\r\n\r\nhel',
             to_data + b'\r\nhello\r\n.']
    began, slow = time.monotonic(), []
    for step in steps * 30:
        client = socket.create_connection(('127.0.0.1', server.port), 60)
        client.sendall(step)
        slow.append(client)
    before = time.monotonic()
    check(post(server.port, 'beside') == 250, 'a post beside slow clients was not taken')
    took = time.monotonic() - before
    # Drops of bytes hold a line open no longer than its deadline.
    drips = 0
    while time.monotonic() - began < 7:
        for client in slow[::7]:
            try:
                client.sendall(b'N')
                drips += 1
            except OSError:
                pass
        time.sleep(0.2)

    def all_gone():
        rows = server.rows('status')
        return rows[-1]['sessions'] == 0
    wait_for('the slow clients to be sent away', all_gone, 60, 0.1)
    for client in slow:
        client.close()
    check(post(server.port, 'after') == 250, 'a post after the slow clients was not taken')
    print(f'{len(slow)} clients that never finish, {drips} drips: all sent away; a post beside them took '
          f'{took:.2f} s')
    return 2


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    folder = tempfile.mkdtemp(prefix='bw-starved-')
    sink, server = Sink(folder, 'calm'), None
    try:
        server = Server(folder, CONFIG.format(sink=sink.port), {'all': LIST}, {'all': MEMBERS})
        posts = no_descriptors(server)
        server.stop()
        server.start()
        server.wait_ready(60)
        posts += never_finish(server)
        wait_for('the queue to drain', lambda: server.waiting() == 0, 120, 0.1)
        rows = [row for row in server.rows('posting', 'ls', '--limit', '1000') if 'posting' in row]
        check(len(rows) >= posts, f'{len(rows)} postings of {posts} that got a 250')
        server.stop()
        sink.end()
        with open(sink.record, encoding='utf-8') as lines:
            taken = sum(1 for _ in lines)
        check(taken == len(rows) * len(MEMBERS), f'{taken} copies of {len(rows)} postings to {len(MEMBERS)}')
        print(f'{CLIENTS} clients with {DESCRIPTORS} descriptors: it lived; {posts} posts, each delivered')
    except Failed as failed:
        print(f'FAILED: {failed}\n{server.log_end() if server else ""}')
        return 1
    finally:
        for process in [sink.process] + ([server.process] if server and server.process else []):
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
"""DNS that fails, lies and is slow: what may pass is deferred, what is for good bounces, nobody is lost, and
one dead mail exchanger of two costs next to nothing. Then DNS is well again, and all that waited is
delivered."""
import collections
import socket
import struct
import sys
import threading
import time

from account import Account
from house import UNLIMITED, Posted, Server, Sink, check, free_port, main, post, wait_for

# Not .test: libunbound says of itself that there is no such domain (RFC 6761).
A, CNAME, MX, AAAA = 1, 5, 15, 28
SERVFAIL, NXDOMAIN = 2, 3
LIVE, DEAD, HUNG = '127.0.0.2', '127.0.0.3', '127.0.0.4'   # nobody listens; connections are not answered
CONFIG = '''
hostname = "lists.test"
postmaster = ["postmaster@good.example"]
data_dir = "data"
[delivery]
resolver = "127.0.0.1@{dns}"
mx_port = {mx}
allow_loopback_mx = {allow}
connect = "1s"
slice_recipients = 100
[retry]
waits = ["1h"]
[[listener]]
kind = "mx"
address = "127.0.0.1:{{port}}"
[[route]]
name = "out"
kind = "mx"
domains = ["*"]
tls = "none"
connections = 10
'''
LIST = ('domain = "lists.test"\ndescription = "d"\nowners = ["o@good.example"]\npost = "anyone"\n'
        'delivery = "individual"\n' + UNLIMITED)
# domain -> (state after the first try, the beginning of the reply; after DNS is well)
EXPECTED = {
    'good': ('delivered', '250'), 'implicit': ('delivered', '250'), 'many': ('delivered', '250'),
    'servfail': ('deferred', '451 4.4.3'), 'silent': ('deferred', '451 4.4.3'),
    'garbage': ('deferred', '451 4.4.3'), 'cname-loop': ('deferred', '451 4.4.3'),
    'hostfail': ('deferred', '451 4.4.3'), 'manydead': ('deferred', '451 4.4.1'),
    'nx': ('failed', '550 5.1.2'), 'nullmx': ('failed', '556 5.1.10'), 'own': ('failed', '554 5.4.6'),
    'nohost': ('failed', '550 5.4.4'),
}
MEMBERS = {'every': [f'm{n}@{name}.example' for name in EXPECTED for n in range(3)]}


def wire_name(name):
    return b''.join(bytes([len(part)]) + part.encode() for part in name.split('.') if part) + b'\0'


class Dns:
    """Answers on one port of 127.0.0.1, by UDP and, where an answer is long, by TCP."""

    def __init__(self, zone):
        self.zone, self.port, self.asked = zone, free_port(), collections.Counter()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(('127.0.0.1', self.port))
        self.tcp = socket.create_server(('127.0.0.1', self.port))
        threading.Thread(target=self.answer_udp, daemon=True).start()
        threading.Thread(target=self.answer_tcp, daemon=True).start()

    def answer_udp(self):
        while True:
            question, peer = self.udp.recvfrom(4096)
            answer = self.answer(question)
            if answer and len(answer) > 1200:
                section = self.asked_in(question)[2]
                answer = answer[:2] + struct.pack('>H', 0x8380) + question[4:6] + bytes(6) + section
            if answer:
                self.udp.sendto(answer, peer)

    def answer_tcp(self):
        while True:
            peer, _ = self.tcp.accept()
            threading.Thread(target=self.one_tcp, args=(peer,), daemon=True).start()

    def one_tcp(self, peer):
        with peer, peer.makefile('rwb') as stream:
            while size := stream.read(2):
                answer = self.answer(stream.read(struct.unpack('>H', size)[0]))
                if answer:
                    stream.write(struct.pack('>H', len(answer)) + answer)
                    stream.flush()

    def asked_in(self, question):
        """Name, type, and the bytes of the question section."""
        at, parts = 12, []
        while question[at]:
            parts.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        return '.'.join(parts).lower(), struct.unpack('>H', question[at + 1:at + 3])[0], question[12:at + 5]

    def answer(self, question):
        name, kind, section = self.asked_in(question)
        self.asked[name] += 1
        found = self.zone(name, kind)
        if found is None:
            return None
        if isinstance(found, bytes):
            return question[:2] + found
        code, records = (found, []) if isinstance(found, int) else (0, found)
        rows = b''.join(b'\xc0\x0c' + struct.pack('>HHIH', its_kind, 1, 1, len(data)) + data
                        for its_kind, data in records)
        return question[:2] + struct.pack('>HHHHH', 0x8180 | code, 1, len(records), 0, 0) + section + rows


def mx(*hosts, preference=10):
    return [(MX, struct.pack('>H', preference) + wire_name(host)) for host in hosts]


class Zones:
    """What the test's DNS knows; `well`: all who can be are as good as good.example."""

    def __init__(self):
        self.well = False

    def __call__(self, name, kind):
        if name.startswith(('mx.', 'm.')):
            return self.host(name, kind)
        domain = name.removesuffix('.example')
        if self.well and EXPECTED.get(domain, ('',))[0] == 'deferred':
            domain = 'good'
        if domain in ('servfail', 'nx'):
            return SERVFAIL if domain == 'servfail' else NXDOMAIN
        if domain in ('silent', 'garbage'):
            return None if domain == 'silent' else b'\x81\x80\0\1\xff\xff\0\0\0\0\xc0\x0c\xff'
        if domain.startswith('cname-loop'):
            other = 'cname-loop2' if domain == 'cname-loop' else 'cname-loop'
            return [(CNAME, wire_name(other + '.example'))]
        if domain == 'implicit':
            return [(A, socket.inet_aton(LIVE))] if kind == A else []
        if kind != MX:
            return []
        many = [f'mx.{"live" if domain == "many" else "dead"}.h{n}.example' for n in range(1000)]
        return {'good': mx('mx.live.example'), 'many': mx(*many), 'manydead': mx(*many),
                'own': mx('lists.test'), 'hostfail': mx('mx.servfail.example'),
                'nohost': mx('mx.nobody.example'), 'local': mx('mx.local.example'),
                'nullmx': mx('.', preference=0), 'refuses': mx('mx.live.example', 'mx.dead.example'),
                'hangs': mx('mx.live.example', 'mx.hung.example')}.get(domain, NXDOMAIN)

    def host(self, name, kind):
        where = name.split('.')[1]
        if where in ('servfail', 'nobody'):
            return SERVFAIL if where == 'servfail' else NXDOMAIN
        address = {'live': LIVE, 'dead': DEAD, 'hung': HUNG, 'local': '127.0.0.1'}[where]
        return [(A, socket.inet_aton(address))] if kind == A else []


class Town:
    def __init__(self, folder, arguments):
        self.folder, self.arguments, self.zones = folder, arguments, Zones()
        self.dns = Dns(self.zones)
        self.sink = Sink(folder, 'live', '--listen', LIVE, '--latency-ms', '10')
        self.hung = socket.create_server((HUNG, self.sink.port), backlog=0)
        self.fillers = [socket.socket() for _ in range(8)]   # its queue of connections is full
        for filler in self.fillers:
            filler.setblocking(False)
            filler.connect_ex((HUNG, self.sink.port))
        count = arguments.copies
        self.members = MEMBERS | {name: [f'm{n}@{name}.example' for n in range(count)]
                                  for name in ('good', 'refuses', 'hangs')}
        self.server = self.site('server', 'true', self.members)

    def site(self, name, allow, members):
        config = CONFIG.format(dns=self.dns.port, mx=self.sink.port, allow=allow)
        return Server(f'{self.folder}/{name}', config, {one: LIST for one in members}, members)

    def states(self, server, posting):
        rows = server.rows('posting', 'trace', posting)
        return {row['recipient']: row for row in rows if 'recipient' in row}

    def settled(self, server):
        """All have been tried; the posting."""
        row = [row for row in server.rows('posting', 'ls') if 'posting' in row][-1]
        return row['delivered'] + row['failed'] + row['deferred'] == row['recipients'] and row['posting']

    def go(self):
        server = self.server
        server.start()
        server.wait_ready(60)
        message = post(server.port, Posted('1@test', 'a@good.example', ['every']))
        check(message.outcome == 'accepted', message.outcome)
        posting = wait_for('a try of everybody', lambda: self.settled(server), 120, 0.2)
        for recipient, row in self.states(server, posting).items():
            state, reply = EXPECTED[recipient.partition('@')[2].removesuffix('.example')]
            check(row['state'] == state and row['reply'].startswith(reply), f'{recipient}: {row}')
        asked = sum(count for name, count in self.dns.asked.items() if '.dead.' in name)
        check(0 < asked <= 200, f'{asked} look-ups for the hosts of a domain with 1,000 mail exchangers')
        self.zones.well = True
        wait_for('all to be delivered, with DNS well', lambda: self.delivered_again(server), 120, 1)
        self.sink_account([message])
        print(f'{len(EXPECTED)} kinds of DNS: as they should be; {asked} look-ups for 1,000 dead exchangers')
        self.loopback_is_refused()
        self.one_of_two_is_dead()

    def delivered_again(self, server):
        server.cli('queue', 'retry', '--all')
        return server.waiting() == 0

    def sink_account(self, posted):
        account = Account(self.server, posted, self.members)
        account.read([self.sink.record])
        counted = account.prove(0)
        check(counted['queued'] == counted['missing'] == 0, counted)

    def loopback_is_refused(self):
        members = {'local': ['m@local.example']}
        server = self.site('strict', 'false', members)
        server.start()
        server.wait_ready(60)
        post(server.port, Posted('2@test', 'a@good.example', ['local']))
        posting = wait_for('a try', lambda: self.settled(server), 60)
        row = self.states(server, posting)['m@local.example']
        check(row['state'] == 'failed' and row['reply'].startswith('550 5.4.4'), row)
        server.stop()
        print('an exchanger on 127.0.0.1 is refused')

    def one_of_two_is_dead(self):
        rates = {}
        for name in ('good', 'refuses', 'hangs'):
            message = post(self.server.port, Posted(f'{name}@test', 'a@good.example', [name]))
            check(message.outcome == 'accepted', message.outcome)
            began = time.monotonic()
            wait_for('all to be delivered', lambda: self.server.waiting() == 0, 120, 0.02)
            rates[name] = self.arguments.copies / (time.monotonic() - began)
        shares = {name: rates[name] / rates['good'] for name in ('refuses', 'hangs')}
        print(f'{rates["good"]:.0f} copies/s; with one of two dead: ' +
              ', '.join(f'{share:.0%} where it {name}' for name, share in shares.items()))
        check(min(shares.values()) >= self.arguments.share, shares)
        self.server.stop()


if __name__ == '__main__':
    sys.exit(main(__doc__, lambda *given: Town(*given).go(),
                  ('--copies', {'type': int, 'default': 1500, 'help': 'of each rate that is measured'}),
                  ('--share', {'type': float, 'default': 0.5, 'help': 'of the rate, with one of two dead'})))

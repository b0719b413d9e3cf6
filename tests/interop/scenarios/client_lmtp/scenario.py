"""LMTP from a server in front: one answer for each list of a transaction, some good, some not."""
import socket

from expected import body_of
from harness import LIST, MEMBERS, check

LISTS = {'tech': LIST, 'board': LIST.replace('tech', 'board')}
PEOPLE = {'tech': MEMBERS, 'board': ['carl@members.test']}


class Dialogue:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.lines = self.socket.makefile('rb')
        self.expect(b'220')

    def expect(self, code):
        while True:
            line = self.lines.readline()
            check(line.startswith(code), f'expected {code}, heard {line}')
            if line[3:4] == b' ':
                return line

    def say(self, text, *codes):
        self.socket.sendall(text + b'\r\n')
        return [self.expect(code) for code in codes]


def scenario(world):
    server, sink = world.with_sink(lists=LISTS, members=PEOPLE)
    lmtp = Dialogue(server.lmtp)
    lmtp.say(b'EHLO front.test', b'500')     # RFC 2033 4.1: LHLO only
    lmtp.say(b'LHLO front.test', b'250')
    lmtp.say(b'MAIL FROM:<ann@members.test>', b'250 2.1.0')
    lmtp.say(b'RCPT TO:<tech@lists.test>', b'250 2.1.5')
    lmtp.say(b'RCPT TO:<attic@lists.test>', b'550 5.1.1')
    lmtp.say(b'RCPT TO:<board@lists.test>', b'250 2.1.5')
    lmtp.say(b'DATA', b'354')
    # In the order of the accepted recipients: Ann is on tech, and not on board.
    lmtp.say(world.post() + b'.', b'250 2.', b'550 5.7.1')
    lmtp.say(b'QUIT', b'221')
    mail, = sink.wait_for_recipients(len(MEMBERS))
    check(mail.recipients == MEMBERS and mail.sender.startswith('tech-bounces+'), mail.envelope)
    check(body_of(mail.bytes) == body_of(world.post()), 'the body has changed')
    check(b' with LMTP id ' in mail.bytes.split(b'From:')[0], 'Received does not say LMTP')

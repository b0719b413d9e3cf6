"""What reached the members of a list with digests and pauses: each posting, or one digest with it, or
nothing, as they chose."""
import collections
import json
import os
import re
import time

from account import posting_of
from house import CHECKED, check

EACH = ['ann@calm.test'] + [f'e{number}@calm.test' for number in range(6)]
MIME, PLAIN = [f'd{number}@calm.test' for number in range(4)], [f'p{number}@calm.test' for number in range(3)]
TURNING = [f't{number}@calm.test' for number in range(3)]   # from digests to each message and back
PAUSING = [f'z{number}@calm.test' for number in range(3)]   # from each message to none and back
NEWS = EACH + MIME + PLAIN + TURNING + PAUSING              # the first by hand, whom no source names
VISITORS = [f'v{number}@calm.test' for number in range(10)]  # whom the source names today
READERS = MIME + PLAIN + TURNING + PAUSING + VISITORS
SET = {**dict.fromkeys(MIME, 'digest'), **dict.fromkeys(PLAIN, 'digest-plain')}
CHOICES = {**dict.fromkeys(TURNING, ('each', 'digest')), **dict.fromkeys(PAUSING, ('each', 'none'))}
MESSAGE_ID = re.compile(rb'^Message-ID: <([^>]*@poster\.test)>\r?$', re.M | re.I)


class Mailbags:
    def __init__(self, server, store):
        self.server, self.store = server, store
        self.states = {**dict.fromkeys(NEWS, 'each'), **SET}
        self.unsure, self.since = {}, {}
        # address -> [(from us, to us, delivery)] where it held all the while
        self.sure = collections.defaultdict(list)
        self.changes = 0

    def some_changes(self, dice, cli):
        return [lambda one=one: self.change(cli, one, dice.choice(CHOICES[one]))
                for one in dice.sample(sorted(CHOICES), dice.randint(0, 2))]

    def change(self, cli, address, delivery):
        self.close(address)
        self.unsure[address] = delivery
        status, _ = cli('member', 'set', 'news', address, '--delivery', delivery)
        if status == 0:
            self.states[address], self.since[address] = delivery, now_us()
            del self.unsure[address]
            self.changes += 1

    def close(self, address):
        """From now on it may be otherwise."""
        if address in self.since:
            self.sure[address].append((self.since.pop(address), now_us(), self.states[address]))

    def settle(self, found):
        """After a start: `found` is what holds."""
        for address in NEWS:
            wanted = {self.states[address], self.unsure.pop(address, self.states[address])}
            check(found.get(address) in wanted,
                  f'{address} chose {" or ".join(wanted)}, and has {found.get(address, "left")}')
            self.states[address] = found[address]
            self.since.setdefault(address, now_us())
        CHECKED.append(len(NEWS))

    def read(self):
        """{address: {message id: {posting: whether it is a digest}}}"""
        got = collections.defaultdict(lambda: collections.defaultdict(dict))
        for name in os.listdir(self.store):
            if not name.endswith('.json'):
                continue
            with open(os.path.join(self.store, name), encoding='utf-8') as file:
                envelope = json.load(file)
            with open(os.path.join(self.store, name[:-len('.json')] + '.eml'), 'rb') as file:
                mail = file.read()
            head = mail.partition(b'\r\n\r\n')[0]
            digest = b'\r\nSubject: Digest of ' in b'\r\n' + head
            for message in set(MESSAGE_ID.findall(mail)):
                for address in envelope['recipients']:
                    got[address][message.decode()][posting_of(envelope['sender'])] = digest
        return got

    def prove(self, posted):
        """Fails where somebody has a message that is not theirs, or not one that is. What it counted."""
        got, digests, sure = self.read(), set(), 0
        for address in CHOICES:
            self.close(address)
        for message in posted:
            due = message.outcome == 'accepted'
            for address in MIME + PLAIN:
                found = got[address][message.message_id]
                digests |= found.keys()
                check(len(found) == due or (len(found) == 1 and message.outcome != 'refused'),
                      f'{message.message_id} ({message.outcome}) reached {address} as {found}')
                check(all(found.values()), f'{address} wants digests, and got {message.message_id} alone')
            for address in EACH:
                found = got[address][message.message_id]
                check(not any(found.values()), f'{address} wants each message, and got digest {found}')
            for address in TURNING:
                check(got[address][message.message_id] or not due,
                      f'{address} has {message.message_id} neither alone nor in a digest')
            for address in PAUSING:
                delivery = self.held_throughout(address, message)
                sure += delivery is not None
                found = got[address][message.message_id]
                check(not (delivery == 'none' and found), f'{address} pauses, and got {message.message_id}')
                check(found or delivery != 'each' or not due, f'{address} has no {message.message_id}')
            CHECKED.append(len(NEWS))
        check(len(digests) > 0, 'there was no digest: this run shows nothing')
        return (f'digests: {len(digests)}, with each message once for each of {len(MIME + PLAIN)} readers; '
                f'choices that were changed: {self.changes}; copies or none as one pauses: {sure}')

    def held_throughout(self, address, message):
        """The delivery that held from before the message was begun until its answer; None: it changed."""
        for since, until, delivery in self.sure[address]:
            if since <= message.began and message.ended <= until:
                return delivery
        return None


def now_us():
    return int(time.time() * 1e6)

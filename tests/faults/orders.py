"""Owners who order by mail, one after another: each adds a person and removes the one before, is asked back,
and confirms. Both or neither is done, once the answer got its 250 both."""
import email
import email.policy
import os

from house import CHECKED, Dialogue, check, wait_for

OWNERS = [f'owner{number}@calm.test' for number in range(60)]   # who is sent 20 such letters in a day at most
LETTER = ('From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{number}@owner.test>\r\n\r\n'
          '{text}\r\n.\r\n')


class Orders:
    def __init__(self, server, store):
        self.server, self.store = server, store
        self.present = 'o0@calm.test'
        self.wanted = self.back = None   # whom the order adds that is under way; where its answer goes
        self.heard = False               # its answer got a 250, or may have been taken
        self.number = self.letters = self.done = 0
        self.unsure = False

    def send(self, to, subject, text):
        """Whether it got a 250; OSError where no answer came."""
        owner = OWNERS[self.number % len(OWNERS)]
        self.letters += 1
        with Dialogue(self.server.port, source=(f'127.0.1.{self.letters % 250 + 1}', 0)) as client:
            client.say('EHLO owner.test')
            for line in (f'MAIL FROM:<{owner}>', f'RCPT TO:<{to}>', 'DATA'):
                client.say(line)
            client.socket.sendall(LETTER.format(sender=owner, to=to, subject=subject, number=self.letters,
                                                text=text).encode())
            return client.reply()[0] == 250

    def go_on(self):
        """Whatever comes next; what got no answer is sent again."""
        if self.wanted is None:
            self.number += 1
            self.wanted, self.back = f'o{self.number}@calm.test', None
        if self.back is None and not self.find_letter():
            self.send('campus-request@lists.test', 'orders',
                      f'add {self.wanted}\r\nremove {self.present}\r\n')
            return
        self.unsure = True
        if self.send(self.back, 'Re: Confirm', 'confirm\r\n'):
            self.heard = True

    def find_letter(self):
        """The one that asks whether the order is meant."""
        names = sorted(os.listdir(self.store)) if os.path.isdir(self.store) else []
        for name in names:
            if not name.endswith('.json'):
                continue
            with open(os.path.join(self.store, name[:-len('.json')] + '.eml'), 'rb') as file:
                mail = file.read()
            if f'add {self.wanted}'.encode() in mail:
                self.back = str(email.message_from_bytes(mail, policy=email.policy.default)['Reply-To'])
                return True
        return False

    def prove(self, manual):
        """After a start, from the members who were added by hand."""
        if self.wanted is None:
            check(self.present in manual, f'{self.present} was added by mail, and is gone')
            return
        done, undone = self.wanted in manual, self.present in manual
        check(done != undone, f'half of an order is done: {self.wanted}: {done}, {self.present}: {undone}')
        check(done or not self.heard, f'the order to add {self.wanted} got a 250, and is not carried out')
        check(self.unsure or not done, f'{self.wanted} was added, and nobody confirmed it')
        if done:
            self.present, self.wanted, self.heard, self.unsure = self.wanted, None, False, False
            self.done += 1
        CHECKED.append(2)

    def finish(self):
        """The one that is under way."""
        def carried_out():
            if not self.heard and self.wanted:
                self.go_on()
            return self.heard or not self.wanted
        wait_for('the last order to be confirmed', carried_out, 60, 0.3)

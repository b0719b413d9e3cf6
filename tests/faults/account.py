"""The account after a fault: what was promised against what there is, recipient by recipient.

- Every recipient of every posting that got a 250 was delivered at least once, or is still queued, or is held
  and listed, or has its one bounce record; or a person recalled or discarded the posting.
- Nobody got anything of a message that was refused for good; nobody is delivered to who bounced.
- A second copy to the same recipient is there only where a fault lies between the two; for one fault at most
  as many as the slices in hand had, besides those whose outcome was on its way to the disk.
- What `posting trace` says is what the sinks have, and the database is sound.

A message that was put off (4xx) or got no answer may be there or not: its sender tries again, and knows
nothing."""
import bisect
import collections
import os
import sqlite3

from house import CHECKED, check

# What was in a connection when the server was killed, the sink reads and writes down a little later.
SINK_LAG_US = 200_000
# Answers that came in this long before a kill may have been on their way to the disk, on a busy machine.
COMMIT_US = 250_000
DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
WAITING = ('queued', 'deferred')


def posting_of(reverse_path):
    """The posting that a copy's reverse-path names: list-bounces+POSTING..., 13 letters and digits."""
    return reverse_path.partition('+')[2][:13].upper()


def posting_named(number):
    """An id as people see it: Crockford's base 32."""
    return ''.join(DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


class Account:
    """`members`: {list: addresses}; `cuts`: when the server died, in us; `by_hand`: the postings that a
    person recalled or discarded, or tried to; `others`: who may get copies, and is owed none."""

    def __init__(self, server, posted, members, cuts=(), by_hand=(), others=()):
        self.server, self.posted, self.members, self.cuts = server, posted, members, sorted(cuts)
        self.by_hand, self.others = set(by_hand), frozenset(others)
        self.taken = collections.defaultdict(list)   # (posting, recipient) -> times in us
        self.traced = {}                             # posting -> {recipient: state}
        rows = [row for row in server.rows('posting', 'ls', '--limit', '10000') if 'posting' in row]
        check(len(rows) < 10000, 'more postings than are listed')
        self.postings = {row['posting']: row for row in rows}
        self.by_message = collections.defaultdict(dict)   # message id -> {list: posting}
        for row in rows:
            self.by_message[row['message_id'].strip('<>')][row['list'].split('@')[0]] = row['posting']
        self.held = {row['posting'] for row in server.rows('hold', 'ls') if 'posting' in row}
        self.read_database()

    def read_database(self):
        """The bounce records, and whether the database is sound."""
        name = os.path.join(self.server.folder, 'data', 'breakwater.db')
        with sqlite3.connect(f'file:{name}?mode=ro', uri=True) as database:
            said = database.execute('PRAGMA integrity_check').fetchone()[0]
            check(said == 'ok', f'integrity_check: {said}')
            self.bounces = {(posting_named(posting), mailbox) for posting, mailbox in database.execute(
                'SELECT posting, mailbox FROM bounce JOIN address ON address.id = address_id')}
        database.close()

    def read(self, records, dice=None, others=None, since=0):
        """What the sinks wrote down from `since` (us) on; then the traces of all postings with somebody who
        got nothing, and of some others (None: of all)."""
        for record in records:
            with open(record, encoding='utf-8') as lines:
                for line in lines:
                    at, sender, recipient = line.rstrip('\n').split('\t')
                    if sender and int(at) >= since:   # without a sender: a notice of the server
                        self.taken[posting_of(sender), recipient].append(int(at))
        wanted = {posting for posting, recipient, _ in self.owed()
                  if posting and (posting, recipient) not in self.taken}
        rest = sorted(set(self.postings) - wanted)
        for name in sorted(wanted) + (rest if others is None else dice.sample(rest, min(others, len(rest)))):
            rows = self.server.rows('posting', 'trace', name)
            # Who got it in a digest got a copy of that.
            self.traced[name] = {row['recipient']: row['state'] for row in rows
                                 if 'recipient' in row and not row['digest']}

    def owed(self):
        """(posting or None, recipient, message) for every recipient of every message that got a 250."""
        for message in self.posted:
            for name in message.promised:
                posting = self.by_message[message.message_id].get(name)
                for recipient in self.members[name]:
                    yield posting, recipient, message

    def where(self, posting, recipient):
        """Where a recipient is that is owed: delivered, queued, held, bounced, dropped, missing."""
        if (posting, recipient) in self.taken:
            return 'delivered'
        if posting is None:
            return 'missing'
        state = self.traced[posting].get(recipient) or self.postings[posting]['state']
        if state in WAITING:
            return 'queued'
        if state == 'held' and posting in self.held:
            return 'held'
        if state == 'failed' and (posting, recipient) in self.bounces:
            return 'bounced'
        return 'dropped' if state == 'dropped' and posting in self.by_hand else 'missing'

    def count(self):
        outcomes = collections.Counter(message.outcome for message in self.posted)
        places, self.missing = collections.Counter(), []
        for posting, recipient, message in self.owed():
            place = self.where(posting, recipient)
            places[place] += 1
            if place == 'missing':
                self.missing.append(f'{message.message_id} (posting {posting}) to {recipient}')
        self.at_cut, self.unexplained, self.oldest_us = collections.Counter(), [], 0
        for (posting, recipient), times in self.taken.items():
            times.sort()
            for first, second in zip(times, times[1:]):
                cut = bisect.bisect_left(self.cuts, first - SINK_LAG_US)
                if cut < len(self.cuts) and self.cuts[cut] < second:
                    self.at_cut[cut] += 1
                    self.oldest_us = max(self.oldest_us, self.cuts[cut] - first)
                else:
                    self.unexplained.append(f'posting {posting} to {recipient} at {first} and {second} us')
        return {**{name: outcomes[name] for name in ('accepted', 'refused', 'put off', 'unanswered')},
                **{name: places[name] for name in ('delivered', 'queued', 'held', 'bounced', 'dropped',
                                                   'missing')},
                'owed': sum(places.values()),
                'duplicates': sum(self.at_cut.values()) + len(self.unexplained),
                'worst_cut': max(self.at_cut.values(), default=0)}

    def busy_cuts(self):
        """Cuts with copies taken in the 50 ms before them."""
        times = sorted(at for all_of_one in self.taken.values() for at in all_of_one)
        return sum(bisect.bisect_left(times, cut - 50_000) < bisect.bisect_left(times, cut)
                   for cut in self.cuts)

    def last_before(self, cut):
        """Copies that the sinks took shortly before a cut."""
        return sum(0 <= self.cuts[cut] - at < COMMIT_US
                   for times in self.taken.values() for at in times)

    def prove(self, in_hand):
        """Fails where a promise was not kept. in_hand: recipients that can be in flight at one cut."""
        counted = self.count()
        check(not self.missing, f'{len(self.missing)} were promised and are nowhere: {self.missing[:5]} ...')
        check(not self.unexplained,
              f'{len(self.unexplained)} twice, no fault between: {self.unexplained[:5]}')
        for cut, duplicates in self.at_cut.items():
            bound = in_hand + (self.last_before(cut) if duplicates > in_hand else 0)
            check(duplicates <= bound, f'{duplicates} duplicates of cut {cut}; {bound} can be in flight')
        self.prove_refusals()
        self.prove_traces()
        CHECKED.append(counted['owed'])
        return counted

    def prove_refusals(self):
        for message in self.posted:
            if message.outcome == 'refused':
                name = message.message_id
                check(name not in self.by_message, f'refused, yet a posting: {name}')
        for posting, recipient in self.taken:
            row = self.postings.get(posting)
            check(row is not None, f'delivered to {recipient}, but there is no posting {posting!r}')
            name = row['list'].split('@')[0]
            check(recipient in self.members[name] or recipient in self.others,
                  f'{recipient} is not on {name}')

    def prove_traces(self):
        for posting, states in self.traced.items():
            if self.postings[posting]['verdict'] == 'notice':
                continue   # its copies have no reverse-path to know them by
            for recipient, state in states.items():
                here = (posting, recipient) in self.taken
                fits = ('delivered', *WAITING) + (('dropped',) if posting in self.by_hand else ())
                check(state in fits if here else state != 'delivered',
                      f'{posting} to {recipient}: the trace says {state}, the sinks took it: {here}')

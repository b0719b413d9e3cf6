"""The account after a run: what was promised against what the sinks have, recipient by recipient.

- Every recipient of every posting that got a 250 was delivered at least once, or has a bounce. (The queue is
  empty by then.)
- Nobody got anything of a message that was refused; nobody is delivered to who bounced.
- A second copy to the same recipient is there only where a kill lies between the two; for one kill at most as
  many as the slices in hand had, besides those whose outcome was on its way to the disk.
- What `posting trace` says is what the sinks have."""
import bisect
import collections

from house import check

# What was in a connection when the server was killed, the sink reads and writes down a little later.
SINK_LAG_US = 200_000
# Answers that came in this long before a kill may have been on their way to the disk, on a busy machine.
COMMIT_US = 250_000


def posting_of(reverse_path):
    """The posting that a copy's reverse-path names: list-bounces+POSTING..., 13 letters and digits."""
    return reverse_path.partition('+')[2][:13].upper()


class Account:
    def __init__(self, server, posted, members, kills):
        self.server, self.posted, self.members, self.kills = server, posted, members, sorted(kills)
        self.taken = collections.defaultdict(list)   # (posting, recipient) -> times in us
        self.traced = {}                             # posting -> {recipient: state}
        rows = [row for row in server.rows('posting', 'ls', '--limit', '10000') if 'posting' in row]
        check(len(rows) < 10000, 'more postings than are listed')
        self.postings = {row['posting']: row for row in rows}
        self.by_message = collections.defaultdict(dict)   # message id -> {list: posting}
        for row in rows:
            self.by_message[row['message_id'].strip('<>')][row['list'].split('@')[0]] = row['posting']

    def read_traces(self, dice, most):
        """The traces of all postings with failures, and of some others."""
        others = sorted(name for name, row in self.postings.items() if not row['failed'])
        with_failures = sorted(name for name, row in self.postings.items() if row['failed'])
        for name in with_failures + dice.sample(others, min(most, len(others))):
            rows = self.server.rows('posting', 'trace', name)
            self.traced[name] = {row['recipient']: row['state'] for row in rows if 'recipient' in row}

    def read_deliveries(self, records):
        for record in records:
            with open(record, encoding='utf-8') as lines:
                for line in lines:
                    at, sender, recipient = line.rstrip('\n').split('\t')
                    self.taken[posting_of(sender), recipient].append(int(at))

    def owed(self):
        """(posting or None, recipient) for every recipient of every message that got a 250."""
        for message in self.posted:
            for name in message.promised:
                posting = self.by_message[message.message_id].get(name)
                for recipient in self.members[name]:
                    yield posting, recipient, message

    def bounced(self, posting, recipient):
        return self.traced.get(posting, {}).get(recipient) == 'failed'

    def count(self):
        outcomes = collections.Counter(message.outcome for message in self.posted)
        owed, delivered, bounced, self.missing = 0, 0, 0, []
        for posting, recipient, message in self.owed():
            owed += 1
            if (posting, recipient) in self.taken:
                delivered += 1
            elif self.bounced(posting, recipient):
                bounced += 1
            else:
                self.missing.append(f'{message.message_id} (posting {posting}) to {recipient}')
        self.at_kill, self.unexplained, self.oldest_us = collections.Counter(), [], 0
        for (posting, recipient), times in self.taken.items():
            times.sort()
            for first, second in zip(times, times[1:]):
                kill = bisect.bisect_left(self.kills, first - SINK_LAG_US)
                if kill < len(self.kills) and self.kills[kill] < second:
                    self.at_kill[kill] += 1
                    self.oldest_us = max(self.oldest_us, self.kills[kill] - first)
                else:
                    self.unexplained.append(f'posting {posting} to {recipient} at {first} and {second} us')
        return {'accepted': outcomes['accepted'], 'refused': outcomes['refused'],
                'unanswered': outcomes['unanswered'],
                'owed': owed, 'delivered': delivered, 'bounced': bounced, 'missing': len(self.missing),
                'duplicates': sum(self.at_kill.values()) + len(self.unexplained),
                'worst_kill': max(self.at_kill.values(), default=0)}

    def busy_kills(self):
        """Kills with copies taken in the 50 ms before them."""
        times = sorted(at for all_of_one in self.taken.values() for at in all_of_one)
        return sum(bisect.bisect_left(times, kill - 50_000) < bisect.bisect_left(times, kill)
                   for kill in self.kills)

    def last_before(self, kill):
        """Copies that the sinks took shortly before a kill."""
        return sum(0 <= self.kills[kill] - at < COMMIT_US
                   for times in self.taken.values() for at in times)

    def prove(self, in_hand):
        check(not self.missing, f'{len(self.missing)} were promised and are nowhere: {self.missing[:5]} ...')
        check(not self.unexplained, f'{len(self.unexplained)} twice, no kill between: {self.unexplained[:5]}')
        for kill, duplicates in self.at_kill.items():
            bound = in_hand + (self.last_before(kill) if duplicates > in_hand else 0)
            check(duplicates <= bound, f'{duplicates} duplicates of kill {kill}; {bound} can be in flight')
        self.prove_refusals()
        self.prove_traces()

    def prove_refusals(self):
        for message in self.posted:
            if message.outcome == 'refused':
                name = message.message_id
                check(name not in self.by_message, f'refused, yet a posting: {name}')
        for posting, recipient in self.taken:
            row = self.postings.get(posting)
            check(row is not None, f'delivered to {recipient}, but there is no posting {posting!r}')
            name = row['list'].split('@')[0]
            check(recipient in self.members[name], f'{recipient} is not on {name}')
            check(not self.bounced(posting, recipient), f'{posting} to {recipient} bounced, yet is there')

    def prove_traces(self):
        for posting, states in self.traced.items():
            for recipient, state in states.items():
                here = (posting, recipient) in self.taken
                check(here == (state == 'delivered'),
                      f'{posting} to {recipient}: the trace says {state}, the sinks took it: {here}')

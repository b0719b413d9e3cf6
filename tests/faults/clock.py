#!/usr/bin/env python3
"""The clock is set an hour and five days, forward and back, under the running server and between two runs of
it: queued mail is neither given up nor bounced early, it is tried again, and what is held keeps its time."""
import calendar
import os
import sys
import time

from account import Account
from host import Host
from house import UNLIMITED, Posted, Server, Sink, check, main, one_route, post, wait_for

HOUR, DAY = 3600, 86400
STEPS = {'an hour forward': HOUR, 'an hour back': -HOUR, 'five days forward': 5 * DAY + HOUR,
         'five days back': -5 * DAY}
# Between two runs it looks as if the server had been off for so long: then mail is tried once more, and
# given up.
NOT_TO_TELL = (5 * DAY + HOUR, True)
CONFIG = one_route('''
[delivery]
reply = "2s"
[retry]
waits = ["1s", "2s"]
give_up_after = "5d"
''')
LIST = ('domain = "lists.test"\ndescription = "d"\nowners = ["o@calm.test"]\npost = "anyone"\n' + UNLIMITED)
ASKING = LIST.replace('confirm_above = 0', 'confirm_above = 2')   # larger audiences: the sender is asked
MEMBERS = {'all': [f'm{n}@calm.test' for n in range(5)], 'asks': [f'n{n}@calm.test' for n in range(5)]}


class Run:
    def __init__(self, folder, step):
        self.folder, self.step = folder, step
        os.mkdir(folder)
        self.sink = Sink(folder, 'full', '--tempfail-match', 'm')
        config = CONFIG.format(sink=self.sink.port)
        self.server = Server(folder, config, {'all': LIST, 'asks': ASKING}, MEMBERS)
        self.host = Host(folder, os.path.join(folder, 'data'))

    def start(self):
        self.server.env = self.host.env
        self.server.start()
        self.server.wait_ready(60)

    def attempts(self):
        return sum(row['attempts'] for row in self.server.rows('queue', 'ls') if 'posting' in row)

    def go(self, between_runs):
        self.start()
        posted = [post(self.server.port, Posted(f'{name}.{self.step}@test', 'a@calm.test', [name]))
                  for name in MEMBERS]
        check(all(one.outcome == 'accepted' for one in posted), [one.outcome for one in posted])
        wait_for('a try', lambda: self.attempts() > 0, 30)
        if between_runs:
            self.server.stop()
        self.host.set_clock(self.step)
        if between_runs:
            self.start()
        time.sleep(1.5)
        before = self.attempts()
        wait_for('two more tries', lambda: self.attempts() >= before + 2, 30, 0.1)
        posted.append(post(self.server.port, Posted(f'after.{self.step}@test', 'a@calm.test', ['all'])))
        account = Account(self.server, posted, MEMBERS)
        account.read([self.sink.record])
        counted = account.prove(0)
        check((counted['queued'], counted['held']) == (10, 5), counted)
        if not between_runs:
            self.held_sanely()
        port = self.sink.port
        self.sink.end()
        well = Sink(self.folder, 'well', port=port)
        wait_for('all to be delivered', lambda: self.server.waiting() == 0, 60, 0.1)
        account = Account(self.server, posted, MEMBERS)
        account.read([self.sink.record, well.record])
        counted = account.prove(0)
        check((counted['delivered'], counted['held']) == (10, 5), counted)
        self.server.stop()
        well.end()

    def held_sanely(self):
        """It waits for its sender for the three days of the default, by the clock as it is now."""
        (row,) = [row for row in self.server.rows('hold', 'ls') if 'posting' in row]
        until = calendar.timegm(time.strptime(row['until'], '%Y-%m-%dT%H:%M:%SZ'))
        left = until - time.time() - self.step
        check(abs(left - 3 * DAY) < 120, f'it waits for {left / DAY:.2f} days')


def test(folder, _):
    for name, step in STEPS.items():
        for between_runs in (False, True):
            if (step, between_runs) == NOT_TO_TELL:
                continue
            Run(os.path.join(folder, f'{step}.{between_runs}'), step).go(between_runs)
            print(f'{name}, {"between two runs" if between_runs else "while it runs"}: nothing given up, '
                  'tries go on')


if __name__ == '__main__':
    sys.exit(main(__doc__, test))

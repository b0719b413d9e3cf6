"""Mail that comes back: days of bounces, then a probe, then a stop; and all that must not lead there."""
import re
import time

from harness import check
from rig import ANN, BOB, CARL, Site, is_code, letter, list_file, shifted_clock, subjects
from backscatter import dsn

DEAD = 'dead@members.test'
DAY = 24 * 3600


class Calendar(Site):
    """A site whose days the test turns. Waits of the server are on the steady clock, which stays as it is."""

    def __init__(self, world, port, **more):
        self.ahead = 0
        self.clock = shifted_clock(world)
        super().__init__(world, port, **more, env=self.environment())

    def environment(self):
        return {'LD_PRELOAD': self.clock, 'SHIFT_S': str(self.ahead)}

    def later(self, seconds):
        self.end()
        self.ahead += seconds
        self.start(self.environment())

    def now_plus(self, days):
        """The day that is so many days ahead, as commands take it."""
        return time.strftime('%Y-%m-%d', time.gmtime(time.time() + self.ahead + days * DAY))

    def membership(self, address=DEAD):
        return self.rows('member', 'show', address, '--list', 'tech')[-1]['memberships'][0]

    def wait_for_stage(self, stage, address=DEAD):
        self.wait_until(f'{address} to be {stage}',
                        lambda: self.membership(address)['stage'] == stage or None)

    def post_and_settle(self, subject):
        is_code(self.post(letter(subject)), '250')
        self.wait_until_settled_or_held()
        return next(one['posting'] for one in self.postings() if one['subject'] == subject)


def bounces_file(**settings):
    rules = {'threshold': 3, **settings}
    return list_file(delivery='individual') + '[bounces]\n' + ''.join(
        f'{key} = {value!r}\n'.replace("'", '"') for key, value in rules.items())


def mails_to(sink, address):
    return [mail for mail in sink.mails() if address in mail.recipients]


def promise_a_dead_member_is_probed_then_stopped_and_the_owner_told_and_resumed(world):
    sink = world.sink('--permfail-match', 'dead')
    site = world.start(Calendar, sink.port, lists={'tech': bounces_file()}, members={'tech': [ANN, DEAD]})
    first = site.post_and_settle('day 0')
    site.post_and_settle('day 0 again')
    check(site.membership()['score'] == 1, f'a day counts once: {site.membership()}')
    shown = site.cli('member', 'show', DEAD)
    check(first in shown and '5.1.1' in shown and 'score 1 of 3' in shown, shown)
    for day in (1, 2):
        site.later(DAY)
        check(site.membership()['stage'] == 'quiet', site.membership())
        site.post_and_settle(f'day {day}')
    # The score is reached: the probe goes to that member alone, and is refused by the same server.
    site.wait_for_stage('stopped')
    check(site.membership()['stopped'], site.membership())
    probe = next(one for one in site.postings() if one['verdict'] == 'probe')
    check(probe['recipients'] == 1 and probe['posting'] == site.membership()['probe'], probe)
    check('probe' in site.cli('why', probe['posting']), 'why')
    listed = site.rows('list', 'ls')[0]
    check(listed['stopped'] == 1 and listed['receiving'] == 1, listed)
    site.later(DAY)   # the owners' letter goes a little later, with all who were stopped meanwhile
    site.wait_until('the owner to be told', lambda: [
        mail for mail in mails_to(sink, CARL) if b'1 member of tech' in mail.bytes] or None)
    told = mails_to(sink, CARL)
    check(len(told) == 1 and DEAD.encode() in told[0].bytes and told[0].sender == '', told[0].bytes)
    stopped = site.post_and_settle('without the dead')
    check(DEAD not in site.outcomes(stopped) and ANN in site.outcomes(stopped), 'expansion skips the stopped')
    site.cli('member', 'add', 'tech', DEAD, '--name', 'still dead')
    check(site.membership()['stopped'], 'who is added again is not resumed by that')
    check('again' in site.cli('member', 'resume', 'tech', DEAD), 'resume')
    check(site.membership()['stage'] == 'quiet' and site.membership()['score'] == 0, site.membership())
    again = site.post_and_settle('with the dead')
    check(site.outcomes(again)[DEAD]['state'] == 'failed', site.outcomes(again))
    check(site.membership()['score'] == 1, 'what was before the resume counts no more')


def promise_a_probe_that_arrives_clears_the_member(world):
    sink = world.sink()
    site = world.start(Calendar, sink.port, lists={'tech': bounces_file(threshold=1)})
    posting = site.post_and_settle('one')
    path = next(mail.sender for mail in mails_to(sink, BOB))
    with site.dialogue() as client:
        is_code(client.post(dsn(BOB), '', path), '250')
    site.wait_for_stage('probe sent', BOB)
    site.wait_until('the probe', lambda: len(mails_to(sink, BOB)) == 2 or None)
    probe = mails_to(sink, BOB)[1]
    head = probe.bytes.split(b'\r\n\r\n')[0]
    check(probe.recipients == [BOB] and b'Auto-Submitted: auto-generated' in head, probe.bytes)
    check(b'tech-owner@lists.test' in head and b'tech-bounces+' in probe.sender.encode(), probe.bytes)
    check(probe.sender != path, 'the probe has a reverse-path of its own')
    with site.dialogue() as client:   # the posting's own path stops nobody, nor does a probe's soft bounce
        is_code(client.post(dsn(BOB), '', path), '250')
        is_code(client.post(dsn(BOB, status='5.2.2'), '', probe.sender), '250')
    check(site.membership(BOB)['stage'] == 'probe sent', site.membership(BOB))
    site.later(8 * DAY)
    site.wait_for_stage('quiet', BOB)
    check(site.membership(BOB)['score'] == 0 and not site.membership(BOB)['stopped'], site.membership(BOB))
    check('counted anew' in site.cli('member', 'show', BOB), site.cli('member', 'show', BOB))
    check(posting in site.cli('member', 'show', BOB), 'the history stays')


def promise_a_probe_that_bounces_by_mail_stops_the_member_across_a_kill(world):
    sink = world.sink()
    site = world.start(Calendar, sink.port, lists={'tech': bounces_file(threshold=1)})
    site.post_and_settle('one')
    with site.dialogue() as client:
        is_code(client.post(dsn(BOB), '', mails_to(sink, BOB)[0].sender), '250')
    site.kill()
    site.start(site.environment())
    site.wait_for_stage('probe sent', BOB)
    site.kill()
    site.start(site.environment())
    site.wait_until_settled()
    probes = [one for one in site.postings() if one['verdict'] == 'probe']
    check(len(probes) == 1, f'one probe, whatever happens: {probes}')
    path = mails_to(sink, BOB)[-1].sender
    for _ in range(2):   # and again: replayed
        with site.dialogue() as client:
            is_code(client.post(dsn(BOB), '', path), '250')
    site.kill()
    site.start(site.environment())
    check(site.membership(BOB)['stage'] == 'stopped', site.membership(BOB))


def promise_forged_and_old_bounces_count_for_nothing(world):
    sink = world.sink()
    lists = {'tech': bounces_file(threshold=1), 'other': bounces_file(threshold=1)}
    site = world.start(Calendar, sink.port, lists=lists, members={'tech': [ANN, BOB], 'other': [ANN, DEAD]})
    posting = site.post_and_settle('one')
    path = next(mail.sender for mail in mails_to(sink, BOB))
    token = path.split('+')[1].split('@')[0]
    forged = path.replace(token, token[:-1] + ('1' if token[-1] == '0' else '0'))
    other_day = path.replace(token, token[:15] + ('1' if token[15] == '0' else '0') + token[16:])
    moved = path.replace('tech-', 'other-')   # another list's address with this list's token
    for to in (forged, other_day, moved):
        with site.dialogue() as client:
            is_code(client.post(dsn(BOB), '', to), '250')
    with site.dialogue() as client:   # the posting's plain path: only of who was sent it
        is_code(client.post(dsn(DEAD), '', f'tech-bounces+{posting.lower()}@lists.test'), '250')
    for who in (BOB, DEAD):
        check('bounced with' not in site.cli('why', posting), site.cli('why', posting))
        rows = site.rows('member', 'show', who)
        check(len(rows) == 1 and rows[0]['memberships'][0]['score'] == 0, rows)
    site.later(20 * DAY)
    with site.dialogue() as client:
        is_code(client.post(dsn(BOB), '', path), '250')
    check(site.membership(BOB)['score'] == 0, 'a bounce of an old copy')
    reasons = [one['reason'] for one in site.events('not_distributed')]
    check(any('too long ago' in reason for reason in reasons), f'the log says why: {reasons}')


def promise_a_forger_on_the_list_brings_a_member_a_probe_at_most(world):
    sink = world.sink()
    lists = {'tech': list_file() + '[bounces]\nthreshold = 1\n'}   # batches: one path for all
    site = world.start(Calendar, sink.port, lists=lists)
    site.post_and_settle('one')
    shared = sink.mails()[0].sender
    with site.dialogue() as client:
        is_code(client.post(dsn(BOB), '', shared), '250')
    site.wait_for_stage('probe sent', BOB)
    probe = site.membership(BOB)['probe']
    with site.dialogue() as client:   # all that the forger knows
        is_code(client.post(dsn(BOB), '', shared), '250')
        is_code(client.post(dsn(BOB), '', f'tech-bounces+{probe.lower()}@lists.test'), '250')
    check(site.membership(BOB)['stage'] == 'probe sent', site.membership(BOB))


def promise_policy_rejections_never_count(world):
    sink = world.sink()
    site = world.start(Calendar, sink.port, lists={'tech': bounces_file(threshold=1)})
    for day, status in enumerate(('5.7.1', '5.7.26', '5.3.4', '5.2.3', '5.6.0')):
        site.post_and_settle(f'day {day}')
        path = mails_to(sink, BOB)[-1].sender
        with site.dialogue() as client:
            is_code(client.post(dsn(BOB, status=status), '', path), '250')
        check(site.membership(BOB)['score'] == 0, f'{status} counted')
        site.later(DAY)
    shown = site.rows('member', 'show', BOB)
    check([row['bounce'] for row in shown[:-1]] == ['policy'] * 5, shown)
    check(site.membership(BOB)['stage'] == 'quiet', site.membership(BOB))
    check(not [one for one in site.postings() if one['verdict'] == 'probe'], 'a probe')


def promise_a_spike_on_one_posting_counts_against_nobody(world):
    sink = world.sink('--permfail-match', 'many')
    many = [f'many{number}@members.test' for number in range(30)]
    site = world.start(Calendar, sink.port, lists={'tech': bounces_file()}, members={'tech': [ANN, *many]})
    posting = site.post_and_settle('a bad one')
    for address in many:
        row = site.rows('member', 'show', address)
        check(row[0]['bounce'] == 'spike' and row[-1]['memberships'][0]['score'] == 0, row)
    site.later(DAY)
    site.wait_until('the owner to be told', lambda: [
        mail for mail in mails_to(sink, CARL) if posting.encode() in mail.bytes] or None)
    check(len(mails_to(sink, CARL)) == 1, subjects(sink.mails()))
    check(re.search(rb'\d+ of\s+31 people', mails_to(sink, CARL)[0].bytes), mails_to(sink, CARL)[0].bytes)

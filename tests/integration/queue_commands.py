"""What waits, what was tried, and what an administrator does about it."""
import csv
import io

from harness import check
from recorder import Recorder
from rig import ANN, BOB, CARL, TECH, Site, is_code, letter, list_file


class Moody(Recorder):
    """Answers 450 to the recipients in `mood`, 550 to those in `harsh`; counts what it takes for each."""

    def __init__(self, world):
        self.mood, self.harsh, self.taken, self.waiting = set(), set(), [], []
        super().__init__(world, self.reply_to)

    def reply_to(self, line):
        verb = line[:4].upper()
        if verb == b'RCPT':
            address = line.split(b'<')[1].split(b'>')[0].decode()
            if address in self.mood:
                return b'450 4.2.1 not now\r\n'
            if address in self.harsh:
                return b'550 5.2.1 gone\r\n'
            self.waiting.append(address)
        if line == b'.':
            self.taken += self.waiting
        if verb in (b'MAIL', b'RSET') or line == b'.':
            self.waiting = []
        return None


def deferred(site, count):
    def found():
        rows = site.rows('queue', 'ls')
        return rows if rows and rows[0]['remaining'] == count and rows[0]['attempts'] else None
    return site.wait_until(f'{count} to be deferred', found)


def promise_who_was_deferred_gets_it_by_retry_and_nobody_twice(world):
    server = Moody(world)
    server.mood = {BOB, CARL}
    site = world.start(Site, server.port)
    is_code(site.post(letter('patience')), '250')
    row = deferred(site, 2)[0]
    posting = row['posting']
    check('450 4.2.1 not now' in row['last_reply'] and row['list'] == TECH, row)
    check(posting in site.cli('queue', 'ls') and 'not now' in site.cli('queue', 'ls'),
          site.cli('queue', 'ls'))
    shown = site.rows('queue', 'show', posting)
    check(shown[0]['remaining'] == 2 and shown[0]['recipients'] == 3 and shown[0]['attempts'] == 1, shown)
    check('not now' in site.cli('why', posting), site.cli('why', posting))
    found = site.outcomes(posting)
    check([found[who]['state'] for who in (ANN, BOB, CARL)] == ['delivered', 'deferred', 'deferred'], found)
    server.mood = {CARL}
    site.cli('queue', 'retry', posting)
    deferred(site, 1)
    server.mood = set()
    site.cli('queue', 'retry', '--all')
    site.wait_until_settled(1)
    check(sorted(server.taken) == [ANN, BOB, CARL], f'each once: {server.taken}')
    check(site.rows('queue', 'ls') == [], site.rows('queue', 'ls'))


def promise_the_schedule_tries_again_by_itself(world):
    server = Moody(world)
    server.mood = {BOB}
    site = world.start(Site, server.port, waits=('300ms', '300ms', '1h'))
    is_code(site.post(), '250')
    site.wait_until('three tries', lambda: site.rows('queue', 'ls')[0]['attempts'] == 3)
    check(sorted(server.taken) == [ANN, CARL], server.taken)
    server.mood = set()
    site.cli('queue', 'retry', '--all')
    site.wait_until_settled(1)
    check(sorted(server.taken) == [ANN, BOB, CARL], server.taken)


def promise_what_cannot_be_delivered_in_time_is_given_up(world):
    server = Moody(world)
    server.mood = {BOB}
    site = world.start(Site, server.port, waits=('300ms',), settings={'retry.give_up_after': '1s'})
    is_code(site.post(), '250')
    posting = site.wait_until_settled(1)[0]
    check(posting['failed'] == 1 and posting['delivered'] == 2, posting)
    told = site.cli('why', posting['posting'])
    check(f'{BOB} bounced with 5.4.7' in told and 'not now' in told, told)


def promise_a_route_gives_up_when_it_says(world):
    server = Moody(world)
    server.mood = {BOB, CARL}
    own = ('give_up_after = "1s"\n[[route]]\nname = "patient"\nkind = "smarthost"\n'
           f'domains = ["later.test"]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\n')
    late = 'dora@later.test'
    server.mood.add(late)
    site = world.start(Site, server.port, waits=('300ms',), route=own,
                       members={'tech': [ANN, BOB, CARL, late]})
    is_code(site.post(), '250')
    site.wait_until('the route gives up', lambda: site.postings()[0]['failed'] == 2)
    posting = site.postings()[0]
    check(posting['state'] == 'pending' and posting['delivered'] == 1, posting)
    check(site.outcomes(posting['posting'])[late]['state'] == 'deferred', site.outcomes(posting['posting']))


def promise_dropping_gives_up_without_bounces(world):
    server = Moody(world)
    server.mood = {BOB, CARL}
    site = world.start(Site, server.port)
    is_code(site.post(), '250')
    posting = deferred(site, 2)[0]['posting']
    site.cli('queue', 'drop', posting, '--why', 'sent by mistake')
    found = site.postings()[0]
    check(found['state'] == 'dropped' and found['delivered'] == 1, found)
    check(
        site.rows('queue', 'ls') == [] and 'bounced with' not in site.cli('why', posting),
        site.cli('why', posting))
    server.mood = set()
    site.cli('queue', 'retry', '--all')
    is_code(site.post(letter('after it')), '250')
    site.wait_until('the next one to be done', lambda: site.postings()[0]['state'] == 'done')
    check(server.taken.count(BOB) == 1, f'the dropped one was sent: {server.taken}')
    site.cli('queue', 'drop', '0000000000000', status=1)
    site.cli('queue', 'show', 'nonsense', status=1)


def promise_a_trace_tells_of_everybody(world):
    server = Moody(world)
    server.mood, server.harsh = {BOB}, {CARL}
    site = world.start(Site, server.port)
    is_code(site.post(letter('traced')), '250')
    posting = deferred(site, 1)[0]['posting']
    found = site.outcomes(posting)
    check({who: row['state']
           for who, row in found.items()} == {
               ANN: 'delivered',
               BOB: 'deferred',
               CARL: 'failed'
           }, found)
    check('550 5.2.1 gone' in found[CARL]['reply'] and str(server.port) in found[ANN]['peer'], found)
    rows = list(csv.DictReader(io.StringIO(site.cli('posting', 'trace', posting, '--csv'))))
    check([(row['recipient'], row['state']) for row in rows] == [(who, row['state'])
                                                                 for who, row in found.items()], rows)
    text = site.cli('posting', 'trace', posting)
    check(all(who in text for who in (ANN, BOB, CARL)) and '550 5.2.1 gone' in text, text)
    check('traced' in site.cli('posting', 'ls') and posting in site.cli('posting', 'ls', '--list', 'tech'),
          'listing')
    check(site.rows('posting', 'ls', '--unfinished')[0]['posting'] == posting, 'unfinished')


def promise_a_next_server_that_breaks_off_costs_no_copy_and_no_duplicate(world):
    calls = []

    def say(line):
        calls.append(line)
        if line == b'.' and calls.count(b'.') <= 2:
            return b'451 4.3.0 disk full\r\n'
        return b'' if line[:4].upper() == b'MAIL' and sum(one[:4] == b'MAIL' for one in calls) == 1 else None
    server = Recorder(world, say)
    site = world.start(Site, server.port, waits=('200ms',))
    is_code(site.post(), '250')
    site.wait_until_settled(1)
    check(len(server.messages) == 3, f'two refused, one kept: {len(server.messages)} sent')
    check(site.postings()[0]['delivered'] == 3, site.postings())


def promise_a_members_choices_are_kept(world):
    server = Moody(world)
    lists = {
        'tech': list_file(subject_prefix='[tech] ', reply_to='list'),
        'news': list_file(reply_to='ed@members.test')
    }
    members = {
        'tech': [ANN, f'{BOB},Bob,member,none', f'{CARL},,moderator,each'],
        'news': [ANN, f'{CARL},,moderator,']
    }
    site = world.start(Site, server.port, lists=lists, members=members)
    is_code(site.post(letter('Re: [tech] hello', extra='Reply-To: ann@elsewhere.test\r\n')), '250')
    is_code(site.post(letter('news'), to='news@lists.test'), '250')
    is_code(site.post(letter('a moderator may, too', sender=CARL), CARL), '250')
    is_code(site.post(letter('none is a member, too', sender=BOB), BOB), '250')
    site.wait_until_settled(4)
    check(BOB not in server.taken and CARL not in server.taken,
          f'none, and moderators who are no members: {server.taken}')
    heads = [message.split(b'\r\n\r\n')[0] for message in server.messages]
    tech = [head for head in heads if b'hello' in head][0]
    check(b'\r\nReply-To: tech@lists.test' in tech and b'elsewhere' not in tech, tech)
    check(tech.count(b'[tech]') == 1, tech)
    news = [head for head in heads if b'Subject: news' in head][0]
    check(b'\r\nReply-To: ed@members.test' in news, news)

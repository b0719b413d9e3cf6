"""The storm guard through the real server: what waits, what opens, what a person can do about it."""
import re
import time

from harness import check
from rig import ANN, BOB, CARL, TECH, Site, is_code, letter, list_file

GUARDED = '\n[guard]\n'
DISCUSSION = list_file(reply_to='list', post='anyone') + GUARDED + 'confirm_above = 0\nmoderator_above = 0\n'


def crowd(count):
    return [f'p{number}@members.test' for number in range(count)]


def guarded(lines, **settings):
    return list_file(**settings) + GUARDED + lines


def message(subject, sender, parent='', body='Good morning.\r\n', number=0):
    """A posting with a Message-ID of its own; `parent` is the one it answers."""
    own = f'<{number or subject.replace(" ", ".")}.{sender}>'
    threading = f'In-Reply-To: {parent}\r\nReferences: {parent}\r\n' if parent else ''
    return letter(subject, body, sender, f'Message-ID: {own}\r\n{threading}'), own


def token_address(mail):
    """Where the commands of a letter go."""
    found = re.search(rb'Reply-To: <?([a-z]+-request\+[a-z2-7]{26}@lists\.test)', mail.bytes)
    check(found, f'no command address in {mail.bytes[:2000]}')
    return found.group(1).decode()


def command(site, mail, word, sender, extra='', subject=None):
    """Answers a letter as a person would; the reply."""
    text = letter(subject or 'Re: your letter', word + '\r\n\r\n> quoted\r\n', sender, extra)
    return site.post(text, sender=sender, to=token_address(mail))


def letters(sink, to, subject):
    """Letters of the server to a person whose subject has this word; they have the null reverse-path."""
    return [mail for mail in sink.mails()
            if mail.recipients == [to] and not mail.sender
            and subject.lower().encode() in mail.bytes.split(b'\r\n\r\n')[0].lower()]


def wait_for_letter(sink, to, subject):
    return sink.wait_for(f'a letter to {to} about {subject}', lambda: letters(sink, to, subject) or None)[-1]


def copies(sink, body):
    """Recipients of what has these bytes and came from the list, not from a letter."""
    return sorted(address for mail in sink.mails() if mail.sender and body.encode() in mail.bytes
                  for address in mail.recipients)


def held(site):
    return [row for row in site.rows('hold', 'ls') if 'posting' in row]


def promise_a_posting_to_many_waits_for_its_senders_confirmation(world):
    sink = world.sink()
    people = [ANN, BOB, *crowd(1100)]
    site = world.start(Site, sink.port, members={'tech': people})
    text, _ = message('test', ANN, body='A blank test, nearly.\r\n')
    check('until its sender confirms' in site.post(text), 'the reply says that it waits')
    asked = wait_for_letter(sink, ANN, 'confirm')
    check(b'1,102' in asked.bytes, f'the true audience is shown: {asked.bytes}')
    check(not copies(sink, 'nearly'), 'nobody has it')
    # Whoever is not its sender, or no person, confirms nothing.
    is_code(command(site, asked, 'confirm', BOB), '250')
    is_code(command(site, asked, 'confirm', ANN, 'Auto-Submitted: auto-replied\r\n'), '250')
    is_code(command(site, asked, 'I am out of the office.', ANN, subject='Automatic reply'), '250')
    guess = re.sub(r'\+\w{26}', '+' + 'a' * 26, token_address(asked))
    is_code(site.post(letter('confirm', 'confirm\r\n'), to=guess), '250')
    check(len(held(site)) == 1 and not copies(sink, 'nearly'), 'it still waits')
    is_code(command(site, asked, 'Confirm.', ANN), '250')
    sink.wait_for('everybody to have it', lambda: copies(sink, 'nearly') == sorted(people) or None)
    is_code(command(site, asked, 'confirm', ANN), '250')   # a token works once
    site.wait_until_settled()
    check(copies(sink, 'nearly') == sorted(people), 'nobody has it twice')


def promise_a_large_audience_needs_a_moderator(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': guarded('confirm_above = 0\nmoderator_above = 2\n')})
    is_code(site.post(message('wide', ANN)[0]), '250')
    notice = wait_for_letter(sink, CARL, 'wide')
    check(not copies(sink, 'Good morning'), 'nobody has it')
    is_code(command(site, notice, 'release', ANN), '250')   # no moderator
    check(len(held(site)) == 1, 'it still waits')
    is_code(command(site, notice, 'release', CARL), '250')
    sink.wait_for('everybody', lambda: copies(sink, 'Good morning') == sorted([ANN, BOB, CARL]) or None)
    audit = [row for row in site.rows('audit', 'ls') if row.get('action') == 'release']
    check(len(audit) == 1 and CARL in audit[0]['actor'], audit)


def promise_two_moderators_are_two_people(world):
    sink = world.sink()
    policy = guarded('confirm_above = 0\nmoderator_above = 1\ntwo_moderators_above = 2\n', owners=[CARL, BOB])
    site = world.start(Site, sink.port, lists={'tech': policy})
    is_code(site.post(message('wider', ANN)[0]), '250')
    first, second = wait_for_letter(sink, CARL, 'wider'), wait_for_letter(sink, BOB, 'wider')
    is_code(command(site, first, 'release', CARL), '250')
    is_code(command(site, first, 'release', CARL), '250')
    check(len(held(site)) == 1, 'one moderator is not enough')
    is_code(command(site, second, 'release', BOB), '250')
    sink.wait_for('everybody', lambda: copies(sink, 'Good morning') == sorted([ANN, BOB, CARL]) or None)


def storm(site, count, parent, begin=0):
    """`count` people who never wrote before answer one message in a few words; the replies' first words."""
    words = ['Please remove me', 'Why do I get this?', 'Stop replying to all!', 'Me too',
             'Unsubscribe me, please']
    for number in range(begin, begin + count):
        sender = f'p{number}@members.test'
        body = f'{words[number % 5]} {number}.\r\n'
        text, _ = message('Re: test', sender, parent, body, number=1000 + number)
        is_code(site.post(text, sender=sender), '250')


def promise_the_breaker_opens_by_the_third_reply_and_survives_a_restart(world):
    sink = world.sink()
    people = crowd(1200)
    site = world.start(Site, sink.port, lists={'tech': DISCUSSION}, members={'tech': people})
    text, root = message('test', 'p1199@members.test', body='first of all\r\n')
    is_code(site.post(text, sender='p1199@members.test'), '250')
    sink.wait_for('the first message', lambda: len(copies(sink, 'first of all')) == 1200 or None)
    storm(site, 10, root)
    waiting = held(site)
    check(len(waiting) >= 8, f'at most two replies got through: {waiting}')
    status = site.rows('storm', 'status')
    open_now = [one for row in status[-1]['lists'] for one in row['breakers'] if one['state'] == 'open']
    check(open_now and open_now[0]['evidence'], f'an open breaker with its evidence: {status}')
    check(wait_for_letter(sink, CARL, 'held'), 'the owner is told')
    site.end()
    site.start()
    storm(site, 5, root, begin=10)
    check(len(held(site)) == len(waiting) + 5, 'it is open after the restart')
    # Ordinary mail of the same list: what is no reply passes while only the thread is open, or is held
    # while the list is; nothing is lost either way. All that was held can be released.
    site.cli('hold', 'release', '--list', TECH, '--all', '--digest', '--reason', 'the storm is over')
    # Who asked to be removed was answered in private: that is for nobody else, unless by name.
    site.wait_until('the digest is out', lambda: all(row['verdict'] == 'leave' for row in held(site)) or None)
    site.wait_until_settled_or_held()
    digest = [mail for mail in sink.mails() if b'multipart/digest' in mail.bytes]
    check(sum(len(mail.recipients) for mail in digest) == 1200, 'one digest to everybody')
    kept = [row for row in held(site)]
    check(all(words in ('Re: test',) for words in (row['subject'] for row in kept)), kept)
    everything = b''.join(mail.bytes for mail in digest)
    for number in range(10, 15):
        if number % 5 in (1, 2, 3):   # not "remove me"
            words = rb'(this\?|all!|too) %d\.\r\n' % number
            check(re.search(words, everything), f'reply {number} reached nobody')
    check(not re.search(rb'(remove me|please) \d+\.', everything), 'nobody reads who wants to leave')


def promise_a_reply_to_a_large_list_goes_to_the_author_only(world):
    sink = world.sink()
    people = [ANN, BOB, *crowd(600)]
    site = world.start(Site, sink.port, members={'tech': people})
    text, root = message('plan', ANN, body='the plan itself\r\n')
    is_code(site.post(text), '250')
    sink.wait_for('the plan', lambda: len(copies(sink, 'the plan itself')) == 602 or None)
    with_address = [mail for mail in sink.mails() if b'the plan itself' in mail.bytes]
    check(all(b'\r\nReply-To: ' in mail.bytes and ANN.encode() in mail.bytes for mail in with_address),
          'the copies say where replies go')
    check(all(b'X-Auto-Response-Suppress: All' in mail.bytes for mail in with_address),
          'robots are told to be quiet')
    answer = 'I think that we should begin on the second floor, with paint.\r\n'
    reply, _ = message('Re: plan', BOB, root, answer)
    is_code(site.post(reply, sender=BOB), '250')
    sink.wait_for('the reply', lambda: copies(sink, 'second floor') or None)
    site.wait_until_settled()
    check(copies(sink, 'second floor') == [ANN], f'only its author: {copies(sink, "second floor")}')


def promise_what_grew_while_it_was_held_goes_to_nobody_unseen(world):
    sink = world.sink()
    policy = guarded('confirm_above = 0\nmoderator_above = 100\n')
    site = world.start(Site, sink.port, lists={'tech': policy}, members={'tech': [ANN, *crowd(299)]})
    is_code(site.post(message('held', ANN, body='for three hundred\r\n')[0]), '250')
    posting = held(site)[0]['posting']
    site.import_members('tech', crowd(2000))
    said = site.cli('posting', 'release', posting, '--reason', 'looks fine')
    check('still held' in said and '2,001' in said, said)
    check(held(site)[0]['recipients'] == 2001, held(site))
    site.wait_until_settled_or_held()
    check(not copies(sink, 'for three hundred'), 'nobody has it')
    site.cli('posting', 'release', posting, '--reason', 'yes, to all of them')
    sink.wait_for('everybody', lambda: len(copies(sink, 'for three hundred')) == 2001 or None)


def promise_a_release_on_a_frozen_list_changes_nothing(world):
    sink = world.sink()
    policy = guarded('confirm_above = 0\nmoderator_above = 1\ntwo_moderators_above = 2\n', owners=[CARL, BOB])
    site = world.start(Site, sink.port, lists={'tech': policy})
    is_code(site.post(message('wide', ANN)[0]), '250')
    site.cli('list', 'freeze', TECH, '--reason', 'wait')
    before = held(site)
    site.cli('hold', 'release', '--list', TECH, '--all', '--reason', 'go', status=1)
    check(held(site) == before, f'{before}\n{held(site)}')
    notice = wait_for_letter(sink, CARL, 'wide')
    is_code(command(site, notice, 'release', CARL), '250')
    site.cli('list', 'thaw', TECH, '--reason', 'go on')
    second = wait_for_letter(sink, BOB, 'wide')
    is_code(command(site, second, 'release', BOB), '250')
    is_code(command(site, notice, 'release', CARL), '250')   # the word that came too early was not used up
    sink.wait_for('everybody', lambda: copies(sink, 'Good morning') == sorted([ANN, BOB, CARL]) or None)


def promise_an_announcers_confirmed_posting_goes_out(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': guarded('confirm_above = 2\n', posters=[ANN])})
    text = letter('backup report', 'all is well\r\n', ANN, 'Auto-Submitted: auto-generated\r\n')
    is_code(site.post(text), '250')
    asked = wait_for_letter(sink, ANN, 'confirm')
    is_code(command(site, asked, 'confirm', ANN), '250')
    sink.wait_for('everybody', lambda: copies(sink, 'all is well') == sorted([ANN, BOB, CARL]) or None)


def promise_a_list_that_grew_by_itself_is_held(world):
    sink = world.sink()
    policy = guarded('confirm_above = 0\nmoderator_above = 0\n')
    site = world.start(Site, sink.port, lists={'tech': policy}, members={'tech': [ANN, *crowd(300)]})
    is_code(site.post(message('before', ANN)[0]), '250')
    sink.wait_for('the first', lambda: len(copies(sink, 'Good morning')) == 301 or None)
    site.import_members('tech', crowd(1000))
    is_code(site.post(message('after', ANN, body='a wrong rule\r\n')[0]), '250')
    notice = wait_for_letter(sink, CARL, TECH)
    check(b'301' in notice.bytes and b'1,001' in notice.bytes, f'from what to what: {notice.bytes}')
    check(len(held(site)) == 1 and not copies(sink, 'a wrong rule'), 'it is held')
    is_code(command(site, notice, 'confirm', CARL), '250')
    sink.wait_for('everybody', lambda: len(copies(sink, 'a wrong rule')) == 1001 or None)


def promise_machines_do_not_post(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    for extra in ('Auto-Submitted: auto-replied\r\n', 'Precedence: bulk\r\n',
                  'X-Auto-Response-Suppress: All\r\n', 'List-Id: <other.example>\r\n',
                  'X-Autoreply: yes\r\n'):
        got = site.post(letter('I am away', 'Back on Monday.\r\n', ANN, extra))
        check(got.startswith('550 5.7.1'), got)
    site.wait_until_settled(0)
    check(not sink.mails(), 'nobody is told either')


def promise_a_frozen_list_stops_in_mid_fan_out_and_goes_on(world):
    sink = world.sink('--latency-ms', '20')
    people = crowd(20000)
    policy = guarded('confirm_above = 0\nmoderator_above = 0\n', post='anyone', delivery='individual')
    site = world.start(Site, sink.port, lists={'tech': policy}, members={'tech': people})
    is_code(site.post(message('long', ANN, body='a long way\r\n')[0]), '250')
    sink.wait_for('it to begin', lambda: sink.mails() or None)
    site.cli('list', 'freeze', TECH, '--reason', 'look at it first')
    site.wait_until('nothing is handed over', lambda: site.status()['slices_in_hand'] == 0 or None)
    there = len(copies(sink, 'a long way'))
    check(0 < there < 20000, f'stopped in the middle: {there}')
    is_code(site.post(message('meanwhile', BOB, body='held meanwhile\r\n')[0], sender=BOB), '250')
    check(len(held(site)) == 1, 'what comes in is held')
    site.end()
    site.start()
    check(len(copies(sink, 'a long way')) == there, 'frozen is frozen over a restart')
    posting = site.postings()[-1]['posting']
    site.cli('list', 'thaw', TECH, '--reason', 'all is well')
    site.cli('posting', 'recall', posting, '--reason', 'no, it is not')
    site.wait_until('it has stopped', lambda: site.status()['slices_in_hand'] == 0 or None)
    got = copies(sink, 'a long way')
    check(len(got) == len(set(got)) and len(got) < 20000, 'nobody twice, and not everybody')
    traced = site.outcomes(posting)
    delivered = sorted(address for address, row in traced.items() if row['state'] == 'delivered')
    check(delivered == got, f'the trace says exactly who got one: {len(delivered)} and {len(got)}')


def promise_over_budget_is_put_off_and_not_lost(world):
    sink = world.sink()
    policy = guarded('confirm_above = 0\nmoderator_above = 0\nsender_deliveries_per_hour = 3600\n')
    site = world.start(Site, sink.port, lists={'tech': policy}, members={'tech': [ANN, *crowd(1999)]})
    for number in range(4):
        is_code(site.post(message(f'part {number}', ANN, body=f'this is part {number}\r\n')[0]), '250')
    waiting = held(site)
    check(waiting and all(row['verdict'] == 'defer' and row['until'] for row in waiting), waiting)
    queued = {row['posting']: row for row in site.rows('queue', 'ls') if 'posting' in row}
    check(all(queued[row['posting']]['due'] == row['until'] for row in waiting), 'the queue shows it')


def promise_a_kill_in_a_freeze_a_recall_or_a_release_loses_nothing(world):
    sink = world.sink('--latency-ms', '5')
    people = crowd(3000)
    policy = guarded('confirm_above = 0\nmoderator_above = 2\n', post='anyone')
    site = world.start(Site, sink.port, lists={'tech': policy}, members={'tech': people})
    for number in range(9):
        hand = ('release', 'freeze', 'recall')[number % 3]
        is_code(site.post(message(f'round {number}', ANN, body=f'round {number} of all\r\n')[0]), '250')
        posting = next(row['posting'] for row in held(site))
        background = site.cli_later('hold', 'release', posting, '--reason', 'for the test')
        if hand == 'freeze':
            background.wait(60)
            background = site.cli_later('list', 'freeze', TECH, '--reason', 'for the test')
        elif hand == 'recall':
            background.wait(60)
            background = site.cli_later('posting', 'recall', posting, '--reason', 'for the test')
        time.sleep(number * 0.004)   # sooner and later than the commit
        site.kill()
        background.wait(60)
        site.start()
        site.cli('list', 'thaw', TECH, '--reason', 'for the test')
        if held(site):   # the kill was quicker than the commit
            site.cli('hold', 'release', posting, '--reason', 'again')
        site.wait_until_settled_or_held()
        got, traced = copies(sink, f'round {number} of all'), site.outcomes(posting)
        check(set(traced) == set(people), f'round {number}: somebody is not accounted for')
        for person in people:
            state = traced[person]['state']
            check(state == 'dropped' if person not in got else state in ('delivered', 'dropped'),
                  f'round {number}: {person} is {state}')
        if hand != 'recall':
            check(set(got) == set(people), f'round {number}: somebody has none')

"""Joining and leaving by mail and by command: the mail that comes out is read by Python's email."""
import email
import email.policy
import re
import subprocess

from bounces import Calendar
from harness import BREAKWATER, check, write
from rig import ANN, BOB, CARL, Site, is_code, letter, list_file

EVE, DORA = 'eve@people.test', 'dora@people.test'
WEEK = 7 * 24 * 3600


def place(name, list_name='tech'):
    return f'{list_name}-{name}@lists.test'


def site_of(world, kind=Site, **settings):
    sink = world.sink()
    lists = {'tech': list_file(**settings), 'news': list_file()}
    return sink, world.start(kind, sink.port, lists=lists, members={'tech': [ANN, BOB]})


def say(site, to, sender, subject='', body='', extra='', path=None):
    is_code(site.post(letter(subject, body, sender, extra), path or sender, to), '250')


def received(site, sink, address):
    """All mail that this address got so far, parsed; the server's own is marked as such."""
    site.wait_until_settled()
    found = []
    for mail in sink.mails():
        if address not in mail.recipients:
            continue
        parsed = email.message_from_bytes(mail.bytes, policy=email.policy.default)
        check(mail.sender == '' and mail.recipients == [address], f'one letter, null reverse-path: {mail}')
        check(parsed['Auto-Submitted'] in ('auto-replied', 'auto-generated'), parsed)
        check(not parsed.defects and parsed['To'] and parsed['Message-ID'], f'{parsed.defects} {parsed}')
        found.append(parsed)
    return found


def only_subjects(letters):
    return [str(one['Subject']) for one in letters]


def link(parsed, word):
    """Where the letter's mailto link with this subject goes."""
    text = parsed.get_content().replace('\n', ' ')
    found = re.search(rf'<mailto:([^?>]+)\?subject={word}>', text)
    check(found, f'no link to {word}: {text}')
    return found.group(1)


def is_on(site, address, list_name='tech'):
    return any(row.get('list') == f'{list_name}@lists.test' for row in site.rows('member', 'find', address))


def promise_who_asks_to_join_confirms_and_is_welcome(world):
    sink, site = site_of(world)
    for again in range(3):   # pending: an address hears of it once
        say(site, place('subscribe' if again else 'join'), EVE)
    confirm = received(site, sink, EVE)
    check(only_subjects(confirm) == ['Confirm: join tech@lists.test?'], only_subjects(confirm))
    check(not is_on(site, EVE), 'a From is a claim')
    where = link(confirm[0], 'confirm')
    check(re.fullmatch(r'tech-confirm\+[a-z2-7]{26}@lists\.test', where), where)
    check(where == str(confirm[0]['Reply-To']), 'a reply goes there too')
    say(site, where, EVE, 'Re: Confirm: join tech@lists.test?', 'Thank you, I will have a look.\r\n')
    check(not is_on(site, EVE), 'a reply without the word is none')
    site.kill()
    site.start()
    # From another of one's addresses, as people do.
    say(site, where.upper(), DORA, 'Re: Confirm', 'Confirm.\r\n\r\n> somebody asked\r\n')
    check(is_on(site, EVE) and not is_on(site, DORA), 'the token is the proof')
    say(site, where, EVE, 'confirm')
    got = only_subjects(received(site, sink, EVE))
    check(got[1:] == ['Your reply about tech@lists.test', 'Welcome to tech@lists.test'],
          f'what a reply lacks is told once a day, {got}')
    say(site, place('join'), EVE)
    check(only_subjects(received(site, sink, EVE))[-1] == 'You are on tech@lists.test already', 'member')
    check(received(site, sink, DORA) == [], 'nothing for who only carried a token')


def promise_leaving_is_one_mail_or_confirmed_as_the_list_says(world):
    sink, site = site_of(world)
    say(site, place('leave'), ANN)
    check(not is_on(site, ANN), 'left')
    goodbye = received(site, sink, ANN)
    check(only_subjects(goodbye) == ['You have left tech@lists.test'], only_subjects(goodbye))
    check(link(goodbye[0], 'join') == place('join'), 'the way back')
    say(site, place('unsubscribe'), EVE)
    check(only_subjects(received(site, sink, EVE)) == ['You are not on tech@lists.test'], 'no member')
    site.write_list('tech', list_file(leave='confirm'))
    site.cli('reload')
    say(site, place('request'), BOB, 'abmelden')
    check(is_on(site, BOB), 'leave = "confirm" asks back')
    ask = received(site, sink, BOB)
    check(only_subjects(ask) == ['Confirm: leave tech@lists.test?'], only_subjects(ask))
    say(site, link(ask[0], 'confirm'), BOB, 'confirm')
    check(not is_on(site, BOB), 'confirmed')


def promise_ten_thousand_join_requests_send_a_victim_at_most_the_cap(world):
    sink = world.sink()
    names = [f'list{n}' for n in range(10)]
    site = world.start(Site, sink.port, lists={name: list_file() for name in names}, members={})
    victim = 'victim@people.test'
    request = letter('', '', victim)
    for number in range(50):
        with site.dialogue() as client:
            for turn in range(100):
                path = f'bot{number}x{turn}@evil.test'
                client.begin(path, *(f'{names[at % 10]}-join@lists.test' for at in (turn, turn + 1)))
                is_code(client.data(request), '250')
    got = received(site, sink, victim)
    check(len(got) == 5, f'{len(got)} letters: {only_subjects(got)}')
    source = 'one@evil.test'
    for number in range(30):
        say(site, place('join', 'list0'), f'p{number}@people.test', path=source)
    site.wait_until_settled()
    asked = [mail for mail in sink.mails() if mail.recipients[0].startswith('p')]
    check(len(asked) == 20, f'one source makes 20 requests an hour: {len(asked)}')


def promise_a_victim_of_letters_can_leave_all_the_same(world):
    sink = world.sink()
    names = [f'list{n}' for n in range(6)]
    site = world.start(Site, sink.port, lists={'tech': list_file(), **{name: list_file() for name in names}},
                       members={'tech': [ANN]})
    for name in names:
        say(site, place('join', name), ANN, path='robot@evil.test')
    check(len(received(site, sink, ANN)) == 5, 'the cap')
    say(site, place('leave'), ANN)
    check(not is_on(site, ANN), 'kept on the list')
    check(only_subjects(received(site, sink, ANN))[5:] == ['You have left tech@lists.test'], 'goodbye')


def promise_moderators_approve_or_reject_by_mail_and_by_command(world):
    sink, site = site_of(world, join='confirm_approve')
    for person in (EVE, DORA, 'fred@people.test'):
        say(site, place('join'), person)
        say(site, link(received(site, sink, person)[0], 'confirm'), person, 'confirm')
        check(not is_on(site, person), 'a moderator decides')
    requests = received(site, sink, CARL)
    check(len(requests) == 3 and EVE in requests[0]['Subject'], only_subjects(requests))
    waiting = [row['address'] for row in site.rows('member', 'requests', 'tech') if 'state' in row]
    check(sorted(waiting) == sorted([EVE, DORA, 'fred@people.test']), waiting)
    say(site, link(requests[0], 'approve'), CARL, 'approve')
    check(is_on(site, EVE), 'approved')
    say(site, str(requests[1]['Reply-To']), CARL, 'Re: your list', 'reject\r\nOnly for technicians.\r\n')
    check(not is_on(site, DORA), 'rejected')
    said = received(site, sink, DORA)[-1]
    check('Only for technicians.' in said.get_content(), said)
    say(site, link(requests[1], 'approve'), CARL, 'approve')
    check(not is_on(site, DORA), 'decided is decided')
    check('joined' in site.cli('member', 'approve', 'tech', 'fred@people.test', '--reason', 'known'), 'cli')
    check(is_on(site, 'fred@people.test'), 'approved by command')
    site.cli('member', 'approve', 'tech', 'fred@people.test', status=1)
    rows = site.rows('audit', 'ls', 'tech')
    audit = [(row['action'], row['actor']) for row in rows if 'action' in row]
    check(('approve', f'{CARL} by mail') in audit and ('reject', f'{CARL} by mail') in audit, audit)


def promise_owners_invite_and_ban(world):
    sink, site = site_of(world, join='closed')
    say(site, place('join'), EVE)
    check('by asking' in received(site, sink, EVE)[0].get_content(), 'closed')
    site.cli('member', 'invite', 'tech', EVE)
    invitation = received(site, sink, EVE)[1]
    say(site, link(invitation, 'confirm'), EVE, 'confirm')
    check(is_on(site, EVE), 'invited')
    check('no member any more' in site.cli('member', 'ban', 'tech', EVE, '--reason', 'spam'), 'ban')
    check(not is_on(site, EVE), 'banned')
    site.cli('member', 'ban', 'tech', '@people.test', '--reason', 'all of them')
    site.write_list('tech', list_file(join='open'))
    site.cli('reload')
    say(site, place('join'), DORA)
    check(not is_on(site, DORA), 'banned domain')
    check('by asking' in received(site, sink, DORA)[0].get_content(), 'as on a closed list')
    site.cli('member', 'unban', 'tech', '@people.test')
    say(site, place('join'), DORA)
    check(is_on(site, DORA), 'open, and the ban is lifted')
    site.cli('member', 'ban', 'tech', '@test', '--reason', 'too much', status=1)


def promise_a_ban_bars_posting_too_and_owners_are_not_banned_by_moderators(world):
    sink, site = site_of(world, post='anyone')
    is_code(site.post(letter('before', sender=EVE), EVE), '250')
    for who in (EVE, '@casino.test'):
        site.cli('member', 'ban', 'tech', who, '--reason', 'spam')
    for sender, path in ((EVE, EVE), ('joe@casino.test', 'joe@casino.test'), (EVE, ANN)):
        said = site.post(letter('after', sender=sender), path)
        check(said.startswith('550 5.7.1') and 'banned' in said and place('owner') in said, (path, said))
    site.cli('member', 'add', 'tech', 'jim@casino.test', '--force')
    is_code(site.post(letter('forced', sender='jim@casino.test'), 'jim@casino.test'), '250')
    # A moderator orders by mail, and is asked back.
    site.cli('member', 'add', 'tech', DORA, '--role', 'moderator')
    orders = f'ban {ANN} go\r\nban {CARL} owner\r\nban mallory@people.test\r\n'
    say(site, place('request'), DORA, 'orders', orders)
    say(site, link(received(site, sink, DORA)[-1], 'confirm'), DORA, 'confirm')
    site.wait_until_settled()
    rows = site.rows('member', 'requests', 'tech')
    banned = {row['address'] for row in rows if row.get('state') == 'banned'}
    check(is_on(site, ANN) and not banned & {ANN, CARL} and 'mallory@people.test' in banned, banned)


def fails(site, *words):
    done = subprocess.run([BREAKWATER, '-c', site.config, *words], capture_output=True, check=False)
    check(done.returncode in (1, 2), f'{words}: {done}')
    return done.stderr.decode()


def promise_addresses_of_this_server_come_onto_no_list(world):
    sink, site = site_of(world, join='open')
    ours = ('tech-owner', 'tech-request', 'tech-join', 'tech-confirm', 'tech-bounces+x', 'postmaster')
    for name in ours:
        say(site, place('join'), f'{name}@lists.test')
        for words in (('member', 'add'), ('member', 'invite')):
            said = fails(site, *words, 'tech', f'{name}@lists.test')
            check('an address by which people speak to this server' in said, said)
    rows = write(f'{site.folder}/rows.csv',
                 'address\nnew@people.test\n' + ''.join(f'{name}@lists.test\n' for name in ours))
    said = fails(site, 'member', 'import', 'tech', rows)
    check(said.count('speak to this server') == len(ours), said)
    site.write_list('other', list_file() + f'[[source]]\nkind = "csv"\nfile = "{rows}"\n')
    site.write_list('inner', list_file())
    site.cli('reload')
    told = site.cli('list', 'sync', 'other')
    check('1 added' in told and f'{len(ours)} rows without a valid address are left out' in told, told)
    site.cli('member', 'add', 'tech', 'inner@lists.test')   # a list may be on another
    on = {row['address'] for row in site.rows('member', 'ls', 'tech') if row.get('role') == 'member'}
    check({'new@people.test', 'inner@lists.test'} <= on and not [one for one in on if '-' in one], on)
    to_us = [mail for mail in sink.mails() if mail.recipients[0].endswith('@lists.test')]
    check(not to_us, f'letters to ourselves: {to_us}')


def promise_tokens_expire_and_belong_to_one_list(world):
    sink, site = site_of(world, Calendar)
    say(site, place('join'), EVE)
    where = link(received(site, sink, EVE)[0], 'confirm')
    say(site, where.replace('tech-', 'news-'), EVE, 'confirm')
    say(site, place('confirm+' + 'a' * 26), EVE, 'confirm')
    check(not is_on(site, EVE) and not is_on(site, EVE, 'news'), 'of another list, and guessed')
    check(len(received(site, sink, EVE)) == 1, 'who guesses learns nothing')
    is_code(site.post(letter(sender=EVE), EVE, place('confirm')), '550')
    site.later(WEEK + 60)
    say(site, where, EVE, 'confirm')
    late = received(site, sink, EVE)
    check(not is_on(site, EVE) and 'too late' in late[1].get_content(), only_subjects(late))
    say(site, place('join'), EVE)
    say(site, link(received(site, sink, EVE)[2], 'confirm'), EVE, 'confirm')
    check(is_on(site, EVE), 'asked anew')


def promise_commands_are_answered_once_and_robots_never(world):
    sink, site = site_of(world)
    request = place('request')
    site.wait_until_settled()
    for extra in ('Auto-Submitted: auto-replied\r\n', 'Precedence: bulk\r\n', 'List-Id: <a.b>\r\n'):
        say(site, request, EVE, 'help', extra=extra)
        say(site, place('join'), EVE, extra=extra)
    is_code(site.post(letter('help', '', EVE), '', request), '250')   # null reverse-path
    check(received(site, sink, EVE) == [], 'robots')
    for _ in range(3):
        say(site, request, EVE, 'Hello', 'could you tell me who runs this?\r\n')
    unknown = received(site, sink, EVE)
    check(len(unknown) == 1 and 'could you tell me who runs this?' in unknown[0].get_content(), 'help, once')
    check(received(site, sink, CARL) == [], 'owners do not get commands')
    say(site, request, ANN, 'Befehle', f'zustellung keine\r\nleave {BOB}\r\nwho\r\nende\r\njoin\r\n')
    answer = received(site, sink, ANN)
    check(len(answer) == 1 and 'no mail' in answer[0].get_content(), 'one answer for all')
    text = ' '.join(answer[0].get_content().split())
    check('who: only the owners' in text and f'leave {BOB}: that address is sent a letter' in text, text)
    (asked,) = received(site, sink, BOB)
    check(is_on(site, BOB) and asked['Subject'] == 'Confirm: leave tech@lists.test?', 'the other decides')
    delivery = [row['delivery'] for row in site.rows('member', 'find', ANN) if 'delivery' in row]
    check(delivery == ['none'], delivery)
    say(site, request, CARL, 'who')
    listed = received(site, sink, CARL)
    check(BOB in listed[0].get_content() and ANN in listed[0].get_content(), 'an owner sees the members')


def promise_huge_and_endless_command_mails_stay_bounded(world):
    sink = world.sink()
    site = world.start(Site, sink.port, settings={'limits.message_size': '12MiB'})
    thousand = ''.join(f'leave x{n}@people.test\r\n' for n in range(1000))
    say(site, place('request'), EVE, 'commands', thousand)
    answer = received(site, sink, EVE)
    said = ' '.join(answer[0].get_content().split())
    check(len(answer) == 1 and said.count('is sent a letter') == 10, f'ten commands, one answer: {said}')
    before = site.peak_kb()
    say(site, place('request'), DORA, 'commands', ('join nobody here\r\n' + 'x' * 70 + '\r\n') * 110_000)
    (told,) = received(site, sink, DORA)
    check('needs one address' in told.get_content() and 'Nothing below that' in told.get_content(), '10 MB')
    check(site.peak_kb() < before + 120 * 1024, f'{before} {site.peak_kb()}')
    say(site, place('request'), 'hans@people.test', '=?utf-8?q?Anmelden?=')
    german = received(site, sink, 'hans@people.test')
    check(only_subjects(german) == ['Confirm: join tech@lists.test?'], only_subjects(german))


def promise_letters_of_a_german_list_are_german(world):
    sink, site = site_of(world, language='de')
    say(site, place('join'), EVE)
    ask = received(site, sink, EVE)[0]
    check(ask['Subject'] == 'Bitte bestätigen: Möchten Sie tech@lists.test beitreten?', ask['Subject'])
    say(site, link(ask, 'confirm'), EVE, 'Re: Bitte', 'Bestätigen\r\n')
    check(is_on(site, EVE), 'ja')
    check('Willkommen' in received(site, sink, EVE)[1]['Subject'], 'welcome')


def promise_letters_to_robots_and_lists_go_one_round(world):
    """Twenty autoresponders answer whatever comes, headers or not; two lists ask to be on one another."""
    sink, site = site_of(world, join='open')
    robots = [f'robot{n}@people.test' for n in range(20)]
    for robot in robots:
        say(site, place('join'), robot)
    for round_number in range(3):   # each letter is answered to From and to the reverse-path, as bad ones do
        answered = {robot: received(site, sink, robot) for robot in robots}
        for robot, letters in answered.items():
            for one in letters[round_number:]:
                for to in (place('request'), place('leave', 'news')):
                    say(site, to, robot, 'Re', 'I am away.\r\n', 'Auto-Submitted: auto-replied\r\n')
                say(site, place('request'), robot, f"Re: {one['Subject']}", 'Thank you for your mail!\r\n')
    for robot in robots:
        check(len(received(site, sink, robot)) == 2, only_subjects(received(site, sink, robot)))
    for one, other in (('tech', 'news'), ('news', 'tech'), ('tech', 'tech')):
        say(site, place('join', one), f'{other}@lists.test')
    site.wait_until_settled_or_held()
    back = [mail for mail in sink.mails() if mail.recipients[0].endswith('@lists.test')]
    check(len(back) == 3 and len(sink.mails()) == 43, [mail.recipients for mail in back])
    for mail in back:   # a list takes none of them, so that this is the end
        is_code(site.post(mail.bytes, mail.sender, mail.recipients[0]), '550')

"""Joining and leaving by mail and by command: the mail that comes out is read by Python's email."""
import email
import email.policy
import os
import re
import subprocess

from harness import BREAKWATER, check, write
from rig import ANN, BOB, CARL, Site, is_code, letter, list_file

EVE, DORA = 'eve@people.test', 'dora@people.test'


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


def letters_to(site, sink, address):
    """Of the server itself, not the copies of postings."""
    site.wait_until_settled()
    return [email.message_from_bytes(mail.bytes, policy=email.policy.default) for mail in sink.mails()
            if mail.recipients == [address] and mail.sender == '']


def reached(site, sink, subject):
    """Who got that posting to the outer list, and where its copies say that one leaves it."""
    is_code(site.post(letter(subject, extra=f'Message-ID: <{subject}@m>\r\n'), to='outer@lists.test'), '250')
    site.wait_until_settled()
    copies = [mail for mail in sink.mails() if f'Subject: {subject}\r\n'.encode() in mail.bytes]
    way, = {re.search(rb'\nList-Unsubscribe: <mailto:([^?>]*)', mail.bytes).group(1).decode()
            for mail in copies}
    return sorted(address for mail in copies for address in mail.recipients), way


def promise_who_is_reached_by_a_nested_list_leaves_by_the_address_in_the_copies(world):
    """By the policy of the list that they are on, also where that one has no file any more."""
    sink = world.sink()
    free, ask = list_file(post='anyone'), list_file(post='anyone', leave='confirm')
    site = world.start(Site, sink.port, lists={'outer': free, 'tech': free, 'north': ask, 'south': free},
                       members={'outer': [ANN, 'tech@lists.test'], 'tech': [BOB, 'north@lists.test'],
                                'north': [CARL], 'south': [ANN, EVE]})
    who, leave = reached(site, sink, 'one')
    check(who == [ANN, BOB, CARL] and leave == 'outer-leave@lists.test', f'{who} {leave}')
    for address in (BOB, CARL, EVE):
        say(site, leave, address)
    check(only_subjects(letters_to(site, sink, BOB)) == ['You have left tech@lists.test'], 'free')
    check(only_subjects(letters_to(site, sink, EVE)) == ['You are not on outer@lists.test'], 'another list')
    asked, = letters_to(site, sink, CARL)
    check(asked['Subject'] == 'Confirm: leave north@lists.test?', asked)
    check(reached(site, sink, 'two')[0] == [ANN, CARL], 'Carl has not answered')
    say(site, link(asked, 'confirm'), CARL, 'confirm')
    check(reached(site, sink, 'three')[0] == [ANN], 'both are off')
    site.cli('member', 'add', 'tech', BOB)
    os.remove(os.path.join(site.folder, 'lists', 'tech.toml'))
    site.cli('reload')
    say(site, leave, BOB, path='eve@people.test', extra='Message-ID: <forged@m>\r\n')
    asked = letters_to(site, sink, BOB)[-1]
    check(asked['Subject'] == 'Confirm: leave outer@lists.test?', 'what tech says of leaving nobody knows')
    say(site, link(asked, 'confirm'), BOB, 'confirm', extra='Message-ID: <confirmed@m>\r\n')
    check(letters_to(site, sink, BOB)[-1]['Subject'] == 'You have left outer@lists.test', 'and hears of it')
    site.write_list('tech', free)
    site.cli('reload')
    check(not is_on(site, BOB) and reached(site, sink, 'four')[0] == [ANN], 'he is off it')


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


def promise_huge_and_endless_command_mails_stay_bounded(world):
    sink = world.sink()
    site = world.start(Site, sink.port, settings={'limits.message_size': '12MiB'})
    thousand = ''.join(f'leave x{n}@people.test\r\n' for n in range(1000))
    say(site, place('request'), EVE, 'commands', thousand)
    answer = received(site, sink, EVE)
    said = ' '.join(answer[0].get_content().split())
    check(len(answer) == 1 and said.count('that address decides') == 10, f'ten commands, one answer: {said}')
    before = site.peak_kb()
    say(site, place('request'), DORA, 'commands', ('join nobody here\r\n' + 'x' * 70 + '\r\n') * 110_000)
    (told,) = received(site, sink, DORA)
    check('needs one address' in told.get_content() and 'Nothing below that' in told.get_content(), '10 MB')
    check(site.peak_kb() < before + 120 * 1024, f'{before} {site.peak_kb()}')
    say(site, place('request'), 'hans@people.test', '=?utf-8?q?Anmelden?=')
    german = received(site, sink, 'hans@people.test')
    check(only_subjects(german) == ['Confirm: join tech@lists.test?'], only_subjects(german))


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

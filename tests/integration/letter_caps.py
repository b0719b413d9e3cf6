"""Every letter is bounded: what a forger can have the server write, and what each reply is answered."""
import email
import email.policy
import re

from bounces import Calendar
from harness import check
from rig import ANN, BOB, CARL, TECH, Site, is_code, letter, list_file
from subscriptions import EVE, is_on, link, only_subjects, place, received, say, site_of

HOUR, DAY = 3600, 24 * 3600
SPAM = 'Cheap pills today only, see http://evil.example/buy'


def many_lists(world, count=10, kind=Site, members=(), **settings):
    sink, names = world.sink(), [f'list{number}' for number in range(count)]
    lists = {name: list_file(**settings) for name in names}
    return sink, world.start(kind, sink.port, lists=lists, members={name: members for name in names}), names


def received_or_held(site, sink, address):
    site.wait_until_settled_or_held()
    return [email.message_from_bytes(mail.bytes, policy=email.policy.default)
            for mail in sink.mails() if mail.recipients == [address]]


def promise_nothing_but_a_token_is_written_to_a_from_that_the_reverse_path_does_not_bear_out(world):
    sink, site = site_of(world, join='open')
    mails = [('request', 'hi', SPAM), ('request', 'help', ''), ('request', 'who', ''),
             ('request', 'info', ''),
             ('request', f'join "{SPAM}"@x.test', ''),
             ('request', 'set delivery none', ''),
             ('request', 'leave', ''), ('leave', SPAM, SPAM), ('request', 'join tech extra', '')]
    with site.dialogue() as client:
        for number, (to, subject, text) in enumerate(mails):
            for person in (f'victim{number}@people.test', CARL):
                client.begin(f'x{number}@evil.test', place(to))
                is_code(client.data(letter(subject, f'{text}\r\n', person)), '250')
    site.wait_until_settled()
    asked = {'victim8@people.test', CARL, f'"{SPAM}"@x.test'}   # by the last mail, and whom one names
    written = sorted(mail.recipients[0] for mail in sink.mails())
    check(written == sorted(asked), f'written to who did not write: {written}')
    for person in ('victim8@people.test', CARL):
        (question,) = received(site, sink, person)
        check(question['Subject'] == 'Confirm: join tech@lists.test?' and not is_on(site, person), 'open')
        check(SPAM not in question.as_string(), question)
    say(site, place('leave'), ANN, path='x@evil.test')
    check(is_on(site, ANN), 'taken off the list by a stranger')
    (asked,) = received(site, sink, ANN)
    check(asked['Subject'] == 'Confirm: leave tech@lists.test?' and SPAM not in asked.as_string(), asked)
    say(site, place('request'), EVE, 'hi', 'what is this?\r\n')
    check('what is this?' in received(site, sink, EVE)[0].get_content(), 'who wrote is answered')


def promise_every_mail_to_a_service_address_counts_before_it_is_answered(world):
    sink, site = site_of(world, kind=Calendar)
    for _ in range(20):
        say(site, place('request'), EVE, 'hi', f'{SPAM}\r\n')
    say(site, place('join'), EVE)
    check(len(received(site, sink, EVE)) == 1, 'one help, and then silence')
    site.later(HOUR + 60)
    say(site, place('join'), EVE)
    check(only_subjects(received(site, sink, EVE))[1:] == ['Confirm: join tech@lists.test?'], 'an hour later')


def promise_who_fills_a_members_mailbox_does_not_keep_them_from_leaving(world):
    sink, site, names = many_lists(world, leave='confirm', members=[ANN])
    for _ in range(6):
        say(site, place('request', names[0]), ANN, 'help')
    say(site, place('leave', names[0]), ANN)
    letters = received(site, sink, ANN)
    check(len(letters) == 6 and 'Confirm: leave' in letters[5]['Subject'], only_subjects(letters))
    say(site, link(letters[5], 'confirm'), ANN, 'confirm')
    check(not is_on(site, ANN, names[0]), 'left')
    check('You have left' in received(site, sink, ANN)[6]['Subject'], 'and is told so')
    for name in names[1:]:
        site.write_list(name, list_file(leave='free'))
    site.cli('reload')
    for name in names[1:]:
        say(site, place('leave', name), ANN)
    goodbyes = received(site, sink, ANN)[7:]
    check(len(goodbyes) == 9 and all('You have left' in one['Subject'] for one in goodbyes),
          f'off a list unheard: {only_subjects(goodbyes)}')
    say(site, place('join', names[0]), ANN)
    check('Confirm: join' in received(site, sink, ANN)[-1]['Subject'], 'joining has letters of its own')


def promise_a_tag_behind_a_plus_brings_no_more_letters(world):
    sink, site = site_of(world)
    for number in range(30):
        say(site, place('join'), f'victim+{number}@people.test', path=f'x{number}@evil.test')
        say(site, place('request'), f'victim+{number}@people.test', 'help')
    site.wait_until_settled()
    written = [mail for mail in sink.mails() if mail.recipients[0].startswith('victim')]
    check(len(written) == 10, f'five about joining and five answers: {len(written)}')


def promise_a_token_that_does_nothing_brings_five_letters_a_day(world):
    sink, site = site_of(world, moderate='everybody')
    say(site, TECH, ANN, 'one', 'x\r\n', 'Message-ID: <1@x>\r\n')
    site.wait_until('it is held', lambda: site.rows('hold', 'ls') or None)
    (notice,) = received_or_held(site, sink, CARL)
    for _ in range(12):
        say(site, str(notice['Reply-To']), CARL, 're', 'reject\r\n')
    check(len(received_or_held(site, sink, CARL)) == 6, 'each try answered')
    say(site, str(notice['Reply-To']), CARL, 're', 'reject: too long\r\n')
    check(len(received_or_held(site, sink, CARL)) == 7, 'what is done is told')


def promise_a_moderator_of_many_lists_hears_of_twenty_requests_an_hour_and_how_many_wait(world):
    sink, site, names = many_lists(world, kind=Calendar, join='approve')
    with site.dialogue() as client:
        for number in range(5):
            for name in names:
                person = f'p{number}-{name}@people.test'
                client.begin(person, place('join', name))
                is_code(client.data(letter('', '', person)), '250')
    check(len(received(site, sink, CARL)) == 20, f'{len(received(site, sink, CARL))}')
    waiting = [row for name in names for row in site.rows('member', 'requests', name) if 'address' in row]
    check(len(waiting) == 50, f'all wait: {len(waiting)}')
    site.later(HOUR + 60)
    say(site, place('join', names[9]), EVE)
    told = received(site, sink, CARL)
    check(len(told) == 21 and '5 others wait' in told[20].get_content(), told[-1].get_content())


def promise_delivery_reports_that_a_forger_brings_about_are_bounded(world):
    sink = world.sink('--permfail-match', 'gone')
    site = world.start(Site, sink.port, members={'tech': [ANN]},
                       lists={'tech': list_file(post='anyone', owners=['gone@members.test'])})
    victim = 'victim@people.test'
    with site.dialogue() as client:
        for to in (place('owner'), TECH):
            for number in range(30):
                person = f'victim+{number}@people.test' if number % 2 else victim
                client.ask(f'MAIL FROM:<{person}>', '250')
                client.ask(f'RCPT TO:<{to}> NOTIFY=SUCCESS,FAILURE', '250')
                is_code(client.data(letter(f'{to} {number}', sender=person)), '250')
    site.wait_until_settled_or_held()
    sent = [mail.bytes for mail in sink.mails() if mail.recipients[0].startswith('victim')]
    failed = [one for one in sent if b'Action: failed' in one]
    check(len(failed) == 20 and len(sent) == 40, f'20 undelivered, 20 taken: {len(failed)} of {len(sent)}')
    check(len(site.events('not_reported')) >= 10 + 10, 'and the log says of which there is none')
    is_code(site.post(letter(sender=EVE), EVE, place('owner')), '250')
    (told,) = received(site, sink, EVE)
    check('Undeliver' in told['Subject'], told['Subject'])


def promise_a_forger_brings_an_author_twenty_rejections_a_day(world):
    sink, site = site_of(world, post='anyone', moderate='everybody')
    victim = 'victim@people.test'
    with site.dialogue() as client:
        for number in range(22):
            client.begin(victim)
            is_code(client.data(letter(f'{number}', sender=victim)), '250')
    held = [row['posting'] for row in site.rows('hold', 'ls') if 'posting' in row]
    said = [site.cli('hold', 'reject', posting, '--reason', 'no') for posting in held]
    check(len([one for one in said if 'is told why' in one]) == 20, said)
    check('is not told, since victim@people.test has been told of as many' in said[21], said[21])
    site.wait_until_settled_or_held()
    check(len([mail for mail in sink.mails() if mail.recipients == [victim]]) == 20, 'twenty letters')


def promise_what_a_drift_held_asks_its_author_no_more_often_than_other_mail(world):
    """Its question comes when an owner has confirmed the list: as many as were forged, if nobody counted."""
    guard = '[guard]\nconfirm_above = 300\nmoderator_above = 0\n'
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file() + guard}, members={'tech': [ANN]})
    is_code(site.post(letter('small')), '250')
    site.wait_until_settled(1)
    site.import_members('tech', [f'p{number}@people.test' for number in range(400)])
    with site.dialogue() as client:
        for number in range(14):
            client.begin(ANN)
            is_code(client.data(letter(f'forged {number}')), '250')
    held = site.rows('hold', 'ls')
    check(len([row for row in held if row.get('verdict') == 'drift']) == 14, held)
    site.cli('list', 'confirm', 'tech', '--reason', 'a new site')
    site.wait_until('judged again', lambda: not any(
        row.get('verdict') in ('drift', 'again') for row in site.rows('hold', 'ls')) or None)
    site.wait_until_settled_or_held()
    asked = [mail for mail in sink.mails() if b'confirm' in mail.bytes.split(b'\r\n\r\n')[0].lower()
             and mail.recipients == [ANN] and mail.sender == '']
    waiting = [row.get('verdict') for row in site.rows('hold', 'ls') if 'posting' in row]
    check(len(asked) == 10, f'{len(asked)} questions')
    check(sorted(waiting) == ['confirm'] * 10 + ['moderate'] * 4, waiting)
    told = [one for one in received_or_held(site, sink, CARL) if 'asked often enough' in ' '.join(
        one.get_content().split())]
    check(len(told) == 4 and all(link(one, 'release') for one in told), 'moderators decide about the others')


def promise_the_reader_of_a_notice_is_told_of_a_second_use_a_late_one_and_anothers(world):
    sink, site = site_of(world, kind=Calendar, moderate='everybody')
    for number in (1, 2, 3):
        say(site, TECH, ANN, f'number {number}', 'x\r\n', f'Message-ID: <{number}@x>\r\n')
    notices = received_or_held(site, sink, CARL)
    first, second, third = (str(one['Reply-To']) for one in notices)
    for _ in range(3):
        say(site, second, EVE, 'release')
    check(len([row for row in site.rows('hold', 'ls') if 'posting' in row]) == 3, 'another releases nothing')
    say(site, first, CARL, 'release')
    for _ in range(3):
        say(site, first, CARL, 'release')
    say(site, re.sub(r'\+\w{26}', '+' + 'a' * 26, first), CARL, 'release')
    letters = received_or_held(site, sink, CARL)[3:]
    texts = [one.get_content() for one in letters if ' reply about' in one['Subject']]
    check(len(texts) == 2 and 'another address' in texts[0] and 'done already' in texts[1], texts)
    check(received_or_held(site, sink, EVE) == [], 'nothing for who only carried a token')
    site.later(15 * DAY)
    say(site, third, CARL, 'release')
    late = received_or_held(site, sink, CARL)[-1]
    check('too late' in late.get_content(), late.get_content())


def promise_no_token_stands_in_the_log_or_in_what_is_kept_of_a_refusal(world):
    sink, site = site_of(world)
    say(site, place('join'), EVE)
    where = link(received(site, sink, EVE)[0], 'confirm')
    token = where.split('+')[1].split('@')[0]
    reply = site.post(letter('confirm', '', f'{EVE}, {BOB}'), EVE, where)
    is_code(reply, '550')
    explained = site.cli('why', re.search(r'\[(\w+)\]', reply).group(1))
    check('tech-confirm@lists.test' in explained and token not in explained, explained)
    with open(site.log, encoding='utf-8') as log:
        text = log.read()
    check('tech-confirm@lists.test' in text and token not in text, 'a token in the log')


def promise_habits_of_other_list_managers_are_understood(world):
    sink, site = site_of(world)
    request = place('request')
    habits = ('\u00a0join', 'join tech', 'subscribe tech Ann Smith', 'JOIN tech@lists.test')
    for number, text in enumerate(habits):
        person = f'p{number}@people.test'
        say(site, request, person, 'x', text + '\r\n',
            'Content-Type: text/plain; charset=utf-8\r\n')
        check(only_subjects(received(site, sink, person)) == ['Confirm: join tech@lists.test?'], text)
    say(site, request, 'p8@people.test', 'Re: join')
    check(only_subjects(received(site, sink, 'p8@people.test')) == ['Confirm: join tech@lists.test?'], 'Re:')
    say(site, request, 'p9@people.test', 'x', 'subscribe news Ann Smith\r\n')
    (told,) = received(site, sink, 'p9@people.test')
    check('news-request@lists.test' in told.get_content(), told.get_content())


def promise_a_control_in_an_address_is_no_address(world):
    sink, site = site_of(world)
    say(site, place('request'), CARL, 'orders', 'add "a\x0bb"@x.test\r\nadd c@x.test\r\n')
    told = [one.get_content() for one in received(site, sink, CARL)]
    asked = [text for text in told if 'confirm' in text.lower() and 'add c@x.test' in text]
    check(len(asked) == 1 and 'a b' not in asked[0], told)
    check(any('needs one address' in ' '.join(text.split()) for text in told), told)

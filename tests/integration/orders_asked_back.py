"""Commands by mail about another's address, held syncs decided by mail, and mails as programs write them."""
import base64
import os

from harness import check, write
from rig import ANN, BOB, CARL, TECH, Dialogue, Site, is_code, letter, list_file
from subscriptions import DORA, EVE, is_on, link, only_subjects, place, received, say
from sync import Office, csv, people

REQUEST = place('request')


def text_of(one):
    return ' '.join(one.get_content().split())


def delivery_of(site, address):
    return [row['delivery'] for row in site.rows('member', 'find', address) if 'delivery' in row]


def answers(site, sink, address):
    found = received(site, sink, address)
    return [text_of(one) for one in found if 'commands for ' in one['Subject'].lower()]


def promise_who_asks_for_another_address_has_that_address_decide(world):
    """Also on a list where one's own word is enough; and nobody learns who is on it."""
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(join='open', leave='free')})
    say(site, REQUEST, ANN, 'commands', f'join {EVE}\r\nleave {BOB}\r\nset delivery none for {BOB}\r\n')
    check(not is_on(site, EVE) and is_on(site, BOB) and delivery_of(site, BOB) == ['each'],
          'nothing is done yet')
    (join,) = received(site, sink, EVE)
    check(join['Subject'] == 'Confirm: join tech@lists.test?' and not join['In-Reply-To'], join)
    leave, delivery = sorted(received(site, sink, BOB), key=lambda one: 'how mail' in one['Subject'])
    check(leave['Subject'] == 'Confirm: leave tech@lists.test?', leave)
    check(delivery['Subject'] == 'Confirm: how mail of tech@lists.test comes to you?', delivery)
    check('set delivery none' in text_of(delivery) and ANN not in text_of(delivery), delivery)
    # The same answer, whoever is on the list, whatever is open.
    (first,) = answers(site, sink, ANN)
    asked, once = ': that address decides', 'An address that is not yours is sent a mail and decides'
    check(first.count(asked) == 3 and first.count(once) == 1, first)
    say(site, REQUEST, DORA, 'x', f'join {ANN}\r\nleave {EVE}\r\n'
        f'set delivery none for {EVE}\r\njoin {EVE}\r\n'
        f'leave {BOB}\r\nset delivery digest for {BOB}\r\n')
    (second,) = answers(site, sink, DORA)
    check(second.count(asked) == 6, second)
    counts = [len(received(site, sink, one)) for one in (ANN, EVE, BOB)]
    check(counts == [1, 1, 2], f'once while it is open, and nobody else: {counts}')
    site.kill()
    site.start()
    say(site, link(join, 'confirm'), EVE, 'confirm')
    say(site, str(delivery['Reply-To']), BOB, 'Re: Confirm', 'Thank you, later.\r\n')
    check(is_on(site, EVE) and delivery_of(site, BOB) == ['each'], 'a reply without the word is none')
    say(site, str(delivery['Reply-To']), BOB, 'Re: Confirm', 'confirm\r\n')
    check(delivery_of(site, BOB) == ['none'], 'confirmed')
    check('set delivery none: no mail from now on' in answers(site, sink, BOB)[-1], answers(site, sink, BOB))
    say(site, str(delivery['Reply-To']), BOB, 'confirm')
    say(site, link(leave, 'confirm'), BOB, 'confirm')
    check(not is_on(site, BOB), 'left')
    say(site, REQUEST, ANN, f'set delivery none for {EVE}')
    (asked,) = [one for one in received(site, sink, EVE) if 'how mail' in one['Subject']]
    site.cli('member', 'rm', 'tech', EVE)
    say(site, link(asked, 'confirm'), EVE, 'confirm')
    check('not on the list' in answers(site, sink, EVE)[-1], 'gone meanwhile')


def promise_a_closed_list_says_so_and_a_banned_address_hears_nothing(world):
    sink = world.sink()
    site = world.start(Site, sink.port,
                       lists={'tech': list_file(join='closed'),
                              'news': list_file(join='open', post='moderators')})
    site.cli('member', 'ban', 'news', EVE, '--reason', 'spam')
    say(site, REQUEST, ANN, f'join {EVE}')
    check('nobody joins this list by asking' in answers(site, sink, ANN)[0], 'closed')
    say(site, place('request', 'news'), ANN, f'join {EVE}')
    check('that address decides' in answers(site, sink, ANN)[-1], 'as of anybody')
    check(received(site, sink, EVE) == [], 'no letter')
    # Nor does a letter offer what the answer to it would be no to.
    say(site, REQUEST, ANN, 'help')
    check('tech-join@' not in answers(site, sink, ANN)[-1], 'the help of a closed list')
    say(site, place('join', 'news'), DORA, 'join')
    (welcome,) = received(site, sink, DORA)
    check('Only people whom its owners have chosen write' in text_of(welcome), text_of(welcome))
    say(site, place('leave'), ANN, 'leave')
    goodbye = received(site, sink, ANN)[-1]
    check('have left' in goodbye['Subject'] and 'tech-join@' not in text_of(goodbye), text_of(goodbye))


def promise_asking_for_others_is_capped_by_victim_and_by_source(world):
    sink = world.sink()
    names = [f'list{n}' for n in range(8)]
    site = world.start(Site, sink.port, lists={name: list_file() for name in names},
                       members={name: [BOB] for name in names})
    for name in names:   # from as many addresses
        say(site, place('request', name), f'bot-{name}@evil.test', f'set delivery none for {BOB}')
    check(len(received(site, sink, BOB)) == 5, f'{len(received(site, sink, BOB))} letters to the victim')
    for number in range(30):
        say(site, place('request', 'list0'), ANN, f'join x{number}@people.test', path='one@evil.test')
    site.wait_until_settled()
    asked = [mail for mail in sink.mails() if mail.recipients[0].startswith('x')]
    check(len(asked) == 20, f'one source asks 20 in an hour: {len(asked)}')
    check(received(site, sink, ANN) == [], 'nor is the asker written to, who may be anybody')
    for number in range(10):
        say(site, place('request', 'list0'), CARL, f'join y{number}@people.test')
    check(len(answers(site, sink, CARL)) == 5, 'who did ask is not answered for ever either')


def promise_no_command_is_dropped_without_a_word(world):
    """Subject and text, each with and without commands."""
    sink = world.sink()
    site = world.start(Site, sink.port, users={CARL: 'secret words'})

    def order(subject, text):
        before = len(received(site, sink, CARL))
        with Dialogue(site.submission) as client:
            client.start_tls()
            plain = base64.b64encode(f'\0{CARL}\0secret words'.encode()).decode()
            is_code(client.ask(f'AUTH PLAIN {plain}'), '235')
            is_code(client.post(letter(subject, text, CARL), CARL, REQUEST), '250')
        return ' | '.join(f"{one['Subject']}: {text_of(one)}" for one in received(site, sink, CARL)[before:])

    said = order('add s1@people.test', 'add b1@people.test\r\nadd b2@people.test\r\n')
    check('Done: add s1@people.test and 2 more' in said, said)
    check(all(is_on(site, f'{who}@people.test') for who in ('s1', 'b1', 'b2')), 'subject and text')
    said = order('add s2@people.test, s3@people.test',
                 'add b3@people.test\r\nhelp me\r\nadd b4@people.test\r\n')
    check('Subject: add s2@people.test, s3@people.test needs one address' in said, said)
    check('help me stands alone' in said and 'Nothing below' not in said, said)
    check(is_on(site, 'b3@people.test') and is_on(site, 'b4@people.test'), 'what can be read is done')
    said = order('add s4@people.test', 'Kind regards\r\nCarl, who likes lists\r\n')
    check('Done: add s4@people.test (tech@lists.test)' in said and 'Kind regards' not in said, said)
    said = order('add s5@people.test', 'Also:\r\nadd b5@people.test\r\n')
    check('Also: is no command' in said and 'Nothing below that was read' in said, said)
    check(is_on(site, 's5@people.test') and not is_on(site, 'b5@people.test'), 'and it says so')
    said = order('add s6@people.test', 'add s6@people.test\r\n')
    check('Done: add s6@people.test (tech@lists.test)' in said, f'twice the same is once: {said}')
    said = order('x', f'add {EVE} Eve Evans\r\nleave b1@people.test\r\njoin {DORA}\r\nleave {DORA}x\r\n'
                      f'set delivery none for {EVE}\r\n')
    for part in (f'add {EVE} Eve Evans done: {EVE} was added', 'leave b1@people.test done: b1@people.test',
                 f'join {DORA} done: {DORA} was added', f'leave {DORA}x not done: {DORA}x is not on',
                 f'set delivery none for {EVE}: no mail', 'Other commands of the same mail are answered'):
        check(part in said, f'{part}: {said}')
    names = [row['name'] for row in site.rows('member', 'ls', 'tech') if row.get('address') == EVE]
    check(names == ['Eve Evans'], names)
    said = order('help', '')
    check('As an owner of the list' in said and 'remove ann@example.org' in said, said)
    many = ''.join(f'add m{n}@people.test\r\n' for n in range(12))
    said = order('orders', many)
    check('add m10@people.test is one too many' in said and 'Nothing below' in said, said)
    check(is_on(site, 'm9@people.test') and not is_on(site, 'm10@people.test'), 'ten')


def encoded(text, charset):
    return base64.encodebytes(text.encode(charset)).decode().replace('\n', '\r\n')


def promise_commands_in_any_charset_and_shape_are_understood(world):
    sink = world.sink()
    site = world.start(Site, sink.port, settings={'limits.message_size': '12MiB'})
    quoted = 'Content-Transfer-Encoding: quoted-printable\r\n'
    base = 'Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset='
    shapes = {
        'utf-16': (base + 'utf-16\r\n', encoded('anmelden\r\n', 'utf-16')),
        'japanese': (base + 'iso-2022-jp\r\n', encoded('join\r\n', 'iso-2022-jp')),
        'latin1': (f'Content-Type: text/plain; charset=iso-8859-1\r\n{quoted}',
                   'join=20\r\n--=20\r\nGr=FC=DFe\r\n'),
        'broken': (f'Content-Type: text/plain; charset=utf-8\r\n{quoted}',
                   'join\r\n-- \r\n=FF=FE=80\r\n'),
        'html': ('Content-Type: text/html; charset=utf-8\r\n',
                 '<html><head><style>p {}</style></head><body><p>join</p></body></html>\r\n'),
        'flowed': ('Content-Type: text/plain; format=flowed; delsp=yes\r\n', 'jo \r\nin\r\n'),
        'nested': ('Content-Type: multipart/mixed; boundary=a\r\n',
                   '--a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\njoin\r\n--b\r\n'
                   'Content-Type: text/html\r\n\r\n<b>join</b>\r\n--b--\r\n--a\r\nContent-Type: image/png\r\n'
                   'Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--a--\r\n'),
        'quoting': ('', 'join\r\n\r\n'
                    'On Sun, 22 Nov 2026 at 16:01, Carl <carl@members.test> wrote:\r\n> leave\r\n'),
        'original': ('', 'join\r\n\r\n-----Original Message-----\r\nFrom: Carl\r\n\r\nhelp\r\n'),
        'big': ('', 'join\r\n-- \r\n' + 'x' * 70 + '\r\n' + ('y' * 70 + '\r\n') * 140_000),
    }
    for name, (fields, body) in shapes.items():
        say(site, REQUEST, f'{name}@people.test', 'Re: hello', body, extra=f'MIME-Version: 1.0\r\n{fields}')
        got = only_subjects(received(site, sink, f'{name}@people.test'))
        check(got == ['Confirm: join tech@lists.test?'], f'{name}: {got}')
    unread = {
        'klingon': (base + 'klingon\r\n', encoded('join\r\n', 'utf-16')),
        'picture': ('Content-Type: image/png\r\n', 'join\r\n'),
        'empty': ('', ''),
        'endless': ('', '\r\n' * 100_000 + 'join\r\n'),
        'behind': ('Content-Type: multipart/mixed; boundary=a\r\n',
                   '--a\r\nContent-Type: application/zip\r\n\r\n' + ('z' * 70 + '\r\n') * 20_000
                   + '--a\r\n\r\njoin\r\n--a--\r\n'),
    }
    for name, (fields, body) in unread.items():
        say(site, REQUEST, f'{name}@people.test', '', body, extra=f'MIME-Version: 1.0\r\n{fields}')
        (told,) = received(site, sink, f'{name}@people.test')
        check(told['Subject'] == 'Commands for tech@lists.test', f'{name}: {told}')
        cut = 'longer than the server reads' in text_of(told)
        check(cut == (name in ('endless', 'behind')), f'{name}: {text_of(told)}')


def promise_a_command_with_a_flaw_is_answered_each_time_and_no_command_once_a_day(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(), 'news': list_file()})
    say(site, REQUEST, ANN, 'x', 'set delivery none until christmas\r\n')
    say(site, REQUEST, ANN, 'set delivery none until 24 Dec 2026')
    say(site, place('request', 'news'), ANN, 'x', 'zustellung keine bis 24.12.\r\n')
    say(site, REQUEST, ANN, 'x', 'ban nonsense\r\n')
    told = answers(site, sink, ANN)
    check(len(told) == 4 and all('needs a day' in one for one in told[:3]), told)
    check('needs an address or a domain' in told[3] and 'As an owner' not in told[3], told[3])
    for _ in range(3):
        say(site, REQUEST, BOB, 'hello', 'How are you?\r\n')
        say(site, place('request', 'news'), BOB, 'hello', 'How are you?\r\n')
    check(len(answers(site, sink, BOB)) == 1, 'what is no command, once a day')
    for _ in range(9):
        say(site, REQUEST, ANN, 'set delivery none until christmas')
    check(len(answers(site, sink, ANN)) == 5, 'five a day')
    before = len(received(site, sink, CARL))
    say(site, REQUEST, CARL, 'set delivery weekly', '', 'Auto-Submitted: auto-generated\r\n')
    check(len(received(site, sink, CARL)) == before, 'a robot gets no answer')


def promise_german_letters_say_in_german_what_became_of_orders(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(language='de')})
    say(site, REQUEST, CARL, 'x', f'hinzufuegen {EVE}\r\nadd {ANN}\r\nunban @evil.test\r\n')
    (ask,) = received(site, sink, CARL)
    say(site, str(ask['Reply-To']), CARL, 'Re', 'ja\r\n')
    told = received(site, sink, CARL)[-1]
    check(told['Subject'] == '1 von 3 Anweisungen erledigt (tech@lists.test)', told['Subject'])
    text = text_of(told)
    for part in (f'erledigt: {EVE} wurde in tech@lists.test aufgenommen',
                 f'nicht erledigt: {ANN} ist auf tech',
                 'nicht erledigt: @evil.test ist für tech@lists.test nicht gesperrt'):
        check(part in text, f'{part}: {text}')


def held_office(world, **more):
    """200 members by a file of which 50 are gone: held, and carl has been asked."""
    sink = world.sink()
    site = world.start(Office, sink.port, **more)
    csv(site.staff, people(200))
    site.sync()
    csv(site.staff, people(150))
    check('held' in site.sync(status=1), 'too many')
    (ask,) = received(site, sink, CARL)
    return sink, site, ask


def last_answer(site, sink, about='Your command'):
    found = [one for one in received(site, sink, CARL) if about in one['Subject']]
    return text_of(found[-1]) if found else ''


def promise_a_held_sync_is_confirmed_by_a_reply(world):
    sink, site, ask = held_office(world)
    back = str(ask['Reply-To'])
    check(link(ask, 'confirm') == back == link(ask, 'cancel'), ask)
    say(site, back, ANN, 'confirm')
    say(site, back.replace('+', '+a'), CARL, 'confirm')
    say(site, back, CARL, 'Re: Held', 'Fine.\r\n')
    check(len(site.on_list()) == 200, "somebody else's, guessed, without the word")
    check('must be one of the words' in last_answer(site, sink), last_answer(site, sink))
    say(site, back, CARL, 'Re: Held', 'confirm\r\n')
    site.kill()   # it has been taken: the next start carries it out
    site.start()
    site.wait_until('it is carried out', lambda: len(site.on_list()) == 150)
    site.wait_until('the answer', lambda: 'carried out: 0 added, 50 removed' in last_answer(site, sink))
    audit = site.audits()[0]
    check((audit['actor'], audit['reason'], audit['outcome'])
          == (f'{CARL} by mail', 'confirmed by mail', '0 added, 50 removed'), audit)
    say(site, back, CARL, 'confirm')
    check('nothing was done: the list is in step' in last_answer(site, sink), last_answer(site, sink))
    check(len(site.audits()) == 2, site.audits())


def promise_a_letter_answers_no_mail_that_its_reader_did_not_write(world):
    """RFC 3834 5: eve has the tokens of others; what comes of it answers nothing that they sent."""
    sink, site, ask = held_office(world)

    def last_to(person):
        last = received(site, sink, person)[-1]
        return last['Subject'], last['Auto-Submitted'], last['In-Reply-To']

    def eve_sends(where, number):
        say(site, where, EVE, 'confirm', extra=f'Message-ID: <{number}@eve>\r\n')

    eve_sends(str(ask['Reply-To']), 1)
    check(last_to(CARL) == (f'A reply about {TECH}', 'auto-generated', None), last_to(CARL))
    say(site, place('join'), DORA, 'join')
    join = link(received(site, sink, DORA)[0], 'confirm')
    eve_sends(join, 2)
    check(last_to(DORA) == (f'Welcome to {TECH}', 'auto-generated', None), last_to(DORA))
    eve_sends(join, 3)
    check(last_to(DORA)[1:] == ('auto-generated', None) and 'reply' in last_to(DORA)[0], last_to(DORA))
    say(site, REQUEST, EVE, f'set delivery none for {DORA}')
    eve_sends(link(received(site, sink, DORA)[-1], 'confirm'), 4)
    check(last_to(DORA) == (f'Answer to your commands for {TECH}', 'auto-generated', None), last_to(DORA))
    say(site, REQUEST, CARL, f'add {BOB}')
    eve_sends(link(received(site, sink, CARL)[-1], 'confirm'), 5)
    done = last_to(CARL)
    check(done[0].startswith('Done: ') and done[1:] == ('auto-generated', None), done)
    say(site, REQUEST, BOB, 'set delivery digest', extra='Message-ID: <6@bob>\r\n')
    check(last_to(BOB) == (f'Answer to your commands for {TECH}', 'auto-replied', '<6@bob>'), last_to(BOB))


def promise_what_was_confirmed_is_over_where_the_sources_have_gone(world):
    staff, wait = os.path.join(world.folder, 'staff.csv'), os.path.join(world.folder, 'wait')
    program = write(os.path.join(world.folder, 'staff'),
                    f'#!/bin/sh\nif [ -e {wait} ]; then touch {wait}.begun; exec sleep 60; fi\ncat {staff}\n')
    os.chmod(program, 0o755)
    sink, site, ask = held_office(world, sources=[f'kind = "program"\ncommand = ["{program}"]\n'])
    write(wait, '')
    say(site, str(ask['Reply-To']), CARL, 'confirm')
    site.wait_until('it is being carried out', lambda: os.path.exists(wait + '.begun'))
    site.kill()
    os.remove(wait)
    site.write_list('tech', site.file([]))
    site.start()
    site.wait_until('the answer', lambda: 'nothing was done: the list has no sources any more'
                    in last_answer(site, sink))
    site.write_list('tech', site.file(site.sources))
    site.cli('reload')
    check('held' in site.sync(status=1) and len(site.on_list()) == 200, 'nobody has confirmed that')


def promise_a_confirmation_by_mail_is_for_what_its_letter_shows(world):
    sink, site, ask = held_office(world)
    csv(site.staff, people(3))   # the source has gone on breaking, and nobody has seen that
    say(site, str(ask['Reply-To']), CARL, 'confirm')
    site.wait_until('asked anew', lambda: len([one for one in received(site, sink, CARL)
                                               if 'Held' in one['Subject']]) == 2)
    again = [one for one in received(site, sink, CARL) if 'Held' in one['Subject']][-1]
    check('Would be removed: 197' in text_of(again) and 'remove 50; now it would' in text_of(again), again)
    check(len(site.on_list()) == 200, 'nothing is changed')
    csv(site.staff, [])
    say(site, link(again, 'confirm'), CARL, 'confirm')
    site.wait_until('the answer', lambda: 'nothing was done: CSV file' in last_answer(site, sink))
    csv(site.staff, people(3))   # the token is still good: nothing has come of it
    say(site, link(again, 'confirm'), CARL, 'confirm')
    site.wait_until('it is carried out', lambda: len(site.on_list()) == 3)


def promise_a_held_sync_is_dropped_by_a_reply_for_all_owners(world):
    sink = world.sink()
    site = world.start(Office, sink.port)
    site.cli('member', 'add', 'tech', DORA, '--role', 'owner')
    csv(site.staff, people(200))
    site.sync()
    csv(site.staff, people(150))
    site.sync(status=1)
    (hers,), (his,) = received(site, sink, DORA), received(site, sink, CARL)
    check(hers['Reply-To'] != his['Reply-To'], 'each has their own')
    say(site, link(hers, 'cancel'), DORA, 'cancel')
    said = text_of(received(site, sink, DORA)[-1])
    check('dropped: the list stays as it is' in said, said)
    say(site, link(his, 'confirm'), CARL, 'confirm')
    check(f'nothing was done: {DORA} has dropped it' in last_answer(site, sink), last_answer(site, sink))
    (row,) = [row for row in site.rows('audit', 'ls') if row.get('action') == 'drop-sync']
    check(row['actor'] == f'{DORA} by mail', row)
    site.sync(status=1)
    check(len(received(site, sink, CARL)) == 2 and len(site.on_list()) == 200,
          'nobody is asked the same again')
    site.cli('member', 'rm', 'tech', DORA, '--role', 'owner')
    csv(site.staff, people(100))
    check('held' in site.sync(status=1), 'another plan')
    site.sync('--confirm', 'an administrator may')
    check(len(site.on_list()) == 100, 'all the same')


def promise_of_commands_that_contradict_the_last_holds(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    say(site, REQUEST, BOB, 'set delivery none',
        'set delivery digest\r\nset delivery none\r\nset delivery none\r\n')
    check(delivery_of(site, BOB) == ['none'], delivery_of(site, BOB))
    (answer,) = answers(site, sink, BOB)
    check(answer.count('no mail from now on') == 2, f'what is said twice running is done once: {answer}')

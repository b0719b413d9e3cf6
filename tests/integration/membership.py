"""What owners and administrators do about who is on a list, and the end of a list."""
import contextlib
import email
import email.policy
import os
import sqlite3

from harness import BREAKWATER, check, run, wait_for, write
from rig import ANN, BOB, CARL, Dialogue, Site, base64_of, is_code, letter, list_file

EVE = 'eve@people.test'


def people(site, list_name='tech'):
    return sorted(row['address'] for row in site.rows('member', 'ls', list_name) if 'address' in row)


def fails(site, *words):
    done = run(BREAKWATER, '-c', site.config, *words, status=1)
    return (done.stdout + done.stderr).decode()


def remove_file(site, name):
    os.remove(os.path.join(site.folder, 'lists', name + '.toml'))


def audited(site, action):
    return [row for row in site.rows('audit', 'ls') if row.get('action') == action]


def promise_a_list_whose_file_is_gone_refuses_mail_and_keeps_its_members(world):
    text = list_file(domain='alone.test')
    site = world.start(Site, world.sink().port, lists={'tech': text, 'other': list_file()})
    to = 'tech@alone.test'
    before = people(site)
    remove_file(site, 'tech')
    site.cli('reload')
    for address in (to, 'tech-owner@alone.test', 'tech-leave@alone.test'):
        said = site.post(to=address)
        check(said.startswith('550 5.2.1') and 'is closed' in said, said)
    shown = {row['list']: row for row in site.rows('list', 'ls') if 'list' in row}
    check(shown[to]['description'] == 'no file: refuses mail, 3 members kept', shown)
    site.kill()
    site.start()
    is_code(site.post(to=to), '550')
    site.write_list('tech', text)
    site.cli('reload')
    check(people(site) == before == [ANN, BOB, CARL], 'the file is back, and so are its members')
    is_code(site.post(to=to), '250')


def promise_a_list_without_a_file_gets_nothing_by_way_of_another(world):
    """Nor while it is being purged, whatever files there are."""
    text, sink = list_file(post='anyone'), world.sink()
    site = world.start(Site, sink.port, lists={'tech': text, 'outer': text},
                       members={'tech': [BOB, CARL], 'outer': [ANN, 'tech@lists.test']})

    def reached(subject):
        message = letter(subject, extra=f'Message-ID: <{subject}@m>\r\n')
        is_code(site.post(message, to='outer@lists.test'), '250')
        site.wait_until_settled()
        return sorted(address for mail in sink.mails() if f'Subject: {subject}\r\n'.encode() in mail.bytes
                      for address in mail.recipients)

    check(reached('one') == [ANN, BOB, CARL], 'both lists')
    remove_file(site, 'tech')
    site.cli('reload')
    check(reached('two') == [ANN], 'without a file')
    said, = [one for one in site.events('nested_list_closed') if one['list'] == 'outer@lists.test']
    check(said['nested'] == 'tech@lists.test', said)
    site.write_list('tech', text)
    site.cli('reload')
    check(reached('three') == [ANN, BOB, CARL], 'the file is back')
    remove_file(site, 'tech')
    site.cli('reload')
    database = os.path.join(site.data_dir, 'breakwater.db')
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as db, db:
        db.execute("CREATE TRIGGER stuck BEFORE DELETE ON member BEGIN SELECT RAISE(ABORT, 'stuck'); END")
    fails(site, 'list', 'purge', 'tech', '--yes', '--reason', 'over')
    check(reached('four') == [ANN], 'not one copy more once its purge has begun')
    site.write_list('tech', text)
    site.cli('reload')
    check(reached('five') == [ANN], 'nor where its file is back')


def promise_purge_deletes_a_list_without_a_file_and_nothing_that_waits(world):
    text = list_file(moderate='members')
    site = world.start(Site, world.sink().port, lists={'tech': text, 'other': list_file()},
                       members={'tech': [ANN, BOB], 'other': [ANN]})
    why = ('--reason', 'the project is over')
    site.cli('member', 'ban', 'tech', '@evil.test', '--reason', 'spam')
    check('is there' in fails(site, 'list', 'purge', 'tech', '--yes', *why), 'its file is there')
    for subject in ('Kept', 'This too'):
        is_code(site.post(letter(subject)), '250')
    held = [row['posting'] for row in site.rows('hold', 'ls') if 'posting' in row]
    remove_file(site, 'tech')
    said = fails(site, 'list', 'purge', 'tech', '--yes', *why)
    check('is gone' in said and '`breakwater reload` first' in said, said)
    site.cli('reload')
    said = fails(site, 'list', 'purge', 'tech', '--yes', *why)
    check(held[0] in said and 'hold discard --list tech@lists.test --all' in said, said)
    check(len(site.rows('hold', 'ls', 'tech')) == len(held) == 2, site.rows('hold', 'ls', 'tech'))
    said = fails(site, 'hold', 'release', '--list', 'tech', '--all', *why)
    check('has no file any more' in said, said)
    check('no list' in fails(site, 'hold', 'discard', '--list', 'nonsense', '--all', *why), 'a typing error')
    check('2 postings discarded' in site.cli('hold', 'discard', '--list', 'tech', '--all', *why), 'in one go')
    check('discard' in site.cli('audit', 'ls', 'tech'), 'and in its trail')
    # The file is back on the disk, but nobody has read it yet.
    site.write_list('tech', text)
    check('is there' in fails(site, 'list', 'purge', 'tech', '--yes', *why), 'not read yet')
    remove_file(site, 'tech')
    said = site.cli('list', 'purge', 'tech', *why)
    check('2 members' in said and '1 ban' in said and 'nothing was deleted yet' in said, said)
    check(not audited(site, 'purge'), 'a look is no order')
    run(BREAKWATER, '-c', site.config, 'list', 'purge', 'tech', '--yes', status=2)   # without a reason
    with sqlite3.connect(f'file:{site.data_dir}/breakwater.db?mode=ro', uri=True, timeout=10) as db:
        number, = db.execute('SELECT list.id FROM list JOIN address ON address.id = list.address_id'
                             " WHERE key = 'tech@lists.test'").fetchone()
    plan = write(os.path.join(site.data_dir, f'sync-{number}.plan'), 'of a sync that was broken off')
    said = site.cli('list', 'purge', 'tech', '--yes', *why)
    check('2 members' in said and 'deleted for good' in said, said)
    said = fails(site, 'list', 'purge', 'tech', '--yes', *why)
    check('nothing is kept of tech@lists.test any more' in said, said)
    check(not os.path.exists(plan), 'nobody is added by it any more')
    site.kill()
    site.start()
    (row,) = audited(site, 'purge')
    check(row['reason'] == 'the project is over' and '2 members' in row['outcome'], row)
    left = [row['list'] for row in site.rows('list', 'ls') if 'list' in row]
    check(left == ['other@lists.test'], left)
    check(site.post().startswith('550 5.1.1'), 'no such list')
    site.write_list('tech', text)
    site.cli('reload')
    check(people(site) == [] and people(site, 'other') == [ANN], 'it begins anew; the other is untouched')
    site.end()
    remove_file(site, 'tech')
    site.cli('member', 'add', 'other', EVE)
    said = fails(site, 'list', 'purge', 'nonsense', *why)
    check('never a list' in said, f'no server runs: {said}')


def promise_a_purge_goes_in_steps_that_kill_nine_leaves_to_the_next_start(world):
    text = list_file()
    site = world.start(Site, world.sink().port, lists={'tech': text, 'other': list_file()},
                       members={'other': [ANN]})
    many = ''.join(f'p{at}@staff.test\n' for at in range(100_000))
    rows = write(os.path.join(world.folder, 'many.csv'), many)
    site.cli('member', 'import', 'tech', rows)
    remove_file(site, 'tech')
    site.cli('reload')
    began = site.cli_later('list', 'purge', 'tech', '--yes', '--reason', 'the project is over')

    def left():
        with sqlite3.connect(f'file:{site.data_dir}/breakwater.db?mode=ro', uri=True, timeout=10) as db:
            return db.execute('SELECT (SELECT count(*) FROM purge), count(*) FROM member'
                              ' JOIN list ON list.id = list_id JOIN address ON address.id = list.address_id'
                              " WHERE role = 0 AND key = 'tech@lists.test'").fetchone()

    wait_for('the first step', lambda: 0 < left()[1] < 100_000)
    # Its file comes back while the members go: not a list with the rest of them.
    site.write_list('tech', text)
    said = site.cli('reload')
    check('not in force before its purge is done, and then by itself: tech@lists.test' in said, said)
    is_code(site.post(), '451')
    site.kill()
    began.wait(60)
    under_way, members = left()
    check(under_way == 1 and 0 < members < 100_000, f'it was in the middle: {under_way}, {members}')
    site.start()
    is_code(site.post(to='other@lists.test'), '250')
    wait_for('the next start to finish it', lambda: left() == (0, 0))
    (row,) = audited(site, 'purge')
    check('100000 members' in row['outcome'] and row['reason'] == 'the project is over', row)
    wait_for('the new list', lambda: not site.post(to='tech-owner@lists.test').startswith('451'))
    check(people(site) == [] and people(site, 'other') == [ANN], 'it begins anew; the other is untouched')


def promise_a_start_waits_for_no_purge_and_one_that_fails_says_what_to_do(world):
    text = list_file()
    site = world.start(Site, world.sink().port, lists={'tech': text, 'other': list_file()},
                       members={'tech': [ANN, BOB], 'other': [ANN]})
    why = ('--reason', 'the project is over')
    remove_file(site, 'tech')
    site.cli('reload')
    database = os.path.join(site.data_dir, 'breakwater.db')

    def execute(order):
        with contextlib.closing(sqlite3.connect(database, timeout=10)) as db, db:
            db.execute(order)

    execute("CREATE TRIGGER stuck BEFORE DELETE ON member BEGIN SELECT RAISE(ABORT, 'stuck'); END")
    said = fails(site, 'list', 'purge', 'tech', '--yes', *why)
    check('stuck' in said and 'the same command goes on with it' in said, said)
    check(site.post().startswith('550 5.2.1'), 'it was begun, so that it is closed until its end')
    site.write_list('tech', text)
    site.kill()
    site.start()
    is_code(site.post(to='other@lists.test'), '250')
    said = site.post()
    check(said.startswith('451 4.2.1') and 'is being deleted' in said, said)
    wait_for('what to do', lambda: site.events('purge_broken_off'))
    (told,) = site.events('purge_broken_off')
    check(told['list'] == 'tech@lists.test' and 'stuck' in told['reason'], told)
    check('`breakwater list purge tech@lists.test --reason' in told['advice'], told)
    shown = {row['list']: row for row in site.rows('list', 'ls') if 'list' in row}
    check(shown['tech@lists.test']['description'] == 'is being purged, 2 members left', shown)
    execute('DROP TRIGGER stuck')
    site.cli('list', 'purge', 'tech', '--yes', *why)
    check(people(site) == [] and people(site, 'other') == [ANN], 'in force by itself, and nobody is on it')
    check(site.post(sender=CARL, to='tech-owner@lists.test').startswith('250'), 'and it takes mail')


def promise_a_purged_list_is_unknown_at_once_and_its_new_file_waits_for_a_reload(world):
    text = list_file()
    site = world.start(Site, world.sink().port,
                       lists={'tech': text, 'other': list_file(), 'lone': list_file(domain='alone.test')},
                       members={'tech': [ANN], 'other': [ANN, BOB, CARL], 'lone': [ANN]})
    for name in ('tech', 'lone'):
        remove_file(site, name)
    site.cli('reload')
    check(site.post().startswith('550 5.2.1'), 'closed')
    for name in ('tech', 'lone'):
        site.cli('list', 'purge', name, '--yes', '--reason', 'the project is over')
    for address in ('tech@lists.test', 'tech-owner@lists.test', 'tech-join@lists.test'):
        said = site.post(to=address)
        check(said.startswith('550 5.1.1'), said)
    said = site.post(to='lone@alone.test')
    check(said.startswith('550 5.7.1'), f'no list is left in its domain: {said}')
    is_code(site.post(to='other@lists.test'), '250')
    site.write_list('tech', text)
    check(site.post().startswith('550 5.1.1'), 'not read yet')
    site.cli('reload')
    check(people(site) == [] and people(site, 'other') == [ANN, BOB, CARL], 'it begins anew')
    is_code(site.post(to='tech-owner@lists.test'), '250')


def asked(site, list_name='tech'):
    rows = site.rows('member', 'requests', list_name)
    return sorted((row['address'], row['state']) for row in rows if row.get('state', 'banned') != 'banned')


def promise_adding_and_removing_by_command_heeds_bans_and_ends_what_is_pending(world):
    site = world.start(Site, world.sink().port, lists={'tech': list_file(join='approve', leave='confirm')})
    dora = 'dora@people.test'
    for person in (EVE, dora):
        is_code(site.post(letter('', '', person), person, 'tech-join@lists.test'), '250')
    is_code(site.post(letter('', '', ANN), ANN, 'tech-leave@lists.test'), '250')
    pending = [(ANN, 'to confirm leaving'), (dora, 'to approve'), (EVE, 'to approve')]
    check(asked(site) == pending, asked(site))
    site.cli('member', 'add', 'tech', EVE, '--reason', 'she works here')
    said = site.cli('member', 'rm', 'tech', dora)
    check('the request of dora@people.test' in said, said)
    site.cli('member', 'add', 'tech', ANN)
    check(asked(site) == [] and people(site) == [ANN, BOB, CARL, EVE], 'nothing is pending any more')
    check('is not on' in fails(site, 'member', 'rm', 'tech', dora), 'and nothing left to end')
    site.cli('member', 'ban', 'tech', '@people.test', '--reason', 'no guests')
    said = fails(site, 'member', 'add', 'tech', dora)
    check('is banned' in said and '--force' in said, said)
    site.cli('member', 'add', 'tech', EVE, '--name', 'Eve')   # a member already, whom the ban leaves alone
    site.import_members('tech', [EVE])
    rows = os.path.join(site.folder, 'more.csv')
    with open(rows, 'w', encoding='utf-8') as file:
        file.write(f'address\n{dora}\n{EVE}\nnew@members.test\n')
    done = run(BREAKWATER, '-c', site.config, 'member', 'import', 'tech', rows, status=None)
    said = (done.stdout + done.stderr).decode()
    check('more.csv:2: dora@people.test: it is banned' in said and '1 added' in said, said)
    check(dora not in people(site), 'imported past the ban')
    site.cli('member', 'add', 'tech', dora, '--force', '--reason', 'the one guest')
    check(dora in people(site), 'by force')
    (row,) = audited(site, 'remove')
    check(dora in row['outcome'] and row['reason'] == 'no reason was given', row)
    check(audited(site, 'add')[0]['reason'] == 'the one guest', audited(site, 'add'))
    check('1 added' in audited(site, 'import')[0]['outcome'], audited(site, 'import'))


def promise_roles_are_named_where_they_come_and_go(world):
    site = world.start(Site, world.sink().port)
    role = ('--role', 'moderator')
    said = site.cli('member', 'add', 'tech', BOB, *role)
    check(f'{BOB} is now on tech@lists.test as moderator' in said, said)
    rows = {row['role']: row['delivery'] for row in site.rows('member', 'ls', 'tech')
            if row.get('address') == BOB}
    check(rows == {'member': 'each', 'moderator': '-'}, rows)
    exported = site.cli('member', 'export', 'tech')
    check(f'{BOB},,moderator,,' in exported, 'an import reads it')
    said = site.cli('member', 'rm', 'tech', BOB, *role)
    check(f'{BOB} was removed from tech@lists.test as moderator' in said and BOB in people(site), said)
    site.cli('member', 'add', 'tech', BOB, *role)
    said = site.cli('member', 'rm', 'tech', BOB)
    check('as moderator and member' in said, said)
    for banned in (EVE, '@evil.test'):
        site.cli('member', 'ban', 'tech', banned, '--reason', 'spam')
    said = site.cli('member', 'requests', 'tech')
    check('0 requests and 2 bans on tech@lists.test' in said, said)


def promise_an_import_ends_what_its_members_had_asked_for(world):
    site = world.start(Site, world.sink().port, lists={'tech': list_file(join='approve', leave='confirm')})
    is_code(site.post(letter('', '', EVE), EVE, 'tech-join@lists.test'), '250')
    is_code(site.post(letter('', '', ANN), ANN, 'tech-leave@lists.test'), '250')
    site.import_members('tech', [EVE, ANN])
    site.cli('member', 'rm', 'tech', EVE)
    left = asked(site)
    check(left == [(ANN, 'to confirm leaving')], f'a request came back, or a wish to leave is lost: {left}')


def promise_who_is_moderated_is_shown_and_exported(world):
    site = world.start(Site, world.sink().port)
    site.cli('member', 'set', 'tech', ANN, '--moderated', 'yes')
    rows = site.rows('member', 'ls', 'tech')
    shown = {row['address']: row['moderated'] for row in rows if 'address' in row}
    check(shown == {ANN: 'yes', BOB: 'default', CARL: 'default'}, shown)
    lines = site.cli('member', 'export', 'tech').splitlines()
    check(lines[:2] == ['address,name,role,delivery,moderated,kept', f'{ANN},,member,each,yes,manual'], lines)
    rows = os.path.join(site.folder, 'exported.csv')
    with open(rows, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))
    check('3 already there' in site.cli('member', 'import', 'tech', rows), 'an export is imported')


REQUEST = 'tech-request@lists.test'


def letters_to(site, sink, address, about=''):
    """What the server has written to this address, with these words in its subject."""
    site.wait_until_settled()
    found = [email.message_from_bytes(mail.bytes, policy=email.policy.default) for mail in sink.mails()
             if mail.recipients == [address] and mail.sender == '']
    return [one for one in found if about in one['Subject']]


def order(site, text, sender=CARL, to=REQUEST, subject='orders'):
    is_code(site.post(letter(subject, text, sender), sender, to), '250')


def promise_owners_order_by_mail_and_are_asked_back(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(join='closed'), 'news': list_file()})
    dora = 'dora@people.test'
    orders = f'add {EVE}\r\nRemove {BOB}.\r\nsperren @evil.test sie werben nur\r\neinladen {dora}\r\nende\r\n'
    order(site, orders)
    check(people(site) == [ANN, BOB, CARL] and asked(site) == [], 'a From is a claim')
    (ask,) = letters_to(site, sink, CARL)
    check(ask['Subject'] == 'Confirm: your orders for tech@lists.test?', ask['Subject'])
    check(f'add {EVE}' in ask.get_content() and 'ban @evil.test sie werben nur' in ask.get_content(), ask)
    back = str(ask['Reply-To'])
    order(site, 'Thank you.\r\n', to=back, subject='Re: Confirm')
    order(site, '', to=back.replace('tech-', 'news-'), subject='confirm')
    check(people(site) == [ANN, BOB, CARL], 'neither without the word nor at another list')
    site.kill()
    site.start()
    order(site, 'confirm\r\n', to=back, subject='Re: Confirm')
    check(people(site) == [ANN, CARL, EVE], people(site))
    check(asked(site) == [(dora, 'invited')], asked(site))
    (outcome,) = letters_to(site, sink, CARL, 'Done: add eve@people.test and 3 more (tech@lists.test)')
    said = ' '.join(outcome.get_content().split())
    for part in (f'{EVE} was added', f'{BOB} was removed', '@evil.test is banned', f'{dora} is invited'):
        check(part in said, f'{part}: {said}')
    check(letters_to(site, sink, EVE)[0]['Subject'] == 'Welcome to tech@lists.test', 'she is told')
    (row,) = audited(site, 'ban')
    check(row['actor'] == f'{CARL} by mail' and row['reason'] == 'sie werben nur', row)
    site.cli('member', 'rm', 'tech', EVE)
    order(site, 'confirm\r\n', to=back, subject='Re: Confirm')
    check(EVE not in people(site), 'a token is good once')
    order(site, f'entsperren @evil.test\r\nadd {ANN}\r\nban ann smith\r\n')
    ask = letters_to(site, sink, CARL, 'Confirm')[-1]
    order(site, 'ja\r\n', to=str(ask['Reply-To']), subject='Re: Confirm')
    (outcome,) = letters_to(site, sink, CARL, '1 of 2 orders done (tech@lists.test)')
    said = ' '.join(outcome.get_content().split())
    check(f'done: @evil.test may ask to join' in said and f'not done: {ANN} is on tech' in said, said)


def promise_who_may_not_order_is_told_and_who_lost_the_right_too(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users={CARL: 'secret words'})
    site.cli('member', 'add', 'tech', BOB, '--role', 'moderator')
    order(site, f'add {EVE}\r\nban {ANN} spam\r\n', ANN)
    said = ' '.join(letters_to(site, sink, ANN)[-1].get_content().split())
    check(said.count('only the owners') == 2, said)
    order(site, f'ban {ANN} spam\r\nadd {EVE}\r\n', BOB)   # a moderator bans, and adds nobody
    (ask,), (no,) = (letters_to(site, sink, BOB, about) for about in ('Confirm', 'Commands'))
    check(f'ban {ANN}' in ask.get_content() and EVE not in ask.get_content(), ask)
    check(f'add {EVE}' in no.get_content(), no)
    site.cli('member', 'rm', 'tech', BOB, '--role', 'moderator')
    order(site, 'confirm\r\n', BOB, str(ask['Reply-To']), 'Re: Confirm')
    check(people(site) == [ANN, BOB, CARL], 'no moderator any more')
    (told,) = letters_to(site, sink, BOB, f'Not done: ban {ANN} spam (tech@lists.test)')
    check('may not order this any more' in told.get_content(), told)
    # Who logs in has proved who they are: done at once.
    with Dialogue(site.submission) as client:
        client.start_tls()
        is_code(client.ask('AUTH PLAIN ' + base64_of(f'\0{CARL}\0secret words')), '235')
        is_code(client.post(letter('orders', f'add {EVE}\r\n', CARL), CARL, REQUEST), '250')
    check(EVE in people(site), 'proved')


def promise_an_owner_who_logs_in_sets_delivery_and_hears_what_was_not_read(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users={CARL: 'secret words'})
    dora = 'dora@people.test'
    with Dialogue(site.submission) as client:
        client.start_tls()
        is_code(client.ask('AUTH PLAIN ' + base64_of(f'\0{CARL}\0secret words')), '235')
        for about in (BOB, dora):
            orders = letter('orders', f'set delivery none for {about}\r\n', CARL)
            is_code(client.post(orders, CARL, REQUEST), '250')
    texts = [' '.join(one.get_content().split()) for one in letters_to(site, sink, CARL, 'commands for')[-2:]]
    check(any(f'set delivery none for {BOB}: no mail from now on' in text for text in texts), texts)
    check(any(f'set delivery none for {dora}: not on the list' in text for text in texts), texts)
    for wrong in ('add ann smith', 'remove everybody'):
        order(site, f'add {EVE}\r\n{wrong}\r\n')
        check(any(wrong in one.get_content() for one in letters_to(site, sink, CARL, 'Commands')), wrong)


def promise_forged_orders_fill_no_owners_mailbox(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    for number in range(30):
        order(site, f'add x{number}@people.test\r\n')
    check(len(letters_to(site, sink, CARL)) == 20 and people(site) == [ANN, BOB, CARL], 'the cap')

"""Moderation: rules in the list's file, whose messages wait, and what moderators do with them."""
import email
import email.policy
import os
import subprocess

from harness import BREAKWATER, check
from rig import ANN, BOB, CARL, TECH, Site, is_code, letter, list_file


def parsed(mails):
    """(recipients, message) of what came out; a letter of the server has no defects."""
    found = [(mail.recipients, email.message_from_bytes(mail.bytes, policy=email.policy.SMTP), mail.sender)
             for mail in mails]
    for _, message, _ in found:
        check(not any(part.defects for part in message.walk()), message.as_string())
    return found


def letters_to(sink, who, words):
    """What the server wrote to somebody, with these words in its subject: from the null reverse-path."""
    return [message for recipients, message, sender in parsed(sink.mails())
            if who in recipients and not sender and words in message['Subject']]


def copies(sink, subject):
    return sorted(address for recipients, message, sender in parsed(sink.mails())
                  if sender and message['Subject'] == subject for address in recipients)


def one_letter(sink, who, words):
    return sink.wait_for(f'a letter to {who}: {words}', lambda: letters_to(sink, who, words) or None)[0]


def held(site):
    return [row for row in site.rows('hold', 'ls') if 'verdict' in row]


def answer(site, to_letter, text, sender=CARL):
    """The moderator replies to the notice."""
    to = to_letter['Reply-To']
    mail = f'From: {sender}\r\nTo: {to}\r\nSubject: Re: {to_letter["Subject"]}\r\n\r\n{text}'
    return site.post(mail.encode(), sender=sender, to=to)


def fails(site, *words):
    found = subprocess.run([BREAKWATER, '-c', site.config, *words], capture_output=True, check=False)
    check(found.returncode in (1, 2), f'{words}: {found}')
    return found.stderr.decode()


def promise_a_bad_rule_is_found_by_check_at_its_place(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    site.write_list('tech', list_file() + '[[rule]]\nsender = "ann("\naction = "hold"\n')
    said = fails(site, 'check')
    check('tech.toml:4:10: ' in said and 'missing )' in said, said)
    check('old configuration stays in force' in fails(site, 'reload'), 'the reload is refused')
    site.write_list('tech', list_file() + '[[rule]]\naction = "hold"\n')
    said = fails(site, 'check')
    check('tech.toml:3:' in said and 'no condition' in said, said)
    site.write_list('tech', list_file() + '[[rule]]\nfirst_post = true\naction = "keep"\n'
                                          '[[rule]]\nheaders = ["Subject"]\naction = "hold"\n')
    said = fails(site, 'check')
    check('tech.toml:5:10' in said and 'tech.toml:7:12' in said, said)


def promise_the_author_of_a_rejected_message_reads_why_once(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(moderate='members')})
    is_code(site.post(letter('A film', extra='Message-ID: <film@ann>\r\n')), '250')
    notice = one_letter(sink, CARL, 'A film')
    is_code(answer(site, notice, 'reject\r\n'), '250')
    said = one_letter(sink, CARL, 'Your command').get_content()
    check('nothing was done' in said and 'reject: too long' in said, said)
    check(len(held(site)) == 1, 'a rejection wants a reason')
    is_code(answer(site, notice, 'ja\r\n'), '250')
    is_code(answer(site, notice, 'anhalten\r\n'), '250')
    sink.wait_for('what is offered, twice', lambda: len([
        one for one in letters_to(sink, CARL, 'Your command')
        if 'words release and discard' in ' '.join(one.get_content().split())]) == 2)
    check(len(held(site)) == 1 and site.rows('list', 'show', 'tech')[-1]['frozen'] == '',
          'neither the audience is confirmed by yes to a message that waits, nor the list stopped')
    is_code(answer(site, notice, 'Reject: please send a link, not the film\r\n\r\nCarl\r\n'), '250')
    told = one_letter(sink, ANN, 'Not sent to the list')
    check('please send a link, not the film' in told.get_content(), told.as_string())
    check((told['Auto-Submitted'], told['In-Reply-To']) == ('auto-replied', '<film@ann>'), told.as_string())
    is_code(answer(site, notice, 'reject: again\r\n'), '250')
    is_code(site.post(letter('Forged'), sender='eve@x.test'), '250')
    (row,) = held(site)
    check('give a reason' in fails(site, 'hold', 'reject', row['posting']), 'the command line wants one too')
    said = site.cli('hold', 'reject', row['posting'], '--reason', 'it is not from Ann')
    check('not told' in said, said)
    is_code(site.post(letter('Silent')), '250')
    site.cli('hold', 'discard', held(site)[0]['posting'], '--reason', 'noise')
    site.wait_until_settled_or_held()
    check(len(letters_to(sink, ANN, '')) == 1, 'she hears once: not of what was forged or discarded')
    check('please send a link' in site.cli('audit', 'ls') and not held(site), site.cli('audit', 'ls'))


def promise_who_decides_second_reads_who_was_first(world):
    for language, released, rejected in (
            ('en', 'is not held any more: released by carl@members.test by mail',
             'the request of eve@people.test to join tech@lists.test was rejected already by carl@'),
            ('de', 'wird nicht mehr zurückgehalten: carl@members.test hat sie freigegeben',
             'Die Bitte von eve@people.test um Aufnahme in tech@lists.test ist schon abgelehnt, von carl')):
        sink = world.sink()
        lists = {'tech': list_file(moderate='members', join='approve', owners=[CARL, BOB], language=language)}
        site = world.start(Site, sink.port, lists=lists, name='site-' + language)

        def to_both():
            found = [letters_to(sink, who, '')[-1:] for who in (CARL, BOB)]
            return [one[0] for one in found if one]

        def heard(count):
            sink.wait_for(f'{count} letters', lambda: len(letters_to(sink, BOB, '')) >= count)
            return ' '.join(letters_to(sink, BOB, '')[-1].get_content().split())

        is_code(site.post(letter('A film')), '250')
        heard(1)
        site.wait_until_settled_or_held()
        first, second = to_both()
        is_code(answer(site, first, 'release\r\n'), '250')
        site.wait_until_settled_or_held()
        is_code(answer(site, second, 'discard\r\n', BOB), '250')
        said = heard(2)
        check(released in said and 'discard tech@lists.test: A film (ann@members.test)' in said, said)
        site.wait_until_settled_or_held()
        eve = 'eve@people.test'
        is_code(site.post(letter('', '', eve), eve, 'tech-join@lists.test'), '250')
        heard(3)
        site.wait_until_settled_or_held()
        first, second = to_both()
        is_code(answer(site, first, 'reject\r\n\r\nWho are you?\r\n'), '250')
        site.wait_until_settled_or_held()
        is_code(answer(site, second, 'approve\r\n', BOB), '250')
        said = heard(4)
        check(rejected in said, said)


def promise_everything_waits_while_a_list_or_all_are_held(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(), 'other': list_file()},
                       members={'tech': [ANN, BOB, CARL], 'other': [ANN, BOB]})
    other = 'other@lists.test'
    check('give a reason' in fails(site, 'list', 'hold-all', 'tech', 'on'), 'a reason is wanted')
    check('one of them' in fails(site, 'list', 'hold-all', 'tech', '--all', 'off'), 'not both')
    site.cli('list', 'hold-all', 'tech', 'on', '--reason', 'a flood of spam')
    site.kill()
    site.start()
    is_code(site.post(letter('To tech', sender=CARL), sender=CARL), '250')
    is_code(site.post(letter('To other'), to=other), '250')
    sink.wait_for('the other list goes on', lambda: copies(sink, 'To other') or None)
    check([(row['subject'], row['verdict']) for row in held(site)] == [('To tech', 'moderate')], held(site))
    told = site.cli('storm', 'status')
    check('EVERYTHING WAITS' in told and 'a flood of spam' in told, told)
    site.cli('list', 'hold-all', '--all', 'on', '--reason', 'on all lists')
    check(sorted(site.status()['hold_all']) == ['all lists', TECH], site.status())
    is_code(site.post(letter('Other waits'), to=other), '250')
    site.cli('list', 'hold-all', 'tech', 'off')
    is_code(site.post(letter('Tech still waits')), '250')
    check(len(held(site)) == 3, held(site))
    site.cli('list', 'hold-all', '--all', 'off')
    is_code(site.post(letter('Free')), '250')
    sink.wait_for('the list is free', lambda: copies(sink, 'Free') or None)
    check(len(held(site)) == 3 and site.status()['hold_all'] == [], 'what is held stays')
    is_code(answer(site, one_letter(sink, CARL, 'To tech'), 'release\r\n'), '250')
    sink.wait_for('a moderator lets go of his own', lambda: copies(sink, 'To tech') or None)


def promise_what_is_held_survives_another_list_file_and_the_loss_of_it(world):
    sink = world.sink()
    text = list_file(moderate='members')
    site = world.start(Site, sink.port, lists={'tech': text, 'other': list_file()})
    is_code(site.post(letter('Kept')), '250')
    site.write_list('tech', list_file(post='nobody') + '[[rule]]\nfirst_post = true\naction = "discard"\n')
    site.cli('reload')
    check([row['subject'] for row in held(site)] == ['Kept'], 'another file')
    os.remove(os.path.join(site.folder, 'lists', 'tech.toml'))
    site.cli('reload')
    is_code(site.post(letter('No list')), '550')
    site.kill()
    site.start()
    (row,) = held(site)
    said = fails(site, 'hold', 'release', row['posting'])
    check('no file any more' in said, said)
    site.write_list('tech', text)
    site.cli('reload')
    site.cli('hold', 'release', row['posting'])
    sink.wait_for('all members', lambda: copies(sink, 'Kept') == sorted([ANN, BOB, CARL]) or None)

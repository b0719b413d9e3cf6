"""What waits is bounded, and whatever waits can be let go: floods by mail, and lists that lost their file."""
import os

from harness import check
from rig import ANN, BOB, CARL, Site, is_code, letter, list_file

CONFIRM = list_file() + '\n[guard]\nconfirm_above = 2\n'


def numbered(number, sender=ANN):
    return letter(f'number {number}', sender=sender, extra=f'Message-ID: <{number}.{sender}>\r\n')


def promise_forged_mail_fills_nobodys_mailbox_with_questions(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': CONFIRM, 'news': CONFIRM},
                       members={'tech': [ANN, BOB, CARL], 'news': [ANN, BOB, CARL]})
    spellings = [ANN, 'Ann@Members.test', 'ANN@members.test', 'aNN@members.test', 'ann@MEMBERS.TEST']
    for number, sender in enumerate(spellings):
        to = 'news@lists.test' if number % 2 else 'tech@lists.test'
        is_code(site.post(numbered(number, sender), sender, to), '250')
    refused = site.post(numbered(6, 'AnN@members.test'), 'AnN@members.test')
    is_code(refused, '550')
    check('wait for your confirmation' in refused, refused)
    is_code(site.post(numbered(7, BOB), BOB), '250')
    sink.wait_for('six questions', lambda: len(sink.mails()) == 6 or None)


def promise_one_author_cannot_fill_a_frozen_list(world):
    site = world.start(Site, world.sink().port)
    site.cli('list', 'freeze', 'tech', '--reason', 'a storm')
    with site.dialogue() as client:
        for number in range(200):
            is_code(client.post(numbered(number)), '250')
        refused = client.post(numbered(200))
        check(refused.startswith('452 4.3.1 ') and 'its moderators decide first' in refused, refused)
        is_code(client.post(numbered(201, BOB), BOB), '250')
    site.cli('hold', 'discard', '--list', 'tech', '--all', '--reason', 'the flood')
    is_code(site.post(numbered(202)), '250')
    held = [row for row in site.rows('hold', 'ls') if 'posting' in row]
    check(len(held) == 1, f'what was discarded is not counted: {held}')


def promise_one_address_in_many_spellings_is_written_to_once(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    with site.dialogue() as client:
        client.begin(ANN, *[f'tech-owner+{number}@lists.test' for number in range(50)])
        is_code(client.data(letter('to the owners')), '250')
    site.wait_until_settled(1)
    check([mail.recipients for mail in sink.mails()] == [[CARL]], sink.mails())


def promise_a_frozen_list_that_lost_its_file_can_be_thawed(world):
    sink = world.sink('--latency-ms', '200')
    people = [f'm{number}@members.test' for number in range(30)]
    site = world.start(Site, sink.port, lists={'tech': list_file(post='anyone'), 'news': list_file()},
                       members={'tech': people}, route='recipients = 2\nconnections = 1\n')
    is_code(site.post(), '250')
    sink.wait_for('the first copies', lambda: sink.mails() or None)
    site.cli('list', 'freeze', 'tech', '--reason', 'a storm')
    os.remove(os.path.join(site.folder, 'lists', 'tech.toml'))
    site.cli('reload')
    status = site.rows('storm', 'status')[-1]
    check([one['list'] for one in status['lists'] if one['frozen']] == ['tech@lists.test'], status)
    site.end()
    site.start()
    check(site.postings()[0]['state'] == 'pending', site.postings())
    site.cli('list', 'thaw', 'tech@lists.test', '--reason', 'it is over')
    site.wait_until_settled(1)
    reached = sorted(address for mail in sink.mails() for address in mail.recipients)
    check(reached == sorted(people), reached)


def promise_dropping_is_in_the_audit_trail(world):
    site = world.start(Site, world.sink().port)
    site.cli('list', 'freeze', 'tech', '--reason', 'a storm')
    is_code(site.post(), '250')
    posting = site.postings()[-1]['posting']
    site.cli('queue', 'drop', posting)
    check(site.postings()[-1]['state'] == 'dropped', site.postings())
    entry = site.rows('audit', 'ls')[0]
    check(entry['action'] == 'recall' and entry['posting'] == posting and entry['reason'], entry)

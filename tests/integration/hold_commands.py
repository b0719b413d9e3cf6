"""What an administrator types in a storm: what it says, what it does, and what it writes down."""
import email
import email.policy
import json
import os
import signal
import subprocess

from harness import BREAKWATER, check
from rig import ANN, BOB, CARL, TECH, Site, is_code, letter, list_file

MODERATED = list_file() + '[guard]\nmoderator_above = 1\nconfirm_above = 0\n'


def held_site(world, count):
    """Postings of a list where a moderator releases everything; their ids, oldest first."""
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': MODERATED})
    for number in range(count):
        text = letter(f'plan {number}', f'Number {number} of the plan.\r\n', BOB,
                      f'Message-ID: <{number}@bob>\r\n')
        is_code(site.post(text, sender=BOB), '250')
    held = [row for row in site.rows('hold', 'ls') if 'posting' in row and 'verdict' in row]
    check(len(held) == count, held)
    return site, sink, [row['posting'] for row in held]


def copies(sink, words):
    """Who got what has these words in it, from the list and not in a letter of the server."""
    return sorted(address for mail in sink.mails() if mail.sender and words.encode() in mail.bytes
                  for address in mail.recipients)


def trail(site):
    """The audit trail without the import by which the site got its members."""
    return [(row['action'], row['reason'], row['list'])
            for row in site.rows('audit', 'ls') if row.get('action', 'import') != 'import']


def refused(site, *words):
    """What a command that fails says."""
    found = subprocess.run([BREAKWATER, '-c', site.config, *words], capture_output=True, check=False)
    check(found.returncode in (1, 2), f'{words}: {found}')
    return found.stderr.decode()


def promise_what_is_held_is_listed_shown_released_and_discarded(world):
    site, sink, (first, second, third) = held_site(world, 3)
    told = site.cli('hold', 'ls', 'tech')
    check(all(words in told for words in (first, second, 'plan 2', '3 postings held')), told)
    shown = site.rows('hold', 'show', first)[0]
    check(shown['sender'] == BOB and shown['text'] == ['Number 0 of the plan.'], shown)
    status = site.rows('storm', 'status')[0]
    check(status['held'] == 3 and status['spared'] == 9 and status['lists'][0]['list'] == TECH, status)
    told = site.cli('storm', 'status')
    check('waiting (moderate): 3 postings, 9 deliveries' in told, told)
    check('give a reason' in refused(site, 'hold', 'discard', second), 'a reason is wanted')
    site.cli('hold', 'release', first, '--reason', 'it is right')
    site.cli('posting', 'discard', second, '--reason', 'a slip of the pen')
    everybody = sorted([ANN, BOB, CARL])
    sink.wait_for('the released one', lambda: copies(sink, 'Number 0') == everybody or None)
    check('is not held' in refused(site, 'hold', 'show', first), 'it went out')
    check([row['posting'] for row in site.rows('hold', 'ls') if 'verdict' in row] == [third],
          'one waits')
    check("ordered 'release': it is right (" in site.cli('why', first), site.cli('why', first))
    check("ordered 'discard': a slip of the pen" in site.cli('why', second), site.cli('why', second))
    site.wait_until_settled_or_held()
    check(not copies(sink, 'Number 1'), 'nobody has what was discarded')
    written = trail(site)
    check(written == [('discard', 'a slip of the pen', TECH), ('release', 'it is right', TECH)], written)
    told = site.cli('audit', 'ls')
    check(f'uid {os.getuid()} by the control socket' in told, told)


def promise_many_held_go_out_as_one_digest_that_others_can_read(world):
    site, sink, _ = held_site(world, 5)
    check('a list with a thread or --all' in refused(site, 'hold', 'release', '--list', 'tech', '--digest'),
          'all must be said')
    site.cli('hold', 'release', '--list', 'tech', '--all', '--digest', '--reason', 'the plan, at once')
    sink.wait_for('the digest', lambda: copies(sink, 'Number 4') == sorted([ANN, BOB, CARL]) or None)
    site.wait_until_settled_or_held()
    digests = {mail.bytes for mail in sink.mails() if b'multipart/digest' in mail.bytes}
    for text in digests:
        mail = email.message_from_bytes(text, policy=email.policy.SMTP)
        check(not any(part.defects for part in mail.walk()), [part.defects for part in mail.walk()])
        inner = [part for part in mail.walk() if part.get_content_type() == 'message/rfc822']
        check([part.get_content()['Subject'] for part in inner] == [f'plan {n}' for n in range(5)], inner)
        check('1. plan 0' in mail.get_body(('plain',)).get_content(), mail.as_string())
    check(len(digests) == 1 and copies(sink, 'Number 0') == sorted([ANN, BOB, CARL]), digests)
    check('nothing is held' in site.cli('hold', 'ls'), site.cli('hold', 'ls'))


def promise_the_status_can_be_watched_until_ctrl_c(world):
    site, _, _ = held_site(world, 1)
    site.cli('list', 'freeze', 'tech', '--reason', 'to have a look')
    watching = subprocess.Popen([BREAKWATER, '-c', site.config, 'storm', 'status', '--watch', '--json'],
                                stdout=subprocess.PIPE)
    try:
        for _ in range(2):
            row = json.loads(watching.stdout.readline())
            check(row['frozen'] == 1 and row['held'] == 1, row)
            check(row['lists'][0]['frozen_reason'] == 'to have a look', row)
        site.cli('list', 'thaw', 'tech')
        while json.loads(watching.stdout.readline())['frozen']:
            pass
        watching.send_signal(signal.SIGINT)
        check(watching.wait(60) == 0, 'it ends well')
    finally:
        watching.kill()
        watching.wait()
    orders = [('thaw', 'no reason was given', TECH), ('freeze', 'to have a look', TECH)]
    check(trail(site)[:2] == orders, trail(site))

"""Digests and pauses: what members chose, when it comes, and that no posting is in no digest or in two."""
import email
import email.policy
import re
import time

from bounces import DAY, Calendar
from harness import check, free_port
from rig import ANN, BOB, CARL, TECH, Site, is_code, letter, list_file

DORA, EVE = 'dora@members.test', 'eve@members.test'


def digest_list(rules='', **settings):
    """A list whose digests go out by number alone, unless `rules` say something else."""
    return list_file(**settings) + '[digest]\n' + (rules or 'daily = "never"\nmessages = 3\n')


def site_of(world, rules='', members=(ANN, f'{DORA},,,digest'), kind=Site, lists=None, **settings):
    sink = world.sink()
    lists = lists or {'tech': digest_list(rules, **settings)}
    members = members if isinstance(members, dict) else {'tech': members}
    return sink, world.start(kind, sink.port, lists=lists, members=members)


def post(site, *subjects, to=TECH):
    for subject in subjects:
        is_code(site.post(letter(subject, f'Text of {subject}.\r\n', extra=f'Message-ID: <{subject}@m>\r\n'),
                          to=to), '250')


def mails_of(sink, address):
    return [email.message_from_bytes(mail.bytes, policy=email.policy.default) for mail in sink.mails()
            if address in mail.recipients]


def messages_in(digest):
    """The subjects of the messages in a MIME digest (RFC 2046 5.1.5), which has no defects."""
    check(not any(part.defects for part in digest.walk()), digest.as_string())
    check(digest.get_content_type() == 'multipart/mixed', digest.get_content_type())
    contents, inner = digest.iter_parts()
    check(contents.get_content_type() == 'text/plain', contents.get_content_type())
    check(inner.get_content_type() == 'multipart/digest', inner.get_content_type())
    found = []
    for part in inner.iter_parts():
        check(part.get_content_type() == 'message/rfc822', part.get_content_type())
        message = part.get_payload(0)
        subject = message['Subject']
        check(message.get_content().strip() == f'Text of {subject}.', message.as_string())
        check(f'. {subject}' in contents.get_content(), contents.get_content())
        found.append(subject)
    return found


def wait_for_digests(site, sink, address, count):
    """Those that came to the address; one more would have come with them."""
    site.wait_until(f'{count} digests for {address}',
                    lambda: len([one for one in mails_of(sink, address) if one.is_multipart()]) >= count)
    site.wait_until_settled_or_held()
    found = [one for one in mails_of(sink, address) if one.is_multipart()]
    check(len(found) == count, f'{count} digests wanted, not {len(found)}')
    return found


def digest_postings(site):
    return [one for one in site.postings() if one['verdict'] == 'digest']


def singles(sink, address):
    """Their subjects, sorted: copies of different postings go out beside one another."""
    return sorted(str(one['Subject']) for one in mails_of(sink, address) if not one.is_multipart())


def promise_a_digest_goes_out_by_number_with_all_of_its_messages_in_order(world):
    sink, site = site_of(world, members=[ANN, f'{DORA},,,digest', f'{EVE},,,digest'])
    post(site, 'one', 'two')
    site.wait_until_settled(2)
    check(mails_of(sink, DORA) == [] and singles(sink, ANN) == sorted(['one', 'two']), 'Ann alone has them')
    told = site.cli('why', site.postings()[-1]['posting'])
    check('waits for the list\'s next digest' in told, told)
    post(site, 'three', 'four')
    for address in (DORA, EVE):
        digest, = wait_for_digests(site, sink, address, 1)
        check(messages_in(digest) == ['one', 'two', 'three'], messages_in(digest))
    check(digest['Subject'] == f'Digest of {TECH}: 3 messages', digest['Subject'])
    check(digest['To'] == TECH and digest['From'] == 'tech-owner@lists.test', digest['From'])
    check(digest['List-Id'] == '<tech.lists.test>' and digest['List-Unsubscribe'], digest.as_string())
    check(digest['Auto-Submitted'] == 'auto-generated', digest['Auto-Submitted'])
    row, = digest_postings(site)
    check(row['recipients'] == 2 and row['subject'] == str(digest['Subject']), row)
    check(f'digest of {TECH}, 3 postings' in site.cli('why', row['posting']), site.cli('why', row['posting']))
    check(singles(sink, ANN) == sorted(['one', 'two', 'three', 'four']), singles(sink, ANN))
    check(singles(sink, DORA) == [], singles(sink, DORA))


def promise_why_and_trace_name_the_digests_of_a_message_and_who_got_it_by_them(world):
    """Also where nobody on the list gets each message: then no copy of it is made at all."""
    sink, site = site_of(world, 'daily = "never"\nmessages = 2\n',
                         members=[f'{DORA},,,digest', f'{EVE},,,digest-plain'], post='anyone')
    post(site, 'one')
    one = site.postings()[-1]['posting']
    told = site.cli('why', one)
    check('Nobody on the list gets each message' in told, told)
    check('next digest, which would go to 2 recipients now' in told, told)
    traced = site.cli('posting', 'trace', one)
    check('waits for the next digest, of 2 recipients now' in traced, traced)
    post(site, 'two')
    site.wait_until('both digests', lambda: mails_of(sink, DORA) and mails_of(sink, EVE))
    site.wait_until_settled()
    digests = {row['recipient']: row['digest'] for row in site.rows('posting', 'trace', one)}
    check(set(digests) == {DORA, EVE} and len(set(digests.values())) == 2, digests)
    check(set(digests.values()) == {row['posting'] for row in digest_postings(site)}, digests)
    told = site.cli('why', one)
    check(all(f'posting {digest}, to 1 recipient: 1 has that' in told for digest in digests.values()), told)
    traced = site.cli('posting', 'trace', one)
    check(f'by digest {digests[DORA]}, 1 recipient: 1 delivered' in traced, traced)
    header, *rows = site.cli('posting', 'trace', one, '--csv').splitlines()
    by = sorted(row.split(',')[-1] for row in rows)
    check(header.endswith(',digest') and by == sorted(digests.values()), rows)
    check(one in site.cli('why', digests[DORA]), 'a digest says what is in it')
    post(site, 'three')
    for reader in (DORA, EVE):
        site.cli('member', 'rm', 'tech', reader)
    told = site.cli('why', next(row['posting'] for row in site.postings() if row['subject'] == 'three'))
    check('next digest, which nobody would get now' in told, told)


def promise_who_decides_about_a_message_is_told_how_many_will_read_it_by_digest(world):
    """Limits count copies. What the sender, the moderators and the owners read names both."""
    rules = 'daily = "never"\n[guard]\nconfirm_above = 1\nmoderator_above = 1\nexpect_members = {}\n'
    sink, site = site_of(world, rules.format(0), members=[ANN, BOB, f'{DORA},,,digest', f'{EVE},,,digest'])
    post(site, 'one')
    words = '2 people and 2 more by digest'
    site.wait_until('the question', lambda: mails_of(sink, ANN))
    question = mails_of(sink, ANN)[0]
    check(f'would reach {words}' in question['Subject'], question['Subject'])
    text = ' '.join(question.get_content().split())
    check('would reach 2 people in 1 domain and 2 more by digest.' in text, text)
    told = site.cli('why', site.postings()[-1]['posting'])
    check('it would reach 2 people; above 1' in told and '; 2 more get it by digest' in told, told)
    told = site.cli('list', 'confirm', 'tech')
    check('confirmed with 2 recipients; 2 more get it by digest' in told, told)
    site.write_list('tech', digest_list(rules.format(1)))
    site.cli('reload')
    post(site, 'two')
    told = site.cli('why', next(row['posting'] for row in site.postings() if row['subject'] == 'two'))
    check('its file expects at most 1' in told and '; 2 more get it by digest' in told, told)


def promise_a_person_gets_one_copy_over_nested_lists(world):
    """On the outer list with digests, on the inner one with each message: each message, and no digest."""
    lists = {'outer': digest_list(post='anyone'), 'inner': digest_list(post='anyone')}
    members = {'outer': [f'{DORA},,,digest', f'{EVE},,,digest', 'inner@lists.test'],
               'inner': [DORA, f'{BOB},,,digest', f'{EVE},,,digest-plain']}
    sink, site = site_of(world, members=members, lists=lists)
    post(site, 'one', 'two', 'three', to='outer@lists.test')
    digest, = wait_for_digests(site, sink, BOB, 1)
    check(messages_in(digest) == ['one', 'two', 'three'], 'members of the inner list have the outer digest')
    wait_for_digests(site, sink, EVE, 1)
    check(len(mails_of(sink, EVE)) == 1, 'the outer list\'s form counts')
    check(singles(sink, DORA) == sorted(['one', 'two', 'three']), singles(sink, DORA))
    check(len(mails_of(sink, DORA)) == 3, 'each message, and no digest')


def promise_a_pause_ends_by_itself_on_its_day(world):
    sink, site = site_of(world, members=[ANN, BOB, f'{DORA},,,digest'], kind=Calendar)
    day = site.now_plus(2)
    for address in (BOB, DORA):
        told = site.cli('member', 'set', 'tech', address, '--delivery', 'none', '--until', day)
        check(f'none until {day}' in told, told)
    row = next(one for one in site.rows('member', 'ls', 'tech') if one.get('address') == DORA)
    check(row['delivery'] == f'none until {day} then digest', row)
    post(site, 'one', 'two', 'three')
    site.wait_until_settled(3)
    check(mails_of(sink, BOB) == [] and mails_of(sink, DORA) == [], 'a pause')
    site.later(2 * DAY)
    post(site, 'four', 'five', 'six')
    digest, = wait_for_digests(site, sink, DORA, 1)
    check(messages_in(digest) == ['four', 'five', 'six'], messages_in(digest))
    check(singles(sink, BOB) == sorted(['four', 'five', 'six']), singles(sink, BOB))
    row = next(one for one in site.rows('member', 'ls', 'tech') if one.get('address') == BOB)
    check(row['delivery'] == 'each', row)


def promise_who_changes_from_digests_to_each_message_gets_what_waits_at_once(world):
    sink, site = site_of(world, members=[ANN, f'{DORA},,,digest', f'{EVE},,,digest'])
    post(site, 'one', 'two')
    site.wait_until_settled(2)
    site.cli('member', 'set', 'tech', DORA, '--delivery', 'each')
    digest, = wait_for_digests(site, sink, DORA, 1)
    check(messages_in(digest) == ['one', 'two'], messages_in(digest))
    post(site, 'three')
    digest, = wait_for_digests(site, sink, EVE, 1)
    check(messages_in(digest) == ['one', 'two', 'three'], 'the others wait for theirs')
    check(singles(sink, DORA) == ['three'], singles(sink, DORA))
    wait_for_digests(site, sink, DORA, 1)


def promise_an_import_that_states_each_message_brings_what_waits_at_once(world):
    sink, site = site_of(world, members=[ANN, f'{DORA},,,digest', f'{EVE},,,digest'])
    post(site, 'one', 'two')
    site.wait_until_settled(2)
    told = site.rows('member', 'import', 'tech', world_file(site, f'{ANN}\n{EVE}\n{DORA},,member,each\n'))[-1]
    check((told['changed'], told['same']) == (1, 2), told)
    digest, = wait_for_digests(site, sink, DORA, 1)
    check(messages_in(digest) == ['one', 'two'], messages_in(digest))
    site.cli('member', 'add', 'tech', EVE, '--delivery', 'each')
    digest, = wait_for_digests(site, sink, EVE, 1)
    check(messages_in(digest) == ['one', 'two'], messages_in(digest))


def promise_one_mail_that_changes_delivery_to_and_fro_brings_what_waits_twice_at_most(world):
    """Who writes in a member's name must not fill their mailbox: each change is one of five letters."""
    sink, site = site_of(world, members=[ANN, DORA, f'{EVE},,,digest'])
    post(site, 'one', 'two')
    site.wait_until_settled(2)
    text = 'set delivery digest\r\nset delivery each\r\n' * 5
    is_code(site.post(letter('', text, DORA), DORA, 'tech-request@lists.test'), '250')
    site.wait_until_settled(5)
    check(len(digest_postings(site)) == 2, digest_postings(site))


def promise_a_list_without_digests_sends_each_message_to_those_who_chose_them(world):
    sink, site = site_of(world)
    post(site, 'one', 'two')
    site.wait_until_settled(2)
    site.write_list('tech', digest_list('enabled = false\n'))
    site.cli('reload')
    digest, = wait_for_digests(site, sink, DORA, 1)
    check(messages_in(digest) == ['one', 'two'], 'what waited goes out')
    post(site, 'three')
    site.wait_until_settled(4)
    check(singles(sink, DORA) == ['three'], singles(sink, DORA))


def promise_a_recalled_posting_is_in_no_digest(world):
    sink, site = site_of(world)
    post(site, 'one', 'two')
    site.wait_until_settled(2)
    posting = next(one['posting'] for one in site.postings() if one['subject'] == 'one')
    told = site.cli('posting', 'recall', posting, '--reason', 'a mistake')
    check('it will be in no digest' in told, told)
    post(site, 'three', 'four')
    digest, = wait_for_digests(site, sink, DORA, 1)
    check(messages_in(digest) == ['two', 'three', 'four'], messages_in(digest))


def promise_held_postings_are_in_the_digest_once_they_are_released_and_discarded_ones_never(world):
    sink, site = site_of(world, moderate='everybody')
    post(site, 'one', 'two', 'three', 'four')
    check(len(site.rows('hold', 'ls')) >= 4, 'they wait')
    ids = {one['subject']: one['posting'] for one in site.postings()}
    site.cli('hold', 'discard', ids['two'], '--reason', 'no')
    for subject in ('four', 'one', 'three'):
        site.cli('hold', 'release', ids[subject], '--reason', 'yes')
    digest, = wait_for_digests(site, sink, DORA, 1)
    check(messages_in(digest) == ['four', 'one', 'three'], 'in the order in which they went out')


def promise_a_frozen_list_sends_no_digest_until_it_is_thawed(world):
    sink, site = site_of(world, 'daily = "06:00"\n', kind=Calendar)
    post(site, 'one')
    site.wait_until_settled(1)
    site.cli('list', 'freeze', 'tech', '--reason', 'a look')
    site.later(DAY)
    post(site, 'held')
    site.wait_until_settled_or_held()
    check(digest_postings(site) == [], 'frozen')
    site.cli('list', 'thaw', 'tech')
    digest, = wait_for_digests(site, sink, DORA, 1)
    check(messages_in(digest) == ['one'], messages_in(digest))


def promise_a_digest_outlives_kill_nine_neither_twice_nor_never(world):
    """Killed at several moments behind each 250, so before, within and after the writing of a digest, some
    0.5 s later; some of its copies may then come twice, as one and the same digest."""
    sink, site = site_of(world, 'daily = "never"\nmessages = 2\n', members=[ANN, f'{DORA},,,digest'])
    subjects = [f'post {number}' for number in range(8)]
    for number, subject in enumerate(subjects):
        post(site, subject)
        time.sleep(number % 4 * 0.19)
        site.kill()
        site.start()
    site.wait_until('four digests', lambda: len(digest_postings(site)) == 4)
    site.wait_until_settled(12)
    found = {str(one['Message-ID']): messages_in(one) for one in mails_of(sink, DORA)}
    check(sorted(sum(found.values(), [])) == subjects, f'each in one digest: {found}')


def promise_each_copy_of_a_digest_names_its_member_and_can_leave_by_one_click(world):
    settings = {'web.url': 'https://lists.test', 'web.listen': f'127.0.0.1:{free_port()}'}
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': digest_list(delivery='individual')},
                       members={'tech': [ANN, f'{DORA},,,digest']}, settings=settings)
    post(site, 'one', 'two', 'three')
    digest, = wait_for_digests(site, sink, DORA, 1)
    mail = next(one for one in sink.mails() if DORA in one.recipients)
    check(re.fullmatch(r'tech-bounces\+.+@lists\.test', mail.sender), f'VERP: {mail.sender}')
    check(messages_in(digest) == ['one', 'two', 'three'], messages_in(digest))
    check('https://lists.test/u/' in digest['List-Unsubscribe'], digest['List-Unsubscribe'])
    check(digest['List-Unsubscribe-Post'] == 'List-Unsubscribe=One-Click', digest.as_string())


def promise_delivery_is_exported_as_it_is_imported(world):
    _, site = site_of(world, members=[ANN, f'{BOB},,,none', f'{CARL},,,digest', f'{DORA},,,digest-plain',
                                      f'{EVE},,,none until 2099-12-24 then digest-plain'])
    exported = site.cli('member', 'export', 'tech')
    for line in (f'{ANN},,member,each', f'{BOB},,member,none', f'{CARL},,member,digest',
                 f'{DORA},,member,digest-plain', f'{EVE},,member,none until 2099-12-24 then digest-plain'):
        check(line + ',' in exported, exported)
    told = site.rows('member', 'import', 'tech', world_file(site, exported))[-1]
    check(told['same'] == 5 and told['changed'] == 0, told)


def world_file(site, text):
    path = site.folder + '/exported.csv'
    with open(path, 'w', newline='', encoding='utf-8') as file:
        file.write(text)
    return path


def promise_nobody_is_shown_what_was_posted_before_they_came(world):
    """Not by the digest of all, and not by what is handed over to who changes to each message."""
    sink, site = site_of(world, 'daily = "never"\nmessages = 4\n', join='open',
                         members=[ANN, f'{DORA},,,digest'])
    post(site, 'one', 'two')
    for name in (EVE, BOB):
        site.cli('member', 'add', 'tech', name, '--delivery', 'digest')
    post(site, 'three')
    site.cli('member', 'set', 'tech', BOB, '--delivery', 'each')
    handed, = wait_for_digests(site, sink, BOB, 1)
    check(messages_in(handed) == ['three'], messages_in(handed))
    late = 'frank@members.test'
    site.cli('member', 'add', 'tech', late, '--delivery', 'digest-plain')
    site.cli('member', 'set', 'tech', late, '--delivery', 'each')
    site.cli('member', 'set', 'tech', late, '--delivery', 'digest-plain')
    post(site, 'four')
    found = {name: messages_in(wait_for_digests(site, sink, name, 1)[0]) for name in (DORA, EVE)}
    check(found == {DORA: ['one', 'two', 'three', 'four'], EVE: ['three', 'four']}, found)
    plain, = mails_of(sink, late)
    check(plain['Subject'] == f'Digest of {TECH}: 1 message' and 'Text of four.' in plain.get_content() and
          'Text of three.' not in plain.get_content(), plain.as_string())
    check([row['recipients'] for row in digest_postings(site)] == [1] * 4, digest_postings(site))


def promise_members_of_a_list_nested_later_get_what_the_outer_list_had_since(world):
    """Also those who change to each message before the digest goes."""
    lists = {'outer': digest_list(post='anyone'), 'inner': digest_list(post='anyone')}
    members = {'outer': [f'{DORA},,,digest'], 'inner': [f'{one},,,digest' for one in (BOB, DORA, EVE)]}
    sink, site = site_of(world, members=members, lists=lists)
    outer = 'outer@lists.test'
    post(site, 'one', to=outer)
    site.cli('member', 'add', 'outer', 'inner@lists.test')
    post(site, 'two', to=outer)
    site.cli('member', 'set', 'inner', BOB, '--delivery', 'each')
    post(site, 'three', to=outer)
    found = {name: messages_in(wait_for_digests(site, sink, name, 1)[0]) for name in (BOB, DORA, EVE)}
    check(found == {BOB: ['two'], DORA: ['one', 'two', 'three'], EVE: ['two', 'three']}, found)
    check(singles(sink, BOB) == ['three'], singles(sink, BOB))


def promise_nobody_who_has_had_each_message_gets_what_waits_a_second_time(world):
    """Digests by one membership, each message by another: whichever of the two lists is the outer one."""
    rules = 'daily = "never"\nmessages = 10\n'
    lists = {'outer': digest_list(rules, post='anyone'), 'inner': digest_list(rules, post='anyone')}
    members = {'outer': [BOB, f'{EVE},,,digest', f'{ANN},,,digest', 'inner@lists.test'],
               'inner': [f'{BOB},,,digest', f'{DORA},,,digest', EVE, f'{ANN},,,digest']}
    sink, site = site_of(world, members=members, lists=lists)
    post(site, 'one', to='outer@lists.test')
    for on, who in (('inner', BOB), ('outer', EVE), ('inner', ANN), ('outer', ANN)):
        site.cli('member', 'set', on, who, '--delivery', 'each')
    handed, = wait_for_digests(site, sink, ANN, 1)
    check(messages_in(handed) == ['one'], 'who had digests by both gets it once')
    for who in (BOB, EVE):
        check(singles(sink, who) == ['one'] and len(mails_of(sink, who)) == 1, f'{who} has it once')

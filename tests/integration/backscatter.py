"""What is refused is refused in the session; nobody hears of mail that they may not have sent."""
import re

from harness import check
from rig import ANN, BOB, CARL, TECH, Dialogue, Site, is_code, letter, list_file, subjects

OWNER = 'tech-owner@lists.test'


def promise_refusals_are_said_in_the_session_and_nothing_comes_out(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(max_message_size='2KiB')},
                       settings={'limits.message_size': '64KiB', 'limits.received_fields': 50})
    stranger = 'eve@strangers.test'
    received = ''.join(
        f'Received: from a{n}.test by b{n}.test; Sun, 22 Nov 2026 10:00:00 +0000\r\n' for n in range(51))
    attempts = [('unknown list', letter(), ANN, 'nobody@lists.test', '550 5.1.1'),
                ('no member', letter(sender=stranger), stranger, TECH, '550 5.7.1'),
                ('oversize', letter(body='x' * 70 + '\r\n' + 'y' * 2100 + '\r\n'), ANN, TECH, '552'),
                ('far oversize', letter(body=('x' * 70 + '\r\n') * 1000), ANN, TECH, '552'),
                ('loop', letter(extra=f'X-Loop: {TECH}\r\n'), ANN, TECH, '554 5.4.6'),
                ('many Received', letter(extra=received), ANN, TECH, '554 5.4.6'),
                ('null sender', letter(), '', TECH, '550'),
                ('two From', letter(extra='From: a@b.test\r\n'), ANN, TECH, '550'),
                ('unknown sub-address', letter(), ANN, 'tech-nothing@lists.test', '550 5.1.1')]
    for where, hello in ((site.mx, 'EHLO a'), (site.lmtp, 'LHLO a')):
        for what, message, sender, to, code in attempts:
            with Dialogue(where, hello=hello) as client:
                got = client.post(message, sender, to)
                check(got.startswith(code), f'{what}: {got}')
    check(not site.postings() and not sink.mails(), 'a refusal made mail')
    got = site.post(letter(sender=stranger), stranger)
    reference = re.search(r'\[(\w{13})\]', got).group(1)
    told = site.cli('why', reference)
    check(stranger in told and TECH in told and 'member' in told, told)
    check('?' not in told, f'the reply comes without its line end: {told}')
    check(site.rows('why', reference)[-1]['kind'] == 'refusal', 'the same as JSON')


def promise_one_refused_recipient_refuses_the_message_to_all(world):
    sink = world.sink()
    lists = {'tech': list_file(), 'closed': list_file(post='nobody')}
    site = world.start(Site, sink.port, lists=lists, members={'tech': [ANN], 'closed': [BOB]})
    with site.dialogue() as client:
        client.begin(ANN, TECH, 'closed@lists.test')
        is_code(client.data(letter()), '550')
    check(not site.postings(), 'a part was posted')
    with Dialogue(site.lmtp, hello='LHLO a') as client:   # LMTP has an answer for each
        client.begin(ANN, TECH, 'closed@lists.test', TECH)
        answers = [client.data(letter('by lmtp')), client.reply(), client.reply()]
        check([one[:3] for one in answers] == ['250', '550', '250'], answers)
    site.wait_until_settled(1)
    check([mail.recipients for mail in sink.mails()] == [[ANN]], 'the list named twice was posted to once')


def promise_mail_to_owners_that_fails_is_reported_once_and_never_to_nobody(world):
    sink = world.sink('--permfail-match', 'gone')
    owners = ['gone1@members.test', CARL, 'gone2@members.test']
    site = world.start(Site, sink.port, lists={'tech': list_file(owners=owners)})
    is_code(site.post(letter('to the owners'), ANN, OWNER), '250')
    site.wait_until_settled(2)
    reports = [mail for mail in sink.mails() if mail.sender == '']
    check(len(reports) == 1 and reports[0].recipients == [ANN], [mail.envelope for mail in sink.mails()])
    text = reports[0].bytes
    check(b'multipart/report' in text and b'message/delivery-status' in text and b'Action: failed' in text,
          text)
    check(
        OWNER.encode() in text and
        b'gone1' not in text.split(b'message/delivery-status')[1].split(b'Diagnostic')[0],
        f'who the owners are is nobody\'s business: {text}')
    for sender in ('', ANN):   # the null reverse-path, and a sender who wants no report (RFC 3461)
        with site.dialogue() as client:
            client.ask(f'MAIL FROM:<{sender}>', '250')
            client.ask(f'RCPT TO:<{OWNER}>' + (' NOTIFY=NEVER' if sender else ''), '250')
            is_code(client.data(letter('no report')), '250')
    site.wait_until_settled(4)
    check(len([mail for mail in sink.mails() if mail.sender == '']) == 1, 'reported to nobody')
    # The report itself is refused: it ends there.
    is_code(site.post(letter('nobody home', sender='gone3@members.test'), 'gone3@members.test', OWNER), '250')
    site.wait_until_settled(6)
    check(len([mail for mail in sink.mails() if mail.sender == '']) == 1, 'a report about a report')


def dsn(recipient, action='failed', status='5.1.1'):
    return (
        f'From: MAILER-DAEMON@members.test\r\nTo: {TECH}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n'
        'Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n'
        '--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n'
        '--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; members.test\r\n\r\n'
        f'Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\n'
        f'Status: {status}\r\nDiagnostic-Code: smtp; 550 {status} unknown\r\n\r\n--b--\r\n').encode()


def promise_a_bounce_to_a_members_own_address_books_that_member_only(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(delivery='individual')})
    is_code(site.post(), '250')
    posting = site.wait_until_settled(1)[0]['posting']
    paths = {mail.recipients[0]: mail.sender for mail in sink.mails()}
    check(
        sorted(paths) == [ANN, BOB, CARL] and len(set(paths.values())) == 3,
        f'one reverse-path each: {paths}')
    for path in paths.values():
        check(
            re.fullmatch(r'tech-bounces\+[a-z0-9]+@lists\.test', path) and len(path.split('@')[0]) <= 64,
            path)
    good = paths[BOB]
    token = good.split('+')[1].split('@')[0]
    swapped = token[:-1] + ('1' if token[-1] == '0' else '0')
    flipped = token[:13] + ('2' if token[13] == '1' else '1') + token[14:]
    forged = [good.replace(token, swapped), good.replace(token, flipped), good.replace(token, token[:-1]),
              good.replace(token, '0' * 26), good.replace(token, 'x'), 'tech-bounces+@lists.test',
              'tech-bounces@lists.test', good.replace(token, token + token)]
    for path in forged:
        with site.dialogue() as client:
            is_code(client.post(dsn(BOB), '', path), '250', '550')
    with site.dialogue() as client:   # a delay, a relayed report, and something that is no report: no failure
        for message in (dsn(BOB, 'delayed', '4.4.1'), dsn(BOB, 'relayed', '2.0.0'), letter('On holiday')):
            is_code(client.post(message, '', good), '250')
    check('bounced with' not in site.cli('why', posting), 'something that is no bounce was booked')
    with site.dialogue() as client:
        for claimed in (CARL, BOB, BOB):   # whatever it claims, it is bob's address; and again: replayed
            is_code(client.post(dsn(claimed), '', good), '250')
    told = site.cli('why', posting)
    check(f'{BOB} bounced with 5.1.1' in told and CARL not in told and ANN not in told.split('\n', 2)[2],
          told)
    check(told.count('bounced with') == 1, f'one record a member: {told}')
    check(len(sink.mails()) == 3, 'a bounce made mail')


def promise_a_copy_that_is_refused_is_one_record_a_member(world):
    sink = world.sink('--permfail-match', 'bob')
    site = world.start(Site, sink.port)
    is_code(site.post(letter('first')), '250')
    posting = site.wait_until_settled(1)[0]
    check(posting['delivered'] == 2 and posting['failed'] == 1, posting)
    told = site.cli('why', posting['posting'])
    check(told.count('bounced with') == 1 and f'{BOB} bounced with 5.' in told, told)
    check(subjects(sink.mails()) == ['first'], 'a refused copy made mail')
    check(site.outcomes(posting['posting'])[BOB]['state'] == 'failed', site.outcomes(posting['posting']))

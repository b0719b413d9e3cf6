"""Text from outside stays text: in headers, in envelopes, in reports, in the log."""
import json

from harness import check, read
from recorder import Recorder
from rig import ANN, BOB, CARL, TECH, Site, is_code, letter, list_file


def head_of(mail):
    return mail.bytes.split(b'\r\n\r\n')[0] + b'\r\n'


def promise_a_quoted_local_part_writes_no_command_and_no_header(world):
    sink = world.sink('--permfail-match', 'nobody')
    site = world.start(Site,
                       sink.port,
                       lists={'tech': list_file(post='anyone', owners=['nobody@members.test'])})
    hostile = [
        '"a\rRCPT TO:<eve@evil.test>"', '"a\\\rb"', '"a\nX-Evil: yes"', '"a\\\nb"',
        '"a> ORCPT=rfc822;eve@evil.test"', '"a> SIZE=1"', '"a>\\" RCPT TO:<eve@evil.test"', '"a\tb"',
        '"a\\\\"', '"<eve@evil.test>"', '"a@evil.test b"'
    ]
    for local in hostile:
        for to in (TECH, 'tech-owner@lists.test'):
            with site.dialogue() as client:
                got = client.ask(f'MAIL FROM:<{local}@members.test>')
                if got.startswith('250') and client.ask(f'RCPT TO:<{to}>').startswith('250'):
                    client.data(letter('quoted', sender='x@members.test'))
                client.ask('NOOP')
    is_code(site.post(letter('done')), '250')
    site.wait_until_settled()
    for mail in sink.mails():
        check('evil' not in ' '.join(mail.recipients), mail.envelope)
        check(b'\r\nX-Evil' not in head_of(mail), head_of(mail))
        for parameter in mail.envelope['parameters']:
            check('eve' not in parameter, mail.envelope)
    reports = [mail for mail in sink.mails() if mail.sender == '']
    check(reports, 'no report for mail to the owner that failed')
    for mail in reports:
        check(len(mail.recipients) == 1 and mail.recipients[0].endswith('members.test'), mail.envelope)


def promise_a_list_that_is_told_evil_things_writes_one_header(world):
    sink = world.sink()
    settings = {
        'subject_prefix': '[tech] ',
        'description': 'Say "hello" <eve@evil.test>, \\ and =?utf-8?q?more?='
    }
    site = world.start(Site, sink.port, lists={'tech': list_file(**settings)})
    for bad in ('a\r\nX-Evil: yes', 'a\nBcc: eve@evil.test', 'a\0b'):
        for key in ('description', 'subject_prefix', 'footer', 'archive_url', 'help_url', 'name', 'domain'):
            site.write_list('evil', list_file(**{key: bad}))
            is_footer = key == 'footer' and '\0' not in bad   # a footer may have lines
            site.cli('check', status=0 if is_footer else 1)
    site.write_list('evil', list_file())
    subjects = [
        '=?utf-8?q?a=0D=0AX-Evil:_yes?=', 'Re: =?utf-8?b?DQpYLUV2aWw6IHllcw==?=', 'x\r\n X-Evil: folded',
        'Re: ' * 1000 + 'x', '=?utf-8?q?' + 'a' * 5000 + '?=', '[tech] [tech] x', '=?bogus?x?y?='
    ]
    for subject in subjects:
        is_code(site.post(letter(subject, sender='"X\\"Y: <eve@evil.test>" <ann@members.test>')), '250')
    site.wait_until_settled(len(subjects))
    for mail in sink.mails():
        head = head_of(mail)
        check(b'\nX-Evil' not in head and head.count(b'\nSubject:') + head.startswith(b'Subject:') == 1, head)
        check(head.count(b'\nList-Id:') == 1 and head.count(b'\nPrecedence:') == 1, head)
        check(all(line[:1] in b' \t' or b':' in line for line in head.split(b'\r\n')[:-1]), head)


def promise_what_only_the_list_may_say_is_replaced(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(posters=[ANN])})   # others are refused
    extra = (
        'Approved: secret\r\nX-Approved: secret\r\nReturn-Path: <eve@evil.test>\r\n'
        'Bcc: hidden@members.test\r\nList-Owner: <mailto:eve@evil.test>\r\n'
        'List-Post: <mailto:eve@evil.test>\r\n'
        'List-Unsubscribe: <https://evil.test>\r\nDisposition-Notification-To: eve@evil.test\r\n'
        'Return-Receipt-To: eve@evil.test\r\nPrecedence: first\r\n'
    )
    is_code(site.post(letter(extra=extra)), '250')
    site.wait_until_settled(1)
    head = head_of(sink.mails()[0])
    check(b'evil.test' not in head and b'secret' not in head and b'hidden' not in head, head)
    check(b'List-Id: <tech.lists.test>\r\n' in head, head)


def promise_nothing_hides_behind_the_last_field_that_is_read(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    for hidden in ('From: eve@evil.test\r\n', f'X-Loop: {TECH}\r\n', 'Approved: secret\r\n',
                   'Bcc: a@b.test\r\n'):
        for to in (TECH, 'tech-owner@lists.test'):
            got = site.post(letter(extra='X: y\r\n' * 20_000 + hidden), to=to)
            check(got.startswith('550 5.6.0'), f'{hidden!r} behind 20,000 fields: {got}')
    check(not site.postings(), site.postings())


def promise_what_a_next_server_says_is_text_in_reports_and_listings(world):
    said = '550 5.1.1 \x1b[2J\x07 {}%n%s <eve@evil.test> "\r\n'
    lines = ['550-5.1.1 X-Evil: yes\r\n', '550-5.1.1 \r\n', '550-5.1.1 --b--\r\n', said]

    def say(line):
        return ''.join(lines).encode() if line[:4] == b'RCPT' and b'evil' in line else None
    server = Recorder(world, say)
    site = world.start(Site, server.port, lists={'tech': list_file(owners=['evil@members.test'])},
                       members={'tech': [ANN, 'evil@members.test']})
    is_code(site.post(letter('for the owner'), to='tech-owner@lists.test'), '250')
    is_code(site.post(letter('for all')), '250')
    site.wait_until_settled(3)
    report = [message for message in server.messages if b'multipart/report' in message][0]
    head, body = report.split(b'\r\n\r\n', 1)
    check(b'\nX-Evil' not in report and b'\x1b' not in report and b'\x07' not in report, report)
    boundary = b'--' + head.split(b'boundary="')[1].split(b'"')[0]
    check(body.count(boundary) == 4, f'three parts: {report}')
    check(b'5.1.1' in body and b'Diagnostic-Code: smtp;' in body, report)
    for posting in site.postings():
        for words in (('why', posting['posting']), ('posting', 'trace', posting['posting'])):
            text = site.cli(*words)
            check('\x1b' not in text and '\x07' not in text, f'{words}: {text!r}')


NASTY = [
    '\x1b[31mred', '{}{0}%n%s%x', 'a\\u000ab', '"quoted"', 'a\u202eb', 'a\u2028b', 'a\x7fb', '${jndi:x}',
    "'%n'"
]


def promise_a_log_line_is_one_line_whatever_is_in_it(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(post='anyone')})
    for nasty in NASTY:
        with site.dialogue(greeted=False) as client:
            client.expect('220')
            client.ask(f'EHLO {nasty}'.encode())
            client.ask(f'EHLO [{nasty}]'.encode())
            client.ask('EHLO client.test', '250')
            client.ask(f'MAIL FROM:<"{nasty}"@members.test>'.encode())
            client.ask('RSET')
            client.ask(f'MAIL FROM:<"{nasty}"@members.test> SMTPUTF8'.encode())
            client.ask('RSET')
            client.ask(f'MAIL FROM:<{ANN}>', '250')
            client.ask(f'RCPT TO:<"{nasty}"@lists.test>'.encode())
            client.ask(f'RCPT TO:<{TECH}>', '250')
            message = letter(f'{nasty}\r\n {{"event":"forged"}}', extra=f'Message-ID: <{nasty}@x>\r\n')
            client.data(message)
            client.post(letter(nasty, sender=f'"{nasty}" <eve@x.test>, <b@x.test>'))
    site.wait_until_settled()
    raw = read(site.log)
    for line in raw.split(b'\n')[:-1]:
        event = json.loads(line)   # each line is whole
        check(event['event'] != 'forged', line)
    text = raw.decode()
    check(all(ord(c) >= 32 or c == '\n' for c in text) and not any(c in text for c in '\x7f\u202e\u2028\x9b'),
          'a control character is in the log')
    # data, whatever a formatter would make of it
    for nasty in ('{}{0}%n%s%x', 'a\\u000ab', '"quoted"', '${jndi:x}'):
        check(any(nasty in event.get('subject', '') for event in site.events('accepted')),
              f'{nasty!r}: not as it came')


def promise_a_terminal_is_not_told_what_came_from_outside(world):
    sink = world.sink('--permfail-match', 'bob')
    site = world.start(Site, sink.port)
    site.cli('member', 'add', 'tech', 'new@members.test', '--name', 'x', status=0)
    site.cli('member', 'add', 'tech', 'esc@members.test', '--name', 'a\x1b[2Jb', status=1)
    is_code(site.post(letter('\x1b]0;owned\x07 title \x9b')), '250')
    posting = site.wait_until_settled(1)[0]['posting']
    for words in (('posting', 'ls'), ('posting', 'trace', posting), ('why', posting), ('queue', 'ls'),
                  ('member', 'ls', 'tech')):
        text = site.cli(*words)
        check(not any(c in text for c in '\x1b\x07\x9b'), f'{words}: a control character: {text!r}')
    check(BOB in site.cli('why', posting) and CARL in site.cli('posting', 'trace', posting),
          'names are shown')

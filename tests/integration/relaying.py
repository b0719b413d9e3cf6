"""The server takes mail for its own lists, from who may, and relays for nobody."""
from harness import check
from rig import ANN, CARL, TECH, Dialogue, Site, is_code, letter, list_file

FOREIGN = [
    'someone@elsewhere.test', 'someone%elsewhere.test@lists.test', '@lists.test:someone@elsewhere.test',
    '"someone@elsewhere.test"@lists.test', 'elsewhere.test!someone@lists.test',
    'someone@elsewhere.test@lists.test', 'someone@[127.0.0.1]', 'someone@[IPv6:::1]', 'tech@[127.0.0.1]',
    '@elsewhere.test,@lists.test:tech@elsewhere.test', 'tech%lists.test@elsewhere.test', 'someone@localhost',
    '"tech@lists.test"@elsewhere.test', 'tech@lists.test.elsewhere.test', 'tech@sub.lists.test', 'tech@test',
    'tech@lists.test:2525', '|cat@elsewhere.test', 'someone@elsewhere.test\xa0', '"a b"@elsewhere.test'
]


def promise_nothing_is_relayed(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    for where, hello in ((site.mx, 'EHLO a'), (site.lmtp, 'LHLO a')):
        for sender in (ANN, '', 'someone@elsewhere.test', 'postmaster@lists.test'):
            for to in FOREIGN:
                with Dialogue(where, hello=hello) as client:
                    client.ask(f'MAIL FROM:<{sender}>', '250')
                    got = client.ask(f'RCPT TO:<{to}>'.encode('latin-1'))
                    check(got.startswith(('550 5.7.1', '550 5.1.1', '501', '553')), f'{to}: {got}')
                    is_code(client.ask('DATA'), '503', '554')
    check(not site.postings() and not sink.mails(), 'something was relayed')


def promise_names_that_look_like_paths_or_commands_are_unknown_lists(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    names = [
        '../../etc/passwd', '"../../etc/passwd"', '%2e%2e%2fetc%2fpasswd', '"|id"', '|id', '`id`', '"`id`"',
        '$(id)', '"; rm -rf x"', 'tech/../tech', 'tech/.', './tech', '~root', '/etc/passwd', '"\\\0"',
        'tech.toml', "tech' OR '1'='1", "'; DROP TABLE addresses; --", '"tech\' OR \'1\'=\'1"'
    ]
    for name in names:
        with site.dialogue() as client:
            client.ask(f'MAIL FROM:<{ANN}>', '250')
            is_code(client.ask(f'RCPT TO:<{name}@lists.test>'), '550', '501')
            is_code(client.ask(f'RCPT TO:<{name}-owner@lists.test>'), '550', '501')
    for name in ('../../etc/passwd', '%2e%2e', '`id`', "'; DROP TABLE addresses; --"):
        site.cli('list', 'show', name, status=1)
        site.cli('member', 'add', name, ANN, status=1)
    is_code(site.post(), '250')
    site.wait_until_settled(1)


def promise_text_for_a_database_is_data(world):
    sink = world.sink()
    evil = "x'; DROP TABLE addresses; --"
    member = "o'hara@members.test"
    site = world.start(Site, sink.port, members={'tech': [ANN, member]})
    for hello in ("a';--.test", 'a"b', "(select(1))"):
        with site.dialogue(greeted=False) as client:
            client.expect('220')
            is_code(client.ask('EHLO ' + hello), '501')
    is_code(
        site.post(letter(evil, evil + '\r\n', sender=member, extra=f"Message-ID: <{evil}@x>\r\n"), member),
        '250')
    is_code(site.post(letter(evil, sender="a'--b@members.test"), "a'--b@members.test"), '550')
    is_code(site.post(letter(evil, sender=f'"{evil}" <{ANN}>')), '250')
    is_code(site.post(letter('x', sender="' OR ''='@members.test"), ANN), '550', '250')
    site.cli('member', 'add', 'tech', "a'b--c@members.test", '--name', evil)
    check(evil in site.cli('member', 'ls', 'tech'), 'a name was changed')
    site.cli('member', 'find', "' OR '1'='1", status=1)
    site.wait_until_settled()
    check(all(mail.recipients == [ANN, member] for mail in sink.mails()),
          [mail.recipients for mail in sink.mails()])
    for posting in site.postings():
        site.cli('posting', 'trace', posting['posting'])


NOT_ONE_AUTHOR = [
    '', f'From: {ANN}\r\nFrom: eve@evil.test\r\n', f'From: eve@evil.test\r\nFrom: {ANN}\r\n', 'From:\r\n',
    f'From: {ANN}, eve@evil.test\r\n', f'From: group: {ANN}, eve@evil.test;\r\n', 'From: undisclosed:;\r\n',
    f'From: {ANN} eve@evil.test\r\n', f'From: <{ANN}> <eve@evil.test>\r\n',
    'From: ann@members.test@evil.test\r\n', f'from : {ANN}\r\nFROM: eve@evil.test\r\n'
]
STRANGERS = [
    '"ann@members.test x"@evil.test', '<@members.test:eve@evil.test>', 'eve@evil.test (ann@members.test)',
    '"ann@members.test" <eve@evil.test>', 'ann@members.test.evil.test',
    '=?utf-8?q?ann=40members.test?=@evil.test', 'ann@m\u0435mbers.test', 'ann(x)@(members.test)evil.test',
    '=?utf-8?q?=3Cann=40members.test=3E?= <eve@evil.test>', '\u202eann@members.test <eve@evil.test>',
    'ann%members.test@evil.test', 'ann@evil.test(members.test)', 'ann@[members.test]',
    '"ann@members.test\\" <x" <eve@evil.test>', 'ann\\@members.test@evil.test', 'ann(eve)@members.test'
]
MEMBERS = [
    'ann@members.test(evil.test)', 'Ann <ANN@Members.Test>', '"ann"@members.test',
    '"Eve, eve@evil.test" <ann@members.test>', ' ann@members.test',
    '=?utf-8?q?eve=40evil.test?= <ann@members.test>'
]


def promise_the_author_that_is_checked_is_the_author_that_is_shown(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    stranger = 'eve@evil.test'

    def post(header):
        body = f'To: {TECH}\r\nSubject: {len(header)}\r\n\r\nx\r\n'
        return site.post((header + body).encode(), stranger)
    for header in NOT_ONE_AUTHOR:
        got = post(header)
        check(got.startswith('550'), f'{header!r}: {got}')
    for author in STRANGERS:
        got = post(f'From: {author}\r\n')
        check(got.startswith('550'), f'{author!r}: {got}')
    check(not site.postings(), [row['sender'] for row in site.postings()])
    for author in MEMBERS:
        got = post(f'From: {author}\r\n')
        check(got.startswith('250'), f'{author!r}: {got}')
    for posting in site.wait_until_settled(len(MEMBERS)):
        check(posting['sender'].lower().replace('"', '') == ANN, posting)
    for mail in sink.mails():
        check(mail.bytes.split(b'\r\n\r\n')[0].lower().count(b'\nfrom:') +
              mail.bytes.lower().startswith(b'from:') == 1, mail.bytes)


def promise_smtputf8_is_asked_for_and_twins_are_one_member(world):
    sink = world.sink()
    composed, decomposed = 'j\u00fcrgen@members.test', 'ju\u0308rgen@members.test'
    site = world.start(
        Site,
        sink.port,
        lists={'tech': list_file(post='anyone')},
        members={'tech': [ANN, composed, decomposed, 'hans@b\u00fccher.test', 'HANS@xn--bcher-kva.test']})
    rows = [row for row in site.rows('member', 'ls', 'tech') if 'address' in row]
    check(len(rows) == 3, f'NFC and NFD, U-label and A-label are one member each: {rows}')
    with site.dialogue() as client:
        is_code(client.ask(f'MAIL FROM:<{composed}>'.encode()), '553')
        is_code(client.ask(f'MAIL FROM:<{composed}> SMTPUTF8'.encode()), '250')
        is_code(client.ask('RSET'), '250')
        is_code(client.ask(f'MAIL FROM:<{ANN}>'), '250')
        got = client.ask('RCPT TO:<t\u00e9ch@lists.test>'.encode())
        check(got.startswith('553 5.6.7'), got)
        is_code(client.ask('RCPT TO:<te\u202ech@lists.test>'.encode()), '501', '553')
        is_code(client.ask('RSET'), '250')
        client.ask(f'MAIL FROM:<{composed}> SMTPUTF8 BODY=8BITMIME'.encode(), '250')
        is_code(client.ask('RCPT TO:<te\u202ech@lists.test>'.encode()), '501', '550', '553')
        client.ask(f'RCPT TO:<{TECH}>', '250')
        is_code(client.data(letter('gr\u00fc\u00dfe', sender=composed)), '250')
    posting = site.wait_until_settled(1)[0]
    check(posting['recipients'] == 3 and posting['delivered'] == 3, posting)
    check(CARL not in site.outcomes(posting['posting']), 'an owner is no member')

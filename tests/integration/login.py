"""Who submits mail is who logged in: under TLS only, and guessing does not pay."""
import base64
import time

from harness import check
from rig import ANN, BOB, SANITIZED, SLACK_KB, TECH, Dialogue, Site, base64_of, is_code, letter

USERS = {ANN: 'correct horse', BOB: 'battery staple'}
PLAIN = 'AUTH PLAIN ' + base64_of(f'\0{ANN}\0{USERS[ANN]}')


def promise_passwords_never_cross_in_clear(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    with Dialogue(site.submission) as client:
        check('AUTH' not in client.extensions, f'AUTH is offered in clear: {client.extensions}')
        is_code(client.ask(PLAIN), '538')
        is_code(client.ask('AUTH LOGIN'), '538')
        is_code(client.ask(f'MAIL FROM:<{ANN}>'), '530')
        is_code(client.ask(f'RCPT TO:<{TECH}>'), '503')
        client.start_tls()
        check('AUTH' in client.extensions, client.extensions)
        is_code(client.ask(f'MAIL FROM:<{ANN}>'), '530')
        is_code(client.ask(PLAIN), '235')
    with site.dialogue() as client:   # port 25: not there at all, under TLS neither
        check('AUTH' not in client.extensions, client.extensions)
        is_code(client.ask(PLAIN), '502', '503')
        client.start_tls()
        check('AUTH' not in client.extensions, client.extensions)
        is_code(client.ask(PLAIN), '502', '503')
    check(not site.events('login')[1:], site.events('login'))


def promise_a_broken_login_is_refused_each_way(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    broken = [('AUTH', '501'), ('AUTH NTLM', '504'), ('AUTH PLAIN !!!', '501'), ('AUTH PLAIN =', '535'),
              ('AUTH PLAIN AGFubg', '501'), ('AUTH PLAIN ' + 'A' * 600, '500'), ('AUTH PLAIN *', '501')]
    for command, code in broken:
        with Dialogue(site.smtps, wrapped=True) as client:
            got = client.ask(command)
            check(got[:3] in (code, '501', '535', '500'), f'{command[:40]}: {got}')
            check(client.ask('NOOP')[:3] in ('250', ''), 'no answer')
    for line, code in (('*', '501'), ('!!!', '501'), ('', '535'), (base64_of(b'\0'), '535'),
                       (base64_of(b'\0\0'), '535'), (base64_of(b'\0' * 9000), '535')):
        with Dialogue(site.smtps, wrapped=True) as client:
            client.ask('AUTH PLAIN', '334')
            got = client.ask(line)
            check(got.startswith((code, '535', '501', '500')), f'{line[:40]}: {got}')
    with Dialogue(site.smtps, wrapped=True) as client:   # an endless line of an exchange
        client.ask('AUTH PLAIN', '334')
        before = site.peak_kb(since_now=True)
        while client.send(b'A' * 65536) and site.peak_kb() - before < 65536 + SLACK_KB:
            pass
        check(site.peak_kb() - before < 4096 + SLACK_KB, f'memory grew by {site.peak_kb() - before} KB')
    with Dialogue(site.smtps, wrapped=True) as client:
        is_code(client.ask(PLAIN), '235')
        is_code(client.ask(PLAIN), '503')
        client.ask(f'MAIL FROM:<{ANN}>', '250')
        is_code(client.ask('AUTH PLAIN'), '503')
        is_code(client.ask(f'RCPT TO:<{TECH}>'), '250')


def promise_who_is_logged_in_posts_as_nobody_else(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    with Dialogue(site.smtps, wrapped=True) as client:
        is_code(client.log_in(ANN, USERS[ANN]), '235')
        for sender in (BOB, '', 'ann@members.test.evil.test', 'eve@evil.test'):
            is_code(client.ask(f'MAIL FROM:<{sender}>'), '550')
        is_code(client.ask(f'MAIL FROM:<{ANN}> AUTH=<>'), '250')
        client.ask('RSET', '250')
        is_code(client.post(letter(sender=BOB), ANN), '550')
        is_code(client.post(letter(sender=ANN, extra=f'From: {BOB}\r\n'), ANN), '550')
        is_code(client.ask(f'MAIL FROM:<{ANN}>'), '250')
        is_code(client.ask('RCPT TO:<someone@elsewhere.test>'), '550')
        client.ask('RSET', '250')
        is_code(client.post(letter('mine', sender=f'Ann <{ANN}>'), ANN), '250')
    check(len(site.wait_until_settled(1)) == 1, 'one posting')


def promise_plain_and_login_work_by_starttls_and_by_tls(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    for mechanism in ('PLAIN', 'LOGIN'):
        for wrapped in (False, True):
            with Dialogue(site.smtps if wrapped else site.submission, wrapped=wrapped) as client:
                if not wrapped:
                    client.start_tls()
                is_code(client.log_in(ANN, USERS[ANN], mechanism), '235')
                is_code(client.post(letter(f'{mechanism} {wrapped}')), '250')
    site.wait_until_settled(4)
    traces = [mail.bytes.split(b'\r\n\r\n')[0] for mail in sink.mails()]
    check(all(b'with ESMTPSA' in trace for trace in traces), traces[0])   # RFC 3848
    with Dialogue(site.smtps, wrapped=True) as client:
        is_code(client.log_in(ANN, 'wrong'), '535')
        is_code(client.log_in(ANN, USERS[ANN] + '\0'), '535', '501')
        is_code(client.log_in(BOB, USERS[ANN]), '535')
    site.cli('user', 'passwd', BOB, stdin=b'another one\n')
    with Dialogue(site.smtps, wrapped=True) as client:
        is_code(client.log_in(BOB, USERS[BOB]), '535')
        is_code(client.log_in(BOB, 'another one'), '235')
    site.cli('user', 'rm', BOB)
    with Dialogue(site.smtps, wrapped=True) as client:
        is_code(client.log_in(BOB, 'another one'), '535')


def took(site, login):
    """The seconds of a wrong guess, and its answer."""
    with Dialogue(site.smtps, wrapped=True) as client:
        began = time.monotonic()
        got = client.log_in(login, 'wrong')
        return time.monotonic() - began, got


def promise_unknown_users_are_answered_like_known_ones(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    known = [took(site, ANN) for _ in range(3)]
    unknown = [took(site, f'nobody{number}@members.test') for number in range(3)]
    answers = {answer for _, answer in known + unknown}
    check(len(answers) == 1 and known[0][1].startswith('535'), answers)
    # A hash takes tens of milliseconds, no hash none: the quickest of each must be of one size.
    quick, slow = sorted(min(seconds for seconds, _ in one) for one in (known, unknown))
    check(SANITIZED or quick > slow / 5, f'{quick} s and {slow} s tell who has an account')
    salts = []
    for login in ('nobody@members.test', 'nobody@members.test', ANN):
        with Dialogue(site.smtps, wrapped=True) as client:
            if 'SCRAM-SHA-256' not in client.extensions:
                return
            first = base64_of(f'n,,n={login},r=abcdef')
            got = client.ask(f'AUTH SCRAM-SHA-256 {first}', '334')
            salts.append(base64.b64decode(got[4:]).split(b',')[1:])
    check(salts[0] == salts[1] and len(salts[0]) == len(salts[2]), f'salts tell who has an account: {salts}')


def promise_guessing_is_locked_out(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    answers = []
    for number in range(8):
        with Dialogue(site.smtps, wrapped=True) as client:
            for guess in range(5):
                got = client.log_in(f'user{number}@members.test', f'guess {guess}')
                answers.append(got)
                if not got.startswith('535'):
                    break
    check(not any(answer.startswith('235') for answer in answers), answers)
    with Dialogue(site.smtps, wrapped=True) as client:   # the right password does not help who guesses
        got = client.log_in(ANN, USERS[ANN])
        check(not got.startswith('235'), f'after {len(answers)} guesses the next one still counts: {got}')
    locked = [one for one in site.events('login') if 'locked' in one['result']]
    check(locked, site.events('login')[-3:])
    is_code(site.post(letter('port 25 is open')), '250')

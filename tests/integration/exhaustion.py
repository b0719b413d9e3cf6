"""Whatever is sent, memory stays flat and others are served."""
import resource
import socket

from harness import check, wait_for
from rig import ANN, BOB, SANITIZED, SLACK_KB, TECH, Dialogue, Site, is_code, letter, list_file


def promise_idle_connections_are_capped_and_others_served(world):
    sink = world.sink()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8192)), hard))
    site = world.start(Site,
                       sink.port,
                       settings={
                           'limits.connections': 1500,
                           'limits.connections_per_address': 1200
                       })
    before = site.peak_kb(since_now=True)
    idle, refused = [], 0
    for number in range(2000):
        client = socket.socket()
        client.settimeout(60)
        client.bind((f'127.0.0.{2 + number % 2}', 0))
        client.connect(('127.0.0.1', site.mx))
        idle.append(client)
    for client in idle:
        refused += client.recv(100).startswith(b'421')
    check(refused == 500, f'{refused} of 2,000 refused, 1,500 are allowed')
    for client in idle[1000:]:
        client.close()
    wait_for('the closed ones to be counted out', lambda: site.rows('status')[-1]['sessions'] <= 1000)
    # 127.0.0.1 itself: its own share
    few = [socket.create_connection(('127.0.0.1', site.mx), 60) for _ in range(3)]
    check(all(one.recv(100).startswith(b'220') for one in few), 'the share of one address is another\'s too')
    is_code(site.post(letter('beside the idle')), '250')
    grown = site.peak_kb() - before
    check(grown < 48 * 1024 + SLACK_KB, f'1,500 idle connections took {grown} KB')
    for client in idle + few:
        client.close()


def promise_one_address_takes_not_all_connections(world):
    sink = world.sink()
    site = world.start(Site,
                       sink.port,
                       settings={
                           'limits.connections': 100,
                           'limits.connections_per_address': 10
                       })
    mine = [socket.create_connection(('127.0.0.1', site.mx), 60) for _ in range(11)]
    greetings = [one.recv(100)[:3] for one in mine]
    check(sorted(greetings) == [b'220'] * 10 + [b'421'], greetings)
    other = socket.create_connection(('127.0.0.1', site.mx), 60, source_address=('127.0.0.9', 0))
    check(other.recv(100).startswith(b'220'), 'another address is not served')
    with Dialogue(site.lmtp, hello='LHLO a') as client:
        is_code(client.post(letter('lmtp has no address')), '250')


def promise_a_million_recipients_are_not_kept(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(post='anyone')})
    before = site.peak_kb(since_now=True)
    for recipient, good in ((TECH, True), ('nobody@lists.test', False)):
        with site.dialogue() as client:
            client.ask(f'MAIL FROM:<{ANN}>', '250')
            block = f'RCPT TO:<{recipient}>\r\n'.encode() * 500
            codes, sent = {}, 0
            while sent < 1_000_000 and client.send(block):
                sent += 500
                for _ in range(500):
                    code = client.reply()[:3]
                    codes[code] = codes.get(code, 0) + 1
                    if not code:
                        break
                if '' in codes:
                    break
            check(sent < 100_000, f'{sent} recipients and still talking: {codes}')
            check(codes.get('250', 0) == (100 if good else 0), codes)
    check(site.peak_kb() - before < 8192 + SLACK_KB, f'memory grew by {site.peak_kb() - before} KB')
    is_code(site.post(), '250')


def promise_a_hundred_recipients_are_taken_and_the_rest_asked_to_wait(world):
    sink = world.sink()
    lists = {f'l{n}': list_file(post='anyone') for n in range(105)}
    site = world.start(Site, sink.port, lists=lists, members={'l0': [ANN], 'l99': [ANN], 'l100': [BOB]})
    with site.dialogue() as client:
        client.ask(f'MAIL FROM:<{ANN}>', '250')
        codes = [client.ask(f'RCPT TO:<l{n}@lists.test>')[:7] for n in range(105)]
        check(codes == ['250 2.1'] * 100 + ['452 4.5'] * 5, codes)   # RFC 5321 4.5.3.1.10
        is_code(client.data(letter()), '250')
    site.wait_until('100 postings', lambda: len(site.postings()) == 100)
    check([mail.recipients for mail in sink.wait_for_recipients(2)] == [[ANN], [ANN]],
          'to those that were accepted')


def heads():
    """Messages of nearly the largest size, each hard on somebody who reads headers."""
    size = 9 << 20
    yield 'a million fields', letter(extra='X: y\r\n' * (1 << 20))
    yield 'one field of 9 MB', letter(extra='X: ' + 'y' * size + '\r\n')
    yield 'a field of a million lines', letter(extra='X:' + '\r\n y' * (1 << 20) + '\r\n')
    yield 'a long From', letter(extra='', sender='(' * 200_000 + ANN)
    yield 'a From of addresses', letter(sender=', '.join([ANN] * 200_000))
    yield 'a Subject of encoded words', letter('=?utf-8?q?a?= ' * 300_000)
    yield 'a Subject of replies', letter('Re: ' * 500_000)
    yield 'no header end', b'From: ' + ANN.encode() + b'\r\nSubject: x\r\n' + b'Y: z\r\n' * (1 << 20)
    parts = ''.join(f'Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n' for n in range(100_000))
    yield 'parts in parts', letter(extra='MIME-Version: 1.0\r\n' + parts)
    yield 'a million parts', letter(
        extra='MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n',
        body='--b\r\n\r\n' * (1 << 20))


def promise_a_hard_header_is_answered_and_costs_no_memory(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file(subject_prefix='[t] ', footer='the end')})
    for what, message in heads():
        before = site.peak_kb(since_now=True)
        got = site.post(message)
        check(got[:3] in ('250', '550', '552', '554'), f'{what}: {got or "the connection ended"}')
        site.wait_until('the queue to be empty', lambda: not site.rows('queue', 'ls'))
        check(SANITIZED or site.peak_kb() - before < 160 * 1024, f'{what}: {site.peak_kb() - before} KB more')
    is_code(site.post(), '250')


def promise_what_is_far_over_the_limit_is_read_and_kept_nowhere(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    with site.dialogue() as client:
        is_code(client.ask(f'MAIL FROM:<{ANN}> SIZE={100 << 20}'), '552')   # RFC 1870 6.1
    before = site.peak_kb(since_now=True)
    block = b'y' * (1 << 20)
    with site.dialogue() as client:
        client.begin()
        client.ask('DATA', '354')
        client.send(f'From: {ANN}\r\nX: ')
        check(all(client.send(block) for _ in range(100)), 'cut off: the client would try again for days')
        client.send('\r\n\r\nx\r\n.\r\n')
        is_code(client.reply(), '552')
        is_code(client.post(letter('and goes on')), '250')
    check(site.peak_kb() - before < 32 * 1024 + SLACK_KB, f'memory grew by {site.peak_kb() - before} KB')


def promise_breaking_off_just_under_the_limit_leaves_nothing(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    almost = letter(body=('x' * 78 + '\r\n') * ((10 << 20) // 80 - 100))

    def break_off(times):
        for _ in range(times):
            with site.dialogue() as client:
                client.begin()
                client.ask('DATA', '354')
                client.send(almost)
            # Else two of them may be there at once.
            site.wait_until('the session has ended', lambda: not site.rows('status')[-1]['sessions'])
    break_off(3)
    before = site.peak_kb()
    break_off(12)
    check(site.peak_kb() - before < 16 * 1024 + SLACK_KB, f'memory grew by {site.peak_kb() - before} KB')
    check(not site.postings(), site.postings())
    is_code(site.post(), '250')


def promise_messages_that_come_in_share_their_memory(world):
    sink = world.sink()
    site = world.start(Site,
                       sink.port,
                       settings={
                           'limits.message_size': '4MiB',
                           'limits.receive_memory': '8MiB'
                       })
    block = ('x' * 78 + '\r\n').encode() * 1000
    clients = [site.dialogue() for _ in range(12)]
    before = site.peak_kb(since_now=True)
    for client in clients:
        client.begin()
        client.ask('DATA', '354')
        client.send(letter())
    for _ in range(40):   # 3 MB each, all at once
        for client in clients:
            client.send(block)
    for client in clients:
        client.send(b'.\r\n')
    codes = sorted(client.reply()[:3] for client in clients)
    check(codes[0] == '250' and codes[-1] == '452' and set(codes) == {'250', '452'}, codes)
    check(SANITIZED or site.peak_kb() - before < 64 * 1024, f'memory grew by {site.peak_kb() - before} KB')
    # Room is given back when the answer is out, a moment after it is heard.
    site.wait_until('there is room again', lambda: site.post(letter('room again')).startswith('250') or None)
    site.wait_until_settled(codes.count('250') + 1)


def promise_nonsense_is_not_listened_to_for_ever(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    for nonsense in ('XYZZY', 'NOOP', 'RSET', 'VRFY x', 'HELP', 'RCPT TO:<a@b.test>', 'EHLO !',
                     f'MAIL FROM:<{ANN}> X=y'):
        with site.dialogue() as client:
            answers = 0
            while answers < 500 and client.ask(nonsense):
                answers += 1
            check(answers < 500, f'{nonsense} was answered {answers} times')

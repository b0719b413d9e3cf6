"""The rules of the dialogue: order, lines, characters; and what it tells about the house."""
import time

from harness import check
from rig import ANN, SLACK_KB, TECH, Dialogue, Site, is_code, letter


def promise_commands_out_of_order_make_no_message(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    hello = f'MAIL FROM:<{ANN}>'
    to = f'RCPT TO:<{TECH}>'
    wrong = [   # the commands, and the codes of their answers
        ([hello], ['503']), ([to], ['503']), (['DATA'], ['503']),
        (['EHLO a', to, 'DATA'], ['250', '503', '503']), (['EHLO a', 'DATA'], ['250', '503']),
        (['EHLO a', hello, 'DATA'], ['250', '250', '503']),
        (['EHLO a', hello, to, hello], ['250', '250', '250', '503']),
        (['EHLO a', hello, to, 'RSET', 'DATA'], ['250', '250', '250', '250', '503']),
        (['EHLO a', hello, to, 'EHLO b', 'DATA'], ['250', '250', '250', '250', '503']),
        (['EHLO a', hello, 'RCPT TO:<nobody@lists.test>', 'DATA'], ['250', '250', '550', '554']),
        (['EHLO a', hello, to, 'RCPT TO:<\xff\xfe@lists.test>', 'RSET', 'DATA'],
         ['250', '250', '250', '501', '250', '503']),
        (['RSET', 'NOOP', 'VRFY x', hello], ['250', '250', '252', '503']),
        (['LHLO a', hello], ['500', '503']), (['HELO a', hello, to, 'QUIT'], ['250', '250', '250', '221'])]
    for commands, codes in wrong:
        with site.dialogue(greeted=False) as client:
            client.expect('220')
            for command, code in zip(commands, codes):
                is_code(client.ask(command.encode('latin-1')), code)
    with site.dialogue() as client:   # rejected data leaves nothing behind
        client.begin()
        is_code(client.data(letter('x', sender='eve@strangers.test', body='a\r\n').replace(b'From:', b'X:')),
                '550')
        client.ask(to, '503')
        client.ask('DATA', '503')
    with Dialogue(site.lmtp, greeted=False) as client:
        client.expect('220')
        for command, code in (('EHLO a', '500'), ('HELO a', '500'), (hello, '503'), ('LHLO a', '250')):
            is_code(client.ask(command), code)
    check(not site.postings(), site.postings())


def promise_every_prefix_of_a_session_may_be_reset(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    steps = [('EHLO a', '250'), (f'MAIL FROM:<{ANN}>', '250'), (f'RCPT TO:<{TECH}>', '250')]
    for reset in ('RSET', 'EHLO again', 'HELO again'):
        for length in range(len(steps) + 1):
            with site.dialogue(greeted=False) as client:
                client.expect('220')
                for command, code in steps[:length]:
                    client.ask(command, code)
                client.ask(reset, '250')
                is_code(client.ask('DATA'), '503')
                client.ask('EHLO a', '250')
                is_code(client.post(letter(f'{reset} {length}')), '250')
    site.wait_until_settled(3 * 4)


def promise_bdat_is_not_offered_and_its_bytes_are_no_commands(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    message = letter()
    for size in ('0 LAST', f'{len(message)} LAST', '18446744073709551615', '-1', 'x', ''):
        with site.dialogue() as client:
            check('CHUNKING' not in client.extensions, client.extensions)
            client.begin()
            client.send(f'BDAT {size}\r\n'.encode() +
                        f'RSET\r\nMAIL FROM:<{ANN}>\r\nRCPT TO:<{TECH}>\r\n'.encode() + b'DATA\r\n' +
                        message + b'.\r\n')
            replies = client.until_end()
            check(len(replies) == 1 and replies[0].startswith('502'), f'BDAT {size}: {replies}')
    check(not site.postings(), site.postings())


def promise_a_line_too_long_is_refused_and_kept_nowhere(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    with site.dialogue() as client:
        for length, code in ((512, '250'), (513, '500'), (512, '250')):   # RFC 5321 4.5.3.1.4, CRLF included
            is_code(client.ask('NOOP ' + 'x' * (length - 7)), code)
    with site.dialogue() as client:
        is_code(client.ask('NOOP ' + 'x' * 65536), '500')
        check(client.reply() == '', 'open after a line of 64 KB')
    before = site.peak_kb(since_now=True)
    with site.dialogue() as client:
        piece = b'x' * 65536
        sent = sum(len(piece) for _ in range(320) if client.send(piece))   # 20 MB without a line end
    with site.dialogue() as client:
        check(client.ask('NOOP', '250'), 'no answer')
    check(sent < 20 << 20, 'all of 20 MB was read before it was refused')
    check(site.peak_kb() - before < 4096 + SLACK_KB, f'memory grew by {site.peak_kb() - before} KB')


def promise_long_lines_of_a_body_arrive_whole(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    bodies = ['x' * 998 + '\r\n', 'x' * 1000 + '\r\n', '.' * 998 + '\r\n', ('y' * (1 << 20)) + '\r\n.z\r\n']
    for number, body in enumerate(bodies):
        is_code(site.post(letter(f'long {number}', body)), '250')
    site.wait_until_settled(len(bodies))
    found = sorted(mail.bytes.split(b'\r\n\r\n', 1)[1] for mail in sink.mails())
    check(found == sorted(body.encode() for body in bodies), 'a body was changed on its way')


ODD = [
    b'\0', b'\x80', b'\xff', b'\xc2\x9b', b'\xc0\xaf', b'\xe2\x80\xae', b'\x1b[2J', b'\x7f', b'\x08',
    b'\xed\xa0\x80'
]


def promise_odd_bytes_are_refused_and_nothing_is_cut_at_a_nul(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    for odd in ODD:
        for command in (b'EHLO cl%sent.test', b'MAIL FROM:<an%sn@members.test>',
                        b'MAIL FROM:<ann@members.test%s>', b'MAIL FROM:<ann@members.test> SIZ%sE=1',
                        b'NO%sOP', b'%s', b'VRFY a%s'):
            with site.dialogue() as client:
                is_code(client.ask(command.replace(b'%s', odd)), '500', '501', '553', '555')
        with site.dialogue() as client:
            client.ask(f'MAIL FROM:<{ANN}>', '250')
            is_code(client.ask(b'RCPT TO:<tech' + odd + b'@lists.test>'), '501', '553')
            is_code(client.ask(b'RCPT TO:<tech@lists.test' + odd + b'>'), '501', '553')
            is_code(client.ask(b'RCPT TO:<tech@lists.test>' + odd), '501')
            is_code(client.ask('DATA'), '503', '554')
    is_code(site.post(letter('nul', 'a\0b\r\n')), '550')
    check(not site.postings(), site.postings())
    is_code(site.post(letter('eight\x01bit', 'b\x01\x1b[2J\r\n')), '250')
    site.wait_until_settled(1)
    check(
        b'eight\x01bit' in sink.mails()[0].bytes and sink.mails()[0].bytes.endswith(b'\r\nb\x01\x1b[2J\r\n'),
        'an odd byte of a message was changed')


def promise_who_talks_before_the_greeting_is_refused(world):
    sink = world.sink()
    site = world.start(Site, sink.port, settings={'timeouts.early_talker': '3s'})
    with site.dialogue(greeted=False) as client:
        client.send(f'EHLO a\r\nMAIL FROM:<{ANN}>\r\nRCPT TO:<{TECH}>\r\nDATA\r\n'.encode() + letter() +
                    b'.\r\n')
        replies = client.until_end()
        check(len(replies) == 1 and replies[0].startswith('554'), replies)
    is_code(site.post(letter('patient')), '250')
    check(len(site.postings()) == 1, site.postings())


def promise_a_pipeline_is_answered_in_order(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    with site.dialogue() as client:
        client.send(
            f'MAIL FROM:<{ANN}>\r\nRCPT TO:<nobody@lists.test>\r\nRCPT TO:<{TECH}>\r\nDATA\r\n'.encode() +
            letter('one') + f'.\r\nRSET\r\nMAIL FROM:<{ANN}>\r\nRCPT TO:<{TECH}>\r\nDATA\r\n'.encode() +
            letter('two') + b'.\r\nNOOP\r\nQUIT\r\n')
        codes = [reply[:3] for reply in client.until_end()]
    check(codes == '250 550 250 354 250 250 250 250 354 250 250 221'.split(), codes)
    site.wait_until_settled(2)


def promise_the_house_is_not_disclosed(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    with site.dialogue() as client:
        version = site.cli('--version').strip().lstrip('v')
        for text in (client.greeting, client.extensions, client.ask('HELP')):
            check(version not in text and 'reakwater' not in text, f'tells too much: {text}')
        asked = [client.ask(f'VRFY {name}') for name in (ANN, TECH, 'tech', 'nobody@lists.test')]
        check(set(asked) == {asked[0]} and asked[0].startswith('252'), asked)
        for name in (TECH, 'tech', 'nobody'):
            is_code(client.ask(f'EXPN {name}'), '502')
        client.ask(f'MAIL FROM:<{ANN}>', '250')
        unknown = [client.ask(f'RCPT TO:<{name}@lists.test>') for name in ('nobody', 'ann', 'carl')]
        check(all(one.startswith('550 5.1.1') for one in unknown), unknown)


def promise_silence_has_an_end(world):
    sink = world.sink()
    site = world.start(Site, sink.port, settings={'timeouts.command': '3s', 'timeouts.data_block': '3s'})
    began = time.monotonic()
    clients = [site.dialogue(), site.dialogue(), site.dialogue()]
    clients[1].begin()
    clients[2].begin()
    clients[2].ask('DATA', '354')
    for client in clients:
        is_code(client.expect('421'), '421')
        check(client.reply() == '', 'open after 421')
    trickle = site.dialogue()   # a byte now and then does not keep a session
    while trickle.send(b'N') and time.monotonic() - began < 90:
        trickle.socket.settimeout(0.2)
        try:
            if trickle.expect('421'):
                break
        except TimeoutError:
            pass
    else:
        check(False, 'a client that trickles keeps its session')
    check(not site.postings(), site.postings())

"""TLS begins with nothing that came in clear, on either side, and nothing in clear is believed behind it."""
import socket
import ssl
import threading

from harness import check
from recorder import Recorder
from rig import ANN, TECH, Dialogue, Site, is_code, letter

USERS = {ANN: 'correct horse'}


def promise_nothing_in_clear_is_carried_into_tls(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    for behind in (b'RSET\r\n', b'EHLO evil.test\r\n', b'\0', f'MAIL FROM:<{ANN}>\r\n'.encode()):
        with site.dialogue() as client:
            client.send(b'STARTTLS\r\n' + behind)
            is_code(client.expect('5'), '554')
            check(client.reply() == '', 'open after an injection behind STARTTLS')
    with site.dialogue() as client:   # EHLO, MAIL and RCPT are forgotten
        client.ask('STARTTLS now', '501')
        client.begin()
        client.ask('STARTTLS', '503')
        client.ask('RSET', '250')
        client.ask('STARTTLS', '220')
        client.encrypt()
        client.ask(f'MAIL FROM:<{ANN}>', '503')
        client.ask('DATA', '503')
        check('STARTTLS' not in client.ask('EHLO client.test', '250'), 'STARTTLS offered under TLS')
        client.ask('STARTTLS', '503')
        client.ask(f'RCPT TO:<{TECH}>', '503')
        is_code(client.post(letter()), '250')
    with Dialogue(site.smtps, wrapped=True) as client:
        client.ask('STARTTLS', '503')
    with Dialogue(site.lmtp, hello='LHLO client.test') as client:   # no certificate: not offered, refused
        check('STARTTLS' not in client.extensions, client.extensions)
        client.ask('STARTTLS', '502')


def promise_bytes_in_clear_amid_tls_end_the_session(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    with site.dialogue() as client:
        client.start_tls()
        client.begin()
        client.ask('DATA', '354')
        client.send(letter('half'))
        raw = socket.socket(fileno=client.socket.detach())
        raw.sendall(b'\r\n.\r\nQUIT\r\n')
        rest = b''
        raw.settimeout(10)
        try:
            while more := raw.recv(4096):
                rest += more
        except ConnectionResetError:
            pass
        raw.close()
    check(not site.postings(), 'a message that clear bytes ended was taken')
    is_code(site.post(letter('others are served')), '250')


class LyingServer(Recorder):
    """Says more behind its 220 to STARTTLS, in clear, than is its turn: the replies to all that follows."""

    def __init__(self, world, injected):
        self.injected, self.hello = injected, b''
        super().__init__(world, extensions=b'250-liar.test\r\n250 STARTTLS\r\n')

    def _answer(self, connection, lines, line):
        if line.strip().upper() != b'STARTTLS':
            return super()._answer(connection, lines, line)
        connection.sendall(b'220 go\r\n' + self.injected)
        self.commands.append(line)
        self.hello = lines.read(3)
        return False


def promise_replies_sent_before_the_handshake_are_not_believed(world):
    liar = LyingServer(world, b'250-liar.test\r\n250 8BITMIME\r\n250 ok\r\n250 ok\r\n354 go\r\n250 kept\r\n')
    site = world.start(Site, liar.port, tls='require')
    is_code(site.post(letter()), '250')
    site.wait_until('it was tried', lambda: any(row.get('attempts') for row in site.rows('queue', 'ls')))
    check(liar.hello == b'\x16\x03\x01', f'no ClientHello came behind STARTTLS: {liar.hello}')
    check(not any(line.startswith(b'MAIL') for line in liar.commands), f'mail in clear: {liar.commands}')
    posting = site.postings()[0]
    check(posting['delivered'] == 0 and posting['failed'] == 0, f'believed what was said in clear: {posting}')


def promise_a_slow_handshake_holds_up_nobody(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    stuck = [socket.create_connection(('127.0.0.1', site.smtps)) for _ in range(40)]
    for one in stuck:
        one.sendall(b'\x16\x03\x01')
    done = []

    def one_session():
        with Dialogue(site.smtps, wrapped=True) as client:
            done.append(client.log_in(ANN, USERS[ANN]))
    thread = threading.Thread(target=one_session)
    thread.start()
    thread.join(15)
    check(done and done[0].startswith('235'), f'nobody could log in beside stuck handshakes: {done}')
    for one in stuck:
        one.close()


def promise_old_tls_is_refused(world):
    sink = world.sink()
    site = world.start(Site, sink.port, users=USERS)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers('ALL:@SECLEVEL=0')
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection(('127.0.0.1', site.smtps), 10) as raw:
            version = context.wrap_socket(raw).version()
    except (ssl.SSLError, OSError):
        version = None
    check(version is None, f'{version} is spoken (RFC 8996)')

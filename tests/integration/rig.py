"""A server that is set up for one promise, and the raw client that tries it from outside."""
import base64
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess

from harness import BREAKWATER, Program, check, free_port, read, run, write

SANITIZED = bool(os.environ.get('BREAKWATER_SANITIZE'))
SLACK_KB = 300 * 1024 if SANITIZED else 0   # a sanitizer keeps what was freed for a while, up to so much
ANN, BOB, CARL = 'ann@members.test', 'bob@members.test', 'carl@members.test'
TECH = 'tech@lists.test'


def list_file(**settings):
    """A list's TOML: members may post, carl owns it; what is given stands instead or besides."""
    settings = {'domain': 'lists.test', 'owners': [CARL], **settings}
    return ''.join(f'{key} = {json.dumps(value)}\n' for key, value in settings.items())


def sections(settings):
    """{'limits.recipients': 5} as TOML."""
    found = {}
    for name, value in settings.items():
        section, key = name.split('.')
        found.setdefault(section, []).append(f'{key} = {json.dumps(value)}\n')
    return ''.join(f'[{section}]\n' + ''.join(lines) for section, lines in found.items())


def shifted_clock(world):
    """What is preloaded to a program whose wall clock is to be $SHIFT_S seconds ahead."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'shifted_clock.c')
    library = os.path.join(world.folder, 'shifted_clock.so')
    run('clang-16', '-shared', '-fPIC', '-O1', '-o', library, source)
    return library


class Site(Program):
    """`breakwater serve` with an mx listener, LMTP on a unix socket and one route, to `port`.

    lists: {name: TOML}, members: {name: addresses, or whole CSV rows}, settings: {'section.key': value}.
    `files` lie beside breakwater.toml.
    With `users` ({login: password}) there are submission listeners, 587-like and 465-like, too."""

    def __init__(self, world, port, *, name='site', lists=None, members=None, settings=None, users=None,
                 waits=('1h',), listeners='', route='', tls='none', data_dir=None, hostname='lists.test',
                 env=None, files=()):
        self.world = world
        self.folder = os.path.join(world.folder, name)
        os.makedirs(os.path.join(self.folder, 'lists'))
        self.mx, self.submission, self.smtps = free_port(), free_port(), free_port()
        self.lmtp = os.path.join(self.folder, 'lmtp')
        self.data_dir = data_dir or os.path.join(self.folder, 'data')
        self.config = os.path.join(self.folder, 'breakwater.toml')
        self.text = f'''hostname = "{hostname}"
postmaster = ["postmaster@members.test"]
data_dir = "{self.data_dir}"
{sections({'timeouts.drain': '5s', 'retry.waits': waits, 'retry.jitter_percent': 0, **(settings or {})})}
{self._listeners(users)}{listeners}
[[route]]
name = "sink"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = {port}
tls = "{tls}"
{route}'''
        write(self.config, self.text)
        for path in files:   # beside it
            shutil.copy(path, self.folder)
        for list_name, text in (lists or {'tech': list_file()}).items():
            self.write_list(list_name, text)
        for list_name, rows in ({'tech': [ANN, BOB, CARL]} if members is None else members).items():
            self.import_members(list_name, rows)
        for login, password in (users or {}).items():
            self.cli('user', 'add', login, stdin=password.encode() + b'\n')
        self.start(env)

    def _listeners(self, users):
        mx = f'[[listener]]\nkind = "mx"\naddress = "127.0.0.1:{self.mx}"\n'
        lmtp = f'[[listener]]\nkind = "lmtp"\naddress = "{self.lmtp}"\n'
        if users is None:
            return mx + lmtp
        self.certificate = self.world.certificate()
        tls = f'certificate = "{self.certificate}"\nkey = "{self.certificate[:-4]}.key"\n'
        kind = '[[listener]]\nkind = "submission"\n'
        return (f'{mx}{tls}{lmtp}{kind}address = "127.0.0.1:{self.submission}"\n{tls}'
                f'{kind}address = "127.0.0.1:{self.smtps}"\ntls_wrapped = true\n{tls}')

    def start(self, env=None):
        """Starts, or starts again what has ended."""
        log = os.path.join(self.folder, 'serve.log')
        self.log_begin = os.path.getsize(log) if os.path.exists(log) else 0
        super().__init__(self.world, [BREAKWATER, '-c', self.config, 'serve'], log, env)
        self.world.programs[:] = list(dict.fromkeys(self.world.programs))   # it ends once
        self.wait_until('it is ready', lambda: self.events('ready'))

    def write_list(self, name, text):
        write(os.path.join(self.folder, 'lists', name + '.toml'), text)

    def import_members(self, name, rows):
        rows = write(os.path.join(self.folder, name + '.csv'),
                     '\n'.join(['address,name,role,delivery', *rows]) + '\n')
        self.cli('member', 'import', name, rows)

    def events(self, name=None):
        """What the server has logged since it started: each line is JSON."""
        lines = read(self.log)[self.log_begin:].decode().split('\n')[:-1]
        found = [json.loads(line) for line in lines if line.startswith('{')]
        return [event for event in found if name is None or event['event'] == name]

    def cli(self, *words, stdin=b'', status=0):
        return run(BREAKWATER, '-c', self.config, *words, stdin=stdin, status=status).stdout.decode()

    def rows(self, *words):
        """What a command prints with --json: its rows, then one object more that sums up."""
        return [json.loads(line) for line in self.cli(*words, '--json').split('\n') if line]

    def postings(self):
        return [row for row in self.rows('posting', 'ls', '--limit', '10000') if 'posting' in row]

    def wait_until_settled(self, count=None):
        """All postings, once there are `count` and nothing is left to deliver."""
        def settled():
            found = self.postings()
            done = all(posting['state'] == 'done' for posting in found)
            return (found or True) if done and (count is None or len(found) == count) else None
        found = self.wait_until('the queue to be empty', settled)
        return [] if found is True else found

    def wait_until_settled_or_held(self):
        """Nothing is left to deliver; what is held or was dropped stays."""
        def settled():
            return all(posting['state'] != 'pending' for posting in self.postings()) or None
        self.wait_until('nothing left to deliver', settled)

    def status(self):
        return self.rows('status')[-1]

    def cli_later(self, *words):
        """Begins a command; the caller waits for its end."""
        return subprocess.Popen([BREAKWATER, '-c', self.config, *words], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def kill(self):
        """As a power cut would, for the process."""
        self.send(signal.SIGKILL)
        self.process.wait(60)

    def outcomes(self, posting):
        rows = self.rows('posting', 'trace', posting)
        return {row['recipient']: row for row in rows if 'recipient' in row}

    def peak_kb(self, since_now=False):
        """Peak resident memory; with since_now the peak is forgotten first."""
        if since_now:
            with open(f'/proc/{self.process.pid}/clear_refs', 'w', encoding='ascii') as file:
                file.write('5')
        status = read(f'/proc/{self.process.pid}/status').decode()
        return int(re.search(r'VmHWM:\s+(\d+)', status).group(1))

    def dialogue(self, **more):
        return Dialogue(self.mx, **more)

    def post(self, message=None, sender=ANN, to=TECH):
        """The last reply to an ordinary posting."""
        with self.dialogue() as client:
            return client.post(message or letter(), sender, to)


class Dialogue:
    """Raw bytes to a port or to a unix socket; replies as text, their lines joined by LF."""

    def __init__(self, where, greeted=True, wrapped=False, hello='EHLO client.test', timeout=60):
        if isinstance(where, int):
            self.socket = socket.create_connection(('127.0.0.1', where), timeout)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(where)
        self.received = b''
        self.hello = hello
        if wrapped:
            self.encrypt()
        if greeted:
            self.greeting = self.expect('220')
            self.extensions = self.ask(hello, '250')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def encrypt(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.received = b''

    def start_tls(self):
        self.ask('STARTTLS', '220')
        self.encrypt()
        self.extensions = self.ask(self.hello, '250')

    def send(self, data):
        """Whether it could be sent: the peer may have closed."""
        try:
            self.socket.sendall(data if isinstance(data, bytes) else data.encode())
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return False

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLError):
            return False
        self.received += data
        return bool(data)

    def reply(self):
        """The next reply; '' when the connection has ended."""
        lines = []
        while True:
            while b'\r\n' not in self.received:
                if not self._more():
                    return ''
            line, self.received = self.received.split(b'\r\n', 1)
            lines.append(line.decode('latin-1'))
            if line[3:4] != b'-':
                return '\n'.join(lines)

    def expect(self, start):
        got = self.reply()
        check(got.startswith(start), f'expected {start}, got {got or "the end of the connection"}')
        return got

    def ask(self, line, start=None):
        self.send((line if isinstance(line, bytes) else line.encode()) + b'\r\n')
        return self.reply() if start is None else self.expect(start)

    def until_end(self):
        """All replies until the server closes; silence of the timeout fails."""
        replies = []
        while reply := self.reply():
            replies.append(reply)
        return replies

    def finish(self):
        """No more will be sent: all that the server still says."""
        self.socket.shutdown(socket.SHUT_WR)
        return self.until_end()

    def begin(self, sender=ANN, to=TECH, *more):
        self.ask(f'MAIL FROM:<{sender}>', '250')
        for recipient in (to, *more):
            self.ask(f'RCPT TO:<{recipient}>', '250')

    def data(self, message):
        """The reply to the final dot; dots are stuffed."""
        self.ask('DATA', '354')
        self.send(re.sub(rb'(^|\r\n)\.', rb'\1..', message) + b'.\r\n')
        return self.reply()

    def post(self, message, sender=ANN, to=TECH):
        """The reply that decided: to the final dot, or the first refusal."""
        for line in (f'MAIL FROM:<{sender}>', f'RCPT TO:<{to}>'):
            got = self.ask(line)
            if not got.startswith('250'):
                return got
        return self.data(message)

    def log_in(self, login, password, mechanism='PLAIN'):
        if mechanism == 'PLAIN':
            return self.ask('AUTH PLAIN ' + base64_of(f'\0{login}\0{password}'))
        self.ask('AUTH LOGIN', '334')
        self.ask(base64_of(login), '334')
        return self.ask(base64_of(password))


def base64_of(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def letter(subject='Hello', body='Good morning.\r\n', sender=ANN, extra=''):
    """A message with CRLF ends; `extra` are more header lines, each with its end."""
    text = f'From: {sender}\r\nTo: {TECH}\r\n{extra}Subject: {subject}\r\n\r\n{body}'
    return text.encode('utf-8', 'surrogateescape')


def subjects(mails):
    """The Subject of each mail at the sink, sorted."""
    heads = [mail.bytes.split(b'\r\n\r\n')[0] + b'\r\n' for mail in mails]
    found = [re.search(rb'^Subject: (.*)\r$', head, re.M | re.I) for head in heads]
    return sorted(one.group(1).decode('latin-1') if one else '' for one in found)


def is_code(reply, *codes):
    check(reply[:3] in codes, f'expected {" or ".join(codes)}, got {reply or "the end of the connection"}')

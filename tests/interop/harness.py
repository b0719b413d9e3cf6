"""The real server, its sink and its command line, from folders of their own, on free loopback ports.

Everything that is started is a Program: it ends with its scenario, by its pid, and its log is shown when
the scenario fails. Every wait has an end."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from free_port import free_port

BREAKWATER = os.environ.get('BREAKWATER', 'build/release/breakwater')
PATIENCE_S = 60   # a busy machine of two cores, under a sanitizer, beside another test


class Failed(Exception):
    """What was expected did not happen; the message says what came instead."""


def check(condition, what):
    if not condition:
        raise Failed(what)


def wait_for(what, test, seconds=PATIENCE_S):
    """What test() returns, as soon as that is true."""
    end = time.monotonic() + seconds
    while True:
        found = test()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f'waited {seconds} s for {what}')
        time.sleep(0.02)


def listens(port, address='127.0.0.1'):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def as_root(words):
    """The command with sudo where this is not root; a password is never asked for."""
    if os.geteuid() == 0:
        return words
    check(shutil.which('sudo'), f'{words[0]} needs root, and there is no sudo: run this test as root')
    return ['sudo', '-n', *words]


def run(*words, stdin=b'', status=0, **more):
    """Runs a client to its end; fails unless it ends with `status` (None: any). The CompletedProcess."""
    words = [str(word) for word in words]
    done = subprocess.run(words, input=stdin, capture_output=True, timeout=PATIENCE_S, check=False, **more)
    if status is not None and done.returncode != status:
        raise Failed(f'{" ".join(words)}\nended with {done.returncode}, not {status}:\n'
                     f'{done.stdout.decode(errors="replace")}{done.stderr.decode(errors="replace")}')
    return done


class Program:
    """A server in the foreground, in a process group of its own."""

    def __init__(self, world, words, log, env=None, root=False):
        self.log, self.root = log, root
        self.words = as_root(words) if root else words
        with open(log, 'ab') as out:
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            start_new_session=True, env={**os.environ, **(env or {})})
        world.programs.append(self)   # from here on it is ended with its scenario

    def runs(self):
        return self.process.poll() is None

    def wait_until(self, what, test):
        def found():
            check(self.runs(), f'{self.words[0]} ended with {self.process.returncode} before {what}')
            return test()
        return wait_for(what, found)

    def send(self, number):
        if self.root and os.geteuid() != 0:
            run('sudo', '-n', 'kill', f'-{int(number)}', self.process.pid, status=None)
        elif self.runs():
            self.process.send_signal(number)

    def end(self):
        """Asks it to end and waits; its exit status. Kills what does not."""
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)
            raise Failed(f'{self.words[0]} did not end within {PATIENCE_S} s of SIGTERM') from None


class Mail:
    """A message as the sink took it: its bytes, and the envelope that it came in."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding='utf-8') as file:
            self.envelope = json.load(file)
        self.bytes = read(path[:-len('.json')] + '.eml')
        self.sender = self.envelope['sender']
        self.recipients = sorted(self.envelope['recipients'])


class Sink(Program):
    """`breakwater sink`: takes mail by SMTP and keeps it."""

    def __init__(self, world, *options):
        self.folder = os.path.join(world.folder, f'sink{len(world.programs)}')
        words = [BREAKWATER, 'sink', '--store', self.folder]   # on any free port, unless --port says one
        super().__init__(world, [*words, *options], self.folder + '.log')
        line = self.wait_until('it listens', lambda: read(self.log).split(b'\n')[0])
        self.port = int(json.loads(line)['listening'].rsplit(':', 1)[1])

    def mails(self):
        names = sorted(os.listdir(self.folder)) if os.path.isdir(self.folder) else []
        return [Mail(os.path.join(self.folder, name)) for name in names if name.endswith('.json')]

    def wait_for_recipients(self, count, to=None):
        """All mails (to `to`, when given), once they have `count` recipients together."""
        def enough():
            found = [mail for mail in self.mails() if to is None or to in mail.recipients]
            there = sum(len(mail.recipients) for mail in found)
            check(there <= count, f'{there} recipients at the sink, expected {count}: a duplicate')
            return found if there == count else None
        return self.wait_for(f'{count} recipients at the sink', enough)

    def wait_for(self, what, test):
        return self.wait_until(what, test)


class Breakwater(Program):
    """`breakwater serve` with all kinds of listeners. `lists`: {name: TOML}, `members`: {name: addresses}."""

    USER, PASSWORD = 'ann@members.test', 'correct horse'

    def __init__(self, world, routes, lists, members, more='', env=None):
        self.folder = os.path.join(world.folder, 'breakwater')
        self.mx, self.submission, self.smtps, self.lmtp_port = (free_port() for _ in range(4))
        self.lmtp = os.path.join(self.folder, 'door', 'lmtp')
        os.makedirs(os.path.dirname(self.lmtp))
        self.ca = world.certificate()
        tls = f'certificate = "{self.ca}"\nkey = "{self.ca[:-4]}.key"'
        self.config = write(os.path.join(self.folder, 'breakwater.toml'), f'''
hostname = "lists.test"
postmaster = ["postmaster@members.test"]
data_dir = "{self.folder}/data"
{more}
[retry]
waits = ["200ms", "500ms"]
[[listener]]
kind = "mx"
address = "127.0.0.1:{self.mx}"
{tls}
[[listener]]
kind = "submission"
address = "127.0.0.1:{self.submission}"
{tls}
[[listener]]
kind = "submission"
address = "127.0.0.1:{self.smtps}"
tls_wrapped = true
{tls}
[[listener]]
kind = "lmtp"
address = "{self.lmtp}"
[[listener]]
kind = "lmtp"
address = "127.0.0.1:{self.lmtp_port}"
{routes}''')
        for name, text in lists.items():
            write(os.path.join(self.folder, 'lists', name + '.toml'), text)
        for name, addresses in members.items():
            rows = write(os.path.join(world.folder, name + '.csv'), '\n'.join(['address', *addresses]) + '\n')
            self.cli('member', 'import', name, rows)
        self.cli('user', 'add', self.USER, stdin=self.PASSWORD.encode() + b'\n')
        log = os.path.join(world.folder, 'breakwater.log')
        super().__init__(world, [BREAKWATER, '-c', self.config, 'serve'], log, env)
        self.wait_until('all its ports answer', lambda: all(
            listens(port) for port in (self.mx, self.submission, self.smtps, self.lmtp_port)))

    def cli(self, *words, stdin=b'', status=0):
        """Runs a command of the server's; its standard output."""
        return run(BREAKWATER, '-c', self.config, *words, stdin=stdin, status=status).stdout.decode()

    def cli_json(self, *words):
        """The rows of a command, and its closing object, as --json prints them: one a line."""
        return [json.loads(line) for line in self.cli(*words, '--json').splitlines()]

    def posting(self):
        """The id of the only posting to a list."""
        rows = self.cli_json('posting', 'ls')
        postings = [row['posting'] for row in rows if row['list'] == 'tech@lists.test']
        check(len(postings) == 1, f'one posting expected: {postings}')
        return postings[0]

    def outcomes(self):
        """{recipient: what `posting trace` says became of its copy} of the only posting."""
        rows = self.cli_json('posting', 'trace', self.posting())
        return {row['recipient']: row for row in rows if 'recipient' in row}

    def wait_for_outcomes(self, count):
        """The same, once all `count` recipients are settled."""
        def settled():
            rows = self.outcomes()
            waiting = [row for row in rows.values() if row['state'] in ('queued', 'deferred')]
            return rows if len(rows) == count and not waiting else None
        return self.wait_until('an outcome for everyone', settled)


def reached(mails):
    """Who the mails went to, all together, sorted."""
    return sorted(address for mail in mails for address in mail.recipients)


def check_outcome(found, addresses, state, reply):
    """That the outcome of each address is this, and the next server's reply has these words."""
    for address in addresses:
        check(found[address]['state'] == state and reply in found[address]['reply'],
              f'{address}: expected {state}, "{reply}": {found[address]}')


SINK_ROUTE = '''[[route]]
name = "sink"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = {port}
tls = "none"
'''
LIST = '''name = "tech"
domain = "lists.test"
description = "What the technicians talk about"
owners = ["carl@members.test"]
post = "members"
subject_prefix = "[tech] "
'''
MEMBERS = ['ann@members.test', 'bob@members.test', 'carl@members.test']


class World:
    """One scenario's folder and programs."""

    def __init__(self, scenario):
        self.scenario = scenario   # the folder with what is posted and what is expected
        # Short: a unix socket's path has at most 107 bytes. Open to all: Postfix runs as a user of its own.
        self.folder = tempfile.mkdtemp(prefix='bw-')
        os.chmod(self.folder, 0o755)
        self.programs = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for program in reversed(self.programs):
            try:
                program.end()
            except Exception as problem:  # what failed first is what is raised
                print(problem)
                error = error or problem
        if error is not None:
            self.show_logs()
        shutil.rmtree(self.folder, ignore_errors=True)
        if os.path.exists(self.folder):
            run(*as_root(['rm', '-r', self.folder]), status=None)
        if kind is None and error is not None:
            raise error

    def show_logs(self):
        for program in self.programs:
            print(f'--- the end of {program.log}')
            print(read(program.log)[-6000:].decode(errors='replace'))

    def start(self, kind, *arguments, **more):
        return kind(self, *arguments, **more)

    def sink(self, *options):
        return self.start(Sink, *options)

    def breakwater(self, routes, lists=None, members=None, **more):
        lists, members = lists or {'tech': LIST}, members or {'tech': MEMBERS}
        return self.start(Breakwater, routes, lists, members, **more)

    def with_sink(self, **more):
        """The usual pair: the server, and the sink that all its copies go to."""
        sink = self.sink()
        return self.breakwater(SINK_ROUTE.format(port=sink.port), **more), sink

    def certificate(self):
        """A self-signed certificate for localhost and 127.0.0.1, its key beside it as .key."""
        path = os.path.join(self.folder, 'tls.pem')
        if not os.path.exists(path):
            run('openssl', 'req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                '-keyout', path[:-4] + '.key', '-out', path, '-days', '2', '-subj', '/CN=localhost',
                '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
        return path

    def file(self, name):
        """A file of the scenario, as it lies there."""
        return read(os.path.join(self.scenario, name))

    def post(self, name='post.eml'):
        """A file of the scenario as mail: CRLF line ends."""
        return self.file(name).replace(b'\n', b'\r\n')


def run_scenario(module, folder):
    """The exit status."""
    try:
        with World(folder) as world:
            module.scenario(world)
    except Exception:
        traceback.print_exc()
        return 1
    return 0

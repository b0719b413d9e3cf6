"""The server under test, its sinks, and a client that remembers what it was promised.

Everything listens on free ports of 127.0.0.1 and is ended by its pid. Every wait has an end."""
import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from free_port import free_port

BREAKWATER = os.environ.get('BREAKWATER', 'build/release/breakwater')
STARTED = []   # sinks and servers, which main() ends
CHECKED = []   # how many promises each account (account.py) has checked


class Failed(Exception):
    """What must hold does not; the message says what was seen instead."""


def check(condition, what):
    if not condition:
        raise Failed(what)


# For a list file: these tests post more in a minute than any person may in an hour.
ONE_ROUTE = '''
hostname = "lists.test"
postmaster = ["postmaster@calm.test"]
data_dir = "data"
{sections}[[listener]]
kind = "mx"
address = "127.0.0.1:{{{{port}}}}"
[[route]]
name = "calm"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = {{sink}}
tls = "none"
'''


def one_route(sections):
    """A server with one next server, whose port is put for {sink}, and these sections besides."""
    return ONE_ROUTE.format(sections=sections.lstrip())


UNLIMITED = '''
[guard]
confirm_above = 0
moderator_above = 0
sender_deliveries_per_hour = 1000000000
list_deliveries_per_hour = 1000000000
'''


def wait_for(what, test, seconds, pause=0.02):
    end = time.monotonic() + seconds
    while True:
        found = test()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f'waited {seconds} s for {what}')
        time.sleep(pause)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


class Sink:
    """`breakwater sink` that writes down each recipient it took, with the time: (us, sender, recipient)."""

    def __init__(self, folder, name, *options, port=None):
        self.record = os.path.join(folder, name + '.taken')
        self.port = port or free_port()
        STARTED.append(self)
        words = [BREAKWATER, 'sink', '--port', str(self.port), '--record', self.record, '--record-full']
        self.process = subprocess.Popen([*words, *options], stdout=subprocess.PIPE, text=True)
        check('listening' in self.process.stdout.readline(), 'the sink does not listen')

    def end(self):
        """Its counts; what it took is in the record from then on."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=60)
        return json.loads(out.splitlines()[-1])


class Server:
    """`breakwater serve` on one data directory, as often as it is started."""

    def __init__(self, folder, config, lists, members):
        self.folder, self.port, self.process, self.env = folder, free_port(), None, {}
        STARTED.append(self)
        self.log = os.path.join(folder, 'server.log')
        self.config = write(os.path.join(folder, 'breakwater.toml'), config.format(port=self.port))
        for name, text in lists.items():
            write(os.path.join(folder, 'lists', name + '.toml'), text)
        for name, addresses in members.items():
            rows = write(os.path.join(folder, name + '.csv'), '\n'.join(['address', *addresses]) + '\n')
            self.cli('member', 'import', name, rows)

    def start(self):
        with open(self.log, 'ab') as log:
            words = [BREAKWATER, '-c', self.config, 'serve']
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=os.environ | self.env)

    def wait_ready(self, seconds):
        """Seconds until a client hears a greeting."""
        began = time.monotonic()

        def greets():
            status = self.process.poll()
            check(status is None, f'the server ended with {status}: {self.log_end()}')
            try:
                with socket.create_connection(('127.0.0.1', self.port), 1) as one:
                    one.settimeout(seconds)
                    return one.recv(3) == b'220'
            except OSError:
                return False
        wait_for('a greeting', greets, seconds, 0.002)
        return time.monotonic() - began

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Stops it as an administrator does; fails where that is not clean."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(120)
        check(status == 0, f'SIGTERM ended the server with {status}: {self.log_end()}')

    def log_text(self):
        with open(self.log, 'rb') as log:
            return log.read().decode(errors='replace')

    def log_end(self):
        return self.log_text()[-3000:]

    def cli_later(self, *words):
        """Begins a command; the caller waits for its end."""
        return subprocess.Popen([BREAKWATER, '-c', self.config, *words], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, env=os.environ | self.env)

    def cli(self, *words):
        words = [BREAKWATER, '-c', self.config, *words]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False,
                              env=os.environ | self.env)
        said = done.stdout + done.stderr
        check(done.returncode == 0, f'{" ".join(words)} ended with {done.returncode}: {said}')
        return done.stdout

    def rows(self, *words):
        return [json.loads(line) for line in self.cli(*words, '--json').splitlines()]

    def waiting(self):
        """Recipients that are still queued."""
        return sum(row['remaining'] for row in self.rows('queue', 'ls') if 'posting' in row)


class Dialogue:
    """One SMTP connection, a command at a time. OSError where the server goes away."""

    def __init__(self, port, seconds=60, source=None):
        self.socket = socket.create_connection(('127.0.0.1', port), seconds, source_address=source)
        self.lines = self.socket.makefile('rb')
        self.greeting = self.reply()

    def reply(self):
        text = ''
        while True:
            line = self.lines.readline()
            if not line.endswith(b'\n'):
                raise ConnectionError('the connection ended in the middle of a reply')
            text += line.decode(errors='replace')
            if line[3:4] != b'-':
                return int(line[:3]), text

    def say(self, line):
        self.socket.sendall(line.encode() + b'\r\n')
        return self.reply()

    def close(self):
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Posted:
    """One message: to whom, and what its client heard."""

    def __init__(self, message_id, sender, lists):
        self.message_id, self.sender, self.lists = message_id, sender, lists
        self.promised = []    # lists whose RCPT was taken, when the final 250 came
        # 'accepted', 'refused' for good, 'put off'; or the server went away before it said
        self.outcome = 'unanswered'
        self.began = self.ended = 0   # in us: before its first line, and when the answer was there

    def heard(self, code):
        self.outcome = 'accepted' if code == 250 else 'refused' if code >= 500 else 'put off'


def transmit(dialogue, message, body='hello'):
    """Posts a Posted, and notes in it what came of it."""
    message.began = int(time.time() * 1e6)
    dialogue.say(f'MAIL FROM:<{message.sender}>')
    codes = {name: dialogue.say(f'RCPT TO:<{name}@lists.test>')[0] for name in message.lists}
    taken = [name for name, code in codes.items() if code == 250]
    if not taken:
        message.heard(max(codes.values()))
        dialogue.say('RSET')
        return
    code, _ = dialogue.say('DATA')
    if code == 354:
        dialogue.socket.sendall(f'From: {message.sender}\r\nTo: list@lists.test\r\nSubject: fault\r\n'
                                f'Message-ID: <{message.message_id}>\r\n\r\n{body}\r\n.\r\n'.encode())
        code, _ = dialogue.reply()
    message.heard(code)
    message.ended = int(time.time() * 1e6)
    if code == 250:
        message.promised = taken


def post(port, message):
    """The same over a connection of its own; a server that goes away leaves it unanswered."""
    try:
        with Dialogue(port) as dialogue:
            dialogue.say('EHLO poster.test')
            transmit(dialogue, message)
    except OSError:
        pass
    return message


class Poster(threading.Thread):
    """Posts as `choose` says, whenever the round allows one more, until it is stopped."""

    def __init__(self, number, seed, server, allowed, choose, body_bytes=2000):
        super().__init__(daemon=True)
        self.number, self.random, self.server = number, random.Random(f'{seed}/{number}'), server
        self.allowed, self.choose, self.body_bytes = allowed, choose, body_bytes
        self.posted, self.stopping, self.trouble = [], threading.Event(), None

    def run(self):
        try:
            while not self.stopping.is_set():
                try:
                    with Dialogue(self.server.port, 60) as dialogue:
                        dialogue.say('EHLO poster.test')
                        for _ in range(self.random.randint(1, 4)):
                            self.one(dialogue)
                except OSError:
                    time.sleep(0.005)
        except Exception as trouble:  # shown by who joins
            self.trouble = trouble

    def one(self, dialogue):
        while not self.allowed.acquire(timeout=0.05):
            if self.stopping.is_set():
                return
        time.sleep(self.random.random() * 0.03)
        sender, lists = self.choose(self.random)
        message = Posted(f'{self.number}.{len(self.posted)}@poster.test', sender, lists)
        self.posted.append(message)
        lines = self.random.randint(1, self.body_bytes) // 72 + 1
        transmit(dialogue, message, '\r\n'.join(['x' * 70] * lines))

    def end(self):
        self.stopping.set()
        self.join(60)
        if self.trouble:
            raise self.trouble
        return self.posted


def end_all():
    for process in filter(None, (getattr(one, 'process', None) for one in STARTED)):
        if process.poll() is None:
            process.kill()
            process.wait()


def main(doc, test, *options):
    """Runs test(folder, arguments) in a folder of its own, which is kept where the test fails. `options`:
    (name, settings for argparse). Without --seed a random one is taken, and said."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument('--seed', type=int, default=random.SystemRandom().randrange(10 ** 9))
    parser.add_argument('--keep', action='store_true', help='keep the folder')
    for name, settings in options:
        parser.add_argument(name, **settings)
    arguments = parser.parse_args()
    name, began = os.path.basename(sys.argv[0])[:-len('.py')], time.monotonic()
    folder = tempfile.mkdtemp(prefix=f'bw-{name}-')
    try:
        test(folder, arguments)
    except Failed as failed:
        print(f'FAILED (seed {arguments.seed}): {failed}\nkept: {folder}')
        arguments.keep = True
        return 1
    finally:
        end_all()
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f'{name}: seed {arguments.seed}, {time.monotonic() - began:.1f} s; '
          f'promises checked: {sum(CHECKED)}, every one was kept')
    return 0

"""What the servers that are measured have in common: sinks, posting, and what processes cost (/proc)."""
import contextlib
import json
import os
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
TICK = os.sysconf('SC_CLK_TCK')


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


def wait_for(what, test, seconds):
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            raise RuntimeError(f'waited {seconds} s for {what}')
        time.sleep(0.02)


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(('127.0.0.1', port)) == 0


def member(number):
    return f'member{number}@site{number % 40}.example'


def stop(process, seconds):
    """SIGTERM; what it has started and is still there after that time is killed with it."""
    started = family(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


class Folder:
    """A temporary folder that other users may enter: Postfix has users of its own."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix='bw-bench-')
        os.chmod(self.path, 0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Sink:
    """`breakwater sink`, the same for all: it counts and throws away."""

    def __init__(self, until=0, *options):
        self.port = free_port()
        words = [BREAKWATER, 'sink', '--port', str(self.port), *options]
        words += ['--until', str(until)] if until else []
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def counts(self, seconds):
        """Its counts when it has all, or after so many seconds."""
        try:
            out, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGTERM)
            out, _ = self.process.communicate(timeout=30)
        return json.loads(out.splitlines()[-1])

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def blast(port, connections, messages, recipient, size=2048):
    words = [BREAKWATER, 'blast', '--to', f'127.0.0.1:{port}', '--connections', connections,
             '--messages', messages, '--size', size, '--from', 'poster@bench.example', '--rcpt', recipient,
             '--json']
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300,
                          check=False)
    report = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    if report.get('accepted') != messages:
        raise RuntimeError(f'blast: {done.stdout}{done.stderr}')
    return report


def message(size, sender='poster@bench.example'):
    line = b'x' * 70 + b'\r\n'
    return (b'From: %s\r\nTo: list@lists.example\r\nSubject: one to many\r\n'
            b'Message-ID: <%d@bench.example>\r\n\r\n' % (sender.encode(), time.time_ns())
            + line * (size // len(line)))


class Post:
    """Hands one message over; `seconds` it took, and the wall clock `at` which it was accepted."""

    def __init__(self, port, recipients, parameters='', sender='poster@bench.example', hello='EHLO'):
        with socket.create_connection(('127.0.0.1', port), 60) as self.socket:
            self.socket.settimeout(300)
            self.lines = self.socket.makefile('rb')
            began = time.time()
            self.reply()
            self.say(f'{hello} bench.example'.encode())
            self.say(f'MAIL FROM:<{sender}>{parameters}'.encode())
            for at in range(0, len(recipients), 500):
                block = recipients[at:at + 500]
                self.socket.sendall(b''.join(b'RCPT TO:<%s>\r\n' % one.encode() for one in block))
                for _ in block:
                    self.reply()
            self.say(b'DATA')
            self.socket.sendall(message(2048, sender) + b'.\r\n')
            self.reply()
            self.at = time.time()
            self.seconds = self.at - began

    def say(self, line):
        self.socket.sendall(line + b'\r\n')
        return self.reply()

    def reply(self):
        while True:
            line = self.lines.readline()
            if line[3:4] != b'-':
                if line[:1] not in (b'2', b'3'):
                    raise RuntimeError(f'the server said {line!r}')
                return line


def family(pid):
    """A process and its descendants."""
    children = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open(f'/proc/{name}/stat', encoding='utf-8', errors='replace') as stat:
                    parent = int(stat.read().rsplit(')', 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        left += children.get(one, [])
    return found


def cpu_s(pid):
    """CPU seconds of a process and its descendants, those that have ended too."""
    ticks = 0
    for one in family(pid):
        try:
            with open(f'/proc/{one}/stat', encoding='utf-8', errors='replace') as stat:
                ticks += sum(int(field) for field in stat.read().rsplit(')', 1)[1].split()[11:15])
        except OSError:
            pass
    return ticks / TICK


class Memory(threading.Thread):
    """The peak of a server's memory, all its processes together; shared pages once (PSS). MiB."""

    def __init__(self, pid, pause=0.2):
        super().__init__(daemon=True)
        self.pid, self.pause, self.peak, self.ended = pid, pause, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(self.pause):
            self.peak = max(self.peak, self.now())

    def now(self):
        total = 0
        for one in family(self.pid):
            try:
                with open(f'/proc/{one}/smaps_rollup', encoding='ascii') as rollup:
                    total += sum(int(line.split()[1]) for line in rollup if line.startswith('Pss:'))
            except OSError:
                pass
        return total

    def end(self):
        self.ended.set()
        self.join()
        return max(self.peak, self.now()) / 1024


def resident_peak(pid):
    """A process's own word for its peak (VmHWM), MiB."""
    with open(f'/proc/{pid}/status', encoding='ascii', errors='replace') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmHWM')) / 1024

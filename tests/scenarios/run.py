#!/usr/bin/env python3
"""Plays scenarios: tests/scenarios/run.py FOLDER..., with $BREAKWATER naming the binary.

FOLDER/flow.txt tells the story, in steps; docs/testing.md says what they are. With BREAKWATER_REGENERATE=1
what is expected is written anew, as it came out: read it before you keep it."""
import calendar
import html
import os
import re
import shlex
import sys
import time
import types
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), name) for name in ('integration', 'interop')]

from harness import BREAKWATER, PATIENCE_S, Failed, check, free_port, read, run, run_scenario, wait_for, write
from mail_text import Names, defects, difference, parsed, readable
from rig import Dialogue, Site, shifted_clock

REGENERATE = bool(os.environ.get('BREAKWATER_REGENERATE'))
BEGINS = calendar.timegm((2026, 12, 1, 10, 0, 30))   # a Tuesday: the server's clock when a flow begins
SECONDS = {'day': 24 * 3600, 'hour': 3600, 'minute': 60}
PASSWORD = 'secret words'


class Flow:
    """One run of a folder's steps."""

    def __init__(self, world):
        self.world, self.names, self.expected, self.below = world, Names(), set(), []
        self.lines = world.file('flow.txt').decode().splitlines()
        steps = [line.split() for line in self.lines if line and line[0] not in '# ']
        self.ahead = BEGINS - time.time()
        os.environ['LD_PRELOAD'], os.environ['SHIFT_S'] = shifted_clock(world), str(int(self.ahead))
        self.sink, self.web = world.sink(), free_port()
        lists = {name[:-5]: world.file(f'lists/{name}').decode()
                 for name in os.listdir(os.path.join(world.scenario, 'lists'))}
        users = {words[-1]: PASSWORD for words in steps if words[2:3] == ['by']}
        browsed = any(words[0] in ('get', 'post') for words in steps)
        pages = {'web.url': 'https://lists.test', 'web.listen': f'127.0.0.1:{self.web}'}
        files = [entry.path for entry in os.scandir(world.scenario) if entry.is_file()]
        self.site = world.start(Site, self.sink.port, lists=lists, members={}, users=users or None,
                                settings=pages if browsed else {}, files=files)

    def play(self):
        """Every step; a failure says in which line."""
        at = 0
        while at < len(self.lines):
            line, end = self.lines[at], at + 1
            while end < len(self.lines) and self.lines[end].startswith('    '):
                end += 1
            if line and not line.startswith('#'):
                try:
                    self.below = self.lines[at + 1:end]
                    self.lines[at + 1:end] = told = self.compare(self.do(line))
                    end = at + 1 + len(told)
                except (Failed, AssertionError, OSError) as problem:
                    raise Failed(f'flow.txt:{at + 1}: {line}\n{problem}') from None
            at = end
        self.nothing_else()
        self.site.end()   # what it has in hand it sends
        self.nothing_else(settled=True)
        if REGENERATE:
            write(os.path.join(self.world.scenario, 'flow.txt'), '\n'.join(self.lines) + '\n')

    def do(self, line):
        verb, _, rest = line.partition(' ')
        step = getattr(self, 'step_' + verb, None)
        check(step, f'there is no step "{verb}"')
        if verb != 'expect':
            self.nothing_else()
        return step(self.names.learn(rest.strip())) or ''

    def indented(self, told):
        lines = self.names.hide(told.replace(self.site.folder, '{folder}')).splitlines()
        return [('    ' + line).rstrip() for line in lines if line.strip()]

    def compare(self, told):
        """What a step has to say is what stands below it; where nothing does, it does not matter."""
        if not self.below:
            return []
        arrived = self.indented(told)
        check(REGENERATE or arrived == self.below, 'it said:\n' + '\n'.join(arrived))
        return arrived

    def left(self):
        """What has come out and no step has expected yet."""
        return [mail for mail in self.sink.mails() if mail.path not in self.expected]

    def nothing_else(self, settled=False):
        if not settled:
            self.site.wait_until_settled_or_held()
        left = [self.text_of(mail) for mail in self.left()]
        check(not left, 'Mail came out that no step expects:\n\n' + '\n\n'.join(left))

    @staticmethod
    def text_of(mail):
        """The whole mail, its envelope in front."""
        message = parsed(mail.bytes)
        found = list(defects(message))
        check(not found, f'{found} in {mail.bytes.decode(errors="replace")}')
        to = ''.join(f'Delivered-To: {one}\n' for one in mail.recipients)
        return f'Return-Path: <{mail.sender}>\n{to}{readable(message)}'

    def step_expect(self, name):
        """FILE: this mail comes out now, before or after those of the `expect`s beside it; or `nothing`."""
        if name == 'nothing':
            return self.nothing_else()
        path = os.path.join(self.world.scenario, name)
        expected = read(path).decode() if os.path.exists(path) else ''
        check(expected or REGENERATE, f'there is no {name}')
        to = sorted(parsed(expected.encode()).get_all('Delivered-To', []))

        def candidates():
            return [mail for mail in self.left() if not to or mail.recipients == to]
        wait_for(f'mail to {", ".join(to)}', candidates, seconds=6 if REGENERATE else PATIENCE_S)
        self.site.wait_until_settled_or_held()
        tried = []
        for mail in candidates():
            names = self.names.copy()
            text = names.hide(self.text_of(mail).replace(self.site.folder, '{folder}'))
            tried.append((difference(expected, text), mail, names, text))
        differs, mail, self.names, text = min(tried, key=lambda one: len(one[0]))   # the nearest
        if REGENERATE:
            write(path, text)
        check(REGENERATE or not differs, differs)
        self.expected.add(mail.path)
        return None

    def step_members(self, rest):
        """LIST: ADDRESS [DELIVERY], ...; p[1-9]@members.test is nine of them."""
        name, people = rest.split(':')
        rows = []
        for one in people.split(','):
            address, _, delivery = one.strip().partition(' ')
            before, first, last, after = re.fullmatch(r'([^[]*)(?:\[(\d+)-(\d+)\])?(.*)', address).groups()
            crowd = range(int(first), int(last) + 1) if first else ['']
            rows += [f'{before}{number}{after},,,{delivery}' for number in crowd]
        self.site.import_members(name, rows)

    def post(self, rest):
        """The reply that decides about FILE [by LOGIN], whose envelope is its Return-Path and Delivered-To,
        or its From, and who is at the lists in To and Cc."""
        name, _, login = rest.partition(' by ')
        mail = self.names.learn(self.world.file(name).decode())
        message = parsed(mail.encode())
        sender = re.search(r'[^\s<>]*(?=>?$)', str(message['Return-Path'] or message['From'])).group()
        to = message.get_all('Delivered-To') or [*message.get_all('To', []), *message.get_all('Cc', [])]
        to = re.findall(r'(?i)[^\s<>,]+@lists\.test', ' '.join(map(str, to)))
        mail = re.sub(r'\A((Return-Path|Delivered-To):.*\n)*', '', mail).replace('\n', '\r\n').encode()
        with Dialogue(self.site.submission if login else self.site.mx) as client:
            if login:
                client.start_tls()
                client.log_in(login, PASSWORD)
            for line in (f'MAIL FROM:<{sender}>', *(f'RCPT TO:<{one}>' for one in to)):
                reply = client.ask(line)
                if not reply.startswith('250'):
                    return reply
            return client.data(mail)

    def step_send(self, rest):
        reply = self.post(rest)
        check(reply.startswith('250'), f'the server refused it: {reply}')
        return reply

    def step_refused(self, rest):
        reply = self.post(rest)
        check(reply.startswith('5'), f'the server took it: {reply}')
        return reply

    def step_run(self, rest, status=0):
        """A command of the administrator's, in the folder of breakwater.toml."""
        words = shlex.split(rest)
        if words[0] == 'breakwater':
            words[:1] = [os.path.abspath(BREAKWATER), '-c', self.site.config]
        done = run(*words, status=status, cwd=self.site.folder)
        return (done.stdout + done.stderr).decode()

    def step_fails(self, rest):
        return self.step_run(rest, status=1)

    def step_soon(self, rest):
        """As `run`, until it says what stands below."""
        if REGENERATE:
            time.sleep(4)
            return self.step_run(rest)

        def said():
            told = self.step_run(rest)
            return told if self.indented(told) == self.below else None
        return wait_for('\n'.join(self.below), said)

    def step_later(self, rest):
        """3 days: the server stands still meanwhile."""
        count, unit = rest.split()
        self.ahead += int(count) * SECONDS[unit.rstrip('s')]
        self.site.end()
        os.environ['SHIFT_S'] = str(int(self.ahead))
        self.site.start()

    def step_copy(self, rest):
        """FROM TO, both beside breakwater.toml."""
        source, target = (os.path.join(self.site.folder, name) for name in rest.split())
        write(target, read(source))

    def step_delete(self, name):
        os.remove(os.path.join(self.site.folder, name))

    def step_kill(self, _):
        """As a power cut would; then it starts again."""
        self.site.kill()
        self.site.start()

    def step_get(self, link, data=None):
        """What a browser shows; `post LINK FORM` is what its button sends."""
        link = link.replace('https://lists.test', f'http://127.0.0.1:{self.web}')
        try:
            with urllib.request.urlopen(link, data, timeout=30) as page:
                status, text = page.status, page.read().decode()
        except urllib.error.HTTPError as page:
            status, text = page.code, page.read().decode()
        text = re.sub(r'(?s)<head>.*?</head>|<style.*?</style>', '', text)
        text = re.sub(r'<button[^>]*>(.*?)</button>', r'[ \1 ]', text)
        return f'{status}\n' + re.sub(r'(?m)^\s+', '', html.unescape(re.sub(r'<[^>]*>', '', text)))

    def step_post(self, rest):
        link, form = rest.split()
        return self.step_get(link, form.encode())


def main(*folders):
    failed = 0
    for folder in folders:
        began = time.monotonic()
        story = types.SimpleNamespace(scenario=lambda world: Flow(world).play())
        status = run_scenario(story, os.path.abspath(folder))
        print(f'{"FAILED" if status else "plays"}: {os.path.basename(os.path.abspath(folder))} '
              f'({time.monotonic() - began:.1f} s)', flush=True)
        failed += status
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

"""What the command line reads from bounces: no server, no configuration."""
import json
import os
import subprocess

from harness import BREAKWATER, check

BOUNCE = (b'From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n'
          b"I wasn't able to deliver your message.\n\n<ann@example.org>:\nno such user (#5.1.1)\n")


def promise_bounce_parse_prints_a_line_a_message(world):
    folder = os.path.join(world.folder, 'bounces')
    os.makedirs(folder)
    bounce, letter = (os.path.join(folder, name) for name in ('bounce', 'letter'))
    with open(bounce, 'wb') as file:
        file.write(BOUNCE)
    with open(letter, 'wb') as file:
        file.write(b'From: ann@example.org\nSubject: lunch\n\nAt noon.\n')
    done = subprocess.run([BREAKWATER, 'bounce', 'parse', bounce, letter, '-'], input=BOUNCE,
                          capture_output=True, timeout=60)
    check(done.returncode == 0, done)
    failed = [{'address': 'ann@example.org', 'permanent': True, 'status': '5.1.1'}]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    check(rows == [{'file': bounce, 'recipients': failed}, {'file': letter, 'recipients': []},
                   {'file': '-', 'recipients': failed}], rows)
    done = subprocess.run([BREAKWATER, 'bounce', 'parse', folder + '/none', bounce], capture_output=True,
                          timeout=60)
    check(done.returncode == 1 and b'none' in done.stderr, done)
    check(len(done.stdout.splitlines()) == 1, done)

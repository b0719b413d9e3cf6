#!/usr/bin/env python3
"""That a scenario can fail: each change to a folder that plays has to be noticed, and said."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# (file, what is there, what stands instead, what the runner says)
CHANGES = (
    ('welcome.eml', 'Auto-Submitted: auto-replied\n', '', '+Auto-Submitted: auto-replied'),
    ('welcome.eml', r'From: (.*)\nTo: (.*)\n', r'To: \2\nFrom: \1\n', '-To: eve@people.test'),
    ('welcome.eml', 'is now on', 'was never on', '-eve@people.test was never on'),
    ('welcome.eml', 'text/plain; charset=us-ascii', 'text/html', 'text/html'),
    ('flow.txt', 'expect welcome.eml\n', '', 'Mail came out that no step expects'),
    ('flow.txt', 'expect already.eml', '', 'Mail came out that no step expects'),
    ('flow.txt', 'send again.eml\n', 'refused again.eml\n', 'the server took it'),
    ('flow.txt', 'send again.eml\n', 'send again.eml\n    250 2.0.0 Ok: nonsense\n', 'it said:'),
    ('flow.txt', 'send again.eml\n', 'fails breakwater member ls tech\n', 'ended with 0, not 1'),
    ('join.eml', 'eve@people.test>', 'eve+{token}@people.test>', 'no {token} yet'),
)


def fails(name, before, after, words):
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(os.path.join(HERE, 'join_open'), os.path.join(folder, 'join_open'))
        path = os.path.join(copy, name)
        with open(path, encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(re.sub(before, after, text, count=1))
        done = subprocess.run([sys.executable, '-B', os.path.join(HERE, 'run.py'), copy], capture_output=True,
                              text=True, timeout=300, check=False)
        noticed = done.returncode == 1 and words in done.stderr
        print(f'{"noticed" if noticed else "NOT NOTICED"}: {name}: {before!r} -> {after!r}')
        if not noticed:
            print(done.stdout + done.stderr)
        return noticed


if __name__ == '__main__':
    sys.exit(0 if all([fails(*one) for one in CHANGES]) else 1)

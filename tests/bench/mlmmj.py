"""mlmmj beside it: a list's folder, made by hand. It has no daemon: an MTA's pipe starts mlmmj-receive for
each message, and so does this.

mlmmj-send writes header, body and dot apart without TCP_NODELAY, so that each transaction waits some 40 ms
for the sink's delayed acknowledgement. The sink acknowledges at once for it (`breakwater sink --quick-ack`),
but where that wait is what is measured."""
import os
import shutil
import subprocess
import time
from types import SimpleNamespace

from ground import member, message, stop, write

FOLDERS = ('incoming', 'queue/discarded', 'archive', 'text', 'subconf', 'unsubconf', 'bounce', 'control',
           'moderation', 'subscribers.d', 'digesters.d', 'nomailsubs.d', 'requeue')


class Mlmmj:
    NAME, NEEDS = 'mlmmj', '/usr/bin/mlmmj-receive'

    def __init__(self, folder, sink_port, members, way):
        base = f'{folder}/mlmmj/list'
        for name in FOLDERS:
            os.makedirs(f'{base}/{name}')
        shutil.copytree('/usr/share/mlmmj/text.skel/en', f'{base}/text', dirs_exist_ok=True)
        write(f'{base}/index', '0\n')
        settings = {'listaddress': 'list@lists.example', 'owner': 'owner@bench.example',
                    'relayhost': '127.0.0.1', 'smtpport': str(sink_port)}
        if way == 'batch':   # no VERP of its own: up to so many recipients a transaction
            settings |= {'verp': '', 'maxverprecips': '100'}
        for name, value in settings.items():
            write(f'{base}/control/{name}', f'{value}\n' if value else '')
        write(f'{base}/subscribers.d/m', ''.join(member(n) + '\n' for n in range(members)))
        with open(f'{folder}/mlmmj/log', 'ab') as log:
            self.process = subprocess.Popen([self.NEEDS, '-F', '-L', base], stdin=subprocess.PIPE,
                                            stdout=log, stderr=log)
        self.pid = self.process.pid

    def post(self):
        """Counted from when it has the message: it answers nobody, and goes on in the same process. An MTA's
        pipe puts the Return-Path before it; a message without one is discarded."""
        text = b'Return-Path: <poster@bench.example>\r\n' + message(2048)
        self.process.stdin.write(text.replace(b'\r\n', b'\n'))
        self.process.stdin.close()
        return SimpleNamespace(at=time.time(), seconds=None)

    def end(self):
        self.process.stdin.close()
        stop(self.process, 20)

#!/usr/bin/env python3
"""Killed with 850,000 recipients queued, the server greets again within two seconds, with all of them."""
import random
import sys
import time

from account import Account
from house import UNLIMITED, Posted, Server, check, free_port, main, post

CONFIG = '''
hostname = "lists.test"
postmaster = ["postmaster@calm.test"]
data_dir = "data"
[retry]
waits = ["1h"]
[[listener]]
kind = "mx"
address = "127.0.0.1:{{port}}"
[[route]]
name = "down"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = {down}
tls = "none"
'''
LIST = 'domain = "lists.test"\ndescription = "d"\nowners = ["o@calm.test"]\npost = "anyone"\n' + UNLIMITED


def test(folder, arguments):
    members = {'all': [f'm{n}@d{n // 17_000}.test' for n in range(arguments.members)]}
    server = Server(folder, CONFIG.format(down=free_port()), {'all': LIST}, members)
    server.start()
    server.wait_ready(60)
    message = post(server.port, Posted('1@test', 'a@calm.test', ['all']))
    check(message.outcome == 'accepted', message.outcome)
    dice, ready = random.Random(arguments.seed), []
    for _ in range(arguments.kills):
        time.sleep(dice.random() * 0.3)
        server.kill()
        server.start()
        ready.append(server.wait_ready(60))
    check(max(ready) <= arguments.within, f'ready only after {max(ready):.2f} s')
    account = Account(server, [message], members)
    account.read([])
    counted = account.prove(0)
    check(counted['queued'] == arguments.members, counted)
    server.kill()
    print(f'{arguments.kills} kills with {arguments.members} recipients queued: ready again after at most '
          f'{max(ready):.2f} s, and all are queued still')


if __name__ == '__main__':
    sys.exit(main(__doc__, test, ('--members', {'type': int, 'default': 850_000}),
                  ('--kills', {'type': int, 'default': 5}),
                  ('--within', {'type': float, 'default': 2, 'help': 'seconds'})))

"""Breakwater as it is measured: one listener, one route to the sink; no setting but limits on clients."""
import os
import subprocess

from ground import BREAKWATER, Post, free_port, listens, member, stop, wait_for, write

CONFIG = '''
hostname = "lists.example"
postmaster = ["postmaster@bench.example"]
data_dir = "data"
[limits]
connections_per_address = 1000
deliveries_per_hour = 0
[log]
level = "{log}"
[[listener]]
kind = "mx"
address = "127.0.0.1:{port}"
[[route]]
name = "sink"
kind = "smarthost"
domains = ["*"]
host = "127.0.0.1"
port = {sink}
tls = "none"
'''
LIST = '''domain = "lists.example"
description = "Measured"
owners = ["owner@bench.example"]
post = "anyone"
delivery = "{delivery}"
[guard]
confirm_above = 0
moderator_above = 0
sender_deliveries_per_hour = 1000000000
list_deliveries_per_hour = 1000000000
'''


class Breakwater:
    NAME, NEEDS = 'Breakwater', BREAKWATER

    def __init__(self, folder, sink_port, members, way='batch'):
        self.port = free_port()
        self.config = write(f'{folder}/breakwater/breakwater.toml',
                            CONFIG.format(port=self.port, sink=sink_port, log='info'))
        delivery = 'batch' if way == 'batch' else 'individual'
        write(f'{folder}/breakwater/lists/list.toml', LIST.format(delivery=delivery))
        rows = write(f'{folder}/members.csv', 'address\n' + ''.join(member(n) + '\n' for n in range(members)))
        subprocess.run([BREAKWATER, '-c', self.config, 'member', 'import', 'list', rows], check=True,
                       capture_output=True)
        os.unlink(rows)
        with open(f'{folder}/breakwater/log', 'ab') as log_file:
            self.process = subprocess.Popen([BREAKWATER, '-c', self.config, 'serve'], stderr=log_file)
        wait_for('Breakwater', lambda: listens(self.port), 20)
        self.pid = self.process.pid

    def post(self):
        return Post(self.port, ['list@lists.example'])

    def end(self):
        stop(self.process, 40)

"""Breakwater as it is measured: one listener, one route to the sink; no setting but limits on clients."""
import os
import signal
import subprocess

from ground import BREAKWATER, listens, member, free_port, wait_for, write

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
    NAME = 'Breakwater'

    def __init__(self, folder, sink_port, members, delivery='batch', log='info'):
        self.port = free_port()
        self.config = write(f'{folder}/breakwater/breakwater.toml',
                            CONFIG.format(port=self.port, sink=sink_port, log=log))
        write(f'{folder}/breakwater/lists/list.toml', LIST.format(delivery=delivery))
        rows = write(f'{folder}/members.csv', 'address\n' + ''.join(member(n) + '\n' for n in range(members)))
        subprocess.run([BREAKWATER, '-c', self.config, 'member', 'import', 'list', rows], check=True,
                       capture_output=True)
        os.unlink(rows)
        with open(f'{folder}/breakwater/log', 'ab') as log_file:
            self.process = subprocess.Popen([BREAKWATER, '-c', self.config, 'serve'], stderr=log_file)
        wait_for('Breakwater', lambda: listens(self.port), 20)
        self.pid = self.process.pid

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

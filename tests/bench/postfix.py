"""Postfix beside it, from a folder of its own; nothing in /etc is read or written. Only root can start it.

Tuned where its defaults would hold a benchmark up: no limits on clients, no lookups, no in_flow_delay;
connections to the sink are reused. It writes its log to a file, as Breakwater does."""
import os
import subprocess

from ground import Post, free_port, listens, member, stop, wait_for, write

SERVICES = '''
127.0.0.1:{port} inet n - n - 200 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
'''
SETTINGS = '''
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = lists.example
mydestination = lists.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
alias_maps = texthash:{folder}/conf/aliases
alias_database =
local_recipient_maps =
biff = no
disable_dns_lookups = yes
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtpd_peername_lookup = no
smtpd_recipient_limit = 1000000
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
message_size_limit = 1073741824
mailbox_size_limit = 0
default_destination_recipient_limit = 100
default_destination_concurrency_limit = 20
smtp_connection_cache_destinations = [127.0.0.1]:{sink}
authorized_verp_clients = 127.0.0.0/8
{transport}
'''
DISCARD = '\n'.join(f'{name}_transport = discard:' for name in ('default', 'relay', 'virtual', 'local'))


class Postfix:
    NAME, NEEDS = 'Postfix', '/usr/sbin/postfix'

    def __init__(self, folder, sink_port, members, way='batch', discard=False):
        self.recipients = ['list@lists.example']
        if way == 'individual':   # an alias has no VERP: its client names them all
            self.recipients, members = [member(n) for n in range(members)], 0
        self.port, base = free_port(), f'{folder}/postfix'
        transport = DISCARD if discard else f'relayhost = [127.0.0.1]:{sink_port}'
        self.configuration = f'{base}/conf'
        write(f'{base}/conf/main.cf', SETTINGS.format(folder=base, sink=sink_port, transport=transport))
        write(f'{base}/conf/master.cf', SERVICES.format(port=self.port))
        write(f'{base}/conf/aliases',
              f'list :include:{base}/conf/members\nowner-list list-bounces@bench.example\n')
        write(f'{base}/conf/members', ''.join(member(n) + '\n' for n in range(members)))
        for name in ('queue', 'data'):
            os.makedirs(f'{base}/{name}')
        subprocess.run(['chown', 'postfix', f'{base}/data'], check=True)
        with open(f'{base}/console', 'ab') as console:
            self.process = subprocess.Popen([self.NEEDS, '-c', self.configuration, 'start-fg'],
                                            stdout=console, stderr=console)
        wait_for('Postfix', lambda: listens(self.port), 20)
        self.pid = self.process.pid

    def post(self):
        return Post(self.port, self.recipients, ' XVERP=+=' if len(self.recipients) > 1 else '')

    def end(self):
        subprocess.run([self.NEEDS, '-c', self.configuration, 'stop'], capture_output=True, check=False)
        stop(self.process, 40)

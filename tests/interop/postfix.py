"""A real Postfix from a folder of its own: configuration, queue and log. Its master wants to be root."""
import os

from harness import PATIENCE_S, Program, as_root, check, free_port, listens, run, write

SERVICES = '''
{address}:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
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
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {hostname}
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
smtp_tls_security_level = may
smtp_host_lookup = native
smtputf8_enable = yes
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
{more}
'''


class Postfix(Program):
    """`settings`: what this one is for, as lines of main.cf, where @ stands for the folder of its tables.

    `tables`: {name: text of a texthash table}."""

    def __init__(self, world, hostname, settings, tables=None, port=None, address='127.0.0.1'):
        check(os.path.exists('/usr/sbin/postfix'), 'Postfix is not installed: scripts/install tests')
        folder = os.path.join(world.folder, hostname)
        self.port = port or free_port()
        self.configuration = os.path.join(folder, 'conf')
        for name, text in (tables or {}).items():
            write(os.path.join(self.configuration, name), text)
        write(os.path.join(self.configuration, 'main.cf'), SETTINGS.format(
            folder=folder, hostname=hostname, more=settings.replace('@', self.configuration + '/')))
        write(os.path.join(self.configuration, 'master.cf'), SERVICES.format(address=address, port=self.port))
        os.makedirs(os.path.join(folder, 'queue'))
        os.makedirs(os.path.join(folder, 'data'))
        run(*as_root(['chown', '-R', 'root:root', self.configuration, os.path.join(folder, 'queue')]))
        run(*as_root(['chown', 'postfix', os.path.join(folder, 'data')]))
        super().__init__(world, self.postfix('start-fg'), os.path.join(folder, 'console'), root=True)
        self.log = os.path.join(folder, 'log')
        self.wait_until('it listens', lambda: listens(self.port, address))

    def postfix(self, command):
        return ['/usr/sbin/postfix', '-c', self.configuration, command]

    def log_text(self):
        return run(*as_root(['cat', self.log])).stdout.decode(errors='replace')

    def end(self):
        run(*as_root(self.postfix('stop')), status=None)
        run(*as_root(['chmod', 'a+r', self.log]), status=None)
        return self.process.wait(PATIENCE_S)

"""A real Dovecot from a folder of its own: LMTP in, mailboxes as Maildir, read by IMAP."""
import getpass
import grp
import imaplib
import os
import pwd

from harness import Program, as_root, check, free_port, listens, read, run, wait_for, write

SETTINGS = '''
protocols = imap lmtp
base_dir = {folder}/base
log_path = {folder}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
auth_username_format = %Lu
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
{unprivileged}
'''
# Without root there are no users to change to and no chroot.
UNPRIVILEGED = '''
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service imap-login {{
  chroot =
}}
service anvil {{
  chroot =
}}
'''


class Dovecot(Program):
    def __init__(self, world, users):
        self.folder = os.path.join(world.folder, 'dovecot')
        self.port, self.imap_port, self.auth_port = free_port(), free_port(), free_port()
        self.socket = os.path.join(self.folder, 'lmtp')
        root = os.geteuid() == 0
        user = 'mail' if root else getpass.getuser()
        group = 'mail' if root else grp.getgrgid(os.getegid()).gr_name
        os.makedirs(os.path.join(self.folder, 'mail'))
        if root:
            run(*as_root(['chown', user, os.path.join(self.folder, 'mail')]))
        owner = ':'.join(str(number) for number in pwd.getpwnam(user)[2:4])
        write(os.path.join(self.folder, 'users'),
              ''.join(f'{name}::{owner}::{self.folder}/mail/{name}::\n' for name in users))
        config = write(os.path.join(self.folder, 'dovecot.conf'), SETTINGS.format(
            folder=self.folder, lmtp=self.port, imap=self.imap_port, auth=self.auth_port,
            unprivileged='' if root else UNPRIVILEGED.format(user=user, group=group)))
        super().__init__(world, ['/usr/sbin/dovecot', '-F', '-c', config], self.folder + '/console')
        self.log = os.path.join(self.folder, 'log')
        self.wait_until('it listens', lambda: listens(self.port) and listens(self.imap_port))

    def mails(self, user):
        """The messages of a mailbox, as IMAP gives them."""
        with imaplib.IMAP4('127.0.0.1', self.imap_port, timeout=60) as imap:
            imap.login(user, 'secret')
            status, found = imap.select()
            check(status == 'OK', f'{user}: {found}')
            return [imap.fetch(str(number + 1), '(RFC822)')[1][0][1] for number in range(int(found[0]))]

    def wait_for_mails(self, user, count):
        return wait_for(f'{count} mails for {user}', lambda: self.enough(user, count))

    def enough(self, user, count):
        found = self.mails(user)
        check(len(found) <= count, f'{len(found)} mails for {user}, expected {count}: a duplicate')
        return found if len(found) == count else None

    def log_text(self):
        return read(self.log).decode(errors='replace')

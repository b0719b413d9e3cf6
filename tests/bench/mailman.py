"""Mailman 3's core beside it, from a folder of its own, as Debian's user `list`. Mail comes in by LMTP, as
from the MTA in front of it; SQLite as its database. Its members are written there: its own command adds some
forty a second. Archiver, digests and news are off, as nothing else here does them."""
import os
import shutil
import sqlite3
import subprocess
import uuid

from ground import Post, free_port, listens, member, stop, wait_for, write

BIN = '/usr/lib/mailman3/bin'
CONFIG = '''
[mailman]
site_owner: owner@bench.example
layout: bench
[paths.bench]
var_dir: {base}
queue_dir: {base}/queue
bin_dir: {bin}
list_data_dir: {base}/lists
log_dir: {base}/log
lock_dir: {base}/locks
data_dir: {base}/data
cache_dir: {base}/cache
etc_dir: {base}
ext_dir: {base}/ext
messages_dir: {base}/messages
archive_dir: {base}/archives
template_dir: {base}/templates
pid_file: {base}/master.pid
lock_file: {base}/locks/master.lck
[database]
class: mailman.database.sqlite.SQLiteDatabase
url: sqlite:///{base}/data/mailman.db
[webservice]
hostname: 127.0.0.1
port: {rest}
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_host: 127.0.0.1
smtp_port: {sink}
lmtp_host: 127.0.0.1
lmtp_port: {port}
max_recipients: 100
verp_delivery_interval: {verp}
[runner.archive]
start: no
[runner.digest]
start: no
[runner.nntp]
start: no
'''
WHEN = '2026-01-01 00:00:00.000000'


def add_members(database, count):
    """Each a user with one address, and preferences for user, address and membership, as Mailman does it."""
    with sqlite3.connect(database) as db:
        highest = {table: db.execute(f'SELECT coalesce(max(id), 0) + 1 FROM {table}').fetchone()[0]
                   for table in ('preferences', 'address', 'user', 'member')}
        ids = [(highest['preferences'] + 3 * n, highest['user'] + n, highest['address'] + n,
                highest['member'] + n, n) for n in range(count)]
        db.executemany('INSERT INTO preferences (id) VALUES (?)',
                       ((p + more,) for p, *_ in ids for more in range(3)))
        db.executemany('INSERT INTO user (id, display_name, _user_id, _created_on, is_server_owner,'
                       ' preferences_id) VALUES (?, "", ?, ?, 0, ?)',
                       ((user, uuid.uuid4().hex, WHEN, p) for p, user, _, _, n in ids))
        db.executemany('INSERT INTO address (id, email, display_name, verified_on, registered_on, user_id,'
                       ' preferences_id) VALUES (?, ?, "", ?, ?, ?, ?)',
                       ((address, member(n), WHEN, WHEN, user, p + 1) for p, user, address, _, n in ids))
        db.executemany('INSERT INTO member (id, _member_id, role, list_id, address_id, preferences_id,'
                       ' moderation_action, bounce_score, last_warning_sent, total_warnings_sent)'
                       ' VALUES (?, ?, 1, "list.lists.example", ?, ?, NULL, 0, ?, 0)',
                       ((row, uuid.uuid4().hex, address, p + 2, WHEN) for p, _, address, row, n in ids))
    db.close()


class Mailman:
    NAME, NEEDS = 'Mailman 3', f'{BIN}/master'

    def __init__(self, folder, sink_port, members, way):
        self.port, base = free_port(), f'{folder}/mailman'
        config = write(f'{base}/mailman.cfg',
                       CONFIG.format(base=base, bin=BIN, port=self.port, rest=free_port(), sink=sink_port,
                                     verp=int(way == 'individual')))
        shutil.chown(base, 'list', 'list')
        shutil.chown(config, 'list', 'list')
        as_list = {'user': 'list', 'group': 'list', 'cwd': base,
                   'env': {**os.environ, 'MAILMAN_CONFIG_FILE': config, 'HOME': base}}
        create = [f'{BIN}/mailman', 'create', 'list@lists.example', '--owner', 'owner@bench.example']
        subprocess.run(create, check=True, capture_output=True, **as_list)
        add_members(f'{base}/data/mailman.db', members)
        with open(f'{base}/console', 'ab') as console:
            self.process = subprocess.Popen([self.NEEDS, '-C', config], stdout=console, stderr=console,
                                            **as_list)
        self.pid = self.process.pid
        wait_for('Mailman', lambda: listens(self.port), 120)

    def post(self):
        return Post(self.port, ['list@lists.example'], sender=member(0), hello='LHLO')

    def end(self):
        stop(self.process, 60)

"""Lists in step with their sources: through the real binary, with the letters read by Python's email."""
import os
import sqlite3
import subprocess
import time
import urllib.request

from bounces import Calendar
from harness import BREAKWATER, check, free_port, wait_for, write
from rig import ANN, BOB, CARL, Site, is_code, letter, list_file
from sync_sources import Directory, Postgres, deaf_port
from subscriptions import received

EVE, DORA = 'eve@people.test', 'dora@people.test'
SYNCED = {'csv': 'kind = "csv"\nfile = "{}"\n', 'sqlite': 'kind = "sqlite"\nfile = "{}"\n'}


def people(count, first=0, domain='staff.test'):
    return [f'p{number:06}@{domain}' for number in range(first, first + count)]


def csv(path, addresses, head='address,name\n'):
    return write(path, head + ''.join(f'{one},\n' for one in addresses))


class Office(Site):
    """A site whose list tech has the sources that are given as TOML, each with its kind."""

    def __init__(self, world, port, *, sources=(), exclude=(), sync='', members=(), **more):
        self.staff = os.path.join(world.folder, 'staff.csv')
        self.sources = sources or [SYNCED['csv'].format(self.staff)]
        super().__init__(world, port, lists={'tech': self.file(self.sources, exclude, sync)},
                         members={'tech': list(members)}, **more)

    @staticmethod
    def file(sources, exclude=(), sync=''):
        tables = [f'[[source]]\n{one}' for one in sources] + [f'[[exclude]]\n{one}' for one in exclude]
        return list_file() + (f'[sync]\n{sync}' if sync else '') + ''.join(tables)

    def sync(self, *words, status=0):
        return self.cli('list', 'sync', 'tech', *words, status=status)

    def sync_rows(self, *words):
        return self.rows('list', 'sync', 'tech', *words)

    def why_not(self, *words):
        """What a sync says that does not succeed."""
        done = subprocess.run([BREAKWATER, '-c', self.config, 'list', 'sync', 'tech', *words],
                              capture_output=True, timeout=60, check=False)
        check(done.returncode == 1, f'{done.returncode}: {done.stdout} {done.stderr}')
        return (done.stdout + done.stderr).decode()

    def on_list(self, kept=None):
        rows = [row for row in self.rows('member', 'ls', 'tech', '--role', 'member') if 'address' in row]
        return sorted(row['address'] for row in rows if kept is None or row['kept'] == kept)

    def shown(self):
        return self.rows('list', 'show', 'tech')[-1]

    def audits(self):
        return [row for row in self.rows('audit', 'ls') if row.get('action') == 'sync']

    def database(self):
        return sqlite3.connect(f'file:{self.data_dir}/breakwater.db?mode=ro', uri=True, timeout=10)

    def ask(self, sql):
        with self.database() as db:
            return db.execute(sql).fetchone()[0]


def office(world, **more):
    sink = world.sink()
    return sink, world.start(Office, sink.port, **more)


def promise_a_sync_adds_and_removes_and_leaves_manual_members_alone(world):
    _, site = office(world, members=[ANN])
    csv(site.staff, [ANN, BOB, EVE])
    text = site.sync()
    check('tech@lists.test: 2 added, 0 removed' in text and 'manual: 1' in text, text)
    check(site.on_list('manual') == [ANN] and site.on_list('synced') == sorted([BOB, EVE]), site.on_list())
    csv(site.staff, [EVE, DORA])
    closing = site.sync_rows()[-1]
    check((closing['added'], closing['removed'], closing['result']) == (1, 1, 'applied'), closing)
    check(site.on_list() == sorted([ANN, EVE, DORA]), 'the manual member is kept though nobody names her')
    check(site.sync_rows()[-1]['result'] == 'in step', 'nothing to do')
    audits = site.audits()
    check(len(audits) == 2 and all('uid' in one['actor'] for one in audits), audits)
    shown = site.shown()
    check(shown['last_sync_result'] == 'in step' and shown['synced_when'] == 'by hand only', shown)
    check(shown['sources'] == [f'CSV file {site.staff}'] and shown['synced_members'] == 2, shown)
    check('synced' in site.cli('member', 'export', 'tech') and 'in step' in site.cli('member', 'show', EVE),
          'who is synced is told')


def promise_a_dry_run_changes_and_records_nothing(world):
    _, site = office(world)
    csv(site.staff, [ANN, BOB])
    rows = site.sync_rows('--dry-run')
    check([row['address'] for row in rows[:-1]] == [ANN, BOB], rows)
    check(rows[-1]['added'] == 2 and 'would add 2' in rows[-1]['message'], rows)
    check(site.on_list() == [] and site.shown()['last_sync'] == '' and not site.audits(), 'no change')
    left = [name for name in os.listdir(site.data_dir) if name.startswith('sync-')]
    check(left == [], left)


def promise_a_confirmation_is_for_the_numbers_that_were_shown(world):
    _, site = office(world)
    all_of_them = people(200)
    csv(site.staff, all_of_them)
    site.sync()
    csv(site.staff, all_of_them[:150])
    site.sync(status=1)
    csv(site.staff, all_of_them[:3])   # the source has gone on breaking
    text = site.sync('--confirm', 'yes', status=1)
    check('add 0 and remove 50; now it would add 0 and remove 197' in text, text)
    check(len(site.on_list()) == 200, 'nothing is changed')
    check('197 removed' in site.sync('--confirm', 'yes, them all'), 'who has seen that may say so')
    check('say why' in site.why_not('--confirm', ' '), 'a reason is a reason')


class Scheduled(Office, Calendar):
    """Whose hours the test turns, so that the schedule's next sync is now."""


def promise_what_only_the_schedule_has_seen_is_not_confirmed(world):
    """Owners were told of 50; since then the source could not be read, and then went on breaking."""
    sink = world.sink()
    all_of_them = people(200)
    csv(os.path.join(world.folder, 'staff.csv'), all_of_them)
    site = world.start(Scheduled, sink.port, sync='every = "1h"\n')
    site.wait_until('the first sync', lambda: len(site.on_list()) == 200)
    csv(site.staff, all_of_them[:150])
    site.later(3600)
    site.wait_until('held', lambda: site.shown()['last_sync_result'] == 'held')
    said = site.cli('list', 'show', 'tech')
    check('held, nothing is changed: would add 0 and remove 50' in said, said)
    csv(site.staff, [])
    site.later(3600)
    site.wait_until('failed', lambda: site.shown()['last_sync_result'] == 'failed')
    csv(site.staff, all_of_them[:3])
    site.later(3600)
    site.wait_until('held again', lambda: 'remove 197' in site.shown()['last_sync_reason'])
    text = site.sync('--confirm', 'yes', status=1)
    check('add 0 and remove 50; now it would add 0 and remove 197' in text, text)
    check(len(site.on_list()) == 200, 'nothing is changed')
    told = [one.get_content() for one in received(site, sink, CARL)]
    check(any('Would be removed: 50' in one for one in told), told)
    check('197 removed' in site.sync('--confirm', 'yes, them all'), 'who has seen that may say so')


def promise_a_source_that_is_empty_or_fails_changes_nothing(world):
    """And owners hear of it once, until it works again."""
    sink, site = office(world)
    csv(site.staff, [ANN, BOB])
    site.sync()
    csv(site.staff, [])
    check('empty source is taken for a broken one' in site.why_not(), 'an empty file')
    check('empty source' in site.why_not('--confirm', 'I mean it'), 'whoever says so')
    os.unlink(site.staff)
    check(site.staff in site.why_not(), 'no file')
    check(site.on_list() == [ANN, BOB], site.on_list())
    shown = site.shown()
    check(shown['last_sync_result'] == 'failed' and shown['last_sync_success'], shown)
    check('last_sync_added' not in shown, 'what the sync before it added is not this one\'s')
    letters = received(site, sink, CARL)
    check(len(letters) == 1 and 'not in step with its sources' in str(letters[0]['Subject']), letters)
    check('empty source' in letters[0].get_content(), letters[0].get_content())
    csv(site.staff, [ANN, EVE])
    site.sync()
    letters = received(site, sink, CARL)
    check(len(letters) == 2 and 'in step with its sources again' in str(letters[1]['Subject']), letters)
    check('Added: 1' in letters[1].get_content(), letters[1].get_content())


def promise_owners_hear_of_a_source_that_fails_now_and_then_once_a_day(world):
    sink = world.sink()
    site = world.start(Scheduled, sink.port)
    for days in (1, 2, 3):
        for _ in range(3):
            csv(site.staff, [ANN, BOB])
            site.sync()
            os.unlink(site.staff)
            site.why_not()
        csv(site.staff, [ANN, BOB])
        site.sync()
        told = [str(one['Subject']) for one in received(site, sink, CARL)]
        check(len(told) == 2 * days and 'not in step' in told[-2] and 'again' in told[-1], told)
        site.later(24 * 3600)


def promise_errors_name_a_source_by_its_label(world):
    staff = os.path.join(world.folder, 'staff.csv')
    sink, site = office(world, sources=['label = "the staff"\n' + SYNCED['csv'].format(staff)])
    said = site.why_not()
    check(f'the staff: CSV file {staff}: it cannot be read' in said, said)
    check('the staff: CSV file' in site.shown()['last_sync_reason'], site.shown())
    written, = received(site, sink, CARL)
    check(written.get_content().count('the staff') == 1, written.get_content())


def promise_a_changed_name_is_taken_over_where_a_source_gave_the_old_one(world):
    _, site = office(world, members=[ANN])

    def named():
        rows = site.rows('member', 'ls', 'tech', '--role', 'member')
        return {row['address']: row['name'] for row in rows if 'address' in row}
    write(site.staff, f'address,name\n{ANN},Ann\n{BOB},Bob\n{EVE},Eve\n{DORA},\n')
    site.sync()
    own = write(os.path.join(world.folder, 'own.csv'), f'{EVE},Evi\n{BOB},Bob\n')
    site.cli('member', 'import', 'tech', own)
    write(site.staff, f'address,name\n{ANN},Ann Lee\n{BOB},Robert\n{EVE},Eva\n{DORA},Dora\n')
    rows = site.sync_rows('--dry-run')
    check([(row['change'], row['address'], row['name']) for row in rows[:-1]]
          == [('rename', BOB, 'Robert'), ('rename', DORA, 'Dora')], rows)
    text = site.sync()
    check('0 added, 0 removed, 2 renamed' in text, text)
    check(named() == {ANN: '', BOB: 'Robert', EVE: 'Evi', DORA: 'Dora'}, named())
    check(site.audits()[0]['outcome'] == '0 added, 0 removed, 2 renamed', site.audits())
    check(site.shown()['last_sync_renamed'] == 2, site.shown())
    csv(site.staff, [ANN, BOB, EVE, DORA])
    check(site.sync_rows()[-1]['result'] == 'in step' and named()[BOB] == 'Robert', 'no name is none to take')


def promise_csv_as_peoples_programs_write_it(world):
    _, site = office(world)
    write(site.staff, '\ufeffE-Mail;Display Name\r\n"ann@members.test";"Lee; Ann"\r\nBOB@Members.Test;Bob\r\n'
                      'bob@members.test;Bob again\r\njörg@bücher.test;\r\n')
    closing = site.sync_rows()[-1]
    check((closing['added'], closing['duplicates'], closing['invalid']) == (3, 1, 0), closing)
    check('jörg@xn--bcher-kva.test' in site.on_list(), site.on_list())
    write(site.staff, 'address,name\nann@members.test,Ann\nbob@members.test,Bo')
    site.sync('--dry-run')   # a last line without its end is a line
    write(site.staff, 'address,name\nann@members.test,Ann\nbob@members.test')
    check('line 3' in site.why_not(), 'a line that was cut off fails the file')
    write(site.staff, 'name,address\nAnn,ann@members.test\nBob,bob@members.tes')
    check('line 3, the last, ends with its address' in site.why_not(), 'bob@members.tes is somebody else')
    write(site.staff, 'address,name\nann@members.test,"Ann\n')
    site.why_not()
    check(len(site.on_list()) == 3, 'and nothing is changed by halves')
    for coding in ('utf-16', 'utf-16-le'):
        with open(site.staff, 'w', encoding=coding) as file:
            file.write('address\tname\nann@members.test\tAnn\n')
        check('line 1' in site.why_not() and 'UTF-16' in site.why_not(), site.why_not())
    with open(site.staff, 'w', encoding='latin-1') as file:
        file.write('E-Mail;Name\r\njoerg@members.test;Jörg\r\n')
    site.sync('--confirm', 'from the spreadsheet')
    found = [row for row in site.rows('member', 'ls', 'tech') if row.get('address') == 'joerg@members.test']
    check([row['name'] for row in found] == ['Jörg'], found)


def promise_an_import_of_a_broken_file_names_the_line_and_takes_the_others(world):
    _, site = office(world)
    path = os.path.join(world.folder, 'members.csv')

    def imported(content, *words):
        with open(path, 'wb') as file:
            file.write(content)
        done = subprocess.run([BREAKWATER, '-c', site.config, 'member', 'import', 'tech', path, *words],
                              capture_output=True, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()

    good = b'address;name\r\nann@members.test;"Lee; Ann"\r\n'
    for content, line, why in (
            (good + b'bob@members.test;"Bob\r\n', 3, 'a quote is opened and not closed'),
            (good + b'bob@mem', 3, 'was it cut off?'),
            (good + 'jörg@members.test;Jörg\r\n'.encode('latin-1'), 3, 'save the file as UTF-8'),
            (good.decode().encode('utf-16'), 1, 'UTF-16')):
        status, text = imported(content, '--strict')
        check(status == 1 and f'{path}:{line}: ' in text and why in text, text)
        check('nothing was imported' in text and site.on_list() == [], 'strict is all or nothing')
    status, text = imported(b'\xef\xbb\xbf' + good + b'ANN@Members.test;\r\nbob@mem')
    check(status == 1 and 'Ann' in site.cli('member', 'ls', 'tech'), text)
    check('1 added' in text and '1 already there' in text and '1 bad' in text, text)
    status, text = imported(b'bob@members.test,Bob')   # neither a header nor the line's end
    check(status == 0 and site.on_list() == ['ann@members.test', 'bob@members.test'], text)


def promise_a_source_is_only_read(world):
    _, site = office(world)
    database = os.path.join(world.folder, 'staff.db')
    with sqlite3.connect(database) as db:
        db.execute('CREATE TABLE staff (mail TEXT)')
        db.execute('INSERT INTO staff VALUES (?)', (ANN,))
    for query in ('DELETE FROM staff RETURNING mail', 'SELECT mail FROM staff; DELETE FROM staff'):
        table = SYNCED['sqlite'].format(database) + f'query = "{query}"\n'
        site.write_list('tech', site.file([table]))
        done = subprocess.run([BREAKWATER, '-c', site.config, 'check'], capture_output=True, timeout=60,
                              check=False)
        text = (done.stdout + done.stderr).decode()
        check(done.returncode == 1 and 'lists/tech.toml:' in text and "'query'" in text, text)
        check('SELECT' in text, text)
    with sqlite3.connect(database) as db:
        check(db.execute('SELECT count(*) FROM staff').fetchone() == (1,), 'a look changes nothing')


def promise_rows_without_a_valid_address_are_left_out_and_told(world):
    _, site = office(world)
    csv(site.staff, [ANN, 'nobody', *people(20)])
    closing = site.sync_rows()[-1]
    check((closing['added'], closing['invalid']) == (21, 1), closing)
    check('1 row without a valid address is left out; line 3: "nobody"' in closing['remarks'][0], closing)
    csv(site.staff, [ANN, *people(20), *['broken'] * 11, EVE])
    check('held' in site.sync(status=1), 'more than one in a hundred wait for a person')
    csv(site.staff, ['broken'] * 11)
    check('none of its 11 rows has a valid address' in site.why_not('--confirm', 'yes'), 'none at all')


def promise_who_left_does_not_come_back_by_a_sync(world):
    _, site = office(world, members=[DORA])
    csv(site.staff, [ANN, BOB, DORA, EVE])
    site.sync()
    is_code(site.post(letter('leave', '', ANN), ANN, 'tech-leave@lists.test'), '250')
    wait_for('her to be off', lambda: ANN not in site.on_list())
    site.cli('member', 'rm', 'tech', BOB)
    site.cli('member', 'rm', 'tech', DORA)
    closing = site.sync_rows()[-1]
    check(closing['added'] == 0 and closing['excluded'] == 3, closing)
    check(site.on_list() == [EVE], site.on_list())
    site.cli('member', 'add', 'tech', BOB)
    check(site.on_list('manual') == [BOB], 'who is added by hand is there by hand')
    site.cli('member', 'add', 'tech', EVE)
    check(site.on_list('manual') == [BOB, EVE], 'and who was synced before stays, whatever the source says')
    site.cli('member', 'ban', 'tech', EVE, '--reason', 'abuse')
    site.sync()
    check(site.on_list() == [BOB], 'who is banned is not synced')


def promise_sources_are_merged_and_exclusions_subtracted(world):
    folder = world.folder
    one = csv(os.path.join(folder, 'one.csv'), [ANN, BOB])
    two = os.path.join(folder, 'two.db')
    with sqlite3.connect(two) as db:
        db.executescript("CREATE TABLE person (mail, name, active); INSERT INTO person VALUES"
                         "('Bob@members.test', 'Bob', 1), ('carl@members.test', 'Carl', 1),"
                         "('eve@people.test', 'Eve', 0)")
    program = write(os.path.join(folder, 'students'), '#!/bin/sh\necho address\necho dora@people.test\n')
    os.chmod(program, 0o755)
    gone = csv(os.path.join(folder, 'gone.csv'), ['CARL@members.test', 'nobody@else.test'])
    sources = [SYNCED['csv'].format(one),
               SYNCED['sqlite'].format(two) + 'query = "SELECT mail, name FROM person WHERE active"\n',
               f'kind = "program"\ncommand = ["{program}"]\nlabel = "students"\n']
    _, site = office(world, sources=sources, exclude=[SYNCED['csv'].format(gone)])
    closing = site.sync_rows()[-1]
    check((closing['added'], closing['duplicates'], closing['excluded']) == (3, 1, 1), closing)
    check(site.on_list('synced') == sorted([ANN, BOB, DORA]), site.on_list())
    write(program, '#!/bin/sh\necho address\necho dora@people.test\n'
                   'echo "the database is away" >&2\nexit 3\n')
    check('the database is away' in site.why_not(), 'a program that fails')
    check(len(site.on_list()) == 3, 'nothing is changed')


def promise_a_directory_and_a_database_are_sources(world):
    directory = world.start(Directory, 30)
    database = world.start(Postgres)
    database.sql("CREATE TABLE person (mail text, name text);"
                 "INSERT INTO person VALUES ('ann@members.test', 'Ann')")
    secret = write(os.path.join(world.folder, 'secret'), 'secret\n')
    os.chmod(secret, 0o600)
    sources = [directory.source(secret), database.source('SELECT mail, name FROM person')]
    _, site = office(world, sources=sources)
    closing = site.sync_rows()[-1]
    check(closing['added'] == 31, closing)
    database.end()
    directory.end()
    site.why_not()
    check(len(site.on_list()) == 31, 'nothing is changed')


def promise_a_directory_that_hangs_or_refers_elsewhere_changes_nothing(world):
    directory = world.start(Directory, 3, True)
    secret = write(os.path.join(world.folder, 'secret'), 'secret\n')
    os.chmod(secret, 0o600)
    with deaf_port() as port:
        hanging = f'kind = "ldap"\nurl = "ldap://127.0.0.1:{port}"\nbase = "dc=example,dc=org"\ntime = "1s"\n'
        _, site = office(world, sources=[hanging])
        began = time.monotonic()
        site.why_not()
        check(time.monotonic() - began < 20, 'its time is over')
        site.write_list('tech', site.file([directory.source(secret)]))
        site.cli('reload')
        check('referral' in site.why_not().lower(), 'a referral is an answer that is not whole')
        site.write_list('tech', site.file([directory.source(secret) + 'referrals = "skip"\n']))
        site.cli('reload')
        closing = site.sync_rows()[-1]
        check(closing['added'] == 3 and any('referral' in one for one in closing['remarks']), closing)


def promise_a_sync_that_is_killed_is_finished_at_the_next_start(world):
    """Four moments: while sources are read, when the plan is known, in the middle, near the end."""
    _, site = office(world)
    for turn, moment in enumerate((0, 1, 20_000, 50_000)):
        before = people(5, 100_000 * (turn + 1), 'old.test')
        after = people(80_000, 100_000 * (turn + 1))
        csv(site.staff, before)
        site.sync('--confirm', 'begin anew')
        csv(site.staff, after)
        began = site.cli_later('list', 'sync', 'tech', '--confirm', 'all new')
        if moment:
            wait_for('so many rows to be applied', lambda: site.ask(
                'SELECT coalesce(max(added + removed + 1), 0) FROM sync_run') >= moment)
        else:
            wait_for('it to read', lambda: any(name.endswith('.stage') for name in os.listdir(site.data_dir)))
        site.kill()
        began.wait(60)
        applied = site.ask("SELECT count(*) FROM member WHERE synced = 1")
        check(moment == 0 or applied < 80_000 + 5, f'it was in the middle: {applied}')
        unfinished = site.ask('SELECT count(*) FROM sync_run')
        check(unfinished == (1 if moment else 0), f'{unfinished} begun at {moment}')
        site.start()
        if not moment:
            check(site.on_list() == before, 'nothing had begun')
            continue
        wait_for('it to be finished', lambda: site.ask('SELECT count(*) FROM sync_run') == 0)
        check(site.on_list() == after, 'what had begun is whole')
        audit = site.audits()[0]
        check(audit['outcome'] == '80000 added, 5 removed' and audit['reason'] == 'all new', audit)
        check(site.shown()['last_sync_result'] == 'applied', site.shown())
        check([name for name in os.listdir(site.data_dir) if name.startswith('sync-')] == [], 'no file stays')
        check(site.sync_rows('--dry-run')[-1]['result'] == 'in step', 'and in step')


def promise_a_sync_that_a_stop_breaks_off_is_finished_at_the_next_start(world):
    _, site = office(world)
    csv(site.staff, people(60_000))
    began = site.cli_later('list', 'sync', 'tech')
    wait_for('it to begin', lambda: site.ask('SELECT count(*) FROM sync_run') == 1)
    check(site.end() == 0, 'a stop in order')
    began.wait(60)
    check(site.ask('SELECT count(*) FROM member WHERE synced = 1') < 60_000, 'it was in the middle')
    check(site.shown()['last_sync_result'] == 'being applied', site.shown())
    check('is not finished yet' in site.why_not('--dry-run'), 'what a dry run said would not be true')
    site.start()
    wait_for('it to be finished', lambda: site.ask('SELECT count(*) FROM sync_run') == 0)
    check(site.on_list() == people(60_000), 'all are there')


def promise_a_broken_off_sync_whose_plan_is_lost_is_planned_anew(world):
    _, site = office(world)
    csv(site.staff, people(40_000))
    began = site.cli_later('list', 'sync', 'tech')
    wait_for('it to begin', lambda: site.ask('SELECT count(*) FROM sync_run') == 1)
    site.kill()
    began.wait(60)
    for name in os.listdir(site.data_dir):   # as where a database is restored from a backup
        if name.endswith('.plan'):
            os.unlink(os.path.join(site.data_dir, name))
    site.start()
    wait_for('it to be given up', lambda: site.events('sync_given_up'))
    check(site.shown()['last_sync_result'] == 'failed', site.shown())
    site.sync('--confirm', 'the rest')
    check(site.on_list() == people(40_000), 'all are there, once')


def promise_a_broken_off_sync_whose_plan_cannot_be_read_now_is_finished_later(world):
    """Given up for a failure that passes, it would stay half done."""
    _, site = office(world)
    csv(site.staff, people(40_000))
    began = site.cli_later('list', 'sync', 'tech')
    wait_for('it to begin', lambda: site.ask('SELECT count(*) FROM sync_run') == 1)
    site.kill()
    began.wait(60)
    name, = (name for name in os.listdir(site.data_dir) if name.endswith('.plan'))
    plan = os.path.join(site.data_dir, name)
    os.rename(plan, plan + '.away')
    os.mkdir(plan)   # which cannot be opened as a file, whoever runs this
    site.start()
    site.wait_until('it cannot go on', lambda: site.events('sync_not_finished'))
    check('cannot open' in site.events('sync_not_finished')[0]['reason'] or
          'unable to open' in site.events('sync_not_finished')[0]['reason'], site.events('sync_not_finished'))
    check(site.shown()['last_sync_result'] == 'being applied', site.shown())
    os.rmdir(plan)
    os.rename(plan + '.away', plan)
    wait_for('it to be finished by itself', lambda: site.ask('SELECT count(*) FROM sync_run') == 0, 120)
    check(site.on_list() == people(40_000) and not site.events('sync_given_up'), 'all are there')


def promise_mail_goes_on_while_a_sync_is_applied(world):
    sink, site = office(world, members=[ANN])
    csv(site.staff, people(60_000))
    began = site.cli_later('list', 'sync', 'tech')
    wait_for('it to begin', lambda: site.ask('SELECT count(*) FROM sync_run') == 1)
    slowest = 0
    while began.poll() is None:
        start = time.monotonic()
        is_code(site.post(letter('to the owners'), ANN, 'tech-owner@lists.test'), '250')
        slowest = max(slowest, time.monotonic() - start)
    check(slowest < 3, f'a message took {slowest:.2f} s')
    check(len(site.on_list('synced')) == 60_000, 'and the sync is whole')


def promise_what_a_sync_adds_is_no_drift(world):
    sink, site = office(world, members=[ANN, CARL])
    csv(site.staff, people(10))
    site.sync()
    site.post(letter('first'))
    site.wait_until_settled(1)
    csv(site.staff, people(400))
    check('held' in site.sync(status=1), 'it is much')
    site.sync('--confirm', 'a new site')
    site.post(letter('second'))
    check(site.wait_until_settled(3)[0]['state'] == 'done', 'what was confirmed is not asked again')
    csv(os.path.join(world.folder, 'more.csv'), people(400, 1000))
    site.cli('member', 'import', 'tech', os.path.join(world.folder, 'more.csv'))
    site.post(letter('third'))
    site.wait_until_settled_or_held()
    held = [one for one in site.postings() if one['state'] == 'held']
    check([one['subject'] for one in held] == ['third'], f'what nobody confirmed is drift: {site.postings()}')


def promise_the_first_sync_of_a_list_in_use_is_drift(world):
    _, site = office(world, members=[ANN, CARL])
    site.post(letter('before'))
    site.wait_until_settled(1)
    csv(site.staff, people(300))
    site.sync()   # nobody has judged how many
    site.post(letter('after'))
    site.wait_until_settled_or_held()
    held = [one['subject'] for one in site.postings() if one['state'] == 'held']
    check(held == ['after'], f'an owner looks first: {site.postings()}')


def promise_lists_are_synced_on_their_schedule(world):
    _, site = office(world, settings={'metrics.listen': f'127.0.0.1:{free_port()}'})
    site.write_list('tech', site.file(site.sources, sync='every = "10s"\n'))
    csv(site.staff, [ANN])
    site.cli('reload')   # the reload is what begins it
    wait_for('the first sync', lambda: site.on_list('synced') == [ANN])
    first = site.shown()['last_sync']
    check(site.shown()['synced_when'] == 'every 10s' and site.audits()[0]['actor'] == 'sync', site.shown())
    csv(site.staff, [ANN, BOB])
    wait_for('the second sync', lambda: site.on_list('synced') == [ANN, BOB])
    site.end()
    site.start()
    check(site.shown()['last_sync'] > first, 'a start is no reason to sync')
    with open(site.config, encoding='utf-8') as file:
        port = file.read().split('[metrics]\nlisten = "')[1].split('"')[0]
    with urllib.request.urlopen(f'http://{port}/metrics') as page:
        text = page.read().decode()
    check('breakwater_sync_last_success_seconds{list="tech@lists.test"} 1' in text, text)
    os.unlink(site.staff)
    wait_for('it to fail', lambda: site.shown()['last_sync_result'] == 'failed')
    time.sleep(3)
    check(len(site.events('sync_failed')) == 1, 'not again each second')


def promise_one_sync_of_a_list_at_a_time_and_a_stop_breaks_it_off(world):
    program = write(os.path.join(world.folder, 'slow'), '#!/bin/sh\necho address\nsleep 100\n')
    os.chmod(program, 0o755)
    _, site = office(world, sources=[f'kind = "program"\ncommand = ["{program}"]\n'])
    began = site.cli_later('list', 'sync', 'tech')
    wait_for('it to read', lambda: any(name.endswith('.stage') for name in os.listdir(site.data_dir)))
    check('is under way' in site.why_not(), 'the second waits for nobody')
    start = time.monotonic()
    check(site.end() == 0 and time.monotonic() - start < 15, 'a stop does not wait for a source')
    began.wait(60)
    site.start()
    check(site.shown()['last_sync'] == '', 'a stop is no failure of the source')


def promise_a_list_is_synced_without_a_server(world):
    _, site = office(world)
    csv(site.staff, [ANN, BOB])
    site.end()
    site.sync()
    check(site.on_list('synced') == [ANN, BOB], site.on_list())
    check('no server running' in site.audits()[0]['actor'], site.audits())
    csv(site.staff, people(300))
    check('held' in site.sync(status=1), 'held there too')
    site.sync('--confirm', 'yes')
    check(len(site.on_list()) == 300, 'and confirmed')

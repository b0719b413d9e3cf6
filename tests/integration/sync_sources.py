"""Servers that are sources of a list: a slapd and a PostgreSQL of a test's own, on loopback."""
import contextlib
import os
import pwd
import shutil
import socket

from harness import Program, free_port, listens, run, write

SLAPD = '''include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
maxsize 1073741824
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
rootpw admin
directory {folder}/db
dbnosync
limits * size.soft=unlimited size.hard=unlimited size.prtotal=unlimited
access to attrs=userPassword by anonymous auth
access to * by users read by anonymous auth
'''
TOP = '''dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: uid=reader,dc=example,dc=org
objectClass: account
objectClass: simpleSecurityObject
userPassword: secret

dn: ou=staff,dc=example,dc=org
objectClass: organizationalUnit

'''
REFERRAL = '''dn: ou=elsewhere,ou=staff,dc=example,dc=org
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:1/ou=elsewhere,dc=example,dc=org

'''


def entries(count):
    for number in range(count):
        yield (f'dn: uid=e{number:06},ou=staff,dc=example,dc=org\nobjectClass: inetOrgPerson\n'
               f'cn: E {number}\nsn: {number}\nmail: e{number:06}@directory.test\n\n')


class Directory(Program):
    """slapd with so many people below ou=staff, and a referral there if wanted."""

    def __init__(self, world, count, referral=False):
        self.folder = os.path.join(world.folder, 'slapd')
        os.makedirs(self.folder + '/db')
        config = write(self.folder + '/slapd.conf', SLAPD.format(folder=self.folder))
        ldif = write(self.folder + '/people.ldif',
                     TOP + ''.join(entries(count)) + (REFERRAL if referral else ''))
        run('/usr/sbin/slapadd', '-q', '-f', config, '-l', ldif)
        self.port = free_port()
        where = f'ldap://127.0.0.1:{self.port}'
        words = ['/usr/sbin/slapd', '-d', '0', '-f', config, '-h', where]
        super().__init__(world, words, self.folder + '/log')
        self.wait_until('it listens', lambda: listens(self.port))

    def source(self, password_file):
        return (f'kind = "ldap"\nurl = "ldap://127.0.0.1:{self.port}"\nbase = "ou=staff,dc=example,dc=org"\n'
                f'bind_dn = "uid=reader,dc=example,dc=org"\npassword_file = "{password_file}"\n')


class Postgres(Program):
    """A cluster of its own; root hands it to the user postgres, since PostgreSQL refuses root."""

    def __init__(self, world):
        self.folder = os.path.join(world.folder, 'postgres')
        os.makedirs(self.folder)
        programs = sorted(os.listdir('/usr/lib/postgresql'))[-1]
        self.programs = f'/usr/lib/postgresql/{programs}/bin/'
        self.words = []
        if os.geteuid() == 0:
            user = pwd.getpwnam('postgres')
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.words = [shutil.which('setpriv'), f'--reuid={user.pw_uid}', f'--regid={user.pw_gid}',
                          '--clear-groups']
            folder = world.folder
            while folder not in ('/', '/tmp'):   # it has to come to its folder
                os.chmod(folder, os.stat(folder).st_mode | 0o011)
                folder = os.path.dirname(folder)
        run(*self.words, self.programs + 'initdb', '-N', '-A', 'trust', '-U', 'tester', '-D',
            self.folder + '/data', cwd='/')
        self.port = free_port()
        start = [*self.words, self.programs + 'postgres', '-D', self.folder + '/data', '-p', str(self.port),
                 '-k', '', '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off']
        super().__init__(world, start, world.folder + '/postgres.log')
        self.wait_until('it answers', lambda: self.sql('SELECT 1', None).returncode == 0)

    def sql(self, text, status=0):
        return run('psql', '-h', '127.0.0.1', '-p', self.port, '-U', 'tester', '-d', 'postgres', '-c', text,
                   status=status)

    def source(self, query):
        return (f'kind = "postgresql"\nquery = "{query}"\n'
                f'connection = "host=127.0.0.1 port={self.port} user=tester dbname=postgres"\n')


@contextlib.contextmanager
def deaf_port():
    """What connects there is never answered."""
    with socket.socket() as deaf:
        deaf.bind(('127.0.0.1', 0))
        deaf.listen(8)
        yield deaf.getsockname()[1]

"""swaks posts: by port 25, by submission with PLAIN and LOGIN; strangers and typos are refused."""
import re

from expected import check_copy
from harness import MEMBERS, check, run


def swaks(server, port, *options, status=0):
    return run('swaks', '--server', f'127.0.0.1:{port}', '--helo', 'client.test', '--from', server.USER,
               '--to', 'tech@lists.test', *options, status=status)


def log_in_and_post(server, *options):
    login = ('--auth-user', server.USER, '--auth-password', server.PASSWORD)
    return swaks(server, *options, *login).stdout.decode()


def refusals(server):
    # swaks ends with 24 when a recipient, 26 when the data is refused, 28 when it could not log in.
    said = swaks(server, server.mx, '--to', 'thec@lists.test', status=24).stdout.decode()
    check('550 5.1.1' in said, said)
    said = swaks(server, server.mx, '--to', 'someone@elsewhere.test', status=24).stdout.decode()
    check('550 5.7.1' in said, said)
    said = swaks(server, server.mx, '--from', 'eve@strangers.test', '--h-From', 'eve@strangers.test',
                 status=None).stdout.decode()
    check('550 5.7.1' in said, said)
    reference = re.search(r'550 5\.7\.1 .*\[(\w+)]', said).group(1)
    said = server.cli('why', reference)
    check('eve@strangers.test' in said, f'breakwater why {reference} does not say who: {said}')
    said = swaks(server, server.submission, '--tls', '--auth', 'PLAIN', '--auth-user', server.USER,
                 '--auth-password', 'wrong', status=28).stdout.decode()
    check('535 5.7.8' in said, said)
    said = swaks(server, server.submission, status=23).stdout.decode()
    check('530 5.7.0' in said, said)


def posts(world, server, sink):
    swaks(server, server.mx, '--header', 'Subject: Boiler room', '--body', 'The hum is back.')
    mails = sink.wait_for_recipients(len(MEMBERS))
    check(len(mails) == 1 and mails[0].recipients == MEMBERS, mails[0].envelope)
    check(mails[0].sender.startswith('tech-bounces+'), mails[0].sender)
    check_copy(world, mails[0])
    count = 1
    for port, tls, auth in ((server.submission, '--tls', 'PLAIN'), (server.submission, '--tls', 'LOGIN'),
                            (server.smtps, '--tls-on-connect', 'PLAIN')):
        said = log_in_and_post(server, port, tls, '--auth', auth)
        check('235 2.7.0' in said, said)
        count += 1
        sink.wait_for_recipients(len(MEMBERS) * count)


def scenario(world):
    server, sink = world.with_sink()
    posts(world, server, sink)
    before = len(sink.mails())
    refusals(server)
    check(len(sink.mails()) == before, 'a refused message arrived')

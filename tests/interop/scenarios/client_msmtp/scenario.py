"""msmtp posts a file: over STARTTLS with SCRAM-SHA-256; over TLS from the first byte with PLAIN and LOGIN."""
from expected import check_copy
from harness import MEMBERS, check, run, write


def msmtp(world, server, number, port, auth, *more, status=0):
    settings = write(f'{world.folder}/msmtprc-{number}', '\n'.join([
        'account default', 'host 127.0.0.1', f'port {port}', 'domain client.test', f'from {server.USER}',
        'tls on', f'tls_trust_file {server.ca}', f'auth {auth}', f'user {server.USER}', *more, '']))
    mail = world.file('post.eml').replace(b'<msmtp.1@', b'<msmtp.%d@' % number)
    return run('msmtp', '-C', settings, 'tech@lists.test', stdin=mail, status=status)


def scenario(world):
    server, sink = world.with_sink()
    password = f'password {server.PASSWORD}'
    ways = [(server.submission, 'scram-sha-256', 'tls_starttls on'),
            (server.smtps, 'plain', 'tls_starttls off'), (server.smtps, 'login', 'tls_starttls off')]
    for count, (port, auth, tls) in enumerate(ways, 1):
        msmtp(world, server, count, port, auth, tls, password)
        for mail in sink.wait_for_recipients(count * len(MEMBERS)):
            check(mail.recipients == MEMBERS, mail.envelope)
            check_copy(world, mail)
    # 77: EX_NOPERM.
    refused = msmtp(world, server, 4, server.submission, 'scram-sha-256', 'tls_starttls on', 'password wrong',
                    status=77)
    check(b'535' in refused.stderr, refused.stderr)

"""curl sends a file as it is: 8-bit bytes, lone dots, a line of 998 octets; by port 25 and by submission."""
from expected import body_of, check_copy
from harness import MEMBERS, check, run, write


def curl(world, server, number, url, *options, status=0):
    """Sends post.eml as message `number`: one that has been through the list already would be dropped."""
    text = world.post().replace(b'{998}', b'x' * 998).replace(b'<curl.1@', b'<curl.%d@' % number)
    mail = write(f'{world.folder}/{number}.eml', text)
    return run('curl', '--silent', '--show-error', '--url', url, '--mail-from', server.USER,
               '--mail-rcpt', 'tech@lists.test', '--upload-file', mail, *options, status=status)


def scenario(world):
    server, sink = world.with_sink()
    body = body_of(world.post().replace(b'{998}', b'x' * 998))
    curl(world, server, 1, f'smtp://127.0.0.1:{server.mx}/client.test')
    first, = sink.wait_for_recipients(len(MEMBERS))
    check(first.recipients == MEMBERS, first.envelope)
    check(body_of(first.bytes) == body, 'the body has changed')
    check('BODY=8BITMIME' in first.envelope['mail'].upper(), first.envelope)
    check_copy(world, first)

    login = ('--user', f'{server.USER}:{server.PASSWORD}', '--cacert', server.ca)
    curl(world, server, 2, f'smtp://localhost:{server.submission}/client.test', '--ssl-reqd', *login)
    by_login = ('--login-options', 'AUTH=LOGIN')
    curl(world, server, 3, f'smtps://localhost:{server.smtps}/client.test', *login, *by_login)
    for copy in sink.wait_for_recipients(3 * len(MEMBERS)):
        check(body_of(copy.bytes) == body, 'the body has changed')
    # 67: the server refused the login.
    curl(world, server, 4, f'smtps://localhost:{server.smtps}/client.test', '--user', f'{server.USER}:wrong',
         '--cacert', server.ca, status=67)
    check(len(sink.mails()) == 3, 'a refused message arrived')

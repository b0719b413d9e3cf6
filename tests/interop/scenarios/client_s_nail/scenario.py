"""s-nail, logged in over TLS from the first byte: UTF-8 text and an attached file, as it composes them."""
import os

from expected import check_copy, parsed
from harness import MEMBERS, check, run, write


def scenario(world):
    server, sink = world.with_sink()
    plan = write(os.path.join(world.folder, 'plan.bin'), bytes(range(256)) * 8)
    user, password = (text.replace('@', '%40').replace(' ', '%20') for text in (server.USER, server.PASSWORD))
    run('s-nail', '-:/', '-S', 'v15-compat', '-S', f'mta=smtps://{user}:{password}@localhost:{server.smtps}',
        '-S', 'smtp-auth=login', '-S', 'tls-verify=strict', '-S', f'tls-ca-file={server.ca}',
        '-S', 'tls-ca-no-defaults',
        '-S', f'from={server.USER}', '-S', 'ttycharset=utf-8', '-S', 'hostname=client.test',
        '-S', 'sendwait', '-S', 'DEAD=/dev/null',
        '-s', 'Über den Kessel', '-a', plan, '-.', 'tech@lists.test',
        stdin='Grüße aus dem Heizungskeller.\n'.encode(),
        env={**os.environ, 'HOME': world.folder, 'LC_ALL': 'C.UTF-8'})
    mail, = sink.wait_for_recipients(len(MEMBERS))
    check_copy(world, mail)
    message = parsed(mail.bytes)
    check(message['Subject'] == '[tech] Über den Kessel', message['Subject'])
    text, attached = message.iter_parts()
    check(text.get_content().strip() == 'Grüße aus dem Heizungskeller.', text.get_content())
    check(attached.get_content() == bytes(range(256)) * 8, 'the attached file has changed')

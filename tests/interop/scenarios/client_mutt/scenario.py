"""mutt, by port 25 as a member: its own multipart with a text file attached."""
import os

from expected import check_copy, parsed
from harness import MEMBERS, check, run, write


def scenario(world):
    server, sink = world.with_sink()
    notes = write(os.path.join(world.folder, 'notes.txt'), 'first line\n.\nFrom the third line\n')
    settings = write(os.path.join(world.folder, 'muttrc'), f'''
set smtp_url = "smtp://127.0.0.1:{server.mx}/"
set ssl_starttls = yes
set ssl_force_tls = yes
set certificate_file = "{server.ca}"
set ssl_usesystemcerts = no
set from = "{server.USER}"
set realname = "Ann Bolt"
set hostname = client.test
set use_envelope_from = yes
set copy = no
set charset = utf-8
''')
    run('mutt', '-n', '-F', settings, '-s', 'Notes', '-a', notes, '--', 'tech@lists.test',
        stdin=b'The notes are attached.\n', env={**os.environ, 'HOME': world.folder, 'LC_ALL': 'C.UTF-8'})
    mail, = sink.wait_for_recipients(len(MEMBERS))
    check(mail.recipients == MEMBERS, mail.envelope)
    check_copy(world, mail)
    text, attached = parsed(mail.bytes).iter_parts()
    check(text.get_content().split() == ['The', 'notes', 'are', 'attached.'], text.get_content())
    lines = attached.get_content().splitlines()
    check(lines == ['first line', '.', 'From the third line'], lines)

"""Dovecot as destination, by LMTP over its unix socket: mailboxes read over IMAP, one that does not exist."""
import smtplib

from dovecot import Dovecot
from expected import parsed, same_bytes
from harness import MEMBERS, check_outcome

ROUTE = '''[[route]]
name = "mailboxes"
kind = "lmtp"
domains = ["*"]
host = "{socket}"
'''


def scenario(world):
    dovecot = world.start(Dovecot, MEMBERS)
    everyone = [*MEMBERS, 'gone@members.test']
    server = world.breakwater(ROUTE.format(socket=dovecot.socket), members={'tech': everyone})
    with smtplib.SMTP('127.0.0.1', server.mx, local_hostname='client.test', timeout=60) as smtp:
        smtp.sendmail(server.USER, ['tech@lists.test'], world.post(), ['BODY=8BITMIME'])
    for address in MEMBERS:
        mail, = dovecot.wait_for_mails(address, 1)
        parsed(mail)
        same_bytes(world.file('expected.eml'), mail)

    found = server.wait_for_outcomes(4)
    # RFC 2033 4.2: each recipient has an answer of its own.
    check_outcome(found, ['gone@members.test'], 'failed', '5.1.1')
    check_outcome(found, MEMBERS, 'delivered', 'Saved')

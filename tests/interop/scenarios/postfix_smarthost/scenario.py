"""Postfix as smarthost: down at first, then it takes the copies, but refuses one member for good."""
import smtplib

from expected import check_copy
from harness import MEMBERS, SINK_ROUTE, check, check_outcome, free_port, reached, wait_for
from postfix import Postfix

SETTINGS = '''
relayhost = [127.0.0.1]:{port}
smtpd_recipient_restrictions = check_recipient_access texthash:@refused, permit_mynetworks, reject
'''
REFUSED = 'gone@members.test 550 5.1.1 He has left\n'


def scenario(world):
    sink = world.sink()
    port = free_port()   # nobody is there yet
    server = world.breakwater(SINK_ROUTE.format(port=port), members={'tech': [*MEMBERS, 'gone@members.test']})
    with smtplib.SMTP('127.0.0.1', server.mx, local_hostname='client.test', timeout=60) as smtp:
        smtp.sendmail(server.USER, ['tech@lists.test'], world.post())
    wait_for('a first failed try', lambda: any(row.get('attempts') for row in server.cli_json('queue', 'ls')))
    smarthost = world.start(Postfix, 'smarthost.test', SETTINGS.format(port=sink.port),
                            {'refused': REFUSED}, port=port)

    mails = sink.wait_for_recipients(len(MEMBERS))
    check(reached(mails) == MEMBERS, reached(mails))
    for mail in mails:
        check(mail.sender.startswith('tech-bounces+'), mail.sender)
        check_copy(world, mail)
    found = server.wait_for_outcomes(4)
    check_outcome(found, MEMBERS, 'delivered', 'queued as')
    check_outcome(found, ['gone@members.test'], 'failed', '550 5.1.1')
    # What Postfix counts when the connection ends: it offers CHUNKING, so no DATA.
    wait_for('the connection to end', lambda: 'rcpt=3/4 bdat=1 ' in smarthost.log_text())

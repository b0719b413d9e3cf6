"""Many messages in flight to a Postfix that offers CHUNKING and refuses some: each has its own envelope."""
import re
import smtplib

from harness import LIST, SINK_ROUTE, check, check_outcome, free_port, reached, wait_for
from postfix import Postfix

SETTINGS = '''
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{port}
smtpd_recipient_restrictions = check_recipient_access texthash:@refused, permit_mynetworks, reject
'''
PEOPLE = sorted(f'm{n:03}@members.test' for n in range(300))
GONE = PEOPLE[7::20]
REFUSED = ''.join(f'{one} 550 5.1.1 He has left\n' for one in GONE)
ROUTE = SINK_ROUTE + 'connections = 2\n'


def scenario(world):
    sink = world.sink()
    port = free_port()
    smarthost = world.start(Postfix, 'smarthost.test', SETTINGS.format(port=sink.port), {'refused': REFUSED},
                            port=port)
    server = world.breakwater(ROUTE.format(port=port), lists={'tech': LIST + 'delivery = "individual"\n'},
                              members={'tech': ['ann@members.test', *PEOPLE]})
    with smtplib.SMTP('127.0.0.1', server.mx, timeout=60) as smtp:
        smtp.sendmail(server.USER, ['tech@lists.test'], world.post())
    found = server.wait_for_outcomes(1 + len(PEOPLE))
    taken = ['ann@members.test'] + [one for one in PEOPLE if one not in GONE]
    check_outcome(found, taken, 'delivered', 'queued as')
    check_outcome(found, GONE, 'failed', '550 5.1.1')

    mails = sink.wait_for_recipients(len(taken))
    check(reached(mails) == taken, 'not everybody has it once')
    senders = {mail.sender for mail in mails}
    check(len(senders) == len(taken), f'{len(taken)} recipients, {len(senders)} reverse-paths')

    # What Postfix counts when a connection ends. Behind a refusal comes RSET, not MAIL into its envelope.
    def ended():
        return sum(int(count) for count in re.findall(r' bdat=(\d+)', smarthost.log_text())) >= len(taken)
    wait_for('the connections to end', ended)
    check(' data=' not in smarthost.log_text(), 'Postfix was sent DATA')
    check('nested MAIL' not in smarthost.log_text(), 'a transaction began in another')

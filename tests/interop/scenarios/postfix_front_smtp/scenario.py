"""Postfix in front, which hands the lists' domain on by SMTP, and asks about each recipient first."""
import smtplib

from expected import check_copy
from harness import MEMBERS, check
from postfix import Postfix

SETTINGS = '''
relay_domains = lists.test
transport_maps = inline:{{lists.test=smtp:[127.0.0.1]:{address}}}
mynetworks =
smtpd_recipient_restrictions = reject_unauth_destination, reject_unverified_recipient
unverified_recipient_reject_code = 550
address_verify_poll_count = 20
address_verify_poll_delay = 1s
'''


def scenario(world):
    server, sink = world.with_sink()
    front = world.start(Postfix, 'front.test', SETTINGS.format(address=server.mx))
    with smtplib.SMTP('127.0.0.1', front.port, local_hostname='client.test', timeout=60) as smtp:
        answers = smtp.sendmail('ann@members.test', ['tech@lists.test', 'thec@lists.test'], world.post())
        check(list(answers) == ['thec@lists.test'] and answers['thec@lists.test'][0] == 550, answers)
        check(b'5.1.1' in answers['thec@lists.test'][1], answers)   # what Breakwater said, passed on
    mail, = sink.wait_for_recipients(len(MEMBERS))
    check(mail.recipients == MEMBERS, mail.envelope)
    check_copy(world, mail)

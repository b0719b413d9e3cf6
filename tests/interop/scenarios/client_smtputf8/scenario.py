"""An address in UTF-8: its owner posts as a member, and gets copies where the next server can take them."""
import smtplib

from expected import check_copy
from harness import check

JUERGEN, ANN = 'jürgen@bücher.test', 'ann@members.test'


def scenario(world):
    server, sink = world.with_sink(members={'tech': [ANN, JUERGEN]})
    with smtplib.SMTP('127.0.0.1', server.mx, local_hostname='client.test', timeout=60) as smtp:
        smtp.ehlo()
        code, text = smtp.docmd('MAIL FROM:<ann@members.test>')
        code, text = smtp.docmd('RCPT TO:<tech@lists.test>')
        check(code == 250, text)
        smtp.rset()
        answers = smtp.sendmail(JUERGEN, ['tech@lists.test'], world.post(), ['BODY=8BITMIME', 'SMTPUTF8'])
        check(answers == {}, answers)
    mails = sink.wait_for_recipients(2)
    reached = sorted(recipient for mail in mails for recipient in mail.recipients)
    check(reached in ([ANN, JUERGEN], [ANN, 'jürgen@xn--bcher-kva.test']), reached)
    for mail in mails:
        check('SMTPUTF8' in mail.envelope['mail'].upper(), mail.envelope)  # its header block is UTF-8
        check_copy(world, mail)

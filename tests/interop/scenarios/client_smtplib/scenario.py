"""Python's smtplib by port 25: what EHLO offers, a bad recipient beside a good one, 8-bit, VRFY, SIZE."""
import smtplib

from expected import body_of, check_copy
from harness import MEMBERS, check


def offers(smtp):
    code, text = smtp.ehlo()
    words = text.decode().upper().split()
    for word in ('PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN', 'STARTTLS', 'SIZE'):
        check(code == 250 and word in words, f'no {word} in {text}')
    check('AUTH' not in words, f'AUTH on port 25: {text}')


def refusals(smtp, server):
    check(smtp.docmd('VRFY ann')[0] == 252, 'VRFY')
    check(smtp.docmd('EXPN tech')[0] == 502, 'EXPN')
    check(smtp.docmd('AUTH PLAIN AGEAYg==')[0] in (502, 503, 530, 538), 'AUTH in clear on port 25')
    code, text = smtp.docmd(f'MAIL FROM:<{server.USER}> SIZE=99999999999')
    check(code == 552 and text.startswith(b'5.3.4'), f'SIZE: {code} {text}')
    check(smtp.docmd('RCPT TO:<tech@lists.test>')[0] == 503, 'RCPT without MAIL')
    check(smtp.rset()[0] == 250, 'RSET')


def scenario(world):
    server, sink = world.with_sink()
    with smtplib.SMTP('127.0.0.1', server.mx, local_hostname='client.test', timeout=60) as smtp:
        offers(smtp)
        refusals(smtp, server)
        recipients = ['tech@lists.test', 'thec@lists.test']
        answers = smtp.sendmail(server.USER, recipients, world.post(), ['BODY=8BITMIME'])
        check(list(answers) == ['thec@lists.test'] and answers['thec@lists.test'][0] == 550, answers)
        check(smtp.noop()[0] == 250, 'the session did not survive')
    mail, = sink.wait_for_recipients(len(MEMBERS))
    check(mail.recipients == MEMBERS, mail.envelope)
    check_copy(world, mail)
    check(body_of(mail.bytes) == body_of(world.post()), 'the body has changed')

"""A smarthost that wants a login under TLS: Postfix asks Dovecot for it, we verify the certificate."""
import smtplib

from dovecot import Dovecot
from harness import MEMBERS, check, reached, wait_for
from postfix import Postfix

SETTINGS = '''
relayhost = [127.0.0.1]:{port}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
mynetworks =
'''
ROUTE = '''[[route]]
name = "{name}"
kind = "smarthost"
domains = {domains}
host = "localhost"
port = {port}
tls = "verify"
username = "breakwater@members.test"
password = "{password}"
'''


def scenario(world):
    sink = world.sink()
    dovecot = world.start(Dovecot, ['breakwater@members.test'])
    certificate = world.certificate()
    smarthost = world.start(Postfix, 'smarthost.test', SETTINGS.format(
        port=sink.port, certificate=certificate, key=certificate[:-4] + '.key', auth=dovecot.auth_port))
    routes = (ROUTE.format(name='office', domains='["*"]', port=smarthost.port, password='secret') +
              ROUTE.format(name='locked', domains='["locked.test"]', port=smarthost.port, password='wrong'))
    # The system's authorities do not know this certificate: the server is told of it as OpenSSL is.
    server = world.breakwater(routes, members={'tech': [*MEMBERS, 'eve@locked.test']},
                              env={'SSL_CERT_FILE': certificate})
    with smtplib.SMTP('127.0.0.1', server.mx, timeout=60) as smtp:
        smtp.sendmail(server.USER, ['tech@lists.test'], world.post())
    mails = sink.wait_for_recipients(len(MEMBERS))
    check(reached(mails) == MEMBERS, reached(mails))
    check(b'with ESMTPSA id' in mails[0].bytes.split(b'Received: ')[1], mails[0].bytes)
    check('sasl_username=breakwater@members.test' in smarthost.log_text(), 'Postfix saw no login')

    def waiting():
        rows = server.cli_json('queue', 'ls')
        return [row for row in rows if row.get('attempts', 0) > 0]
    wait_for('the wrong password to be noticed', waiting)
    check(reached(sink.mails()) == MEMBERS, 'mail went out without the login')

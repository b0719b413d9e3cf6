"""Postfix as MX found through DNS: order of preference, a dead first choice, a null MX, no such domain."""
import os
import smtplib

from harness import check, check_outcome, reached, write
from postfix import Postfix

MX_ROUTE = '''[[route]]
name = "internet"
kind = "mx"
domains = ["*"]
tls = "may"
'''
# Postfix is 127.0.0.2, nobody listens on 127.0.0.3; 127.0.0.1 is the server itself.
ZONES = '''zone test. static
two.test. 300 IN MX 10 dead.two.test.
two.test. 300 IN MX 20 live.two.test.
dead.two.test. 300 IN A 127.0.0.3
live.two.test. 300 IN A 127.0.0.2
plain.test. 300 IN A 127.0.0.2
null.test. 300 IN MX 0 .
lists.test. 300 IN MX 10 lists.test.
'''
PEOPLE = ['ann@two.test', 'bob@two.test', 'carl@plain.test', 'dora@null.test', 'eve@missing.test']


def scenario(world):
    sink = world.sink()
    mx = world.start(Postfix, 'live.two.test', f'''
relayhost = [127.0.0.1]:{sink.port}
relay_domains = two.test, plain.test
mynetworks =
smtpd_tls_security_level = may
smtpd_tls_cert_file = {world.certificate()}
smtpd_tls_key_file = {world.certificate()[:-4]}.key
''', address='127.0.0.2')
    zones = write(os.path.join(world.folder, 'zones'), ZONES)
    server = world.breakwater(MX_ROUTE, members={'tech': PEOPLE}, more=f'''
[delivery]
zone_files = ["{zones}"]
mx_port = {mx.port}
allow_loopback_mx = true
''')
    with smtplib.SMTP('127.0.0.1', server.mx, timeout=60) as smtp:
        smtp.sendmail('ann@two.test', ['tech@lists.test'], world.post())
    mails = sink.wait_for_recipients(3)
    check(reached(mails) == PEOPLE[:3], reached(mails))
    for mail in mails:
        # Above ours stands Postfix's: with TLS, which it offered.
        check(b'with ESMTPS id' in mail.bytes.split(b'Received: ')[1], mail.bytes)

    found = server.wait_for_outcomes(len(PEOPLE))
    check_outcome(found, PEOPLE[:3], 'delivered', 'queued as')
    check_outcome(found, ['dora@null.test'], 'failed', '5.1.10')    # RFC 7505 3
    check_outcome(found, ['eve@missing.test'], 'failed', '5.1.2')

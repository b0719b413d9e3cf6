"""A copy that Postfix took and could not hand on: its bounce comes back and is booked on the member."""
import smtplib

from harness import MEMBERS, SINK_ROUTE, check, free_port, reached, wait_for
from postfix import Postfix

SETTINGS = '''
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{port}
transport_maps = inline:{{lists.test=smtp:[127.0.0.1]:{mx}}}
'''


def scenario(world):
    sink = world.sink('--permfail-match', 'bob@')
    port = free_port()
    server = world.breakwater(SINK_ROUTE.format(port=port))
    world.start(Postfix, 'smarthost.test', SETTINGS.format(port=sink.port, mx=server.mx), port=port)
    with smtplib.SMTP('127.0.0.1', server.mx, timeout=60) as smtp:
        smtp.sendmail(server.USER, ['tech@lists.test'], world.post())
    sink.wait_for_recipients(len(MEMBERS) - 1)

    def booked():
        said = server.cli('why', server.posting())
        return said if 'bob@members.test bounced with' in said else None
    said = wait_for("bob's bounce to be booked", booked)
    check('bounced with 5.' in said, said)
    check(reached(sink.mails()) == ['ann@members.test', 'carl@members.test'], 'the bounce went to somebody')

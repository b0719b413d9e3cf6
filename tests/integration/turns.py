"""When two things meet: a reload and a stop, a reload and copies in hand, an outage and fresh mail."""
import email
import signal
import time

from harness import check, free_port, wait_for, write
from rig import ANN, CARL, Dialogue, Site, is_code, letter, list_file


def promise_a_reload_and_a_stop_at_once_end_in_order(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    for turn in range(8):
        for _ in range(turn % 3 + 1):
            site.send(signal.SIGHUP)
        time.sleep(turn * 0.002)
        check(site.end() == 0, f'turn {turn}: exit status {site.process.returncode}')
        site.start()


def promise_new_routes_under_copies_in_hand_send_nothing_twice(world):
    sink = world.sink('--latency-ms', '700')
    people = [f'm{at}@d{at % 3}.test' for at in range(60)]
    site = world.start(Site, sink.port, lists={'tech': list_file(post='anyone')}, members={'tech': people},
                       route='recipients = 5\nconnections = 2\n')
    is_code(site.post(letter('on the move')), '250')
    site.wait_until('copies are in hand', lambda: site.rows('status')[-1]['slices_in_hand'])
    route = site.text[site.text.index('[[route]]'):]
    moved = (route.replace('"sink"', '"all"') +
             route.replace('"sink"', '"some"').replace('"*"', '"d1.test", "d2.test"'))
    write(site.config, site.text.replace(route, moved))
    check('reloaded' in site.cli('reload'), 'not reloaded')
    site.wait_until_settled(1)
    got = sorted(to for mail in sink.mails() for to in mail.recipients)
    check(got == sorted(people), f'{len(got)} copies for {len(people)} members')
    check(site.postings()[0]['delivered'] == len(people), site.postings())


def promise_fresh_mail_does_not_wait_as_long_as_old_mail(world):
    port = free_port()
    site = world.start(Site, port, waits=('300ms', '1h'))
    is_code(site.post(letter('old')), '250')
    site.wait_until('two tries failed', lambda: len(site.events('deferred')) >= 2)
    sink = world.sink('--port', str(port))
    is_code(site.post(letter('fresh')), '250')
    site.wait_until('the fresh one arrives', lambda: sink.mails())
    check('fresh' in sink.mails()[0].bytes.decode(), 'the old one came first')


def promise_a_dropped_posting_does_not_hold_up_the_others(world):
    sink = world.sink('--latency-ms', '400')
    people = [f'm{at}@members.test' for at in range(40)]
    site = world.start(Site, sink.port, waits=('1h',), lists={'tech': list_file(post='anyone'),
                                                              'news': list_file(post='anyone')},
                       members={'tech': people, 'news': [ANN]}, route='recipients = 2\nconnections = 2\n')
    is_code(site.post(letter('to be dropped')), '250')
    site.wait_until('it is in hand', lambda: site.rows('status')[-1]['slices_in_hand'])
    dropped = site.postings()[0]['posting']
    site.cli('queue', 'drop', dropped)
    is_code(site.post(letter('another'), to='news@lists.test'), '250')
    site.wait_until('the other one arrives', lambda: any(b'another' in mail.bytes for mail in sink.mails()))


DSN = '''From: MAILER-DAEMON@members.test\r
To: {to}\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
no\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.members.test\r
\r
Final-Recipient: rfc822; {who}\r
Action: failed\r
Status: 5.1.1\r
\r
--b--\r
'''


def promise_a_late_bounce_of_mail_to_owners_is_told_to_its_sender_once(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    is_code(site.post(letter('to the owner'), to='tech-owner@lists.test'), '250')
    site.wait_until_settled(1)
    path = sink.mails()[0].sender
    check(path.startswith('tech-bounces+'), path)
    for _ in range(2):
        with Dialogue(site.mx) as client:
            is_code(client.post(DSN.format(to=path, who=CARL).encode(), '', path), '250')
    wait_for('the report', lambda: any(ANN in mail.recipients for mail in sink.mails()))
    time.sleep(0.3)
    reports = [mail for mail in sink.mails() if ANN in mail.recipients]
    check(len(reports) == 1 and reports[0].sender == '', f'{len(reports)} reports')


def promise_each_recipients_notify_is_its_own(world):
    sink = world.sink('--permfail-match', 'carl')
    site = world.start(Site, sink.port)
    with site.dialogue() as client:
        client.ask(f'MAIL FROM:<{ANN}>', '250')
        client.ask('RCPT TO:<tech@lists.test> NOTIFY=NEVER', '250')
        client.ask('RCPT TO:<tech-owner@lists.test> NOTIFY=FAILURE', '250')
        is_code(client.data(letter('both')), '250')
    wait_for('the report',
             lambda: any(mail.sender == '' and mail.recipients == [ANN] for mail in sink.mails()))


def promise_a_failure_returns_what_was_asked_for(world):
    sink = world.sink('--permfail-match', 'carl')
    site = world.start(Site, sink.port)
    kinds = {'RET=FULL': 'message/rfc822', 'RET=HDRS': 'text/rfc822-headers'}
    for number, (asked, kind) in enumerate(kinds.items()):
        with site.dialogue() as client:
            client.ask(f'MAIL FROM:<{ANN}> {asked}', '250')
            client.ask('RCPT TO:<tech-owner@lists.test> ORCPT=rfc822;chief@old.test', '250')
            is_code(client.data(letter(asked, body='Who may read this?\r\n')), '250')
        wait_for('the report', lambda number=number: len(sink.mails()) > number)
        report = email.message_from_bytes(sink.mails()[-1].bytes)
        _, recipient = report.get_payload()[1].get_payload()
        check(recipient['Original-Recipient'] == 'rfc822; chief@old.test', recipient.as_string())
        check(report.get_payload()[2].get_content_type() == kind, report.as_string())
        check(('Who may read this?' in report.as_string()) == (asked == 'RET=FULL'), report.as_string())


def promise_who_asks_for_it_is_told_that_a_list_has_taken_it(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    with site.dialogue() as client:
        client.ask(f'MAIL FROM:<{ANN}> ENVID=QQ314159', '250')
        client.ask('RCPT TO:<tech@lists.test> NOTIFY=SUCCESS ORCPT=rfc822;tech@old.test', '250')
        is_code(client.data(letter('told')), '250')
    reports = wait_for('the report', lambda: [mail for mail in sink.mails() if mail.sender == ''])
    check(len(reports) == 1 and reports[0].recipients == [ANN], [mail.envelope for mail in reports])
    report = email.message_from_bytes(reports[0].bytes)
    about, recipient = report.get_payload()[1].get_payload()
    check(about['Original-Envelope-Id'] == 'QQ314159', about.as_string())
    check((recipient['Action'], recipient['Status']) == ('delivered', '2.0.0'), recipient.as_string())
    check(recipient['Original-Recipient'] == 'rfc822; tech@old.test', recipient.as_string())
    check(recipient['Final-Recipient'] == 'rfc822; tech@lists.test', recipient.as_string())

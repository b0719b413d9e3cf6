"""A message has one end: CRLF dot CRLF. No other bytes make two of one, on the way in or on the way out."""
from harness import check
from recorder import Recorder
from rig import ANN, TECH, Dialogue, Site, is_code, letter, list_file, subjects

# Each was taken for the end of a message by some server (CVE-2023-51764, -51765, -51766).
FALSE_ENDS = [b'\n.\n', b'\n.\r\n', b'\r\n.\n', b'\r.\r', b'\r.\r\n', b'\r.\n', b'\n.\r', b'\r\n.\r',
              b'\r\n\0.\r\n', b'\r\n.\0\r\n']
TRUE_END = b'\r\n.\r\n'


def attack(where, hello, end, number):
    """Two messages in one, were `end` the end of one. The replies until the connection is over."""
    with Dialogue(where, hello=hello) as client:
        client.begin()
        client.ask('DATA', '354')
        client.send(letter(f'outer {number}', 'before').removesuffix(b'\r\n') + end +
                    f'MAIL FROM:<{ANN}>\r\nRCPT TO:<{TECH}>\r\nDATA\r\n'.encode() +
                    letter(f'inner {number}', 'smuggled\r\n') + b'.\r\nQUIT\r\n')
        return client.finish()


def promise_no_smuggling_in(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    doors = [(site.mx, 'EHLO client.test'), (site.lmtp, 'LHLO client.test')]
    for where, hello in doors:
        # The same dialogue with the true end does give two messages: the test can see one that got through.
        accepted = [one for one in attack(where, hello, TRUE_END, hello) if 'queued as' in one]
        check(len(accepted) == 2, f'two messages posted, {len(accepted)} accepted')
    for where, hello in doors:
        for number, end in enumerate(FALSE_ENDS):
            replies = attack(where, hello, end, f'{hello} {end!r}')
            accepted = [one for one in replies if 'queued as' in one]
            check(len(accepted) <= 1, f'{end!r} ended a message on {hello}: {replies}')
            check(not accepted or len(replies) <= 2, f'{end!r}: commands read behind it: {replies}')
    is_code(site.post(letter('the last one')), '250')
    site.wait_until_settled()
    found = subjects(sink.mails())
    inner = [subject for subject in found if subject.startswith('inner') and "b'" in subject]
    check(not inner, f'smuggled to the sink: {inner}')
    check(
        found.count('the last one') == 1 and len([s for s in found if s.endswith('client.test')]) == 4, found)


BODIES = [
    b'.\r\n', b'..\r\n', b'.\r\n.\r\n',
    b'a\r\n.\r\nMAIL FROM:<eve@evil.test>\r\nRCPT TO:<bob@members.test>\r\n', b'.a\r\n...\r\n. \r\n.',
    b'\r\n\r\n.\r\n\r\n', b'x' * 998 + b'\r\n.' + b'y' * 997 + b'\r\n', b'.', b'a\r\n.'
]


def promise_no_smuggling_out(world):
    recorder = Recorder(world)
    site = world.start(Site, recorder.port, lists={'tech': list_file(footer='. \n.\nend of the footer\n.')})
    for number, body in enumerate(BODIES):
        end = b'' if body.endswith(b'\r\n') else b'\r\n'
        is_code(site.post(letter(f'dots {number}', '') + body + end), '250')
    site.wait_until_settled(len(BODIES))
    check(
        len(recorder.messages) == len(BODIES),
        f'{len(BODIES)} posted, {len(recorder.messages)} at the next server')
    check(not recorder.odd, f'what followed a message: {recorder.odd}')
    for raw in recorder.messages:
        bare = raw.replace(b'\r\n', b'')
        check(b'\n' not in bare and b'\r' not in bare, f'a bare CR or LF leaves: {raw!r}')
        check(b'\r\n.\r\n' not in b'\r\n' + raw, f'an unstuffed dot: {raw!r}')
        text = (b'\r\n' + raw).replace(b'\r\n..', b'\r\n.')
        number = int(text.split(b'Subject: dots ')[1].split(b'\r\n')[0])
        check(BODIES[number].rstrip(b'\r\n') in text.split(b'\r\n\r\n', 1)[1],
              f'body {number} was changed: {raw!r}')
        check(b'end of the footer' in text, f'no footer: {raw!r}')


def promise_bare_ends_never_reach_a_member(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    for number, body in enumerate(['a\nb\r\n', 'a\rb\r\n', 'a\r\r\nb\r\n', '\n\r\n', 'a\0b\r\n']):
        with site.dialogue() as client:
            is_code(client.post(letter(f'bare {number}', body)), '550')
            check(client.reply() == '', 'the connection stays open behind a message with bare line ends')
    with site.dialogue() as client:  # nor in a command: the second one is not read
        client.send(f'MAIL FROM:<{ANN}>\nRCPT TO:<{TECH}>\r\nDATA\r\n')
        replies = client.until_end()
        check(len(replies) == 1 and replies[0].startswith('500'), replies)
    is_code(site.post(letter('clean')), '250')
    site.wait_until_settled(1)
    check(subjects(sink.mails()) == ['clean'], subjects(sink.mails()))

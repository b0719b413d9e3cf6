"""What an administrator does, and what they may rely on: check, reload, stop, start."""
import json
import os
import re
import signal
import socket
import subprocess
import threading

from harness import BREAKWATER, check, free_port, listens, read, run, wait_for, write
from rig import ANN, BOB, CARL, Dialogue, Site, is_code, letter, list_file, subjects


def with_listener(site, port, kind='mx'):
    return site.text + f'\n[[listener]]\nkind = "{kind}"\naddress = "127.0.0.1:{port}"\n'


def promise_check_names_every_problem_with_its_place(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    site.cli('check')
    write(site.config, site.text.replace('hostname =', 'hostnam =').replace('kind = "mx"', 'kind = "smtp"'))
    site.write_list('bad', 'domain = "lists.test"\nowners = ["nobody"]\npost = 3\n')
    done = run(BREAKWATER, '-c', site.config, 'check', status=1)
    text = (done.stdout + done.stderr).decode()
    places = re.findall(r'^(\S+):(\d+):(\d+): (.+)$', text, re.M)
    files = {os.path.basename(path) for path, _, _, _ in places}
    check(files == {'breakwater.toml', 'bad.toml'} and len(places) >= 4, text)
    check('hostname' in text and '^' in text, f'no suggestion, no caret: {text}')
    rows = [
        row for row in run(BREAKWATER, '-c', site.config, 'check', '--json', status=1).stdout.split(b'\n')
        if row
    ]
    check(len(rows) == len(places), f'{len(rows)} with --json, {len(places)} without')
    run(BREAKWATER, '-c', site.folder + '/none.toml', 'check', status=1)
    run(BREAKWATER, '-c', site.config, 'serve', status=1)


def promise_a_reload_is_whole_or_not_at_all(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    port, lmtp_port = free_port(), free_port()
    held = site.dialogue()   # a session that was there before goes on
    # Good: a new list, two listeners more.
    site.write_list('fresh', list_file(post='anyone'))
    write(site.config,
          with_listener(site, port) + f'\n[[listener]]\nkind = "lmtp"\naddress = "127.0.0.1:{lmtp_port}"\n')
    check('reloaded' in site.cli('reload'), 'reload does not say so')
    site.cli('member', 'add', 'fresh', BOB)
    with Dialogue(port) as client:
        is_code(client.post(letter('to the new list'), ANN, 'fresh@lists.test'), '250')
    with Dialogue(lmtp_port, hello='LHLO a') as client:
        is_code(client.post(letter('by the new door')), '250')
    # Bad: one problem in one file; nothing is taken: no good list, no listener less.
    site.write_list('another', list_file(post='anyone'))
    site.write_list('broken', list_file(post='everybody'))
    write(site.config, site.text)
    done = run(BREAKWATER, '-c', site.config, 'reload', status=1)
    said = (done.stdout + done.stderr).decode()
    check('broken.toml:' in said and 'old configuration' in said, said)
    check(
        site.post(to='another@lists.test').startswith('550 5.1.1'),
        'a part of a bad configuration is in force')
    with Dialogue(port) as client:
        is_code(client.post(letter('the listener is still there'), ANN, 'fresh@lists.test'), '250')
    # By signal, and good again: the listeners go, the list stays away.
    os.remove(os.path.join(site.folder, 'lists', 'broken.toml'))
    os.remove(os.path.join(site.folder, 'lists', 'fresh.toml'))
    before = len(site.events('reloaded'))
    site.send(signal.SIGHUP)
    site.wait_until('SIGHUP is obeyed', lambda: len(site.events('reloaded')) > before)
    wait_for('the listener to be gone', lambda: not listens(port))
    check(
        site.post(to='fresh@lists.test').startswith('550 5.2.1'),
        'a list whose file is gone still takes mail')
    is_code(site.post(letter(), to='another@lists.test'), '250')
    is_code(held.post(letter('the old session')), '250')
    site.wait_until_settled(5)
    # A port that is taken: refused, and what was there stays.
    with socket.create_server(('127.0.0.1', 0)) as taken:
        write(site.config, with_listener(site, taken.getsockname()[1]))
        run(BREAKWATER, '-c', site.config, 'reload', status=1)
        is_code(site.post(letter('unharmed')), '250')


def promise_a_bad_file_at_sighup_is_said_and_changes_nothing(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    write(site.config, 'nonsense')
    site.send(signal.SIGHUP)
    event = site.wait_until('the log to say so', lambda: site.events('reload_failed'))[0]
    check('breakwater.toml:1:' in event['reason'], event)
    is_code(site.post(), '250')
    write(site.config, site.text)
    site.wait_until_settled(1)


def promise_sigterm_drains_and_nothing_is_lost(world):
    sink = world.sink('--latency-ms', '1500')
    site = world.start(Site, sink.port, settings={'timeouts.drain': '40s'})
    idle, busy = site.dialogue(), site.dialogue()
    fresh = site.dialogue(greeted=False)
    fresh.expect('220')
    busy.begin()
    busy.ask('DATA', '354')
    is_code(site.post(letter('in hand')), '250')
    check(f'listeners        mx 127.0.0.1:{site.mx}' in site.cli('status'), site.cli('status'))
    site.wait_until('the copies are on their way', lambda: site.rows('status')[-1]['slices_in_hand'])
    site.send(signal.SIGTERM)
    for client in (idle, fresh):
        is_code(client.expect('421'), '421')
        check(client.reply() == '', 'open after 421')
    wait_for('the door to be shut', lambda: not listens(site.mx))
    busy.send(letter('finished while it drained') + b'.\r\n')
    busy.expect('250')
    is_code(busy.reply(), '421', '')
    check(site.process.wait(60) == 0, f'exit status {site.process.returncode}')
    site.start()
    site.wait_until_settled(2)
    check(subjects(sink.mails()) == ['finished while it drained', 'in hand'], subjects(sink.mails()))


def promise_the_end_of_the_drain_comes(world):
    sink = world.sink('--hang-at', 'dot')
    site = world.start(Site, sink.port, settings={'timeouts.drain': '1s'})
    stuck = site.dialogue()
    stuck.begin()
    stuck.ask('DATA', '354')
    is_code(site.post(letter('to a server that hangs')), '250')
    site.wait_until('it is under way', lambda: site.rows('status')[-1]['slices_in_hand'])
    check(site.end() == 0, f'exit status {site.process.returncode}')   # soon, at a limit of 1 s
    check(stuck.until_end()[:1] in ([], ['421 4.3.2 Service is stopping, try again later']),
          'an answer to what hung')
    rows = site.rows('queue', 'ls')   # with no server: the same queue
    check(rows and rows[0]['remaining'] == 3, rows)


def promise_kill_9_loses_nothing_that_was_promised(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    promised = []
    for round_number in range(4):
        stop = threading.Event()

        def post_until_it_dies(number=round_number, stop=stop):
            count = 0
            try:
                with site.dialogue() as client:
                    while not stop.is_set():
                        subject = f'{number}.{count}'
                        if client.post(letter(subject)).startswith('250 '):
                            promised.append(subject)
                        count += 1
            except Exception:  # killed amid an answer: not promised
                pass
        thread = threading.Thread(target=post_until_it_dies)
        thread.start()
        enough = 5 * (round_number + 1)
        site.wait_until(f'{enough} promises', lambda enough=enough: len(promised) >= enough)
        os.kill(site.process.pid, signal.SIGKILL)
        site.process.wait(60)
        stop.set()
        thread.join(60)
        site.start()
    site.wait_until_settled()
    found = set(subjects(sink.mails()))
    check(not set(promised) - found, f'promised and lost: {sorted(set(promised) - found)}')


def promise_a_second_server_is_refused_and_told_who_is_there(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    done = run(BREAKWATER, '-c', site.config, 'serve', status=1)
    check(str(site.process.pid) in done.stderr.decode(), done.stderr.decode())
    is_code(site.post(), '250')
    site.wait_until_settled(1)


def promise_the_supervisor_hears_ready_reloading_and_stopping(world):
    sink = world.sink()
    path = os.path.join(world.folder, 'notify')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(path)
        supervisor.settimeout(60)
        site = world.start(Site, sink.port, env={'NOTIFY_SOCKET': path, 'WATCHDOG_USEC': '400000'})
        heard = [supervisor.recv(1000) for _ in range(4)]
        check(any(b'READY=1' in one for one in heard), heard)
        check(sum(b'WATCHDOG=1' in one for one in heard) >= 2, heard)
        site.cli('reload')
        site.send(signal.SIGTERM)
        while not any(b'STOPPING=1' in one for one in heard):
            heard.append(supervisor.recv(1000))
        texts = b'\n'.join(heard)
        check(texts.index(b'READY=1') < texts.index(b'RELOADING=1') < texts.index(b'STOPPING=1'), texts)
        check(texts.count(b'READY=1') == 2, 'ready once more after the reload')


def promise_systemd_hands_over_its_sockets(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    site.end()
    with socket.create_server(('127.0.0.1', site.mx)) as held, socket.create_server(('127.0.0.1', 0)) as idle:
        early = socket.create_connection(('127.0.0.1', site.mx), 20)   # waits while the server starts
        code = (
            'import fcntl, os, sys\n'
            'held = [fcntl.fcntl(int(fd), fcntl.F_DUPFD, 20) for fd in sys.argv[1:3]]\n'
            'for at, fd in enumerate(held): os.dup2(fd, 3 + at, inheritable=True)\n'
            'os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2")\n'
            'os.execv(sys.argv[3], sys.argv[3:])\n'
        )
        fds = [held.fileno(), idle.fileno()]
        words = ['/usr/bin/python3', '-c', code, *map(str, fds), BREAKWATER, '-c', site.config, 'serve']
        log = os.path.join(site.folder, 'activated.log')
        with open(log, 'wb') as out:
            process = subprocess.Popen(words, pass_fds=fds, stdout=out, stderr=out)
        try:
            check(early.recv(100).startswith(b'220'), 'the early connection was not served')
            is_code(site.post(letter('through a passed socket')), '250')
            early.close()
            sink.wait_for_recipients(3)
        finally:
            process.terminate()
            check(process.wait(20) == 0, read(log).decode())
        lines = [json.loads(line) for line in read(log).decode().splitlines()]
        unclaimed = [line['socket'] for line in lines if line['event'] == 'socket_unclaimed']
        check(unclaimed == [str(idle.getsockname()[1])], f'not told of the socket without listener: {lines}')
        check(listens(site.mx), 'the socket that was handed over is closed')


def promise_the_command_line_answers_alike_with_and_without_a_server(world):
    sink = world.sink('--permfail-match', 'bob')
    site = world.start(Site, sink.port)
    is_code(site.post(), '250')
    got = site.post(letter(sender='eve@evil.test'), 'eve@evil.test')
    reference = re.search(r'\[(\w{13})\]', got).group(1)
    posting = site.wait_until_settled(1)[0]['posting']
    asked = [('list', 'ls'), ('list', 'show', 'tech'), ('member', 'ls', 'tech'), ('member', 'find', ANN),
             ('member', 'export', 'tech'), ('user', 'ls'), ('queue', 'ls'), ('queue', 'show', posting),
             ('posting', 'ls'), ('posting', 'trace', posting), ('posting', 'trace', posting, '--csv'),
             ('why', posting), ('why', reference)]

    def answers():
        plain = [site.cli(*words) for words in asked]
        return plain + [
            site.cli(*words, '--json') for words in asked if words[-1] != '--csv' and words[1] != 'export'
        ]
    running = answers()
    unknown = run(BREAKWATER, '-c', site.config, 'member', 'ls', 'nolist', status=1).stderr
    check(re.search(r'^running +yes', site.cli('status'), re.M), site.cli('status'))
    site.end()
    for words, one, other in zip(asked + asked, running, answers()):
        check(one == other, f'{words}: with a server\n{one}\nwithout\n{other}')
    check(
        run(BREAKWATER, '-c', site.config, 'member', 'ls', 'nolist', status=1).stderr == unknown,
        'errors differ')
    check(re.search(r'^running +no', site.cli('status'), re.M), site.cli('status'))
    run(BREAKWATER, '-c', site.config, 'reload', status=1)
    # without a server, seen by the next
    site.cli('member', 'add', 'tech', 'late@members.test', '--role', 'moderator')
    site.cli('member', 'rm', 'tech', CARL)
    site.start()
    found = [row['address'] for row in site.rows('member', 'ls', 'tech') if 'address' in row]
    check('late@members.test' in found and CARL not in found, found)

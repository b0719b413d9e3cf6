"""The commands that carry work of their own: import, demo, sink, blast."""
import json
import os
import signal
import subprocess

from harness import BREAKWATER, check, read, run, write
from rig import ANN, BOB, SANITIZED, TECH, Site, is_code, letter


def last_json(text):
    return json.loads(text.strip().split('\n')[-1])


def promise_a_bad_row_is_named_and_the_rest_imported(world):
    sink = world.sink()
    site = world.start(Site, sink.port, members={})
    rows = ['address,name', f'{ANN},"Ann, the first"', 'not an address,x', f'{BOB},Bob', '@,x',
            'c@members.test,C']
    path = write(os.path.join(site.folder, 'rows.csv'), '\n'.join(rows) + '\n')

    def listed():
        return sorted(row['address'] for row in site.rows('member', 'ls', 'tech') if 'address' in row)
    done = run(BREAKWATER, '-c', site.config, 'member', 'import', 'tech', path, '--strict', status=None)
    check(done.returncode != 0 and listed() == [], f'--strict is all or nothing: {listed()}')
    site.cli('member', 'import', 'tech', path, '--dry-run', status=None)
    check(listed() == [], f'--dry-run changes nothing: {listed()}')
    done = run(BREAKWATER, '-c', site.config, 'member', 'import', 'tech', path, status=None)
    said = (done.stdout + done.stderr).decode()
    check('3' in said and '5' in said and 'not an address' in said, f'lines 3 and 5 are bad: {said}')
    check(listed() == [ANN, BOB, 'c@members.test'], listed())
    check('Ann, the first' in site.cli('member', 'export', 'tech'), 'a name with a comma')
    exported = write(os.path.join(site.folder, 'again.csv'), site.cli('member', 'export', 'tech'))
    site.cli('member', 'import', 'tech', exported, '--strict')
    check(listed() == [ANN, BOB, 'c@members.test'], 'an export is imported as it is')
    is_code(site.post(letter('to the imported')), '250')
    check(site.wait_until_settled(1)[0]['delivered'] == 3, site.postings())


def promise_the_demo_reaches_everybody_and_ends(world):
    for options in ([], ['--individual']):
        done = run(BREAKWATER, 'demo', '--members', '200', '--once', '--json', *options)
        result = last_json(done.stdout.decode())
        check(result['members'] == 200 and result['delivered'] == 200, result)
        check((result['transactions'] >= 200) == bool(options), result)
        check(SANITIZED or result['peak_rss_mb'] < 200, result)
    done = run(BREAKWATER, 'demo', '--members', '1000', '--nested', '10', '--domains', '1', '--size', '51200',
               '--sink-latency-ms', '20', '--once', '--json')
    result = last_json(done.stdout.decode())
    check(result['delivered'] == 1000, f'half of each list is in the next one; each gets one copy: {result}')
    check(result['transactions'] == 10 and result['first_copy_seconds'] >= 0.02, result)
    sink = world.sink()
    run(BREAKWATER, 'demo', '--members', '50', '--once', '--json', '--sink', f'127.0.0.1:{sink.port}')
    sink.wait_for_recipients(50)


def promise_the_demo_shows_commands_as_they_can_be_typed(_world):
    demo = subprocess.Popen([BREAKWATER, 'demo', '--members', '1'], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    try:
        lines = []
        for line in demo.stdout:
            lines.append(line.strip())
            if line.startswith('Ctrl-C'):
                break
        at = next(at for at, line in enumerate(lines) if line.startswith('export BREAKWATER_CONFIG='))
        done = subprocess.run(['sh', '-ec', '\n'.join(lines[at:at + 3])], capture_output=True, text=True,
                              check=False)
        check(done.returncode == 0 and 'company@lists.example' in done.stdout, (lines[at:], done))
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(60)
        demo.stdout.close()


def promise_what_blast_had_accepted_arrives(world):
    record = os.path.join(world.folder, 'record')
    sink = world.sink('--record', record)
    site = world.start(Site, sink.port)
    for options in ([], ['--pipeline']):
        done = run(BREAKWATER, 'blast', '--to', f'127.0.0.1:{site.mx}', '--connections', '5',
                   '--messages', '100', '--from', ANN, '--rcpt', TECH, '--json', *options)
        check(any(value == 100 for value in last_json(done.stdout.decode()).values()), done.stdout.decode())
    site.wait_until_settled(200)
    sink.end()
    check(len(read(record).split(b'\n')) - 1 == 200 * 3, 'each of 200 messages to each of 3 members')

"""Storms in virtual time and in the demo: what is printed, by which names, and what bad input costs."""
import json
import os

from harness import BREAKWATER, check, read, run, write
from rig import list_file

NHS = ['storm', 'simulate', 'nhs-2016']


def rows(done):
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def trace_of(world, *options):
    done = run(BREAKWATER, *NHS, '--trace', *options)
    return write(os.path.join(world.folder, 'nhs.jsonl'), done.stdout.decode())


def replay(trace, *options, members=850_000, status=0):
    return run(BREAKWATER, 'storm', 'replay', trace, '--members', str(members), *options, status=status)


def promise_the_breaker_alone_stops_a_storm_and_says_so_message_by_message(world):
    trace = trace_of(world)
    *messages, last = rows(replay(trace, '--only', 'breaker'))
    check(len(messages) == 81, f'one line a message: {len(messages)}')
    check(set(messages[0]) == {'id', 'verdict', 'reason', 'audience'}, messages[0])
    check(messages[0]['audience'] == 850_000 and messages[0]['verdict'] == 'distribute', messages[0])
    check(all(row['reason'] for row in messages if row['verdict'] == 'hold'), 'a hold has its reason')
    summary = last['summary']
    sent = sum(row['verdict'] == 'distribute' for row in messages)
    check(summary['fanouts'] == sent <= 6, summary)
    check(summary['messages'] == 81 and summary['held'] == 81 - sent, summary)
    check(summary['deliveries'] == sent * 850_000, summary)
    first = json.loads(read(trace).splitlines()[0])['t']
    check(first < summary['opened_at'] <= first + 3600, summary)


def promise_nobody_is_reached_until_the_sender_confirms(world):
    trace = trace_of(world)
    *messages, last = rows(replay(trace))
    check(messages[0]['verdict'] == 'confirm' and last['summary']['fanouts'] == 0, last)
    *messages, last = rows(replay(trace, '--confirm'))
    check(messages[0]['verdict'] == 'distribute' and 'released' in messages[0]['reason'], messages[0])
    check(last['summary']['fanouts'] == 1 and len(messages) == 81, last)


def promise_a_lists_file_is_obeyed_and_a_bad_one_refused(world):
    trace = trace_of(world, '--members', '300')
    good = write(os.path.join(world.folder, 'good.toml'), list_file() + '\n[guard]\nbreaker = false\n')
    last = rows(replay(trace, '--only', 'breaker', '--list', good, members=300))[-1]
    check(last['summary']['fanouts'] == 81, last)
    bad = write(os.path.join(world.folder, 'bad.toml'), list_file() + '\n[guard]\nbraker = false\n')
    done = replay(trace, '--list', bad, status=1)
    check(b"did you mean 'breaker'" in done.stderr and not done.stdout, done.stderr)


def promise_a_bad_line_is_named_and_costs_itself_only(world):
    lines = read(trace_of(world)).decode().splitlines()
    lines[3:3] = ['{', '[]', '{"t": "now", "from": "a"}', 'x' * (1 << 20) + 'x']
    trace = write(os.path.join(world.folder, 'bad.jsonl'), '\n'.join(lines))
    done = replay(trace, '--only', 'breaker', status=1)
    said = done.stderr.decode()
    check(all(f'line {number} is left out' in said for number in (4, 5, 6, 7)), said)
    check('4 bad lines left out' in said and len(said) < 2000, said)
    last = rows(done)[-1]['summary']
    check(last['messages'] == 81, last)
    gone = replay('/nonexistent', status=1)
    check(b'No such file' in gone.stderr, gone.stderr)


def promise_a_trace_may_come_from_standard_input_and_others_rules_stand_beside(world):
    done = run(BREAKWATER, 'storm', 'replay', '-', '--members', '850000', '--compare',
               stdin=read(trace_of(world)))
    rules = {row['rule']: row for row in rows(done)[-1]['summary']['compare']}
    check(rules['no guard']['deliveries'] == 81 * 850_000, rules)
    check(all(rules[name]['fanouts'] > 10 for name in ('Exchange Online', 'LISTSERV', 'ezmlm')), rules)
    check('Exchange Online' in done.stderr.decode(), 'a table for people')


def promise_every_storm_is_simulated_with_its_facts(world):
    listed = rows(run(BREAKWATER, 'storm', 'ls', '--json'))
    check(len(listed) == 8 and all(row['facts'] for row in listed), listed)
    for row in rows(run(BREAKWATER, 'storm', 'simulate', '--all', '--json')):
        alone = [rule for rule in row['rules'] if rule['rule'] == 'Breakwater, breaker alone'][0]
        check(alone['fanouts_in_six_hours'] <= (6 if row['members'] >= 10_000 else 8), row)
    table = run(BREAKWATER, *NHS).stdout.decode()
    check('68,850,000' in table and 'NHSmail' in table, table)
    check(b'nhs-2016' in run(BREAKWATER, 'storm', 'simulate', 'nhs', status=1).stderr, 'the names are said')


def promise_the_demo_confirms_its_own_message_and_reaches_everybody(world):
    done = run(BREAKWATER, 'demo', '--members', '10100', '--once', '--json')
    check(rows(done)[-1]['delivered'] == 10_100, done.stdout)
    said = done.stderr.decode()
    check('in their place: confirm' in said and 'in their place: release' in said, said)
    sink = world.sink()
    done = run(BREAKWATER, 'demo', '--members', '1100', '--once', '--json',
               '--sink', f'127.0.0.1:{sink.port}')
    check(rows(done)[-1]['delivered'] == 1100, done.stdout)


def promise_a_storm_is_played_through_the_real_server(world):
    done = run(BREAKWATER, 'demo', '--storm', 'nhs-2016', '--members', '10100', '--seconds', '3',
               '--once', '--json')
    score = json.loads(done.stdout.decode().splitlines()[-1])
    check(score['messages'] == 81 and score['deliveries'] == 10_100, score)
    check(score['plain_deliveries'] == 81 * 10_100 and score['unaccounted'] == 0, score)
    whole = 1 + score['let_through'] + score['diverted'] + score['held'] + score['discarded']
    check(score['accepted'] == whole and score['accepted'] + score['refused'] == 81, score)
    for phase in (score['ordinary_before'], score['ordinary_during']):
        check(phase['posted'] == phase['arrived'] > 0, score)

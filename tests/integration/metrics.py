"""What a monitoring system hears: every number through the real server, over real HTTP."""
import http.client
import re
import socket

from harness import check, free_port, write
from rig import ANN, BOB, Site, is_code, letter, list_file

AUTOMATIC = 'Auto-Submitted: auto-replied\r\n'


def watched(port):
    return {'metrics.listen': f'127.0.0.1:{port}'}


def fetch(port, path='/metrics', method='GET'):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def series(port):
    """{'breakwater_deliveries_total': 3.0, ...}: each line with its labels is a key."""
    status, text = fetch(port)
    check(status == 200, f'{status}: {text}')
    lines = [line for line in text.split('\n') if line and not line.startswith('#')]
    for line in lines:
        labels = r'(\{([a-z]+="[^"\n]*",?)+\})?'
        check(re.fullmatch(r'breakwater_[a-z_]+' + labels + r' (\d[0-9.e+-]*|\+Inf|NaN)', line), line)
    return {line.rsplit(' ', 1)[0]: float(line.rsplit(' ', 1)[1]) for line in lines}


def promise_metrics_count_what_was_posted_delivered_refused_and_held(world):
    sink = world.sink()
    port = free_port()
    guard = '\n[guard]\nconfirm_above = 2\n'
    site = world.start(Site, sink.port, settings=watched(port),
                       lists={'tech': list_file(), 'all': list_file(post='anyone') + guard},
                       members={'tech': [ANN, BOB], 'all': [ANN, BOB, 'c@members.test', 'd@members.test']})
    check(fetch(port, '/healthz') == (200, 'ok\n'), 'healthz')
    before = series(port)
    check(before['breakwater_deliveries_total'] == 0, before)
    check(before['breakwater_sessions'] == 0, before)
    is_code(site.post(letter('one')), '250')
    is_code(site.post(letter('two', extra=AUTOMATIC)), '550')
    is_code(site.post(letter('three'), to='all@lists.test'), '250')
    site.wait_until_settled_or_held()

    def arrived():
        found = series(port)   # two copies, and the question to ANN
        done = found.get('breakwater_held_deliveries{list="all@lists.test"}') == 4
        return found if done and found['breakwater_deliveries_total'] == 3 else None
    now = site.wait_until('the numbers to arrive', arrived)
    check(now['breakwater_postings_total{verdict="distribute",defence="none"}'] == 1, now)
    check(now['breakwater_postings_total{verdict="confirm",defence="standing"}'] == 1, now)
    check(now['breakwater_postings_total{verdict="refuse",defence="machine"}'] == 1, now)
    check(now['breakwater_refused_total'] == 1, now)
    check(now['breakwater_held_postings{list="all@lists.test"}'] == 1, now)
    check(now['breakwater_ordinary_mail_seconds_count'] == 1, now)   # the question to ANN is no posting
    check(now['breakwater_ordinary_mail_seconds_sum'] < 60, now)
    check(now['breakwater_ordinary_mail_seconds_bucket{le="3600"}'] == 1, now)
    check(now['breakwater_deliveries_failed_total'] == 0 and now['breakwater_deferred_postings'] == 0, now)


def promise_metrics_show_a_storm_and_what_it_was_kept_from(world):
    sink = world.sink()
    port = free_port()
    people = [f'p{number}@members.test' for number in range(2000)]
    site = world.start(Site, sink.port, settings=watched(port), members={'tech': people},
                       lists={'tech': list_file(post='anyone', reply_to='list') +
                              '\n[guard]\nconfirm_above = 0\nmoderator_above = 0\n'})
    root = 'Message-ID: <root@members.test>\r\n'
    is_code(site.post(letter('test', extra=root, sender=people[0]), sender=people[0]), '250')
    for number in range(1, 25):
        reply = f'Message-ID: <{number}@members.test>\r\nIn-Reply-To: <root@members.test>\r\n'
        text = letter('Re: test', 'Please remove me from this list\r\n', people[number], reply)
        is_code(site.post(text, sender=people[number]), '250', '550')
    site.wait_until_settled_or_held()

    def stormy():
        found = series(port)
        open_now = (found.get('breakwater_breaker_state{list="tech@lists.test"}', 0) == 2 or
                    found.get('breakwater_open_threads{list="tech@lists.test"}', 0) > 0)
        return found if open_now else None
    now = site.wait_until('the breaker is shown as open', stormy)
    held = sum(value for key, value in now.items()
               if key.startswith('breakwater_postings_total{verdict="hold"'))
    check(held >= 10, now)
    check(now['breakwater_deliveries_spared_total'] == held * 2000, now)
    check(now['breakwater_held_postings{list="tech@lists.test"}'] == held, now)
    check(now['breakwater_held_deliveries{list="tech@lists.test"}'] == held * 2000, now)
    check(now['breakwater_ordinary_mail_seconds_count'] == 0, 'two thousand people are not ordinary mail')
    site.cli('list', 'freeze', 'tech', '--reason', 'enough')
    site.wait_until('the freeze shows', lambda: series(port)['breakwater_frozen_lists'] == 1 or None)


def promise_metrics_show_a_queue_that_does_not_move(world):
    port = free_port()
    site = world.start(Site, free_port(), settings=watched(port))   # nobody listens there
    is_code(site.post(letter('one')), '250')

    def waiting():
        found = series(port)
        return found if found.get('breakwater_queue_recipients{route="sink"}') == 3 else None
    now = site.wait_until('it waits', waiting)
    check(0 <= now['breakwater_queue_age_seconds{route="sink"}'] < 300, now)
    check(now['breakwater_deliveries_total'] == 0, now)


def promise_metrics_listen_where_the_configuration_says(world):
    sink = world.sink()
    first, second = free_port(), free_port()
    site = world.start(Site, sink.port, settings=watched(first))
    check(fetch(first)[0] == 200, 'it listens')
    write(site.config, site.text.replace(f'127.0.0.1:{first}', f'127.0.0.1:{second}'))
    check('reloaded' in site.cli('reload'), 'not reloaded')
    check(fetch(second)[0] == 200, 'the new address is answered')

    def closed():
        try:
            fetch(first)
        except ConnectionRefusedError:
            return True
        return None
    site.wait_until('the old one is closed', closed)
    with socket.create_server(('127.0.0.1', 0)) as taken:
        address = f'127.0.0.1:{taken.getsockname()[1]}'
        write(site.config, site.text.replace(f'127.0.0.1:{first}', address))
        site.cli('reload', status=1)
    check(fetch(second)[0] == 200, 'a reload that cannot be changes nothing')
    write(site.config, site.text.replace(f'127.0.0.1:{first}', ''))
    check('reloaded' in site.cli('reload'), 'not reloaded')
    check(site.end() == 0, 'it ends in order')


def promise_metrics_on_a_wide_address_are_warned_of(world):
    sink = world.sink()
    port = free_port()
    site = world.start(Site, sink.port, settings={'metrics.listen': f'0.0.0.0:{port}'})
    check(len(site.events('metrics_open_to_all')) == 1, 'no warning')
    check(fetch(port, '/healthz')[0] == 200, 'it listens all the same')
    check(fetch(port, '/etc/passwd')[0] == 404 and fetch(port, method='POST')[0] == 405, 'nothing else')

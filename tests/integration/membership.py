"""What owners and administrators do about who is on a list, and the end of a list."""
import os

from harness import BREAKWATER, check, run
from rig import ANN, BOB, CARL, Site, is_code, letter, list_file

EVE = 'eve@people.test'


def people(site, list_name='tech'):
    return sorted(row['address'] for row in site.rows('member', 'ls', list_name) if 'address' in row)


def fails(site, *words):
    done = run(BREAKWATER, '-c', site.config, *words, status=1)
    return (done.stdout + done.stderr).decode()


def remove_file(site, name):
    os.remove(os.path.join(site.folder, 'lists', name + '.toml'))


def audited(site, action):
    return [row for row in site.rows('audit', 'ls') if row.get('action') == action]


def promise_a_list_whose_file_is_gone_refuses_mail_and_keeps_its_members(world):
    text = list_file(domain='alone.test')
    site = world.start(Site, world.sink().port, lists={'tech': text, 'other': list_file()})
    to = 'tech@alone.test'
    before = people(site)
    remove_file(site, 'tech')
    site.cli('reload')
    for address in (to, 'tech-owner@alone.test', 'tech-leave@alone.test'):
        said = site.post(to=address)
        check(said.startswith('550 5.2.1') and 'is closed' in said, said)
    shown = {row['list']: row for row in site.rows('list', 'ls') if 'list' in row}
    check(shown[to]['description'] == 'no file: refuses mail, 3 members kept', shown)
    site.kill()
    site.start()
    is_code(site.post(to=to), '550')
    site.write_list('tech', text)
    site.cli('reload')
    check(people(site) == before == [ANN, BOB, CARL], 'the file is back, and so are its members')
    is_code(site.post(to=to), '250')


def promise_purge_deletes_a_list_without_a_file_and_nothing_that_waits(world):
    text = list_file(moderate='members')
    site = world.start(Site, world.sink().port, lists={'tech': text, 'other': list_file()},
                       members={'tech': [ANN, BOB], 'other': [ANN]})
    why = ('--reason', 'the project is over')
    site.cli('member', 'ban', 'tech', '@evil.test', '--reason', 'spam')
    check('is there' in fails(site, 'list', 'purge', 'tech', '--yes', *why), 'its file is there')
    is_code(site.post(letter('Kept')), '250')
    posting = [row['posting'] for row in site.rows('hold', 'ls') if 'posting' in row][0]
    remove_file(site, 'tech')
    site.cli('reload')
    check(posting in fails(site, 'list', 'purge', 'tech', '--yes', *why), 'what is held is named')
    site.cli('hold', 'discard', posting, *why)
    # The file is back on the disk, but nobody has read it yet.
    site.write_list('tech', text)
    check('is there' in fails(site, 'list', 'purge', 'tech', '--yes', *why), 'not read yet')
    remove_file(site, 'tech')
    said = site.cli('list', 'purge', 'tech', *why)
    check('2 members' in said and '1 ban' in said and 'nothing was deleted yet' in said, said)
    check(not audited(site, 'purge'), 'a look is no order')
    run(BREAKWATER, '-c', site.config, 'list', 'purge', 'tech', '--yes', status=2)   # without a reason
    said = site.cli('list', 'purge', 'tech', '--yes', *why)
    check('2 members' in said and 'deleted for good' in said, said)
    site.kill()
    site.start()
    (row,) = audited(site, 'purge')
    check(row['reason'] == 'the project is over' and '2 members' in row['outcome'], row)
    left = [row['list'] for row in site.rows('list', 'ls') if 'list' in row]
    check(left == ['other@lists.test'], left)
    check(site.post().startswith('550 5.1.1'), 'no such list')
    site.write_list('tech', text)
    site.cli('reload')
    check(people(site) == [] and people(site, 'other') == [ANN], 'it begins anew; the other is untouched')
    site.end()
    remove_file(site, 'tech')
    site.cli('member', 'add', 'other', EVE)
    said = fails(site, 'list', 'purge', 'nonsense', *why)
    check('never a list' in said, f'no server runs: {said}')


def asked(site, list_name='tech'):
    rows = site.rows('member', 'requests', list_name)
    return sorted((row['address'], row['state']) for row in rows if row.get('state', 'banned') != 'banned')


def promise_adding_and_removing_by_command_heeds_bans_and_ends_what_is_pending(world):
    site = world.start(Site, world.sink().port, lists={'tech': list_file(join='approve', leave='confirm')})
    dora = 'dora@people.test'
    for person in (EVE, dora):
        is_code(site.post(letter('', '', person), person, 'tech-join@lists.test'), '250')
    is_code(site.post(letter('', '', ANN), ANN, 'tech-leave@lists.test'), '250')
    pending = [(ANN, 'to confirm leaving'), (dora, 'to approve'), (EVE, 'to approve')]
    check(asked(site) == pending, asked(site))
    site.cli('member', 'add', 'tech', EVE, '--reason', 'she works here')
    said = site.cli('member', 'rm', 'tech', dora)
    check('the request of dora@people.test' in said, said)
    site.cli('member', 'add', 'tech', ANN)
    check(asked(site) == [] and people(site) == [ANN, BOB, CARL, EVE], 'nothing is pending any more')
    check('is not on' in fails(site, 'member', 'rm', 'tech', dora), 'and nothing left to end')
    site.cli('member', 'ban', 'tech', '@people.test', '--reason', 'no guests')
    said = fails(site, 'member', 'add', 'tech', dora)
    check('is banned' in said and '--force' in said, said)
    site.cli('member', 'add', 'tech', EVE, '--name', 'Eve')   # a member already, whom the ban leaves alone
    site.import_members('tech', [EVE])
    rows = os.path.join(site.folder, 'more.csv')
    with open(rows, 'w', encoding='utf-8') as file:
        file.write(f'address\n{dora}\n{EVE}\nnew@members.test\n')
    done = run(BREAKWATER, '-c', site.config, 'member', 'import', 'tech', rows, status=None)
    said = (done.stdout + done.stderr).decode()
    check('more.csv:2: dora@people.test: it is banned' in said and '1 added' in said, said)
    check(dora not in people(site), 'imported past the ban')
    site.cli('member', 'add', 'tech', dora, '--force', '--reason', 'the one guest')
    check(dora in people(site), 'by force')
    (row,) = audited(site, 'remove')
    check(dora in row['outcome'] and row['reason'] == 'no reason was given', row)
    check(audited(site, 'add')[0]['reason'] == 'the one guest', audited(site, 'add'))
    check('1 added' in audited(site, 'import')[0]['outcome'], audited(site, 'import'))


def promise_an_import_ends_what_its_members_had_asked_for(world):
    site = world.start(Site, world.sink().port, lists={'tech': list_file(join='approve', leave='confirm')})
    is_code(site.post(letter('', '', EVE), EVE, 'tech-join@lists.test'), '250')
    is_code(site.post(letter('', '', ANN), ANN, 'tech-leave@lists.test'), '250')
    site.import_members('tech', [EVE, ANN])
    site.cli('member', 'rm', 'tech', EVE)
    left = asked(site)
    check(left == [(ANN, 'to confirm leaving')], f'a request came back, or a wish to leave is lost: {left}')


def promise_who_is_moderated_is_shown_and_exported(world):
    site = world.start(Site, world.sink().port)
    site.cli('member', 'set', 'tech', ANN, '--moderated', 'yes')
    rows = site.rows('member', 'ls', 'tech')
    shown = {row['address']: row['moderated'] for row in rows if 'address' in row}
    check(shown == {ANN: 'yes', BOB: 'default', CARL: 'default'}, shown)
    lines = site.cli('member', 'export', 'tech').splitlines()
    check(lines[:2] == ['address,name,role,delivery,moderated', f'{ANN},,member,each,yes'], lines)
    rows = os.path.join(site.folder, 'exported.csv')
    with open(rows, 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))
    check('3 already there' in site.cli('member', 'import', 'tech', rows), 'an export is imported')

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
    check(site.post(to='tech@lists.test').startswith('550 5.1.1'), 'no such list')
    site.write_list('tech', text)
    site.cli('reload')
    check(people(site) == [] and people(site, 'other') == [ANN], 'it begins anew; the other is untouched')
    site.end()
    remove_file(site, 'tech')
    site.cli('member', 'add', 'other', EVE)
    check('never a list' in fails(site, 'list', 'purge', 'nonsense', *why), 'no server runs: the same answers')

"""Mail that goes in circles stops."""
import re

from harness import check, free_port
from rig import ANN, BOB, TECH, Site, is_code, letter, list_file, subjects


def pair(world, sink):
    """Two servers, each with a list that has the other's as a member; what is for people goes to the sink."""
    ports = {name: free_port() for name in ('north', 'south')}
    sites = []
    for name, other in (('north', 'south'), ('south', 'north')):
        listener = f'[[listener]]\nkind = "mx"\naddress = "127.0.0.1:{ports[name]}"\n'
        route = (
            f'[[route]]\nname = "other"\nkind = "smarthost"\ndomains = ["{other}.test"]\nhost = "127.0.0.1"\n'
            f'port = {ports[other]}\ntls = "none"\n')
        # Mail of another list goes on only where its author is named as a poster.
        lists = {'all': list_file(domain=f'{name}.test', post='anyone', posters=[ANN])}
        sites.append(
            world.start(Site,
                        sink.port,
                        name=name,
                        hostname=f'mx.{name}.test',
                        lists=lists,
                        listeners=listener,
                        route=route,
                        members={'all': [f'all@{other}.test', f'someone@{name}.people.test']}))
    return sites


def promise_two_servers_on_each_other_stop_after_one_round(world):
    sink = world.sink()
    north, south = pair(world, sink)
    is_code(north.post(letter('round and round'), to='all@north.test'), '250')
    sink.wait_for_recipients(2)
    south.wait_until_settled(1)
    posting = north.wait_until_settled(1)[0]
    check(posting['delivered'] == 2, posting)
    back = south.outcomes(south.postings()[0]['posting'])['all@north.test']
    check(back['state'] == 'failed' and '554 5.4.6' in back['reply'], f'the loop was not named: {back}')
    check(len(sink.mails()) == 2, 'it went round more than once')


def promise_lists_in_lists_reach_everyone_once(world):
    sink = world.sink()
    lists = {name: list_file() for name in ('tech', 'inner', 'ring', 'empty')}
    members = {
        'tech': [ANN, 'inner@lists.test', TECH, 'ring@lists.test', 'x@members.test,,member,none'],
        'inner': [ANN.upper(), 'in@members.test', 'empty@lists.test'],
        'ring': ['inner@lists.test', TECH, 'ring@lists.test', 'round@members.test', 'x@members.test'],
        'empty': []
    }
    site = world.start(Site, sink.port, lists=lists, members=members)
    is_code(site.post(), '250')
    site.wait_until_settled(1)
    found = sorted(address.lower() for mail in sink.mails() for address in mail.recipients)
    check(found == sorted([ANN, 'in@members.test', 'round@members.test', 'x@members.test']), found)
    check(all(b'List-Id: <tech.lists.test>' in mail.bytes for mail in sink.mails()),
          'all copies are of the list posted to')


def promise_the_same_message_again_is_taken_and_not_sent_twice(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    message = letter(extra='Message-ID: <once@members.test>\r\n')
    for _ in range(3):
        is_code(site.post(message), '250')
    site.wait_until_settled(1)
    check(len(sink.mails()) == 1, f'{len(sink.mails())} transactions')


def promise_a_copy_that_comes_back_is_stopped(world):
    sink = world.sink()
    site = world.start(Site, sink.port)
    is_code(site.post(), '250')
    site.wait_until_settled(1)
    copy = sink.mails()[0]
    got = site.post(copy.bytes)   # forwarded to the list by a member's mailbox
    check(got.startswith('554 5.4.6'), got)
    got = site.post(letter('Out of office', extra='Auto-Submitted: auto-replied\r\n'), sender='')
    check(got.startswith('550'), got)
    check(len(sink.mails()) == 1, 'it was sent again')


def promise_twenty_autoresponders_on_one_list_go_one_round(world):
    """Each answers every mail to the list itself: a third says in its header what it is, a third in its words
    alone, and a third answers as a person would. Of these the first goes out, since nobody can know what it
    is before there is a second; after that nothing does, and each of them reads once that its answer is
    held."""
    sink = world.sink()
    robots = [f'robot{n}@people.test' for n in range(20)]
    site = world.start(Site, sink.port, lists={'tech': list_file()}, members={'tech': [ANN, BOB, *robots]})
    words = (('Re: Hello', 'I am away.\r\n', 'Auto-Submitted: auto-replied\r\n'),
             ('Automatic reply: Hello', 'I am out of the office until Monday.\r\n', ''),
             ('Re: Hello', 'Thank you for your mail, it will be read soon.\r\n', ''))
    is_code(site.post(letter(extra='Message-ID: <first@members.test>\r\n')), '250')
    answered, to_all = 0, []   # of each round: the subjects of what went to everybody
    while True:
        site.wait_until_settled_or_held()
        mails = sink.mails()
        copies = [(one, mail) for mail in mails[answered:] for one in robots if one in mail.recipients]
        answered = len(mails)
        if not copies:
            break
        to_all.append(set(subjects([mail for _, mail in copies if len(mail.recipients) > 1])))
        check(len(to_all) < 4, f'round {len(to_all)}: {len(copies)} copies')
        for robot, mail in copies:
            subject, body, header = words[robots.index(robot) % 3]
            parent = re.search(rb'^Message-ID: (\S+)', mail.bytes, re.M | re.I).group(1).decode()
            site.post(letter(subject, body, robot, f'{header}In-Reply-To: {parent}\r\n'), robot)
    check(to_all[:2] == [{'Hello'}, {'Re: Hello'}] and not any(to_all[2:]), f'it went on: {to_all}')
    found = subjects([mail for mail in sink.mails() if len(mail.recipients) > 1])
    check(found == ['Hello', 'Re: Hello'], f'answers went to all: {found}')
    check('Automatic reply: Hello' not in subjects(sink.mails()), subjects(sink.mails()))
    for robot in robots:
        letters = [mail for mail in sink.mails() if mail.recipients == [robot]]
        check(len(letters) <= 1, f'{robot} got {subjects(letters)}')

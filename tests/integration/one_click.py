"""One click leaves a list (RFC 8058), as mail programs and people do it: curl and a real browser."""
import base64
import contextlib
import email
import email.policy
import hashlib
import re

from harness import check, free_port, listens, run, write
from rig import ANN, BOB, CARL, Site, is_code, letter, list_file

PEOPLE = [ANN, BOB, CARL]
ONE_CLICK = 'List-Unsubscribe=One-Click'


class Pages:
    """A site with a list that delivers one by one and with pages for members, and its sink."""

    def __init__(self, world, sink=(), **more):
        self.world, self.sink, self.port = world, world.sink('--chunking', *sink), free_port()
        self.ca = world.certificate()
        self.url = f'https://localhost:{self.port}'
        settings = {'web.url': self.url, 'web.listen': f'127.0.0.1:{self.port}',
                    'web.certificate': self.ca, 'web.key': self.ca[:-4] + '.key'}
        lists = {'tech': list_file(delivery='individual')}
        self.site = world.start(Site, self.sink.port, settings=settings, **{'lists': lists, **more})

    def post(self, subject):
        """The copies of a new posting, by recipient."""
        is_code(self.site.post(letter(subject)), '250')
        self.site.wait_until_settled()
        found = [mail for mail in self.sink.mails() if f'Subject: {subject}\r\n'.encode() in mail.bytes]
        check(all(len(mail.recipients) == 1 for mail in found), 'a transaction has several recipients')
        return {mail.recipients[0]: mail.bytes for mail in found}

    def link(self, copy):
        """The https link of a copy, as a mail program finds it."""
        message = email.message_from_bytes(copy, policy=email.policy.default)
        check(message.get_all('List-Unsubscribe-Post') == [ONE_CLICK], message.items())
        fields = message.get_all('List-Unsubscribe')
        check(len(fields) == 1, fields)
        by_mail, link = re.fullmatch(r'<(mailto:[^>]*)>, *<(https:[^>]*)>', fields[0]).groups()
        check(by_mail.startswith('mailto:tech-'), by_mail)
        check(link.startswith(self.url + '/u/'), link)
        return link

    def curl(self, link, *options, ca=None):
        """Status and body; '000' when there is no connection."""
        words = ('curl', '-sS', '--cacert', ca or self.ca, '-w', '\n%{http_code}', *options, link)
        done = run(*words, status=None)
        body, status = done.stdout.decode().rsplit('\n', 1)
        return status, body

    def members(self):
        return sorted(row['address'] for row in self.site.rows('member', 'ls', 'tech')
                      if row.get('role') == 'member')


def promise_one_click_each_copy_has_a_link_of_its_own(world):
    for chunking in ('true', 'false'):   # by BDAT and by DATA, some at the second try
        pages = Pages(world, sink=('--tempfail-every', '2'), name='site-' + chunking, waits=('200ms',),
                      route=f'chunking = {chunking}\n')
        copies = pages.post('one')
        check(sorted(copies) == sorted(PEOPLE), copies)
        check(len({pages.link(copy) for copy in copies.values()}) == 3, 'two members share a link')
        for who, copy in copies.items():
            page = pages.curl(pages.link(copy))[1]
            check(f'{who[0]}••@members.test' in page, f'the link of {who} is about another: {page}')
        rests = {re.sub(rb'(?s)^List-Unsubscribe:.*?\r\nList-Unsubscribe-Post: [^\r]*\r\n', b'', copy)
                 for copy in copies.values()}
        check(len(rests) == 1, f'the copies differ in more than the link: {rests}')
        check(rests.pop().endswith(b'\r\n\r\nGood morning.\r\n'), copies)


def promise_one_click_who_looks_stays_and_who_posts_has_left(world):
    pages = Pages(world)
    copies = pages.post('one')
    link = pages.link(copies[BOB])
    for options in ((), ('-I',), ('-X', 'GET', '-d', ONE_CLICK), ('-d', ''), ('-d', 'List-Unsubscribe=No')):
        pages.curl(link, *options)
    status, page = pages.curl(link)
    check(status == '200' and 'b••@members.test' in page and BOB not in page, page)
    check('<form method="post">' in page, page)
    check(pages.members() == sorted(PEOPLE), 'a look has changed the members')
    # Twice is fine.
    for said in ('You have left the list tech@lists.test', 'is not on the list tech@lists.test'):
        status, page = pages.curl(link, '-d', ONE_CLICK)
        check(status == '200' and said in page, page)
        check(pages.members() == [ANN, CARL], pages.members())
    status, page = pages.curl(link)
    check(status == '200' and '<form' not in page, page)
    check(pages.curl(pages.link(copies[CARL]), '-F', ONE_CLICK)[0] == '200', 'a form of parts')
    check(sorted(pages.post('two')) == [ANN], 'who has left gets copies')
    events = pages.site.events('unsubscribed')
    check([event['member'] for event in events] == [BOB, CARL], events)
    audit = [row for row in pages.site.rows('audit', 'ls') if row.get('action') == 'leave']
    check(sorted(row['actor'] for row in audit) == [BOB, CARL], audit)


def promise_one_click_says_goodbye_by_mail_and_ends_what_was_asked(world):
    pages = Pages(world, lists={'tech': list_file(delivery='individual', leave='confirm')})
    site, link = pages.site, pages.link(pages.post('one')[BOB])
    is_code(site.post(letter('', '', BOB), BOB, 'tech-leave@lists.test'), '250')
    asked = [row['state'] for row in site.rows('member', 'requests', 'tech') if 'state' in row]
    check(asked == ['to confirm leaving'], asked)
    for _ in range(2):
        check(pages.curl(link, '-d', ONE_CLICK)[0] == '200', 'the post')
    check([row for row in site.rows('member', 'requests', 'tech') if 'state' in row] == [], 'still asked')
    site.wait_until_settled()
    letters = [email.message_from_bytes(mail.bytes, policy=email.policy.default)
               for mail in pages.sink.mails() if mail.recipients == [BOB] and mail.sender == '']
    subjects = [one['Subject'] for one in letters]
    check(subjects == ['Confirm: leave tech@lists.test?', 'You have left tech@lists.test'], subjects)
    check('tech-join@lists.test' in letters[1].get_content(), 'the way back, for who forwarded the message')
    token = re.search(r'tech-confirm\+[a-z2-7]{26}@lists\.test', letters[0].get_content()).group()
    site.cli('member', 'add', 'tech', BOB)
    is_code(site.post(letter('confirm', '', BOB), BOB, token), '250')
    check(BOB in pages.members(), 'the token of what was pending still works')


def promise_one_click_a_forged_link_tells_and_does_nothing(world):
    pages = Pages(world)
    copies = pages.post('one')
    link = pages.link(copies[BOB])
    other = 'B' if link[-1] != 'B' else 'C'
    forged = (link[:-1] + other, link[:-10], link + 'A', pages.url + '/u/', pages.url + '/', link + '/x')
    answers = {pages.curl(one, *options) for one in forged for options in ((), ('-d', ONE_CLICK))}
    check(len(answers) == 1 and answers.pop()[0] == '404', answers)
    # As good a link as before, of somebody who is no member any more: nothing is said that was not known.
    pages.site.cli('member', 'rm', 'tech', BOB)
    status, page = pages.curl(link, '-d', ONE_CLICK)
    check(status == '200' and 'is not on the list' in page, page)
    check(pages.curl(link, '-X', 'DELETE')[0] == '405', 'DELETE')
    check(pages.curl(link, '-d', 'x' * 10000)[0] == '413', 'a large body')
    check(pages.members() == [ANN, CARL], pages.members())


def promise_one_click_leaves_the_lists_by_which_the_mail_comes_too(world):
    each = list_file(delivery='individual')
    pages = Pages(world, lists={'tech': each, 'north': each},
                  members={'north': [BOB, CARL], 'tech': [ANN, 'north@lists.test']})
    copies = pages.post('one')
    check(sorted(copies) == sorted(PEOPLE), copies)
    check('<li>' not in pages.curl(pages.link(copies[ANN]))[1], 'there is no list in between')
    link = pages.link(copies[BOB])
    check('<li>north@lists.test</li>' in pages.curl(link)[1], 'the list in between is not named')
    check(pages.curl(link, '-d', ONE_CLICK)[0] == '200', 'the post')
    check(sorted(pages.post('two')) == [ANN, CARL], 'who has left gets copies')


def promise_one_click_leaves_a_list_that_has_begun_to_pause_in_the_other(world):
    each = list_file(delivery='individual')
    pages = Pages(world, lists={'tech': each, 'north': each},
                  members={'north': [BOB], 'tech': [ANN, CARL, 'north@lists.test']})
    link = pages.link(pages.post('one')[BOB])
    pages.site.cli('member', 'set', 'tech', 'north@lists.test', '--delivery', 'none')
    check('<li>north@lists.test</li>' in pages.curl(link)[1], 'the list in between is not named')
    check(pages.curl(link, '-d', ONE_CLICK)[0] == '200', 'the post')
    pages.site.cli('member', 'set', 'tech', 'north@lists.test', '--delivery', 'each')
    check(sorted(pages.post('two')) == [ANN, CARL], 'who has left gets copies')


def promise_one_click_a_copy_for_many_names_nobody(world):
    pages = Pages(world, lists={'tech': list_file()})
    is_code(pages.site.post(letter('one')), '250')
    copy = pages.sink.wait_for_recipients(3)[0].bytes
    check(b'One-Click' not in copy and copy.count(b'\r\nList-Unsubscribe: <mailto:tech-') == 1, copy)
    message = email.message_from_bytes(copy, policy=email.policy.default)
    by_mail, link = re.fullmatch(r'<(mailto:[^>]*)>, *<(https:[^>]*)>', message['List-Unsubscribe']).groups()
    check((by_mail, link) == ('mailto:tech-leave@lists.test', pages.url + '/l/tech@lists.test'), link)
    # Looking changes nothing; what it says does not tell who is on the list, and nobody else gets a letter.
    check('name="address"' in pages.curl(link)[1] and pages.curl(link, '-d', ONE_CLICK)[0] == '400', 'form')
    eve = 'eve@people.test'
    answers = {pages.curl(link.replace('@', '%40'), '--data-urlencode', 'address=' + who)
               for who in (BOB, eve, BOB)}
    check(len(answers) == 1, f'the page tells who is on the list: {answers}')
    status, page = answers.pop()
    check(status == '200' and 'If this address is on the list' in page and BOB not in page, page)
    check(pages.curl(link, '-d', 'address=nonsense')[0] == '400', 'no address')
    check(pages.curl(link.replace('tech', 'none'))[0] == '404', 'no list')
    pages.site.wait_until_settled()
    asked = [mail for mail in pages.sink.mails() if mail.sender == '']
    check([mail.recipients for mail in asked] == [[BOB]], asked)
    check(pages.members() == sorted(PEOPLE), 'typing an address takes nobody off')
    token = re.search(rb'tech-confirm\+[a-z2-7]{26}@lists\.test', asked[0].bytes).group().decode()
    is_code(pages.site.post(letter('confirm', '', BOB), BOB, token), '250')
    check(pages.members() == [ANN, CARL], 'the letter does')


def promise_one_click_left_is_left_through_a_kill(world):
    pages = Pages(world)
    link = pages.link(pages.post('one')[BOB])
    check(pages.curl(link, '-d', ONE_CLICK)[0] == '200', 'the post')
    pages.site.kill()
    pages.site.start()
    check(pages.members() == [ANN, CARL], pages.members())
    check(pages.curl(link)[0] == '200', 'the link is as good after a restart')


def promise_one_click_the_listener_follows_a_reload(world):
    pages = Pages(world)
    site, link = pages.site, pages.link(pages.post('one')[BOB])
    check({'name': 'web', 'address': f'127.0.0.1:{pages.port}'} in site.status()['listeners'], site.status())
    run('openssl', 'req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
        '-keyout', pages.ca[:-4] + '.key', '-out', pages.ca, '-days', '2', '-subj', '/CN=renewed',
        '-addext', 'subjectAltName=DNS:localhost')
    old = write(pages.ca + '.old', run('openssl', 's_client', '-connect', f'127.0.0.1:{pages.port}',
                                       '-showcerts').stdout)
    check(pages.curl(link, ca=old)[0] == '200', 'before the reload it is the old certificate')
    site.cli('reload')
    check(pages.curl(link, ca=old)[0] == '000', 'the old certificate is still used')
    check(pages.curl(link)[0] == '200', 'the new certificate is not used')
    port = free_port()
    write(site.config, site.text.replace(
        f'listen = "127.0.0.1:{pages.port}"', f'listen = "127.0.0.1:{port}"'))
    site.cli('reload')
    check(pages.curl(link.replace(str(pages.port), str(port)))[0] == '200', 'the new address')
    check(not listens(pages.port), 'the old address is still open')
    write(site.config, re.sub(r'(?s)\[web\].*?(?=\[)', '', site.text))
    site.cli('reload')
    check(not listens(port), 'the pages are still served')
    copy = pages.post('two')[BOB]
    check(b'List-Unsubscribe-Post' not in copy and copy.count(b'List-Unsubscribe: <mailto:') == 1, copy)


@contextlib.contextmanager
def chromium(world, pages):
    """Debian's, without a screen; it trusts the pages' certificate."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    key = run('openssl', 'x509', '-in', pages.ca, '-noout', '-pubkey').stdout
    der = run('openssl', 'pkey', '-pubin', '-outform', 'der', stdin=key).stdout
    options = webdriver.ChromeOptions()
    options.binary_location = '/usr/bin/chromium'
    trusted = base64.b64encode(hashlib.sha256(der).digest()).decode()
    for option in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
                   f'--user-data-dir={world.folder}/chromium', '--no-proxy-server',
                   f'--ignore-certificate-errors-spki-list={trusted}'):
        options.add_argument(option)
    browser = webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=options)
    try:
        browser.set_page_load_timeout(60)
        yield browser
    finally:
        browser.quit()


def promise_one_click_in_a_browser(world):
    from selenium.webdriver.common.by import By
    pages = Pages(world, lists={'tech': list_file(delivery='individual', language='de')})
    link = pages.link(pages.post('one')[BOB])
    with chromium(world, pages) as browser:
        for _ in range(2):
            browser.get(link)
        check(browser.title == 'tech@lists.test verlassen', browser.title)
        check('b••@members.test' in browser.find_element(By.TAG_NAME, 'main').text, browser.page_source)
        check(pages.members() == sorted(PEOPLE), 'a look has changed the members')
        button = browser.find_element(By.ID, 'leave')
        check(button.text == 'Liste verlassen' and button.accessible_name == 'Liste verlassen', button.text)
        button.click()
        pages.site.wait_until('the member to leave', lambda: pages.members() == [ANN, CARL])
        text = browser.find_element(By.TAG_NAME, 'main').text
        check('Sie haben die Liste tech@lists.test verlassen' in text, browser.page_source)
        browser.get(link)
        check(not browser.find_elements(By.ID, 'leave'), 'there is still a button')
        check(not browser.get_cookies(), 'a cookie')
    check(sorted(pages.post('two')) == [ANN, CARL], 'who has left gets copies')


def promise_one_click_the_page_of_a_list_in_a_browser(world):
    from selenium.webdriver.common.by import By
    pages = Pages(world, lists={'tech': list_file()})
    with chromium(world, pages) as browser:
        browser.get(pages.url + '/l/tech@lists.test')
        check('tech@lists.test' in browser.find_element(By.TAG_NAME, 'main').text, browser.page_source)
        field = browser.find_element(By.NAME, 'address')
        check(field.accessible_name, 'a screen reader cannot say what to type')
        field.send_keys(BOB)
        field.submit()
        pages.site.wait_until('the page that says what comes', lambda: 'If this address is on the list' in
                              browser.find_element(By.TAG_NAME, 'main').text)
        check(BOB not in browser.page_source and not browser.get_cookies(), browser.page_source)
    asked = pages.sink.wait_for('the letter',
                                lambda: [one for one in pages.sink.mails() if not one.sender] or None)
    check([one.recipients for one in asked] == [[BOB]], asked)
    check(pages.members() == sorted(PEOPLE), 'the page takes nobody off')
    token = re.search(rb'tech-confirm\+[a-z2-7]{26}@lists\.test', asked[0].bytes).group().decode()
    is_code(pages.site.post(letter('confirm', '', BOB), BOB, token), '250')
    check(pages.members() == [ANN, CARL], 'the letter does')

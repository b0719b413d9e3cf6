"""The letters that the server writes: in the language of the list, and in an administrator's own words."""
import email
import email.policy
import os
import subprocess

from harness import BREAKWATER, check, write
from rig import BOB, Site, is_code, letter, list_file

CONFIRMED = '[guard]\nconfirm_above = 1\nmoderator_above = 0\n'


def letters_to(sink, address):
    """What the server itself wrote to somebody, parsed as another program would."""
    return [email.message_from_bytes(mail.bytes, policy=email.policy.SMTP) for mail in sink.mails()
            if not mail.sender and address in mail.recipients]


def ask_to_confirm(site, sink, number=0):
    """A message that is not sent before its sender confirms it; the letter that asks for it."""
    posting = letter('=?utf-8?Q?Gr=C3=BC=C3=9Fe?= & <mehr>', 'Guten Morgen.\r\n', BOB,
                     f'Message-ID: <{number}@bob>\r\n')
    is_code(site.post(posting, sender=BOB), '250')
    return sink.wait_for('the letter', lambda: letters_to(sink, BOB)[number:])[0]


def promise_a_german_list_asks_in_german(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file() + 'language = "de"\n' + CONFIRMED})
    mail = ask_to_confirm(site, sink)
    check(not mail.defects, mail.defects)
    check(mail['Subject'] == 'Bitte bestätigen: Ihre Nachricht „Grüße & <mehr>“ würde 3 Personen erreichen',
          mail['Subject'])
    check(mail['Auto-Submitted'] == 'auto-replied' and mail['In-Reply-To'] == '<0@bob>', mail.as_string())
    check(mail.get_content_charset() == 'utf-8' and mail['Content-Transfer-Encoding'] == 'quoted-printable',
          mail.as_string())
    text = mail.get_content()
    token = str(mail['Reply-To'])
    for words in ('Guten Tag,', 'Sie wurde noch nicht versandt', '    Betreff: Grüße & <mehr>',
                  '    | Guten Morgen.', f'<mailto:{token}?subject=confirm>', 'Uhr (UTC).', 'Fragen?'):
        check(words in text.replace('\r\n', '\n'), f'{words!r} in {text}')
    check(all(len(line) <= 72 or '<mailto:' in line for line in text.splitlines()), text)
    check(not any(words in text for words in ('Hello', '{{', '&amp;')), text)


def promise_an_administrators_own_words_are_sent_after_a_reload_and_mistakes_change_nothing(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file() + CONFIRMED})
    check(ask_to_confirm(site, sink)['Subject'].startswith('Confirm: '), 'the words of the server')
    os.makedirs(os.path.join(site.folder, 'own', 'en'))
    file = write(os.path.join(site.folder, 'own', 'en', 'confirm.txt'),
                 'Subject: Really, {{subject}}?\n\nSay {{confirm_lnk}}.\n')
    write(site.config, 'templates_dir = "own"\n' + site.text)
    found = subprocess.run([BREAKWATER, '-c', site.config, 'check'], capture_output=True, check=False)
    told = found.stderr.decode()
    check(found.returncode == 1 and f'{file}:3:5: ' in told and "did you mean 'confirm_link'?" in told, told)
    found = subprocess.run([BREAKWATER, '-c', site.config, 'reload'], capture_output=True, check=False)
    check(found.returncode != 0, found)
    check(ask_to_confirm(site, sink, 1)['Subject'].startswith('Confirm: '), 'still the words of the server')
    write(file, 'Subject: Really, {{subject}}?\n\nSay {{confirm_link}} or {{cancel_link}}.\n')
    site.cli('reload')
    mail = ask_to_confirm(site, sink, 2)
    check(mail['Subject'] == 'Really, Grüße & <mehr>?', mail['Subject'])
    check(mail.get_content().startswith('Say\r\n<mailto:'), mail.get_content())


def run(site, *words, shell=None):
    if shell is None:
        return subprocess.run([BREAKWATER, '-c', site.config, *words], capture_output=True, check=False)
    return subprocess.run(shell, shell=True, capture_output=True, check=False)


def promise_a_letter_is_shown_as_it_is_in_force_and_can_be_copied_and_changed(world):
    sink = world.sink()
    site = world.start(Site, sink.port, lists={'tech': list_file() + CONFIRMED})
    folder = os.path.join(site.folder, 'own', 'en')
    os.makedirs(folder)
    write(site.config, 'templates_dir = "own"\n' + site.text)
    file = os.path.join(folder, 'confirm.txt')
    shipped = run(site, 'template', 'show', 'confirm').stdout
    check(shipped.startswith(b'Subject: Confirm: ') and b'{{confirm_link}}' in shipped, shipped)
    german = run(site, 'template', 'show', 'confirm', '--language', 'de').stdout
    check(german.startswith(b'Subject: Bitte best'), german)
    # The shell has emptied the file before the program reads its configuration.
    copied = run(site, shell=f'{BREAKWATER} -c {site.config} template show confirm > {file}')
    with open(file, 'rb') as written:
        check(written.read() == shipped, copied)
    own = shipped.replace(b'Subject: Confirm: ', b'Subject: Really: ')
    with open(file, 'wb') as written:
        written.write(own)
    site.cli('reload')
    check(ask_to_confirm(site, sink)['Subject'].startswith('Really: '), 'the changed words')
    check(run(site, 'template', 'show', 'confirm').stdout == own, 'what is in force is shown')
    rows = [line for line in run(site, 'template', 'show').stdout.decode().splitlines() if 'your own' in line]
    check(len(rows) == 1 and rows[0].startswith('confirm '), rows)
    found = run(site, 'template', 'show', 'confrim')
    check(found.returncode == 1 and b"there is no letter 'confrim'" in found.stderr, found)
    found = run(site, 'template', 'show', 'confirm', '--language', 'fr')
    check(found.returncode == 1 and b"no templates in the language 'fr'" in found.stderr, found)

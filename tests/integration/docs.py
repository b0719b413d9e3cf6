"""What the documents tell a person to type: each command is there, and takes what they say."""
import functools
import glob
import os
import re
import shlex
import subprocess

from harness import BREAKWATER, check, write
from rig import ANN, CARL, Site, is_code, letter, list_file

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = [os.path.join(ROOT, 'README.md'), *sorted(glob.glob(os.path.join(ROOT, 'docs', '*.md')))]
LINE = r'(?m)^ {4,}(?:sudo )?(?:build/release/)?(breakwater .*)$|`(breakwater [^`]+)`'
# What begins a program of its own, or wants a terminal.
NOT_RUN = {'serve', 'sink', 'demo', 'storm', 'user', 'template', 'bounce', 'check'}


def commands():
    """(where, words) of each `breakwater ...` in code: spans, and blocks without their comments."""
    for page in PAGES:
        with open(page, encoding='utf-8') as file:
            text = file.read()
        for found in re.finditer(LINE, text):
            line = (found[1] or found[2]).replace('\n', ' ').split(' && ')[0].split(' > ')[0].split(' | ')[0]
            where = f'{os.path.basename(page)}:{text.count(chr(10), 0, found.start()) + 1}'
            yield where, shlex.split(line, comments=True)[1:], found[1] is not None


@functools.cache
def help_of(*words):
    done = subprocess.run([BREAKWATER, *words, '--help'], capture_output=True, timeout=60, check=False)
    return done.stdout.decode() if done.returncode == 0 else None


def promise_every_command_in_the_documents_is_there_and_takes_the_options_they_give_it(_world):
    wrong, seen = [], 0
    for where, words, _ in commands():
        names = []
        for word in words:   # each further name is a subcommand of those before it, as their help says
            known = help_of(*names) or ''
            if not re.fullmatch('[a-z][a-z-]*', word) or not re.search(rf'(?m)^  {re.escape(word)}\b', known):
                break
            names.append(word)
        seen += 1
        if not names:
            wrong.append(f'{where}: breakwater {words[0]}: no such command')
            continue
        known = help_of(*names) or ''
        if 'Subcommands:' in known and len(words) > len(names) and not words[len(names)].startswith('-'):
            wrong.append(f'{where}: breakwater {" ".join(words)}: no such command')
        for word in words:
            option = word.split('=')[0]
            if option.startswith('-') and not re.search(rf'(^|[\s,]){re.escape(option)}\b', known):
                wrong.append(f'{where}: breakwater {" ".join(names)}: no option {option}')
    check(seen > 100 and not wrong, f'{seen} seen; ' + '\n'.join(wrong))


def promise_each_letter_has_a_limit_that_the_documents_name(_world):
    with open(os.path.join(ROOT, 'docs', 'lists.md'), encoding='utf-8') as page:
        table = page.read().partition('| letter | at most |')[2].partition('\n\n')[0]
    named = re.findall('`([a-z_]+)`', ' '.join(row.split('|')[1] for row in table.split('\n')[2:]))
    letters = {name.removesuffix('.txt') for name in os.listdir(f'{ROOT}/config/templates/en')}
    check(len(letters) > 30 and {*named} == letters, f'not named, or none: {sorted({*named} ^ letters)}')


def every_help(*names):
    """(command, its help) of the command and all below it."""
    text = help_of(*names)
    yield 'breakwater ' + ' '.join(names), text
    below = text.partition('\nSubcommands:\n')[2].partition('\n\n')[0]
    for name in re.findall('(?m)^  ([a-z][a-z-]*)', below):
        yield from every_help(*names, name)


def promise_no_help_shows_what_the_library_that_prints_it_calls_things(_world):
    foreign = (r'\(\d*x\)| x \d|\b(TEXT|U?INT|FLOAT|BOOLEAN|REQUIRED|SUBCOMMANDS?|Positionals)\b| \.\.\.'
               r'|\b(Needs|Excludes|Env):|\S=\S|,--')
    every = dict(every_help())
    wrong = [f'{command}: {line}' for command, text in every.items()
             for line in text.partition("\n\n'breakwater")[0].splitlines() if re.search(foreign, line)]
    check(len(every) > 60 and not wrong, f'{len(every)} seen; ' + '\n'.join(wrong))
    check('Usage: breakwater list hold-all [OPTIONS] [LIST] on|off\n' in every['breakwater list hold-all'],
          every['breakwater list hold-all'])


def promise_the_commands_that_the_documents_show_are_understood_as_they_stand(world):
    """Each line of a block, on a site with the lists that they name: none is a usage error (status 2)."""
    sink = world.sink()
    names = ['tech', 'all', 'staff', 'students']
    site = world.start(Site, sink.port, members={name: [ANN] for name in names},
                       lists={name: list_file(post='anyone', moderate='everybody') for name in names})
    write(os.path.join(site.folder, 'members.csv'), 'address\nbob@members.test\n')
    is_code(site.post(letter(), CARL), '250')
    posting = site.postings()[0]['posting']
    wrong, seen = [], 0
    for where, words, in_block in commands():
        if not in_block or words[0] in NOT_RUN or '--watch' in words:
            continue
        words = [posting if word in ('ID', 'POSTING', 'THREAD') else word for word in words]
        done = subprocess.run([BREAKWATER, '-c', site.config, *words], capture_output=True, timeout=60,
                              check=False, stdin=subprocess.DEVNULL, cwd=site.folder)
        seen += 1
        if done.returncode not in (0, 1):
            wrong.append(f'{where}: {" ".join(words)}: {done.returncode} {done.stderr.decode()}')
    check(seen > 30 and not wrong, f'{seen} seen; ' + '\n'.join(wrong))

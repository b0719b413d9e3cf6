"""The rules. Each is a function of a Source that yields (line number, what to do)."""
import re

from rooms import FLOORS, LIBRARIES, UNISTRING, arrow_problem, reachable

MAX_LINE, MAX_FILE, MAX_FUNCTION = 110, 600, 70

CORE_HEADERS = re.compile(
    r'^(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token|coroutine'
    r'|iostream|ostream|istream|sstream|fstream|filesystem|ctime|time\.h|cstdio|stdio\.h|unistd\.h|fcntl\.h'
    r'|poll\.h|netdb\.h|sys/.*|netinet/.*|arpa/.*|boost/asio.*|boost/json.*|sqlite3\.h|openssl/.*|spdlog/.*'
    r'|fmt/.*|unbound\.h)$')
# The one core header that prints: it is about to abort.
MAY_PRINT = {'server/terms/invariant.h'}
CORE_CALLS = [
    (r'(system|steady|high_resolution|utc|file)_clock\s*::\s*now|\bClock::now',
     'a clock: take an Instant as argument'),
    (r'(?<![\w.>])(std::|::)?(time|clock|gettimeofday|clock_gettime|localtime|gmtime)\s*\((NULL|nullptr|0|&)',
     'a clock: take an Instant as argument'),
    (r'\brandom_device\b|(?<![\w.>:])(std::|::)?s?rand\s*\(|\bgetrandom\s*\(|\barc4random',
     'randomness: take entropy as argument'),
    (r'\bstd::j?thread\b|\bstd::(\w+_)?mutex\b|\bstd::async\b|\bsleep_(for|until)\b',
     'threads: the core has none'),
    (r'\bgetenv\s*\(', 'the environment: take an Options field'),
    (r'\bstd::c(out|err|log|in)\b|(?<!\w)(std::)?f?printf\s*\(|(?<![\w.>])(std::)?f?puts\s*\(',
     'printing: return the reason, the edge logs it'),
    (r'(?<![\w.>:])(::(open|read|write|socket|connect|close)|(std::|::)?(fopen|getaddrinfo))\s*\(',
     'files and sockets: edges have them'),
    (r'\bco_(await|return|yield)\b', 'coroutines: return the next action, a driver awaits'),
]
EVERYWHERE = [
    (r'(?<![\w.>])(std::|::)?(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|mktemp|tmpnam)\s*\(',
     'unbounded or unsafe: use std::string, snprintf, mkstemp'),
    (r'(?<![\w.>:])(std::|::)?(system|popen)\s*\(',
     'a shell sees outside data: use posix_spawn with arguments'),
    (r'(?<![\w.>])(std::)?(atoi|atol|atof|strtol|strtoul|stoi|stol|stoul|stoull)\s*\(',
     'silent or throwing on bad input: use std::from_chars'),
    (r'\bstd::regex\b', 'backtracks without bound on hostile input: write a small parser'),
    (r'(?<![\w.>])assert\s*\(', 'gone in release: use BREAKWATER_ASSERT'),
    (r'(?<![\w.>])(malloc|calloc|realloc)\s*\(|\bdelete\s+[\w*(]|\bdelete\[\]', 'own by value or unique_ptr'),
    (r'\basio::detached\b|(?<!\w)detached\s*\)', 'swallows exceptions: give a completion handler that logs'),
    (r'\busing\s+namespace\s+std\s*;', 'name what is used'),
    (r'\[[^\]\s][^\]]*\]\s*(\([^()]*\))?\s*(mutable\s*)?(noexcept\s*)?->\s*(boost::)?(asio::)?awaitable\s*<',
     'a capturing lambda must not be a coroutine, its captures die first: write a function with parameters'),
]


def line_length(source, _):
    for number, line in enumerate(source.lines, 1):
        if len(line) > MAX_LINE:
            yield number, f'{len(line)} characters: break the line at {MAX_LINE}'


def file_length(source, _):
    count = len(source.text.splitlines())
    if count > MAX_FILE:
        yield MAX_FILE + 1, f'{count} lines: something in here wants a file of its own (at most {MAX_FILE})'


def whitespace(source, _):
    for number, line in enumerate(source.lines, 1):
        if (line != line.rstrip() or '\t' in line) and number not in source.data:
            yield number, 'tab or trailing space: remove it'
    if not source.text.endswith('\n'):
        yield len(source.lines), 'no line end at the end of the file: add one'


def unfinished(source, _):
    for number, line in enumerate(source.lines, 1):
        match = re.search(r'\b(TODO|FIXME|XXX|HACK)\b', line)
        if match:
            yield number, f'{match.group(1)}: do it, or open an issue and remove the word'


def rfc_form(source, _):
    wrong = re.compile(r'\b(?:RFC-?\d{3,5}|[Rr]fc[ -]\d{3,5}'
                       r'|RFC \d{3,5},? (?:§|[Ss]ec(?:t(?:ion)?)?\.?\s|s\.\s?\d))')
    for number, line in enumerate(source.lines, 1):
        match = wrong.search(line, line.find('//') if '//' in line else len(line))
        if match:
            yield number, f'"{match.group(0).strip()}": write it as RFC 5321 4.5.2'


def function_length(source, _):
    for first, length, name in source.functions():
        if length > MAX_FUNCTION:
            yield first, f'{name} has {length} lines: name a part of it (at most {MAX_FUNCTION})'


def header_opening(source, _):
    if not source.is_header:
        return
    if not source.lines[0].startswith('//') or len(source.lines[0]) < 20:
        yield 1, 'open with a comment: what it is for, who owns it, what must outlive what'
    pragmas = [n for n, line in enumerate(source.code, 1) if line.strip() == '#pragma once']
    first = next((n for n, line in enumerate(source.code, 1) if line.strip()), 1)
    if pragmas != [first]:
        yield first, 'the first line after the opening comment is #pragma once'


def names(source, _):
    folders = source.path.split('/')[:-1]
    for folder in folders:
        if folder.lower() in ('utils', 'util', 'common', 'helpers', 'misc', 'shared'):
            yield 1, f'{folder}/ names no job: put the file into the room whose job it does'
    if not re.fullmatch(r'[a-z0-9_]+\.\w+', source.path.split('/')[-1]):
        yield 1, 'file names are snake_case'
    for number, line in enumerate(source.code, 1):
        match = re.search(r'\b(?:class|struct)\s+(\w*(?:Manager|Helper|Utils?))\b', line)
        if match:
            yield number, f'{match.group(1)} names no job: say what it does'


def includes(source, links):
    room = source.room or source.tested_room
    known = reachable(links, room) if room in links else None
    for number, mark, name in source.includes():
        target = name.split('/')[0]
        if name == 'boost/asio.hpp':
            yield number, 'all of Asio at once: include what is used, such as <boost/asio/awaitable.hpp>'
        if name.startswith('..') or (mark == '"' and source.in_server and '/' not in name):
            yield number, 'name it from server/ on, as "room/file.h"'
        if known is None or mark != '"' or target not in links:
            continue
        problem = arrow_problem(room, target) if source.room else None
        if problem:
            yield number, problem
        elif target not in known:
            yield number, f'{room} does not link {target}: see the room() lines in CMakeLists.txt'


def libraries(source, _):
    if not source.room:
        return
    for number, _mark, name in source.includes():
        for prefix, rooms, in_headers in LIBRARIES:
            if not name.startswith(prefix) or (prefix == 'uni' and name not in UNISTRING):
                continue
            if source.room not in rooms:
                yield number, f'<{name}> belongs to {", ".join(rooms)}: go through their interface'
            elif source.is_header and not in_headers:
                yield number, f'<{name}> in a header reaches all who include it: forward-declare it there'


def core_is_pure(source, _):
    if source.room not in FLOORS['core'] or source.path in MAY_PRINT:
        return
    for number, _mark, name in source.includes():
        if CORE_HEADERS.match(name):
            yield number, f'<{name}> in the core: it decides, edges do (no I/O, clock, thread, printing)'
    for number, line in enumerate(source.code, 1):
        for pattern, advice in CORE_CALLS:
            if re.search(pattern, line):
                yield number, f'the core uses {advice}'


def banned_calls(source, _):
    if not source.in_server:
        return
    for number, line in enumerate(source.code, 1):
        for pattern, advice in EVERYWHERE:
            if re.search(pattern, line):
                yield number, advice


CPP_RULES = {
    'line-length': line_length, 'file-length': file_length, 'whitespace': whitespace,
    'unfinished': unfinished, 'rfc-form': rfc_form, 'function-length': function_length,
    'header-opening': header_opening, 'names': names, 'include': includes, 'library': libraries,
    'core-is-pure': core_is_pure, 'banned-call': banned_calls,
}
TEXT_RULES = {name: CPP_RULES[name] for name in ('line-length', 'file-length', 'whitespace', 'unfinished')}

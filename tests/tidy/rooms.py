"""The floors of the house, and the rooms' arrows as the link lines in CMakeLists.txt state them."""
import re

FLOORS = {
    'core': ['terms', 'smtp', 'mail', 'letters', 'lists', 'queue', 'pipeline', 'storm'],
    'edge': ['log', 'store', 'net', 'identity', 'delivery', 'web', 'config', 'sources'],
    'top': ['opponents', 'admin', 'daemon', 'cli'],
}
HEIGHT = {'core': 0, 'edge': 1, 'top': 2}
# An edge that every other edge may see.
SHARED_EDGE = 'log'

# Which rooms may include a library's headers, and whether in headers of their own too. What is not named here
# (the standard library, Boost.System, Boost.URL) is open to all but for BANNED_IN_CORE.
LIBRARIES = [
    ('sqlite3.h', ['store', 'sources'], False),
    ('libpq-fe.h', ['sources'], False),
    ('ldap.h', ['sources'], False),
    ('lber.h', ['sources'], False),
    ('openssl/', ['identity', 'net', 'delivery', 'opponents'], False),
    ('spdlog/', ['log'], False),
    ('toml++/', ['config'], False),
    ('kainjow/', ['letters'], False),
    ('CLI/', ['cli'], True),
    ('unbound.h', ['delivery'], False),
    ('crypt.h', ['identity'], False),
    ('idn2.h', ['mail'], False),
    ('re2/', ['lists'], False),
    ('uni', ['mail'], False),                 # libunistring: unicase.h, uninorm.h, unictype.h
    ('fmt/', FLOORS['edge'] + FLOORS['top'], True),
    ('boost/json', ['log', 'web', 'opponents', 'admin', 'daemon', 'cli'], True),
    ('boost/beast', ['web'], False),
    ('boost/asio', ['net', 'delivery', 'web', 'opponents', 'admin', 'daemon', 'cli'], True),
]
UNISTRING = {'unicase.h', 'uninorm.h', 'unictype.h', 'unistr.h', 'uniconv.h', 'unitypes.h', 'uniname.h',
             'unigbrk.h', 'unistdio.h', 'uniwidth.h'}


def floor_of(room):
    for floor, rooms in FLOORS.items():
        if room in rooms:
            return floor
    return None


def read_links(cmake_text):
    """{room: (line number, [rooms it links])} of the room(...) lines."""
    links = {}
    for number, line in enumerate(cmake_text.split('\n'), 1):
        match = re.match(r'\s*room\((\w+)([^)]*)\)', line)
        if match:
            links[match.group(1)] = (number, re.findall(r'\bbreakwater_(?!asio\b)(\w+)', match.group(2)))
    return links


def reachable(links, room):
    """What the room links, directly or through others, and the room itself."""
    seen, waiting = set(), [room]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += links.get(here, (0, []))[1]
    return seen


def arrow_problem(room, target):
    """Why the floors forbid that `room` knows `target`; None when they do not."""
    here, there = floor_of(room), floor_of(target)
    if here is None or there is None or room == target:
        return None
    if HEIGHT[there] > HEIGHT[here]:
        return f'{target} is on the {there} floor, above {room} ({here}): pass an interface in'
    if here == there == 'edge' and target != SHARED_EDGE:
        return f'{room} and {target} are both edges: let them meet at an interface that the core states'
    return None


def check_links(path, cmake_text):
    """Problems of the link lines themselves: (path, line, rule, what to do)."""
    links = read_links(cmake_text)
    for room, (number, targets) in links.items():
        if floor_of(room) is None:
            yield path, number, 'floor', f'room {room} is on no floor: add it to FLOORS in rooms.py'
        for target in targets:
            problem = arrow_problem(room, target)
            if problem:
                yield path, number, 'floor', problem
            if target not in links:
                yield path, number, 'floor', f'{room} links {target}, which is no room: remove it'
            elif room in reachable(links, target):
                yield path, number, 'circle', f'{room} links {target}, which leads back: break the circle'

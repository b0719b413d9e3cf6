"""Mail as the files of a scenario have it: whole, readable, and with names for what nobody can know before.

A value such as a token is written as the name of its kind, {token}; the next different one as {token2}; the
same value always by the same name. So the text that is expected also says which values are equal."""
import difflib
import email
import email.policy
import re

NAMED = {
    'token': r'(?<=\+)[a-z2-7]{26}(?=@)',
    'link': r'(?<=/u/)[\w-]{20,}',
    'path': r'(?<=-bounces\+)[0-9a-z]{13,}',
    'posting': r'\b0[0-9A-HJKMNP-TV-Z]{12}\b',
    'boundary': r'(?<==_)[a-z][0-9a-f]{16}\b',
}
# These have one name for all values: nothing else in a flow is equal to them.
LOOSE = {
    'id': r'(?<=<)[0-9a-z]{8}\.[0-9a-z]{10,}(?=@)',
    'time': r'(?<!\d)\d\d:\d\d(?::\d\d)?(?!\d)',
    'score': r'(?<=score )\d+\.\d',
    'uid': r'(?<=\buid )\d+',
}
UNKNOWN = re.compile('|'.join(f'(?P<{kind}>{pattern})' for kind, pattern in {**NAMED, **LOOSE}.items()))


class Names:
    """What the values of one run are called."""

    def __init__(self):
        self.values = {}    # {'token2': value}
        self.known = set()  # what stands in the files themselves stays as it is

    def copy(self):
        other = Names()
        other.values, other.known = dict(self.values), self.known
        return other

    def learn(self, text):
        """The text is sent or written by the flow; with its names filled in."""
        for name in set(re.findall(r'\{([a-z]+\d*)\}', text)):
            if re.sub(r'\d+$', '', name) in NAMED:
                assert name in self.values, f'no {{{name}}} yet; there are {sorted(self.values)}'
                text = text.replace(f'{{{name}}}', self.values[name])
        self.known.update(match.group() for match in UNKNOWN.finditer(text) if match.lastgroup in LOOSE)
        return text

    def hide(self, text):
        """The text with names in place of values; new values get theirs."""
        def name_of(match):
            kind, value = match.lastgroup, match.group()
            if value in self.known:
                return value
            if kind in LOOSE:
                return f'{{{kind}}}'
            for name, found in self.values.items():
                if found == value:
                    return f'{{{name}}}'
            count = sum(re.sub(r'\d+$', '', name) == kind for name in self.values)
            name = kind if count == 0 else f'{kind}{count + 1}'
            self.values[name] = value
            return f'{{{name}}}'
        return UNKNOWN.sub(name_of, text)


def parsed(data):
    return email.message_from_bytes(data, policy=email.policy.default)


def defects(message):
    for part in message.walk():
        yield from part.defects
        if part.is_multipart() or part is message:
            yield from (defect for _, value in part.items() for defect in value.defects)


def field(name, source):
    """A header field, decoded; the files of a scenario have UTF-8 in it where a mail has encoded words."""
    line = ''.join(source.splitlines()).encode('utf-8', 'surrogateescape').decode('utf-8', 'replace')
    return str(email.policy.default.header_factory(name, line))


def readable(part):
    """The source of a message, but text as people read it, with {encoding} for how it was encoded."""
    fields = ((name, field(name, value) if '=?' in value else value) for name, value in part.raw_items())
    head = ''.join(f'{name}: {value}\n' for name, value in fields)
    if part.get_content_maintype() == 'multipart':
        boundary = part.get_boundary()
        parts = ''.join(f'--{boundary}\n{readable(one)}\n' for one in part.iter_parts())
        preamble = f'{part.preamble}\n' if part.preamble else ''
        body = f'{preamble}{parts}--{boundary}--\n{part.epilogue or ""}'
    elif part.is_multipart():
        body = ''.join(readable(one) for one in part.get_payload())
    elif part.get_content_maintype() == 'text':
        body = part.get_content()
        head = re.sub(r'(?im)^(Content-Transfer-Encoding: )(quoted-printable|base64)$', r'\1{encoding}', head)
    else:
        body = part.get_payload()
    return f'{head}\n{body}'.replace('\r\n', '\n')


def picture(part, place='the mail'):
    """Lines to compare: all header fields in their order, decoded, and the type and content of every part."""
    yield from (f'{name}: {field(name, value)}' for name, value in part.raw_items())
    yield f'--- {place}: {part.get_content_type()}'
    if part.is_multipart():
        for number, one in enumerate(part.iter_parts(), 1):
            yield from picture(one, f'part {number} of {place}')
    else:
        content = part.get_content()
        yield from (content if isinstance(content, str) else repr(content)).splitlines()


def difference(expected, arrived):
    """Unified; empty when both texts are the same mail to Python's email."""
    both = [list(picture(parsed(text.encode('utf-8', 'surrogateescape')))) for text in (expected, arrived)]
    return '\n'.join(difflib.unified_diff(*both, 'expected', 'arrived', lineterm='', n=4))

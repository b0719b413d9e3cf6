"""Compares a mail with the one that is expected, byte by byte.

An expected mail is a file with LF line ends, which stand for CRLF. {any} stands for what differs from run to
run, within a line; {folded} for the rest of a field with its continuation lines."""
import difflib
import email
import email.policy
import re

from harness import check

HOLES = {b'{any}': rb'[^\r\n]*', b'{folded}': rb'[^\r\n]*(?:\r\n[ \t][^\r\n]*)*'}


def pattern_of(expected):
    out = b''
    for line in expected.split(b'\n'):
        for part in re.split(rb'(\{any\}|\{folded\})', line):
            out += HOLES.get(part) or re.escape(part)
        out += rb'\r\n'
    return out[:-len(rb'\r\n')]


def same_bytes(expected, mail):
    """Fails, and shows the difference, unless the mail's bytes are those expected."""
    if re.fullmatch(pattern_of(expected), mail):
        return
    difference = difflib.unified_diff(expected.decode(errors='replace').split('\n'),
                                      mail.decode(errors='replace').replace('\r\n', '\n').split('\n'),
                                      'expected', 'arrived', lineterm='')
    check(False, 'the mail differs ({any} and the like may):\n' + '\n'.join(difference))


def parsed(mail):
    """The mail as Python reads it; fails where it finds a defect."""
    message = email.message_from_bytes(mail, policy=email.policy.SMTP)
    for part in message.walk():
        check(not part.defects, f'the mail is malformed: {part.defects}')
    for name in ('From', 'To', 'Subject', 'Date', 'Message-ID', 'List-Id', 'List-Post'):
        found = message.get_all(name, [])
        check(len(found) <= 1, f'{len(found)} fields {name}')
        for field in found:
            # UTF-8 in header fields (RFC 6532) is a defect to Python when it comes as bytes.
            check(not field.defects or not mail.split(b'\r\n\r\n')[0].isascii(), f'{name}: {field.defects}')
    return message


def body_of(mail):
    return mail.split(b'\r\n\r\n', 1)[1]


def check_copy(world, mail, name='expected.eml'):
    """The usual: well-formed for Python, CRLF only, and the bytes that the scenario expects."""
    check(mail.envelope['bare_cr'] == mail.envelope['bare_lf'] == 0, f'bare CR or LF: {mail.envelope}')
    parsed(mail.bytes)
    same_bytes(world.file(name), mail.bytes)
